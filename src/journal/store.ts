import type { Pool } from '../ground/index.ts';

/** An entry as operators read it: numbers and codes, nobody's name. */
export interface JournalLine {
  readonly id: number;
  readonly at: Date;
  readonly purpose: string;
  readonly outcome: string;
  readonly installation: number | null;
  readonly user: string | null;
  readonly insurer: string | null;
  readonly domain: string | null;
  readonly careDate: string | null;
  readonly presence: string | null;
  readonly disclosed: boolean;
  readonly detail: string | null;
}

/** An entry with its leaf, as an export hands it on: canonical bytes as text. */
export interface ExportLine {
  readonly leaf: number;
  readonly bytes: string;
}

const EXPORT_BATCH = 5000;

/** Every placed entry that is not erased, in the order of leaves, from `from` on. Role `rempart_desk`. */
export async function* exportEntries(pool: Pool, from = 0): AsyncGenerator<ExportLine> {
  let next = from;
  for (;;) {
    const { rows } = await pool.query<ExportLine>({ name: 'export', text: `select l.index as leaf, convert_from(journal.entry_bytes(e), 'UTF8') as bytes
      from journal.leaf l join journal.entry e on e.id = l.entry_id where l.index >= $1 order by l.index limit $2`, values: [next, EXPORT_BATCH] });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    next = last.leaf + 1;
  }
}

/** The newest entries, oldest first; with `after`, those behind that number. */
export async function readTail(pool: Pool, options: { readonly limit: number; readonly after?: number }): Promise<JournalLine[]> {
  const { rows } = await pool.query<JournalLine>(`select * from (
      select e.id, e.at, e.purpose, e.outcome, e.installation_id as installation, u.pseudonym as user, i.amc_number as insurer, e.domain,
             e.care_date as "careDate", e.presence, e.person is not null as disclosed, e.detail
      from journal.entry e left join access.app_user u on u.id = e.user_id left join registry.insurer i on i.id = e.insurer_id
      where e.id > $2 order by e.id desc limit $1) t order by id`, [options.limit, options.after ?? 0]);
  return rows;
}
