import type { Pool } from '../ground/index.ts';
import type { NoticeEntry } from './notice-code.ts';

const SLICE = 20_000;

/** The entries of all notices that were sent, drills left out; slice by slice, each a short statement. Role `rempart_desk`. */
export async function* readSentNotices(pool: Pool): AsyncGenerator<NoticeEntry> {
  let after = Buffer.alloc(0);
  for (;;) {
    const { rows } = await pool.query<NoticeEntry>('select prefix, entry from gate.list_notices($1, $2)', [after, SLICE]);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < SLICE) return;
    after = last.entry as Buffer<ArrayBuffer>;
  }
}

/** Names of the insurers by numéro AMC: public facts. */
export async function readInsurerNames(pool: Pool): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ amc: string; name: string }>('select amc_number as amc, name from registry.insurer order by 1');
  return Object.fromEntries(rows.map(({ amc, name }) => [amc, name]));
}

/** How many packs were sent so far: their notices are what the public page confirms. */
export async function countSentPacks(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ sent: number }>("select count(*)::int as sent from incidents.document where kind = 'insurer-pack' and sent_at is not null");
  return rows[0]?.sent ?? 0;
}
