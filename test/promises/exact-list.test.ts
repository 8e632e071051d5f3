// Promise `exact-list`: from the journal alone, exactly who was disclosed. An attacker with a stolen session asks among honest
// questions, across a crash of PostgreSQL (kill -9) and a change of the session's key; the truth is what the attacker was told.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GateQuestion } from '../../src/gate/index.ts';
import { migrate, openPool, ROLES, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type EmbeddedPostgres, type Pool } from '../../src/ground/index.ts';
import { compareExposures, listExposure, moveIncident, openIncident, readExposedPage, setScope, type Exposure, type Scope } from '../../src/incidents/index.ts';
import { FIELD } from '../../src/journal/index.ts';
import { askInProcess } from '../support/ask-in-process.ts';
import type { TestDatabase } from '../support/database.ts';
import { decoysBy } from '../support/decoys-by.ts';
import { plant, type Planted } from '../support/planted.ts';

const folder = join(process.env['REMPART_TEST_FOLDER'] ?? stateFolder('exact'), `exact-${process.pid}`, 'postgres');
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
let state = SEED;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

let server: EmbeddedPostgres;
let owner: Pool;
let desk: Pool;
let planted: Planted;
let byNir: string[];
const person = new Map<string, string>();
const started = new Date(Date.now() - 60_000);
/** What the attacker was told yes about, by person, with how often; and how often nobody was named. */
const truth = { told: new Map<string, number>(), asked: 0 };
const honest = new Set<string>();
let attacker: number;

function openPools(): void {
  owner = openPool({ url: server.url, max: 2, applicationName: 'truth' });
  desk = openPool({ url: withUser(server.url, { user: 'rempart_desk', password: 'exact' }), max: 2, applicationName: 'desk' });
}

const shuffled = <T>(all: readonly T[]): T[] => all.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at).map(({ one }) => one);
const value = async <T>(sql: string, values: unknown[] = []): Promise<T> => (await owner.query<{ v: T }>(sql, values)).rows[0]?.v as T;

async function newSession(): Promise<{ session: string; jkt: string }> {
  const [session, jkt] = [crypto.randomUUID(), crypto.randomUUID()];
  await owner.query(`insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) values ($1, $2, $3, '{}', now() + interval '1 day')`, [session, planted.installation, jkt]);
  return { session, jkt };
}

// Asks as the attacker and as an honest user, from a process of its own; every answer that got out is kept as truth.
async function ask(questions: readonly GateQuestion[], crash?: () => Promise<void>): Promise<void> {
  const running = askInProcess({ url: withUser(server.url, { user: 'rempart_check', password: 'exact' }), questions, parallel: 16, connections: 2 });
  await crash?.();
  for (const { index, byNir: asked, outcome } of await running) {
    const found = person.get(asked);
    if (outcome === undefined) continue;
    if (questions[index]?.user !== 'stolen') { if (outcome === 'yes' && found !== undefined) honest.add(found); }
    else if (outcome === 'yes' && found !== undefined) truth.told.set(found, (truth.told.get(found) ?? 0) + 1);
    else truth.asked += 1;
  }
}

const questionsOf = (user: string, count: number, session: { session: string; jkt: string }): GateQuestion[] => Array.from({ length: count }, () => ({ ...planted.question(), ...session, user,
  // One in five about nobody, or about a day without rights: a bare no.
  byNir: random() < 0.1 ? crypto.randomUUID() : byNir[Math.floor(random() * byNir.length)] as string, ...(random() < 0.1 ? { careDate: planted.outOfForce } : {}) }));

// In the midst of it: some hundred entries after it began.
async function killAndRestart(): Promise<void> {
  const before = await value<number>('select count(*)::int as v from journal.entry');
  while (await value<number>('select count(*)::int as v from journal.entry') < before + 150) await sleep(2);
  process.kill(server.pid, 'SIGKILL');
  await sleep(300);
  await Promise.allSettled([owner.end(), desk.end()]);
  server = await startEmbeddedPostgres({ folder });
  openPools();
}

before(async () => {
  server = await startEmbeddedPostgres({ folder });
  await migrate(server.url);
  await setRolePasswords(server.url, Object.fromEntries(ROLES.map((role) => [role, 'exact'])));
  openPools();
  planted = await plant({ pool: () => owner } as unknown as TestDatabase);
  byNir = await planted.more(600);
  for (const row of (await owner.query<{ by_nir: string; person: string }>('select by_nir, person from registry.right_row')).rows) person.set(row.by_nir, row.person);
  await owner.query("insert into guard.ceiling select peer_group, scope, class, current_date, 1000000, 1000000, 1000000, 1000000, 'test' from guard.ceiling");
  const first = await newSession();
  await ask([planted.question()]);
  await ask(shuffled([...questionsOf('stolen', 300, first), ...questionsOf('honest', 300, first)]));
  // The crash: questions under way are lost to the attacker, or told; an entry without an answer may exist.
  await ask(shuffled([...questionsOf('stolen', 1500, first), ...questionsOf('honest', 500, first)]), killAndRestart);
  // The attacker goes on with another key and session of the same installation.
  await ask(shuffled([...questionsOf('stolen', 300, await newSession()), ...questionsOf('honest', 300, first)]));
  attacker = await value("select id as v from access.app_user where pseudonym = 'stolen'");
});
after(async () => {
  await Promise.allSettled([owner.end(), desk.end()]);
  await server.stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

async function persons(exposure: Exposure): Promise<Map<string, { times: number; fields: number }>> {
  const rows = await readExposedPage(desk, { exposureId: exposure.id, insurerId: planted.insurerId, limit: 100_000 });
  return new Map(rows.map((row) => [row.person, row]));
}

const scopeOf = (change: Partial<Scope> = {}): Scope => ({ items: [{ kind: 'user', id: attacker }], from: started, ...change });
const opened = (scope: Scope): Promise<number> => openIncident(desk, { by: 'Alix Essai', title: 'essai', scope });

test('every person the stolen user was told of is on the list, and nobody else, across a crash and another key', async () => {
  const exposure = await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] });
  const listed = await persons(exposure);
  const missing = [...truth.told.keys()].filter((one) => !listed.has(one));
  assert.deepEqual(missing, [], `seed ${SEED}: told, and not on the list`);
  // An answer that the crash kept from its asker has its entry all the same: it counts as disclosed, as the promise says.
  const kept = await value<string[]>("select array_agg(distinct person) as v from journal.entry where user_id = $1 and person is not null", [attacker]);
  assert.deepEqual([...listed.keys()].toSorted((a, b) => a.localeCompare(b)), kept.toSorted((a, b) => a.localeCompare(b)));
  const extra = [...listed.keys()].filter((one) => !truth.told.has(one));
  assert.ok(extra.length <= 40, `${extra.length} persons more than answers that got out: more than were under way at the crash`);
  assert.ok(truth.told.size > 200 && honest.size > 200, 'the attack told enough to be one');
  assert.ok([...honest].some((one) => !listed.has(one)), 'honest answers of the same installation are not the attacker’s');
  assert.equal(exposure.totals.persons, listed.size);
  assert.ok(exposure.totals.records >= exposure.totals.persons && exposure.totals.disclosures > exposure.totals.persons, 'persons, records and disclosures are counted apart');
});

test('how often, and which fields', async () => {
  const listed = await persons(await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] }));
  for (const [who, times] of truth.told) assert.ok((listed.get(who)?.times ?? 0) >= times, `${who}: ${times}`);
  for (const one of listed.values()) assert.equal(one.fields, FIELD.verdict | FIELD.period | FIELD.rule | FIELD.guarantee);
});

test('a bare no names nobody: asked is counted by entries, apart', async () => {
  const exposure = await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] });
  const entries = await value<number>("select count(*)::int as v from journal.entry where user_id = $1 and person is null and purpose = 'ask'", [attacker]);
  assert.equal(exposure.totals.asked, entries);
  assert.ok(truth.asked > 20 && entries >= truth.asked);
});

test('a scope by installation lists the honest answers too, by session only that session’s; the difference is shown', async () => {
  const incident = await opened(scopeOf());
  const [narrow] = [await listExposure(desk, incident, { by: 'Alix Essai', decoysAmong: () => [] })];
  await setScope(desk, incident, { by: 'Alix Essai', reason: 'the key was stolen, not the user', scope: scopeOf({ items: [{ kind: 'installation', id: planted.installation }] }) });
  const wide = await listExposure(desk, incident, { by: 'Alix Essai', decoysAmong: () => [] });
  const all = await value<number>('select count(distinct person)::int as v from journal.entry where installation_id = $1', [planted.installation]);
  assert.equal(wide.totals.persons, all);
  const [difference] = await compareExposures(desk, { before: narrow.id, after: wide.id });
  assert.deepEqual({ added: difference?.added, removed: difference?.removed, kept: difference?.kept }, { added: all - narrow.totals.persons, removed: 0, kept: narrow.totals.persons });
  const session = await value<string>('select session::text as v from journal.entry where user_id = $1 order by id desc limit 1', [attacker]);
  await owner.query('delete from access.session where secret_hash = $1', [session]);
  await setScope(desk, incident, { by: 'Alix Essai', reason: 'one session alone', scope: scopeOf({ items: [{ kind: 'session', id: session }] }) });
  const one = await listExposure(desk, incident, { by: 'Alix Essai', decoysAmong: () => [] });
  assert.equal(one.totals.persons, await value<number>('select count(distinct person)::int as v from journal.entry where session = $1', [session]));
});

test('the window counts: nothing before it, nothing after it', async () => {
  const middle = await value<Date>('select percentile_disc(0.5) within group (order by at) as v from journal.entry where user_id = $1', [attacker]);
  const [first, second] = [await listExposure(desk, await opened(scopeOf({ to: middle })), { by: 'Alix Essai', decoysAmong: () => [] }), await listExposure(desk, await opened(scopeOf({ from: middle })), { by: 'Alix Essai', decoysAmong: () => [] })];
  const whole = await value<number>('select count(*)::int as v from journal.entry where user_id = $1 and person is not null', [attacker]);
  assert.equal(first.totals.disclosures + second.totals.disclosures, whole);
  assert.ok(first.totals.disclosures > 0 && second.totals.disclosures > 0);
});

test('a guarantee looked up is a disclosure of the installation, by its entry', async () => {
  const entry = await value<number>('select entry_id::int as v from gate.guarantee limit 1');
  const { session, jkt } = await newSession();
  const check = openPool({ url: withUser(server.url, { user: 'rempart_check', password: 'exact' }), max: 1, applicationName: 'asker' });
  await check.query('call gate.show_guarantee($1::uuid, $2::uuid, $3::uuid, $4, null, null)', [session, jkt, crypto.randomUUID(), entry]);
  await check.end();
  const exposure = await listExposure(desk, await opened(scopeOf({ items: [{ kind: 'session', id: session }] })), { by: 'Alix Essai', decoysAmong: () => [] });
  assert.deepEqual({ persons: exposure.totals.persons, fields: exposure.insurers[0]?.fields }, { persons: 1, fields: { guarantee: 1 } });
  // In a software's list by user, or by another session, it cannot be laid to anybody: said, not counted.
  assert.equal((await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] })).unattributed, 1);
  const other = await value<string>('select session::text as v from journal.entry where user_id = $1 order by id limit 1', [attacker]);
  assert.equal((await listExposure(desk, await opened(scopeOf({ items: [{ kind: 'session', id: other }] })), { by: 'Alix Essai', decoysAmong: () => [] })).unattributed, 1);
  assert.equal(exposure.unattributed, 0, 'it is on that session’s list');
  // What the software's professional answers for, and what an establishment that asks as such asks, names them.
  const look = async (): Promise<{ user: number | null; professional: number | null }> => {
    const asker = openPool({ url: withUser(server.url, { user: 'rempart_check', password: 'exact' }), max: 1, applicationName: 'asker' });
    await asker.query('call gate.show_guarantee($1::uuid, $2::uuid, $3::uuid, $4, null, null)', [session, jkt, crypto.randomUUID(), entry]);
    await asker.end();
    return (await owner.query<{ user: number | null; professional: number | null }>('select user_id as user, professional_id as professional from journal.entry where purpose = $1 order by id desc limit 1', ['guarantee'])).rows[0] as never;
  };
  const professional = await value<number>("insert into access.professional (rpps, peer_group, valid_from) values ('99900000999', 'pharmacy', '2020-01-01') returning id as v");
  await owner.query("insert into access.activity (professional_id, establishment_id, valid_from) values ($1, $2, '2020-01-01')", [professional, planted.establishment]);
  await owner.query('update access.installation set responsible_id = $2 where id = $1', [planted.installation, professional]);
  assert.deepEqual(await look(), { user: null, professional });
  const nameless = await value<number>("insert into access.app_user (installation_id, pseudonym, first_seen) values ($1, '', current_date) returning id as v", [planted.installation]);
  await owner.query('update access.establishment set asks_as_establishment = true where id = $1', [planted.establishment]);
  assert.equal((await look()).user, nameless);
  await owner.query('update access.establishment set asks_as_establishment = false where id = $1', [planted.establishment]);
  await owner.query('update access.installation set responsible_id = null where id = $1', [planted.installation]);
});

test('a purged period is not determinable, never zero; what an open incident names is held from erasure', async () => {
  const day = 86_400_000;
  const [first, last] = [new Date(started.getTime() - 9 * day), new Date(started.getTime() - 5 * day)];
  await owner.query('insert into journal.purged (from_at, until_at, at, entries) values ($1, $2, now(), 12)', [first, last]);
  const incident = await opened(scopeOf({ from: new Date(started.getTime() - 7 * day) }));
  const exposure = await listExposure(desk, incident, { by: 'Alix Essai', decoysAmong: () => [] });
  assert.deepEqual(exposure.notDeterminable.map((period) => [new Date(period.from).getTime(), new Date(period.to).getTime()]), [[started.getTime() - 7 * day, last.getTime()]]);
  assert.deepEqual((await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] })).notDeterminable, []);
  const held = (): Promise<boolean> => value<boolean>('select bool_and(journal.is_held(e)) as v from journal.entry e where e.user_id = $1 and e.at >= $2', [attacker, started]);
  await owner.query("update journal.hold set lifted_at = now() where incident <> $1", [String(incident)]);
  assert.equal(await held(), true);
  await moveIncident(desk, incident, { to: 'dismissed', by: 'Alix Essai', and: 'Camille Exemple', reason: 'essai' });
  assert.equal(await held(), false);
  await moveIncident(desk, incident, { to: 'suspected', by: 'Alix Essai', reason: 'essai' });
  assert.equal(await held(), true, 'held again when it is taken up again');
});

test('decoys are nobody: left out of the list, and counted apart', async () => {
  const all = await persons(await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] }));
  const decoys = new Set([...all.keys()].slice(0, 7));
  const exposure = await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: decoysBy((reference) => decoys.has(reference)) });
  assert.deepEqual([exposure.totals.persons, exposure.decoysLeftOut], [all.size - 7, 7]);
  assert.ok([...(await persons(exposure)).keys()].every((one) => !decoys.has(one)));
});

test('a list is what the journal holds: the desk’s role can add nobody to it and take nobody out', async () => {
  const exposure = await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] });
  for (const sql of ['delete from incidents.exposed', "insert into incidents.exposed select exposure_id, 1, insurer_id, part, 1, 1, now(), now(), array[gen_random_uuid()], '{1}', '{1}', '{1}', '{now()}' from incidents.exposed limit 1", 'update incidents.count set persons = 0',
    "insert into journal.entry (id, at, installation_id, purpose, outcome, insurer_id, person) select -1, at, installation_id, purpose, outcome, insurer_id, gen_random_uuid() from journal.entry limit 1",
    "update incidents.exposed set persons = '{}'", 'delete from incidents.piece', 'update incidents.piece set persons = 0', 'update incidents.grain set shift = 0']) {
    await assert.rejects(desk.query(sql), /permission denied/);
  }
  for (const sql of ['gate.list_slice($1, 1)', 'gate.plan_slices($1, 10)']) assert.equal((await desk.query<{ done: number | null }>(`select ${sql} as done`, [exposure.id])).rows[0]?.done, null, 'a complete list takes no further slice');
  await assert.rejects(desk.query('update incidents.slice set listed = true'), /permission denied/);
});

test('a list is complete only when every slice of its window was listed, each once', async () => {
  // Slices begin at whole 10 seconds of the window: one that begins 20 s before the middle answer has a seam between the answers.
  const middle = await value<Date>('select percentile_disc(0.5) within group (order by at) as v from journal.entry where user_id = $1', [attacker]);
  const incident = await opened(scopeOf({ from: new Date(middle.getTime() - 20_000) }));
  const order = JSON.stringify({ by: 'Alix Essai' });
  const call = async (sql: string, values: unknown[]): Promise<unknown> => (await desk.query<{ result: unknown }>(`select ${sql} as result`, values)).rows[0]?.result;
  const { id } = await call('gate.begin_exposure($1, $2)', [incident, order]) as { id: number };
  assert.equal(await call('gate.finish_exposure($1, $2)', [id, order]), 'step', 'not without slices');
  assert.equal(await call('gate.count_half($1, 0::smallint, 5)', [id]), null, 'nothing is counted before it is known what may come');
  assert.deepEqual([await call('gate.fix_window($1)', [id]), await call('gate.fix_window($1)', [id])], [true, null], 'fixed once');
  assert.ok(await call('gate.count_half($1, 0::smallint, 5)', [id]) as number > 0);
  assert.equal(await call('gate.count_half($1, 0::smallint, 5)', [id]), null, 'counted once');
  await assert.rejects(desk.query('update incidents.moment set entries = 0'), /permission denied/);
  // The other half is counted with it.
  const slices = await call('gate.plan_slices($1, 5)', [id]) as number;
  assert.ok(slices > 1);
  assert.equal(await call('gate.plan_slices($1, 5)', [id]), null, 'planned once');
  for (let slice = 2; slice <= slices; slice += 1) assert.notEqual(await call('gate.list_slice($1, $2)', [id, slice]), null);
  assert.equal(await call('gate.list_slice($1, 2)', [id]), null, 'listed once');
  const told = async (): Promise<number[]> => (await desk.query<{ insurer: number }>('select distinct insurer_id as insurer from incidents.exposed where exposure_id = $1', [id])).rows.map((row) => row.insurer);
  for (const insurer of await told()) for (const sql of ['gate.count_exposed($1, $2::smallint)', 'gate.count_piece($1, $2::smallint, 0::smallint)']) assert.equal(await call(sql, [id, insurer]), null, 'nothing is counted before all is listed');
  assert.equal(await call('gate.finish_exposure($1, $2)', [id, order]), 'step', 'one slice was left out');
  const { rows } = await desk.query<{ whole: boolean }>('select min(s.from_at) = min(x.from_at) and max(s.to_at) = max(x.to_at) and bool_and(s.next is null or s.next = s.to_at) as whole from (select *, lead(from_at) over (order by slice) as next from incidents.slice where exposure_id = $1) s join incidents.exposure x on x.id = s.exposure_id', [id]);
  assert.equal(rows[0]?.whole, true, 'together they are the window');
  await call('gate.list_slice($1, 1)', [id]);
  const before = await desk.query('select * from incidents.told where exposure_id = $1 order by entry_id', [id]);
  for (const insurer of await told()) assert.equal(await call('gate.leave_decoys_out($1, $2::smallint, $3)', [id, insurer, [before.rows[0].person, null]]), null, 'a decoy without a reference is none');
  assert.deepEqual((await desk.query('select * from incidents.told where exposure_id = $1 order by entry_id', [id])).rows, before.rows);
  for (const insurer of await told()) await call('gate.count_exposed($1, $2::smallint)', [id, insurer]);
  assert.equal(await call('gate.finish_exposure($1, $2)', [id, order]), null);
});

test('a list is made in transactions that see what it lists: none that began long ago', async () => {
  const incident = await opened(scopeOf());
  const client = await desk.connect();
  await client.query('begin isolation level repeatable read');
  await assert.rejects(client.query('select gate.begin_exposure($1, $2)', [incident, JSON.stringify({ by: 'Alix Essai' })]), /read committed alone/);
  await client.query('rollback');
  client.release();
});

test('a list that was left unfinished is gone an hour later, when another is begun', async () => {
  const incident = await opened(scopeOf());
  const order = JSON.stringify({ by: 'Alix Essai' });
  const begin = async (): Promise<number> => (await desk.query<{ begun: { id: number } }>('select gate.begin_exposure($1, $2) as begun', [incident, order])).rows[0]?.begun.id ?? 0;
  const known = async (id: number): Promise<number[]> => Promise.all(["exposure where state = 'listing' and id", 'asked where exposure_id', 'exposed where exposure_id'].map(async (of) => (await owner.query(`select from incidents.${of} = $1`, [id])).rowCount ?? 0));
  const left = await begin();
  await desk.query('select gate.plan_slices($1, 1000)', [left]);
  await desk.query('select gate.list_slice($1, 1)', [left]);
  await begin();
  assert.ok((await known(left)).every((rows) => rows > 0), 'one that is being made stays');
  await owner.query("update incidents.exposure set started_at = started_at - interval '61 minutes' where id = $1", [left]);
  await begin();
  assert.deepEqual(await known(left), [0, 0, 0]);
  assert.equal((await desk.query<{ done: string }>('select gate.finish_exposure($1, $2) as done', [left, order])).rows[0]?.done, 'step', 'nobody completes it');
});

test('disclosures by field are exact: a yes and a look-up of its guarantee do not lend each other their fields', async () => {
  const asker = await newSession();
  await ask([{ ...planted.question(), ...asker, user: 'honest' }]);
  const check = openPool({ url: withUser(server.url, { user: 'rempart_check', password: 'exact' }), max: 1, applicationName: 'asker' });
  const entry = await value<number>('select id::int as v from journal.entry where session = $1', [asker.session]);
  await check.query('call gate.show_guarantee($1::uuid, $2::uuid, $3::uuid, $4, null, null)', [asker.session, asker.jkt, crypto.randomUUID(), entry]);
  await check.end();
  const exposure = await listExposure(desk, await opened(scopeOf({ items: [{ kind: 'session', id: asker.session }] })), { by: 'Alix Essai', decoysAmong: () => [] });
  assert.deepEqual(exposure.insurers[0]?.fields, { verdict: 1, period: 1, rule: 1, guarantee: 2 });
  assert.deepEqual([exposure.totals.persons, exposure.totals.records, exposure.totals.disclosures], [1, 1, 2]);
  const [one] = [...(await persons(exposure)).values()];
  assert.deepEqual([one?.times, one?.fields], [2, FIELD.verdict | FIELD.period | FIELD.rule | FIELD.guarantee]);
});

test('after another full file, former are those alone whom it left out, not everybody whose told row it replaced', async () => {
  const former = async (): Promise<number> => (await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] })).totals.former;
  const fullFile = async (sequence: number, leftOut: readonly string[]): Promise<void> => {
    await owner.query(`with file as (insert into registry.load (insurer_id, kind, sequence, effective_on, file_hash, state) values ($1, 'full', $2, current_date, '\\x00', 'effective') returning id),
        rows as (insert into registry.right_row (id, insurer_id, load_id, person, beneficiary, contract, by_nir, by_adherent, cover, valid_from, card_from, card_to, seal_key, sealed)
          select (select max(id) from registry.right_row) + row_number() over (), r.insurer_id, file.id, r.person, r.beneficiary, r.contract, r.by_nir, r.by_adherent, r.cover, r.valid_from, r.card_from, r.card_to, r.seal_key, r.sealed
          from registry.right_row r join registry.insurer i on i.id = r.insurer_id and r.load_id = i.base_load cross join file where i.id = $1 and r.person <> all ($3::uuid[]))
      update registry.insurer set base_load = file.id, visible_load = file.id from file where registry.insurer.id = $1`, [planted.insurerId, sequence, leftOut]);
  };
  assert.equal(await former(), 0);
  await fullFile(2, []);
  assert.equal(await former(), 0, 'the same persons');
  const [gone = '', ended = '', struck = ''] = [...(await persons(await listExposure(desk, await opened(scopeOf()), { by: 'Alix Essai', decoysAmong: () => [] }))).keys()];
  await fullFile(3, [gone]);
  assert.equal(await former(), 1, 'left out');
  const told = 'select r.id from registry.right_row r join registry.insurer i on i.id = r.insurer_id and r.load_id = i.base_load where r.person = $1';
  await owner.query(`update registry.right_row set valid_to = current_date - 1 where id = (${told})`, [ended]);
  await owner.query(`insert into registry.superseded (row_id, load_id, insurer_id) select t.id, i.visible_load, i.id from (${told}) t cross join registry.insurer i where i.id = $2`, [struck, planted.insurerId]);
  assert.equal(await former(), 3, 'one left out, one whose contract ended, one struck off');
});
