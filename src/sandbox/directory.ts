import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIRECTORY_MAGIC, type DirectoryKind } from '../access/index.ts';
import { stateFolder, writeSignedFile } from '../ground/index.ts';
import { luhnKey } from '../identifiers/index.ts';
import { SANDBOX_INSURERS } from './insurers.ts';
import { Random } from './random.ts';

/** The authority that signs the directory's files; the sandbox plays it. */
export function directoryKey(): { readonly signing: KeyObject; readonly verifying: KeyObject } {
  const file = join(stateFolder('sandbox', 'directory'), 'signing.pem');
  if (!existsSync(file)) writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const signing = createPrivateKey(readFileSync(file));
  return { signing, verifying: createPublicKey(signing) };
}

/** A made-up establishment with its professionals. */
export interface MadeUpEstablishment {
  readonly identifier: string;
  readonly name: string;
  readonly town: string;
  readonly peerGroup: string;
  readonly asksAsEstablishment: boolean;
  readonly professionals: readonly string[];
}

const KINDS: readonly (readonly [string, string, boolean, number])[] = [
  ['pharmacy', 'Pharmacie', false, 3], ['doctor', 'Cabinet médical', false, 2], ['nurse', 'Cabinet infirmier', false, 2], ['physiotherapist', 'Cabinet de kinésithérapie', false, 2], ['dentist', 'Cabinet dentaire', false, 1],
  ['optician', 'Opticien', false, 2], ['laboratory', 'Laboratoire', true, 2], ['hospital', 'Hôpital', true, 6], ['centre', 'Centre de santé', true, 4], ['transporter', 'Ambulances', true, 1]];
const TREES = ['des Tilleuls', 'du Marronnier', 'des Acacias', 'du Vieux Chêne', 'des Platanes', 'du Cèdre', 'des Érables', 'du Noyer', 'des Peupliers', 'du Frêne'];
const TOWNS = ['Villefictive', 'Saint-Exemple', 'Modèle-sur-Mer', 'Bourg-Imaginaire', 'La Feinte'];

// The first pharmacist also stands in at the second pharmacy: one person, two places to act for.
function withSecondPlace(establishments: readonly MadeUpEstablishment[]): MadeUpEstablishment[] {
  const [first, second] = establishments.filter((e) => e.peerGroup === 'pharmacy');
  const shared = first?.professionals[0];
  return establishments.map((e) => (e === second && shared !== undefined ? { ...e, professionals: [...e.professionals, shared] } : e));
}

/** Professionals in their establishments, all kinds; the same seed makes the same. */
export function makeDirectory(professionals: number, seed: number): MadeUpEstablishment[] {
  const random = new Random(seed + 77);
  const establishments: MadeUpEstablishment[] = [];
  for (let made = 0; made < professionals;) {
    const [peerGroup, title, asksAsEstablishment, size] = KINDS[establishments.length % KINDS.length] as (typeof KINDS)[number];
    const count = Math.min(size, professionals - made);
    const root = `99${String(establishments.length + 1).padStart(6, '0')}`;
    establishments.push({ identifier: `${root}${luhnKey(root)}`, name: `${title} ${random.pick(TREES)} (fictif)`, town: random.pick(TOWNS), peerGroup, asksAsEstablishment,
      professionals: Array.from({ length: count }, (_, i) => {
        const digits = `99${String(made + i + 1).padStart(8, '0')}`;
        return `${digits}${luhnKey(digits)}`;
      }) });
    made += count;
  }
  return withSecondPlace(establishments);
}

/** Writes the four daily files of a made-up directory; returns them in loading order. */
export async function writeDirectoryFiles(establishments: readonly MadeUpEstablishment[], options: { readonly sequence: number; readonly date: string; readonly from: string }): Promise<{ readonly kind: DirectoryKind; readonly path: string }[]> {
  const { sequence, date, from } = options;
  const lines: Readonly<Record<DirectoryKind, string[]>> = {
    establishments: establishments.map((e) => `L;${e.identifier};${e.name};${e.town};${e.peerGroup};${e.asksAsEstablishment ? 1 : 0};${from};`),
    professionals: [...new Set(establishments.flatMap((e) => e.professionals.map((rpps) => `L;${rpps};${e.peerGroup};${from};`)))],
    activities: establishments.flatMap((e) => e.professionals.map((rpps) => `L;${rpps};${e.identifier};${from};`)),
    // Every tenth establishment has not signed with the second insurer.
    conventions: establishments.flatMap((e, i) => SANDBOX_INSURERS.filter((insurer) => i % 10 !== 9 || insurer.amc !== '99100002').map((insurer) => `L;${e.identifier};${insurer.amc};${from};`)),
  };
  const folder = stateFolder('sandbox', 'directory');
  const files: { kind: DirectoryKind; path: string }[] = [];
  for (const kind of ['establishments', 'professionals', 'activities', 'conventions'] as const) {
    const path = join(folder, `${kind}-${sequence}.csv`);
    await writeSignedFile(path, { magic: DIRECTORY_MAGIC, header: `H;1;${kind};${sequence};${date}`, lines: lines[kind], key: directoryKey().signing });
    files.push({ kind, path });
  }
  return files;
}
