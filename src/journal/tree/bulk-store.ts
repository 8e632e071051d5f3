import type { Pool } from '../../ground/index.ts';

/** A run of entry numbers with the place of its first leaf. */
export interface BulkRange {
  readonly fromEntry: number;
  readonly toEntry: number;
  readonly firstIndex: number;
  readonly count: number;
}

/** The journal's entries in runs of about `step`, with the places they get in order of numbers. Role owner, an empty tree. */
export async function planBulk(pool: Pool, step: number): Promise<BulkRange[]> {
  const { rows: [tree] } = await pool.query<{ size: number }>('select size from journal.tree');
  if (tree?.size !== 0) throw new Error('a tree is made in bulk only where there is none yet');
  const { rows } = await pool.query<{ part: number; count: number }>('select id / $1::bigint as part, count(*) as count from journal.entry group by 1 order by 1', [step]);
  let firstIndex = 0;
  return rows.map(({ part, count }) => {
    const range = { fromEntry: part * step, toEntry: (part + 1) * step, firstIndex, count };
    firstIndex += count;
    return range;
  });
}

/** Takes the indexes of leaves away while they are written in bulk, and puts them back. */
export async function withoutLeafIndexes<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  await pool.query('alter table journal.leaf drop constraint leaf_pkey, drop constraint leaf_entry_id_key');
  const result = await work();
  await pool.query('alter table journal.leaf add primary key (index), add unique (entry_id)');
  await pool.query('analyze journal.leaf');
  return result;
}

/** Writes the leaves of a run. @returns their commitments, one behind the other. */
export async function placeRange(pool: Pool, range: BulkRange): Promise<Buffer> {
  const { rows } = await pool.query<{ commitments: Buffer }>(`with put as (insert into journal.leaf as l (index, entry_id, commitment)
      select $3::bigint + row_number() over (order by e.id) - 1, e.id, sha256(journal.entry_bytes(e)) from journal.entry e where e.id >= $1 and e.id < $2 returning l.index, l.commitment)
    select string_agg(commitment, ''::bytea order by index) as commitments from put`, [range.fromEntry, range.toEntry, range.firstIndex]);
  return (rows[0] as { commitments: Buffer }).commitments;
}

/** Says that every entry so far has its place, and which checkpoint holds them. */
export async function finishBulk(pool: Pool, head: { readonly size: number; readonly root: Buffer }, note: string): Promise<void> {
  await pool.query('update journal.tree set size = $1, floor_entry = coalesce((select max(id) from journal.entry), 0), mark_entry = null, mark_running = null, head_size = $1, head_root = $2, head_note = $3', [head.size, head.root, note]);
}
