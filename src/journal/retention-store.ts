import type { Pool } from '../ground/index.ts';

/** One line of the retention table. Durations are PostgreSQL's words. */
export interface RetentionRule {
  readonly class: string;
  readonly kept: string;
  readonly keptMost: string;
  readonly reason: string | null;
  readonly legalBasis: string;
  readonly remains: string;
}

/** A row of the register that has to go, with what its link needs. */
export interface ClosedRight {
  readonly row: number;
  readonly person: string;
  readonly contract: string;
  readonly insurer: number;
  readonly sealKey: number;
  readonly wrapped: Buffer;
  readonly sealed: Buffer;
  /** First days of the months whose entries name the person. */
  readonly months: readonly string[];
}

/** What stands in the place of a right that the register let go of. */
export interface Link {
  readonly person: string;
  readonly month: string;
  readonly insurer: number;
  readonly box: Buffer;
}

async function one<T>(pool: Pool, text: string, values: unknown[]): Promise<T> {
  const { rows } = await pool.query<{ result: T }>(`select ${text} as result`, values);
  return (rows[0] as { result: T }).result;
}

/** The retention table, with periods already purged. Role `rempart_desk`, as all of these. */
export async function readRetention(pool: Pool): Promise<{ readonly rules: RetentionRule[]; readonly purged: { readonly from: Date; readonly until: Date; readonly entries: number }[]; readonly holds: number }> {
  const { rows: rules } = await pool.query<RetentionRule>('select class, kept::text, kept_most::text as "keptMost", reason, legal_basis as "legalBasis", remains from journal.retention order by class');
  const { rows: purged } = await pool.query<{ from: Date; until: Date; entries: number }>('select from_at as from, until_at as until, entries from journal.purged order by from_at');
  const holds = await one<number>(pool, '(select count(*) from journal.hold where lifted_at is null)', []);
  return { rules, purged, holds };
}

/** Sets a duration; false when it is out of bounds, or a name or the reason is missing. @param kept PostgreSQL interval. */
export function setRetention(pool: Pool, rule: { readonly class: string; readonly kept: string; readonly by: string; readonly reason: string }): Promise<boolean> {
  return one(pool, 'journal.set_retention($1, $2::interval, $3)', [rule.class, rule.kept, JSON.stringify({ by: rule.by, reason: rule.reason })]);
}

/** Erases what is past its time among the next entries from a leaf on. */
export function eraseEntries(pool: Pool, from: number, limit: number): Promise<{ readonly erased: number; readonly next: number; readonly done: boolean }> {
  return one(pool, 'journal.erase_entries($1, $2)', [from, limit]);
}

export function raiseMinimum(pool: Pool): Promise<number> {
  return one(pool, 'journal.raise_minimum()', []);
}

export function eraseGuarantees(pool: Pool, limit: number): Promise<number> {
  return one(pool, 'journal.erase_guarantees($1)', [limit]);
}

export async function readClosedRights(pool: Pool, limit: number): Promise<ClosedRight[]> {
  const { rows } = await pool.query<ClosedRight>('select row_id as row, person, contract, insurer_id as insurer, seal_key as "sealKey", wrapped, sealed, months::text[] from journal.closed_rights($1)', [limit]);
  return rows;
}

export function removeRights(pool: Pool, rows: readonly number[], links: readonly Link[]): Promise<number> {
  return one(pool, 'journal.remove_rights($1, $2)', [rows, JSON.stringify(links.map((link) => ({ ...link, box: link.box.toString('base64') })))]);
}

/** Links that explain nothing any more. @returns how many went. */
export function forgetLinks(pool: Pool, limit: number): Promise<number> {
  return one(pool, 'journal.forget_links($1)', [limit]);
}

/** @returns the months (first days) whose keys links still need. */
export function linkedMonths(pool: Pool): Promise<string[]> {
  return one(pool, 'journal.linked_months()::text[]', []);
}

/** Who was cared for somewhere too long ago to be known there. @returns how many went. */
export function forgetKnown(pool: Pool, limit: number): Promise<number> {
  return one(pool, 'journal.forget_known($1)', [limit]);
}

/** What is past its time of professionals and staff. @returns rows that went, by table. */
export function forgetActs(pool: Pool): Promise<Readonly<Record<string, number>>> {
  return one(pool, 'journal.forget_acts()', []);
}

/** Links of persons that the register let go of. */
export async function findLinks(pool: Pool, persons: readonly string[]): Promise<Link[]> {
  const { rows } = await pool.query<Link>('select person, month::text, insurer_id as insurer, box from journal.find_links($1)', [persons]);
  return rows;
}

/** An insurer that left. */
export interface LeftInsurer {
  readonly id: number;
  readonly name: string;
  readonly recipient: string;
  readonly leftAt: string;
}

/** Null when it is unknown, or not two different names and a reason. */
export function insurerLeaves(pool: Pool, order: { readonly amc: string; readonly by: string; readonly and: string; readonly reason: string }): Promise<LeftInsurer | null> {
  return one(pool, 'journal.insurer_leaves($1, $2)', [order.amc, JSON.stringify(order)]);
}

/** Its rows as they are returned: sealed, one JSON text a row. */
export async function* readLeftRows(pool: Pool, insurer: number): AsyncGenerator<string> {
  let after = 0;
  for (;;) {
    const { rows } = await pool.query<{ id: number; line: string }>('select id, line::text from journal.rows_of_left_insurer($1, $2, 1000)', [insurer, after]);
    for (const { line } of rows) yield line;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** A file in which rows went back to their insurer. */
export interface ReturnedFile {
  readonly name: string;
  readonly rows: number;
  readonly sha256: string;
}

/** Its rows stand in this file, flushed and named: from here on they may go. @returns every file returned so far; null for an insurer that has not left. */
export function noteReturned(pool: Pool, insurer: number, file: ReturnedFile): Promise<ReturnedFile[] | null> {
  return one(pool, 'journal.rows_returned($1::smallint, $2)', [insurer, JSON.stringify(file)]);
}

/** Null while rows are left that should be gone. */
export function finishLeaving(pool: Pool, insurer: number): Promise<{ readonly blanked: number; readonly links: number } | null> {
  return one(pool, 'journal.finish_leaving($1::smallint)', [insurer]);
}
