import { AppError, ed25519Key, invariant, readVerifiedLines, verifySignedFile, type Pool } from '../ground/index.ts';
import { parseProduct, ProductError } from '../guarantees/index.ts';
import { checkPlainDate } from '../identifiers/index.ts';
import { insertProducts, type ProductsFile, type ProductVersion } from './products-store.ts';
import { refuse, refuseInsurerThatLeft, refuseOtherSequence, refuseUnknownInsurer } from './refuse.ts';
import * as store from './store.ts';

export const PRODUCTS_MAGIC = 'rempart-products-v1';

type Header = Pick<ProductsFile, 'insurer' | 'sequence'>;

async function readHeader(pool: Pool, fields: readonly string[]): Promise<Header> {
  const [, version, amc = '', sequence = ''] = fields;
  if (version !== '1' || !/^\d{8,10}$/.test(amc) || !/^\d{1,9}$/.test(sequence)) refuse('header', { fr: 'en-tête illisible.', en: 'the header cannot be read.' }, { fr: 'H;1;numéro AMC;séquence', en: 'H;1;AMC number;sequence' });
  return { insurer: await store.findInsurer(pool, amc) ?? refuseUnknownInsurer(), sequence: Number(sequence) };
}

// A line `P;from;JSON`.
function readProduct(line: string, number: number): ProductVersion {
  const [validFrom = '', ...json] = line.slice(2).split(';');
  try {
    if (checkPlainDate(validFrom).length > 0) throw new ProductError(['VALID_FROM: YYYY-MM-DD, a day that exists']);
    const definition = parseProduct(JSON.parse(json.join(';')));
    return { code: definition.code, validFrom, definition };
  } catch (cause) {
    const rule = cause instanceof ProductError ? cause.message : 'JSON';
    throw new AppError({ code: 'bad-input', cause, publicText: { fr: `Produit ${number} illisible : ${rule}`, en: `Product ${number} cannot be read: ${rule}` } });
  }
}

/**
 * Loads an insurer's products (docs/formats/products-file.md), all or none; the last file again changes nothing.
 * @returns how many were read.
 * @throws AppError `bad-input` with the line and rule of the first product that cannot be read, or when the file is refused whole:
 *   unknown insurer, header, truncated, count, hash, signature, replayed, out of order.
 */
export async function loadProducts(options: { readonly pool: Pool; readonly path: string }): Promise<number> {
  const { pool, path } = options;
  let header: Header | undefined;
  const file = await verifySignedFile(path, { magic: PRODUCTS_MAGIC, keyFor: async (fields) => {
    header = await readHeader(pool, fields);
    return ed25519Key(header.insurer.signingKey);
  } });
  invariant(header !== undefined, 'a verified file has a header');
  const products: ProductVersion[] = [];
  for await (const line of readVerifiedLines(path, file)) {
    if (line.startsWith('P;')) products.push(readProduct(line, products.length + 1));
  }
  const last = header.insurer.productsSequence;
  if (header.sequence === last && header.insurer.productsHash?.equals(file.hash) === true) return products.length;
  refuseInsurerThatLeft(header.insurer);
  refuseOtherSequence(header.sequence, last + 1);
  await insertProducts(pool, { ...header, hash: file.hash, products });
  return products.length;
}
