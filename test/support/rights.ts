import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { ed25519Bytes, stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { nirKey } from '../../src/identifiers/index.ts';
import { loadProducts, loadRights, PRODUCTS_MAGIC, RIGHTS_FIELDS, RIGHTS_MAGIC, type LoadReport } from '../../src/intake/index.ts';
import { today, type World } from './world.ts';

/** An insurer of a test's own, registered, with a product, and no file yet. */
export interface TestInsurer {
  readonly amc: string;
  readonly id: number;
  readonly signingKey: KeyObject;
  readonly ageIdentity: string;
}

let made = 0;

/** Registers a fresh fictitious insurer that every establishment has a convention with. */
export async function newInsurer(world: World): Promise<TestInsurer> {
  made += 1;
  const amc = `9919${String(made).padStart(4, '0')}`;
  const keys = generateKeyPairSync('ed25519');
  const ageIdentity = await generateIdentity();
  const owner = world.database.pool('owner');
  const words = JSON.stringify({ fr: 'règle', en: 'rule' });
  const { rows } = await owner.query<{ id: number }>(`insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel) values ($1, $2, $3, $4, $5, $5) returning id`,
    [amc, `Mutuelle d'essai ${made}`, ed25519Bytes(keys.publicKey), await identityToRecipient(ageIdentity), words]);
  const id = rows[0]?.id as number;
  await owner.query(`insert into access.convention (establishment_id, insurer_id, valid_from) select id, $1, '2020-01-01' from access.establishment`, [id]);
  const path = join(stateFolder('files'), `${amc}-products.csv`);
  const rule = { formula: { op: 'percent', of: 'TM', basisPoints: 10_000 }, includesAmo: false, label: { fr: 'Le ticket modérateur.', en: 'The co-payment.' } };
  await writeSignedFile(path, { magic: PRODUCTS_MAGIC, header: `H;1;${amc};1`, lines: [`P;2020-01-01;${JSON.stringify({ code: 'ESSAI', responsible: true, rules: [rule] })}`], key: keys.privateKey });
  await loadProducts({ pool: world.database.pool('rempart_intake'), path });
  // The API looks again for an unknown number ten times a second at most.
  await setTimeout(120);
  return { amc, id, signingKey: keys.privateKey, ageIdentity };
}

type Field = (typeof RIGHTS_FIELDS)[number];

/** A made-up NIR with its key, by number. */
export function testNir(number: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const nir = `1${two(20 + (Math.floor(number / 11_988) % 79))}${two(1 + (Math.floor(number / 999) % 12))}99109${String(1 + (number % 999)).padStart(3, '0')}`;
  return `${nir}${nirKey(nir)}`;
}

/** A data line of a rights file, with changes by field. */
export function rightsLine(change: Partial<Record<Field, string>> = {}): string {
  const year = today().slice(0, 4);
  const fields: Record<Field, string> = { type: 'L', action: 'U', beneficiaryId: 'B1', contract: 'C1', adherentNumber: 'A000001', nir: testNir(1), birthDate: '1980-02-11', birthRank: '1', familyName: 'FICTIF', givenNames: 'CAMILLE',
    relationship: 'assure', product: 'ESSAI', order: '1', domains: 'PHAR,MEDE', validFrom: `${year}-01-01`, validTo: `${Number(year) + 1}-12-31`, cardFrom: `${year}-01-01`, cardTo: `${year}-12-31`, csr: '', conventionType: 'IS', flags: 'R', regime: 'general', ...change };
  return RIGHTS_FIELDS.map((field) => fields[field]).join(';');
}

/** Writes an insurer's rights file; `header` or `key` may lie. */
export async function writeRights(insurer: TestInsurer, file: { readonly sequence: number; readonly lines: Iterable<string>; readonly kind?: 'full' | 'delta'; readonly header?: string; readonly key?: KeyObject }): Promise<string> {
  const path = join(stateFolder('files'), `${insurer.amc}-${file.sequence}-${crypto.randomUUID().slice(0, 8)}.csv`);
  await writeSignedFile(path, { magic: RIGHTS_MAGIC, header: file.header ?? `H;1;${insurer.amc};${file.kind ?? 'full'};${file.sequence};${today()}`, lines: file.lines, key: file.key ?? insurer.signingKey });
  return path;
}

/** Loads a file as the intake would. */
export function load(world: World, path: string, acceptStrikeOff = false, options: { readonly shelfLines?: number; readonly sliceLines?: number; readonly freeBytes?: number; readonly onProgress?: (done: number, of: number) => void } = {}): Promise<LoadReport> {
  return loadRights({ pool: world.database.pool('rempart_intake'), keyRing: world.keyRing, path, acceptStrikeOff, ...options });
}
