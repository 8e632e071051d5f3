import { to as copyTo } from 'pg-copy-streams';
import type { Pool } from '../ground/index.ts';
import { FIELD } from '../journal/index.ts';
import { accept, call, refusal } from './store.ts';
import type { Exposure, ExposureDifference, InsurerCount, Order } from './types.ts';
import { UuidArrays } from './uuid-arrays.ts';

/** Parts of an insurer's persons that a piece has. */
export const PIECE_PARTS = 16;

/** Begins the list of an incident's latest scope. @returns its number. @throws AppError `not-found` when the incident is over; with `closed` in `detail` while it is not known what a restored database lost */
export async function beginExposure(pool: Pool, incidentId: number, order: Order): Promise<number> {
  const begun = await call<{ readonly id?: number; readonly refused?: string }>(pool, 'gate.begin_exposure($1, $2)', [incidentId, JSON.stringify(order)]);
  if (begun?.id === undefined) throw refusal(begun?.refused ?? 'unknown');
  return begun.id;
}

/** Waits for answers under way, and fixes what the window of a list holds. @returns null when it was done already. */
export function fixWindow(pool: Pool, exposureId: number): Promise<boolean | null> {
  return call(pool, 'gate.fix_window($1)', [exposureId]);
}

/** Counts the entries of one half of the fixed window of a list. @returns steps counted; null when it was done already. */
export function countHalf(pool: Pool, exposureId: number, { half, entries }: { readonly half: 0 | 1; readonly entries: number }): Promise<number | null> {
  return call(pool, 'gate.count_half($1, $2::smallint, $3)', [exposureId, half, entries]);
}

/** Cuts the window of a list into slices of about so many entries. @returns how many; null when it was done already. */
export function planSlices(pool: Pool, exposureId: number, entries: number): Promise<number | null> {
  return call(pool, 'gate.plan_slices($1, $2)', [exposureId, entries]);
}

/** Lists one slice, once each, in any order. @returns rows found; null when it is done already, or none. */
export function listSlice(pool: Pool, exposureId: number, slice: number): Promise<number | null> {
  return call(pool, 'gate.list_slice($1, $2)', [exposureId, slice]);
}

/** Shows the references of one piece of a list being made, 16 bytes each, some of them more than once, in buffers good until the next one. */
export async function readReferences(pool: Pool, { exposureId, insurerId, piece }: { readonly exposureId: number; readonly insurerId: number; readonly piece: number }, show: (references: Buffer) => void): Promise<void> {
  const client = await pool.connect();
  const arrays = new UuidArrays();
  // A connection left in the middle of a COPY would never answer again.
  let whole = false;
  try {
    // COPY takes no parameters, and gives bytes as they are: as text a reference is twice as long.
    for await (const sent of client.query(copyTo(`copy (select e.persons from incidents.exposed e where e.exposure_id = ${exposureId} and e.insurer_id = ${insurerId} and e.part between ${piece * PIECE_PARTS} and ${(piece + 1) * PIECE_PARTS - 1}) to stdout (format binary)`))) for (const references of arrays.in(sent as Buffer)) show(references);
    whole = true;
  } finally {
    client.release(!whole);
  }
}

/** Takes decoys of one insurer out of a list that is being made. @returns how many persons. */
export function leaveDecoysOut(pool: Pool, list: { readonly exposureId: number; readonly insurerId: number; readonly persons: readonly string[] }): Promise<number | null> {
  return call(pool, 'gate.leave_decoys_out($1, $2::smallint, $3)', [list.exposureId, list.insurerId, list.persons]);
}

/** Pieces of a list being made, by insurer: each holds persons, and is counted by itself. */
export async function piecesOf(pool: Pool, exposureId: number): Promise<{ readonly insurerId: number; readonly piece: number }[]> {
  const { rows } = await pool.query<{ insurerId: number; piece: number }>(`select distinct insurer_id as "insurerId", part / ${PIECE_PARTS} as piece from incidents.exposed where exposure_id = $1 order by 1, 2`, [exposureId]);
  return rows;
}

/** Counts one piece. @returns its persons; null when it was counted already. */
export function countPiece(pool: Pool, exposureId: number, { insurerId, piece }: { readonly insurerId: number; readonly piece: number }): Promise<number | null> {
  return call(pool, 'gate.count_piece($1, $2::smallint, $3::smallint)', [exposureId, insurerId, piece]);
}

/** Counts an insurer of a list: what of it nobody has counted yet, and the whole. */
export function countExposed(pool: Pool, exposureId: number, insurerId: number): Promise<number | null> {
  return call(pool, 'gate.count_exposed($1, $2::smallint)', [exposureId, insurerId]);
}

/** Completes a list. @throws AppError with the rule in `detail` */
export async function finishExposure(pool: Pool, exposureId: number, order: Order): Promise<void> {
  accept(await call<string>(pool, 'gate.finish_exposure($1, $2)', [exposureId, JSON.stringify(order)]));
}

// Disclosures by field from disclosures by set of fields.
function byField(sets: Readonly<Record<string, number>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, bit] of Object.entries(FIELD)) {
    const n = Object.entries(sets).reduce((sum, [set, times]) => ((Number(set) & bit) === 0 ? sum : sum + times), 0);
    if (n > 0) counts[name] = n;
  }
  return counts;
}

type Row = Omit<Exposure, 'insurers' | 'totals'>;

const COLUMNS = `x.id, x.incident_id as "incidentId", x.scope_version as "scopeVersion", x.from_at as "from", x.to_at as "to", x.state, x.started_at as "startedAt", x.listed_at as "listedAt",
  x.not_determinable as "notDeterminable", gate.is_purged_since(x) as "purgedSince", x.decoys_left_out as "decoysLeftOut", x.unattributed, x.packs`;

async function withCounts(pool: Pool, row: Row): Promise<Exposure> {
  const { rows } = await pool.query<InsurerCount>(`select g.id as "insurerId", g.amc_number as "amcNumber", g.name, coalesce(c.persons, 0) as persons, coalesce(c.records, 0) as records, coalesce(c.disclosures, 0) as disclosures, coalesce(c.former, 0) as former,
      coalesce(c.fields, '{}') as fields, c.first_at as "firstAt", c.last_at as "lastAt", coalesce(a.asked, '{}') as asked
    from registry.insurer g left join incidents.count c on c.insurer_id = g.id and c.exposure_id = $1
    left join lateral (select jsonb_object_agg(t.outcome, t.n) as asked from (select s.outcome, sum(s.entries) as n from incidents.asked s where s.exposure_id = $1 and s.insurer_id = g.id group by 1) t) a on true
    where c.exposure_id is not null or a.asked is not null order by g.amc_number`, [row.id]);
  const insurers = rows.map((one) => ({ ...one, fields: byField(one.fields) }));
  const sum = (of: (one: InsurerCount) => number): number => insurers.reduce((total, one) => total + of(one), 0);
  const asked = (one: InsurerCount): number => Object.values(one.asked).reduce((total, n) => total + n, 0);
  return { ...row, packs: row.packs.map(Number), insurers, totals: { persons: sum((one) => one.persons), records: sum((one) => one.records), disclosures: sum((one) => one.disclosures), former: sum((one) => one.former), asked: sum(asked) } };
}

/** The last complete list of an incident, or with `exposureId` that very one. */
export async function findExposure(pool: Pool, incidentId: number, which: { readonly exposureId?: number | undefined } = {}): Promise<Exposure | undefined> {
  const { rows } = await pool.query<Row>(`select ${COLUMNS} from incidents.exposure x where x.incident_id = $1 and x.state = 'listed' and x.id = coalesce($2, x.id) order by x.id desc limit 1`, [incidentId, which.exposureId ?? null]);
  return rows[0] === undefined ? undefined : withCounts(pool, rows[0]);
}

/** Every complete list of an incident, oldest first. */
export async function listExposures(pool: Pool, incidentId: number): Promise<Exposure[]> {
  const { rows } = await pool.query<Row>(`select ${COLUMNS} from incidents.exposure x where x.incident_id = $1 and x.state = 'listed' order by x.id`, [incidentId]);
  return Promise.all(rows.map((row) => withCounts(pool, row)));
}

/** What changed from one list to another, by insurer: persons, not records. */
export async function compareExposures(pool: Pool, change: { readonly before: number; readonly after: number }): Promise<ExposureDifference[]> {
  const { rows } = await pool.query<ExposureDifference>(`select g.id as "insurerId", g.amc_number as "amcNumber", count(*) filter (where b.person is null) as added, count(*) filter (where a.person is null) as removed,
      count(*) filter (where a.person is not null and b.person is not null) as kept
    from (select distinct insurer_id, unnest(persons) as person from incidents.exposed where exposure_id = $1) b
    full join (select distinct insurer_id, unnest(persons) as person from incidents.exposed where exposure_id = $2) a using (insurer_id, person)
    join registry.insurer g on g.id = insurer_id group by 1, 2 order by 2`, [change.before, change.after]);
  return rows;
}

/** A page of a list by random reference: for the desk, which shows no identity. */
export async function readExposedPage(pool: Pool, page: { readonly exposureId: number; readonly insurerId: number; readonly after?: string; readonly limit: number }): Promise<{ person: string; times: number; fields: number; firstAt: Date; lastAt: Date }[]> {
  const { rows } = await pool.query<{ person: string; times: number; fields: number; firstAt: Date; lastAt: Date }>(`with page as materialized (select p.until_person, gate.part_of($3, gate.exposed_shift($1, $2::smallint)) as from_part, gate.part_of(p.until_person, gate.exposed_shift($1, $2::smallint)) as until_part
      from (select gate.exposed_until($1, $2::smallint, $3, $4) as until_person offset 0) p)
    select t.person, count(*)::int as times, bit_or(t.fields) as fields, min(t.at) as "firstAt", max(t.at) as "lastAt"
    from page cross join lateral (select e.fields, unnest(e.persons) as person, unnest(e.at) as at from incidents.exposed e where e.exposure_id = $1 and e.insurer_id = $2 and e.part between page.from_part and page.until_part) t
    where t.person > $3 and t.person <= page.until_person
    group by t.person order by t.person`, [page.exposureId, page.insurerId, page.after ?? '00000000-0000-0000-0000-000000000000', page.limit]);
  return rows;
}
