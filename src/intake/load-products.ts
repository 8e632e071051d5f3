import { AppError, ed25519Key, readVerifiedLines, verifySignedFile, type Pool } from '../ground/index.ts';
import { parseProduct, ProductError } from '../guarantees/index.ts';
import { checkPlainDate } from '../identifiers/index.ts';
import * as store from './store.ts';

export const PRODUCTS_MAGIC = 'rempart-products-v1';

/**
 * Loads an insurer's products (docs/formats/products-file.md): lines `P;from;JSON`.
 * @returns how many were read.
 * @throws AppError `bad-input` with the line and rule of the first product that cannot be read; nothing is loaded.
 */
export async function loadProducts(options: { readonly pool: Pool; readonly path: string }): Promise<number> {
  const { pool, path } = options;
  let insurerId = 0;
  const file = await verifySignedFile(path, { magic: PRODUCTS_MAGIC, keyFor: async (fields) => {
    const insurer = await store.findInsurer(pool, fields[2] ?? '');
    if (insurer === undefined) throw new AppError({ code: 'bad-input', publicText: { fr: 'Fichier refusé : assureur inconnu.', en: 'File refused: unknown insurer.' } });
    insurerId = insurer.id;
    return ed25519Key(insurer.signingKey);
  } });
  const products: { code: string; validFrom: string; definition: object }[] = [];
  let number = 0;
  for await (const line of readVerifiedLines(path, file)) {
    if (!line.startsWith('P;')) continue;
    number += 1;
    const [validFrom = '', ...json] = line.slice(2).split(';');
    try {
      if (checkPlainDate(validFrom).length > 0) throw new ProductError(['VALID_FROM: YYYY-MM-DD, a day that exists']);
      const definition = parseProduct(JSON.parse(json.join(';')));
      products.push({ code: definition.code, validFrom, definition });
    } catch (cause) {
      const rule = cause instanceof ProductError ? cause.message : 'JSON';
      throw new AppError({ code: 'bad-input', cause, publicText: { fr: `Produit ${number} illisible : ${rule}`, en: `Product ${number} cannot be read: ${rule}` } });
    }
  }
  for (const product of products) await store.insertProduct(pool, { insurerId, ...product });
  return products.length;
}
