import { ed25519Key, readVerifiedLines, verifySignedFile, type Pool } from '../ground/index.ts';
import { findEntryOfGuarantee } from '../journal/index.ts';
import { checkPlainDate } from '../identifiers/index.ts';
import { refuseUnknownInsurer } from './refuse.ts';
import * as store from './store.ts';

export const SETTLEMENT_MAGIC = 'rempart-settlement-v1';

/** Lines settled in one transaction: it holds the counters of who asked, whose questions wait meanwhile. */
const SLICE = 500;

/** What became of each line of a settlement file. */
export interface SettlementReport {
  readonly lines: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/**
 * Loads an insurer's settlement (docs/formats/settlement-file.md): lines `S;guarantee number;used on;amount in cents`.
 * A line twice, late or of another insurer changes nothing and is counted under its outcome.
 */
export async function loadSettlement(options: { readonly pool: Pool; readonly path: string }): Promise<SettlementReport> {
  const { pool, path } = options;
  let insurerId = 0;
  const file = await verifySignedFile(path, { magic: SETTLEMENT_MAGIC, keyFor: async (fields) => {
    const insurer = await store.findInsurer(pool, fields[2] ?? '') ?? refuseUnknownInsurer();
    insurerId = insurer.id;
    return ed25519Key(insurer.signingKey);
  } });
  const outcomes: Record<string, number> = {};
  const uses: { entry: number; usedOn: string; amount: number }[] = [];
  let lines = 0;
  for await (const line of readVerifiedLines(path, file)) {
    if (!line.startsWith('S;')) continue;
    lines += 1;
    const [, number = '', usedOn = '', amount = ''] = line.split(';');
    const entry = findEntryOfGuarantee(number);
    if (entry === undefined || checkPlainDate(usedOn).length > 0 || !/^\d{1,9}$/.test(amount)) outcomes['malformed'] = (outcomes['malformed'] ?? 0) + 1;
    else uses.push({ entry, usedOn, amount: Number(amount) });
  }
  uses.sort((a, b) => a.entry - b.entry);
  for (let from = 0; from < uses.length; from += SLICE) {
    const slice = uses.slice(from, from + SLICE);
    for (const outcome of await store.settle(pool, { insurerId, entries: slice.map((u) => u.entry), usedOn: slice.map((u) => u.usedOn), amounts: slice.map((u) => u.amount) })) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { lines, outcomes };
}
