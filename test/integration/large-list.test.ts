// A list of thousands of persons at two insurers, cut as coarsely as its size asks and as finely as can be: the same list, whichever it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pool } from '../../src/ground/index.ts';
import { compareExposures, listExposure, openIncident, readExposedPage, type Exposure } from '../../src/incidents/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { decoysBy } from '../support/decoys-by.ts';

const FROM = new Date(Date.now() - 86_400_000);
const FIRST = '00000000-0000-0000-0000-000000000000';

let database: TestDatabase;
let owner: Pool;
let desk: Pool;
let insurers: number[];

// Two installations, the second outside the scope. Persons come back, with one row or two, or none; one answer in nine is a no; the
// second insurer has one answer in twenty.
const ENTRIES = `insert into journal.entry (id, at, installation_id, establishment_id, purpose, outcome, insurer_id, presence, person, row_id, fields)
  select nextval('journal.entry_id'), $1::timestamptz + i * interval '3 seconds' - (i % 5) * interval '7 seconds', 901 + (i % 4 = 3)::int, 801 + i % 3, 'ask', case when i % 9 = 0 then 'no' else 'yes' end, case when i % 20 = 0 then $3::smallint else $2::smallint end, 'none',
    case when i % 9 <> 0 then md5('person ' || (hashint8(i) & 8191) || (i % 20 = 0))::uuid end, case when i % 9 <> 0 and hashint8(i) & 63 <> 0 then (hashint8(i) & 8191) * 4 + (hashint8(i + 1) & 1) + 2 * (i % 20 = 0)::int end, case when i % 9 = 0 then 1 when i % 2 = 0 then 23 else 7 end
  from generate_series(1, 24000) i`;

before(async () => {
  database = await freshDatabase();
  [owner, desk] = [database.pool('owner'), database.pool('rempart_desk', 2)];
  const { rows } = await owner.query<{ id: number }>(`insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel) select n, 'Mutuelle fictive', '\\x00', 'age1', '{}', '{}' from unnest('{99100061,99100062}'::text[]) n returning id`);
  insurers = rows.map((row) => row.id);
  await owner.query(ENTRIES, [FROM, ...insurers]);
});
after(() => database?.drop());

const list = async (isDecoy: (reference: string) => boolean = () => false, { from = FROM, ...cut }: { readonly from?: Date; readonly sliceEntries?: number } = {}): Promise<Exposure> =>
  listExposure(desk, await openIncident(desk, { by: 'Alix Essai', title: 'essai', scope: { items: [{ kind: 'installation', id: 901 }], from } }), { by: 'Alix Essai', decoysAmong: decoysBy(isDecoy), ...cut });

// As fine as can be: several pieces an insurer, counted apart; or coarser by some bits.
async function finely<T>(work: () => Promise<T>, shift = 0): Promise<T> {
  await owner.query(`create or replace function incidents.fine() returns trigger language plpgsql as $$ begin new.shift := ${shift}; return new; end $$; create trigger fine before insert on incidents.grain for each row execute function incidents.fine()`);
  try {
    return await work();
  } finally {
    await owner.query('drop trigger fine on incidents.grain');
  }
}

interface Truth { readonly persons: number; readonly records: number; readonly disclosures: number; readonly firstAt: Date; readonly lastAt: Date }

async function truth(insurerId: number, without: readonly string[] = []): Promise<Truth> {
  const { rows } = await owner.query<Truth>(`select count(distinct person)::int as persons, count(distinct (person, row_id)) filter (where row_id is not null)::int as records, count(*)::int as disclosures, min(at) as "firstAt", max(at) as "lastAt"
    from journal.entry where installation_id = 901 and insurer_id = $1 and person is not null and at >= $2 and person <> all ($3)`, [insurerId, FROM, without]);
  return rows[0] as Truth;
}

async function isTrue(exposure: Exposure, without: readonly string[] = []): Promise<void> {
  for (const insurerId of insurers) {
    const { persons, records, disclosures, firstAt, lastAt } = exposure.insurers.find((one) => one.insurerId === insurerId) ?? assert.fail('no count of an insurer');
    assert.deepEqual({ persons, records, disclosures, firstAt, lastAt }, await truth(insurerId, without));
  }
  const told = 'select insurer_id, entry_id, person, row_id, establishment_id, fields, at from incidents.told where exposure_id = $1';
  const written = 'select insurer_id, id, person, row_id, establishment_id, fields, at from journal.entry where installation_id = 901 and person is not null and at >= $2 and person <> all ($3)';
  for (const sql of [`${told} except all ${written}`, `${written} except all ${told}`]) {
    assert.deepEqual((await owner.query(sql, [exposure.id, FROM, without])).rows, [], 'every answer of the list is an entry of the journal, once, and none is left out');
  }
}

async function readPages(exposure: Exposure, { insurerId, limit }: { readonly insurerId: number; readonly limit: number }): Promise<string[]> {
  const read: string[] = [];
  for (let after = FIRST; ;) {
    const page = await readExposedPage(desk, { exposureId: exposure.id, insurerId, after, limit });
    read.push(...page.map((one) => one.person));
    if (page.length < limit) return read;
    after = page.at(-1)?.person ?? assert.fail('an empty page');
  }
}

const cut = async (exposure: Exposure): Promise<number[]> => (await owner.query<{ n: number }>('select count(distinct part)::int as n from incidents.exposed where exposure_id = $1 group by insurer_id order by insurer_id', [exposure.id])).rows.map((row) => row.n);

test('whatever it is cut into, a list says what the journal says', async () => {
  const coarse = await list();
  const fine = await finely(list);
  // Some ten slices; and pieces of several parts, whose references come in several pieces by the wire.
  const sliced = await list(undefined, { sliceEntries: 1000 });
  const both = await finely(() => list(undefined, { sliceEntries: 1000 }), 4);
  for (const exposure of [coarse, fine, sliced, both]) {
    await isTrue(exposure);
    assert.deepEqual(exposure.totals, coarse.totals);
  }
  const slices = async (exposure: Exposure): Promise<number> => (await owner.query('select from incidents.slice where exposure_id = $1', [exposure.id])).rowCount ?? 0;
  assert.deepEqual([await slices(coarse), (await slices(both)) > 8], [1, true]);
  assert.equal(fine.totals.asked, (await owner.query("select from journal.entry where installation_id = 901 and person is null and at >= $1", [FROM])).rowCount);
  const [few, many] = [await cut(coarse), await cut(fine)];
  assert.deepEqual(few, [2, 1], 'parts follow an insurer’s share');
  assert.ok((many[0] ?? 0) > 2000, 'several pieces');
  assert.deepEqual(await compareExposures(desk, { before: coarse.id, after: fine.id }).then((all) => all.map(({ added, removed, kept }) => [added, removed, kept])), await Promise.all(insurers.map(async (one) => [0, 0, (await truth(one)).persons])));
});

test('entries of one day in the window of a year are cut as finely as any others, and so are those of a window’s first moment', async () => {
  const first = (await owner.query<{ at: Date }>('select min(at) as at from journal.entry where installation_id = 901')).rows[0]?.at as Date;
  const slicesOf = async (id: number): Promise<{ planned: number; found: number }[]> => (await owner.query<{ planned: number; found: number }>(`select l.entries as planned, (select count(*)::int from journal.entry j where j.installation_id = 901 and j.at >= l.from_at and j.at < l.to_at) as found
    from incidents.slice l where l.exposure_id = $1 order by l.slice`, [id])).rows;
  const exposure = await list(undefined, { from: new Date(first.getTime() - 365 * 86_400_000), sliceEntries: 1000 });
  assert.equal(exposure.totals.disclosures, (await owner.query('select from journal.entry where installation_id = 901 and person is not null')).rowCount);
  const year = await slicesOf(exposure.id);
  assert.deepEqual(year.map((slice) => slice.planned), year.map((slice) => slice.found));
  assert.ok(year.length > 8 && Math.max(...year.map((slice) => slice.found)) <= 1000 + 125, `a slice has a step too many at most: ${year.map((slice) => slice.found).join(', ')}`);
  const incident = await openIncident(desk, { by: 'Alix Essai', title: 'essai', scope: { items: [{ kind: 'installation', id: 901 }], from: first, to: new Date(first.getTime() + 60_000) } });
  const { begun: { id } } = (await desk.query<{ begun: { id: number } }>('select gate.begin_exposure($1, $2) as begun', [incident, JSON.stringify({ by: 'Alix Essai' })])).rows[0] ?? assert.fail('no list');
  await desk.query('select gate.plan_slices($1, 1)', [id]);
  const minute = await slicesOf(id);
  assert.deepEqual(minute.map((slice) => slice.planned), minute.map((slice) => slice.found));
  assert.ok(minute.every((slice) => slice.found > 0), 'no slice is empty');
});

test('its pages are all of its persons in the order of references, each once', async () => {
  const all = new Map(await Promise.all(insurers.map(async (insurerId) => [insurerId, (await owner.query<{ person: string }>('select distinct person from journal.entry where installation_id = 901 and insurer_id = $1 and person is not null and at >= $2 order by 1', [insurerId, FROM])).rows.map((row) => row.person)] as const)));
  for (const exposure of [await list(), await finely(list)]) {
    for (const insurerId of insurers) {
      for (const limit of [97, 100_000]) assert.deepEqual(await readPages(exposure, { insurerId, limit }), all.get(insurerId));
    }
  }
});

test('decoys are left out of whichever part they are in, and what was counted of them is counted again', async () => {
  const { rows } = await owner.query<{ person: string }>('select distinct person from journal.entry where installation_id = 901 and person is not null and at >= $1 order by 1', [FROM]);
  const decoys = rows.filter((_, i) => i % 90 === 0).map((row) => row.person);
  for (const exposure of [await list((one) => decoys.includes(one)), await finely(() => list((one) => decoys.includes(one), { sliceEntries: 1000 }))]) {
    assert.equal(exposure.decoysLeftOut, decoys.length);
    await isTrue(exposure, decoys);
  }
});

test('a decoy named after its piece was counted is in no count', async () => {
  const incident = await openIncident(desk, { by: 'Alix Essai', title: 'essai', scope: { items: [{ kind: 'installation', id: 901 }], from: FROM } });
  const call = async <T>(sql: string, values: unknown[]): Promise<T> => (await desk.query<{ result: T }>(`select gate.${sql} as result`, values)).rows[0]?.result as T;
  const order = JSON.stringify({ by: 'Alix Essai' });
  const { id } = await call<{ id: number }>('begin_exposure($1, $2)', [incident, order]);
  const slices = await call<number>('plan_slices($1, 5000)', [id]);
  assert.ok(slices > 2);
  for (let slice = 1; slice <= slices; slice += 1) await call('list_slice($1, $2)', [id, slice]);
  const [one] = (await desk.query<{ person: string }>('select person from incidents.told where exposure_id = $1 and insurer_id = $2 limit 1', [id, insurers[0]])).rows;
  const counted = await call<number>('count_exposed($1, $2::smallint)', [id, insurers[0]]);
  assert.equal(await call('count_exposed($1, $2::smallint)', [id, insurers[0]]), null, 'counted once');
  await call('count_exposed($1, $2::smallint)', [id, insurers[1]]);
  assert.equal(await call('leave_decoys_out($1, $2::smallint, $3)', [id, insurers[0], [one?.person]]), 1);
  assert.equal(await call('finish_exposure($1, $2)', [id, order]), 'step', 'what is no longer counted is not complete');
  assert.equal(await call('count_exposed($1, $2::smallint)', [id, insurers[0]]), counted - 1);
  assert.equal(await call('finish_exposure($1, $2)', [id, order]), null);
  assert.equal(await call('count_piece($1, $2::smallint, 0::smallint)', [id, insurers[0]]), null, 'a complete list is not counted again');
});

test('whom a scope names may never have asked through any software: the list is there, and empty', async () => {
  for (const kind of ['establishment', 'professional'] as const) {
    const exposure = await listExposure(desk, await openIncident(desk, { by: 'Alix Essai', title: 'essai', scope: { items: [{ kind, id: 999_999 }], from: FROM } }), { by: 'Alix Essai', decoysAmong: () => [] });
    assert.equal(exposure.state, 'listed');
    assert.equal(exposure.totals.persons, 0);
  }
});

test('a list waits for the answers that are under way when it is begun, and has them', async () => {
  const told = async (): Promise<number> => (await list()).totals.disclosures;
  const before = await told();
  const answering = await owner.connect();
  try {
    await answering.query('begin');
    await answering.query("insert into journal.entry (id, at, installation_id, establishment_id, purpose, outcome, insurer_id, presence, person, row_id, fields) values (nextval('journal.entry_id'), now(), 901, 801, 'ask', 'yes', $1, 'none', gen_random_uuid(), 999999, 7)", [insurers[0]]);
    const listed = told();
    for (let tries = 0; tries < 50 && (await owner.query("select from incidents.exposure where state = 'listing' and installations is null and started_at > $1", [new Date(Date.now() - 5000)])).rowCount === 0; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 10); });
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    assert.equal((await owner.query("select from incidents.exposure where state = 'listing' and installations is null and started_at > $1", [new Date(Date.now() - 5000)])).rowCount, 1, 'nothing is read before');
    await answering.query('commit');
    assert.equal(await listed, before + 1);
  } finally {
    answering.release(true);
  }
});
