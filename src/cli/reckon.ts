import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { AppError, type FieldFault, type PublicText } from '../ground/index.ts';
import { parseProduct, ProductError, readInvoiceLines, reckonInvoice, type Product, type Reckoning } from '../guarantees/index.ts';
import { checkPlainDate } from '../identifiers/index.ts';

function refuse(faults: readonly FieldFault[]): never {
  throw new AppError({ code: 'bad-input', faults, publicText: { fr: 'Le document ne peut pas être calculé.', en: 'The document cannot be reckoned.' } });
}

const fault = (field: string, rule: string, message: PublicText): FieldFault => ({ field, rule, message, remedy: { fr: 'Voir docs/formats/reckoning.md.', en: 'See docs/formats/reckoning.md.' } });

/** Reckons a document of docs/formats/reckoning.md. @throws AppError `bad-input` */
export function reckonDocument(value: unknown): Reckoning {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse([fault('', 'type', { fr: 'Un objet JSON est attendu.', en: 'A JSON object is expected.' })]);
  const { careDate, product, lines, domain = 'MEDE', ...rest } = value as Record<string, unknown>;
  const faults: FieldFault[] = Object.keys(rest).length > 0 ? [fault('', 'unknown-field', { fr: 'Champs admis : careDate, product, domain, lines.', en: 'Allowed fields: careDate, product, domain, lines.' })] : [];
  if (typeof careDate !== 'string' || checkPlainDate(careDate).length > 0) faults.push(fault('careDate', 'date', { fr: 'AAAA-MM-JJ.', en: 'YYYY-MM-DD.' }));
  if (typeof domain !== 'string' || !/^[A-Z]{4}$/.test(domain)) faults.push(fault('domain', 'domain', { fr: 'Un code de domaine de 4 lettres.', en: 'A domain code of 4 letters.' }));
  const read = readInvoiceLines(lines, { path: 'lines', domain: String(domain) });
  faults.push(...read.faults.map(({ path, ...words }) => ({ field: path, ...words })));
  let parsed: Product | undefined;
  try {
    parsed = parseProduct(product);
  } catch (cause) {
    if (!(cause instanceof ProductError)) throw cause;
    faults.push(...cause.faults.map((said) => fault(said.includes(':') ? `product.${said.split(':')[0]}` : 'product', 'product', { fr: said, en: said })));
  }
  if (faults.length > 0 || parsed === undefined || read.lines === undefined) return refuse(faults);
  return reckonInvoice(read.lines, { product: parsed, careDate: careDate as string });
}

/** `rempart reckon FILE|- [--text]`: reckons invoice lines with no server. */
export async function reckon(args: readonly string[]): Promise<number> {
  const [path] = args.filter((arg) => arg !== '--text');
  if (path === undefined || path.startsWith('--')) {
    process.stderr.write('rempart reckon FILE|- [--text]\n');
    return 2;
  }
  let document: unknown;
  try {
    document = JSON.parse(path === '-' ? await text(process.stdin) : readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new AppError({ code: 'bad-input', cause, publicText: { fr: `${path} : fichier introuvable ou JSON illisible.`, en: `${path}: no such file, or not JSON.` } });
  }
  const reckoning = reckonDocument(document);
  if (args.includes('--text')) for (const line of reckoning.lines) process.stdout.write(`${line.sentence.fr}\n${line.notes.map((note) => `  ${note.fr}\n`).join('')}`);
  else process.stdout.write(`${JSON.stringify(reckoning, null, 2)}\n`);
  return 0;
}
