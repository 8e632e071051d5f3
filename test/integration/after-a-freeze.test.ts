// What follows a freeze: reasons in words, a review with a clock, one on call, a touch at every tenth person; ceilings above
// that never close a hospital; accounts that grow.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { callApi, obtainToken } from '../../src/access/index.ts';
import type { Pool, Role } from '../../src/ground/index.ts';
import { demandStepUp, foldAbove, freezeByGuard, freezeByOperator, liftOnCall, listAlarms, listFreezes, reviewFreeze, seeAlarm } from '../../src/guard/index.ts';
import { callAs, newNonce, newSoftPasskey, signIn, signInUnconfirmed } from '../support/portal-client.ts';
import { populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { enrolment, touch } from '../support/soft-passkey.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

type Words = { readonly freeze: number; readonly unproven: boolean; readonly selfLift: boolean; readonly reasons: readonly { fr: string }[]; readonly appeal: { readonly dueAt: string; readonly answer: string | null } | null };

// The library brings no types.
const holidaysOf = createRequire(import.meta.url)('@socialgouv/jours-feries') as (year: number) => Readonly<Record<string, Date>>;
let world: World;
let hospital: Signed;
const REASONS = [{ code: 'neighbours', fr: 'Des numéros voisins ont été demandés à la suite.', en: 'Neighbouring numbers were asked.' }];
before(async () => {
  world = await startWorld({ persons: 900, professionals: 60 });
  const place = world.sandbox.establishments.find((e) => e.peerGroup === 'hospital');
  // What one caller may ask is not what is tried here, but for the last test.
  await owner().query("insert into guard.ceiling select peer_group, scope, class, current_date - 1, 5000, 5000, 5000, 5000, 'wide' from guard.ceiling where scope = 'a' and class = 'u'");
  hospital = await enrolIn(world.database, { issuer: world.issuer, establishment: place?.identifier ?? '' });
});
after(() => world.close());

const pools = new Map<string, Pool>();
function poolOf(role: Role | 'owner'): Pool {
  const pool = pools.get(role) ?? world.database.pool(role);
  pools.set(role, pool);
  return pool;
}
const [owner, desk, guard] = [() => poolOf('owner'), () => poolOf('rempart_desk'), () => poolOf('rempart_guard')];
const patients = (from: number, count: number): Record<string, unknown>[] => {
  const insurer = SANDBOX_INSURERS[0]!;
  return [...populationOf(insurer, { persons: 900, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })].filter((person) => person.birthRank === 1).slice(from, from + count)
    .map(({ nir, birthDate, birthRank }) => ({ nir, birthDate, birthRank, insurer: { amcNumber: insurer.amc } }));
};
const software = (path: string, body: Record<string, unknown>, from: Signed = world.pharmacy) => callApi({ ...from, url: `${world.apiUrl}${path}`, body });
const userId = async (pseudonym: string): Promise<number> => Number((await owner().query('select id from access.app_user where pseudonym = $1', [pseudonym])).rows[0]?.id);
const nationalId = (peerGroup: string, n = 1): string => `8${world.sandbox.establishments.filter((e) => e.peerGroup === peerGroup)[0]?.professionals[n]}`;

test('a software’s user reads why, asks for a review, and one person alone answers it', async () => {
  await world.ask({ user: 'anne' });
  const id = await freezeByGuard(guard(), await userId('anne'), REASONS);
  const refused = await world.ask({ user: 'anne' });
  assert.equal(refused.status, 403);
  assert.match(JSON.stringify(refused.body), /Pro Santé Connect.*demandez une révision.*30 minutes/s);
  const shown = (await software('/v1/freezes', { user: 'anne' })).body as { freezes: Words[] };
  assert.deepEqual([shown.freezes.length, shown.freezes[0]?.reasons[0]?.fr, shown.freezes[0]?.appeal], [1, REASONS[0]!.fr, null]);
  assert.deepEqual(((await software('/v1/freezes', { user: 'bruno' })).body as { freezes: Words[] }).freezes, [], 'of one’s own user alone');
  const wrong = await software('/v1/appeals', { user: 'anne', reason: 'Mme Dupont était là' });
  assert.equal(wrong.status, 422);
  const appealed = (await software('/v1/appeals', { user: 'anne', reason: 'liste' })).body as { freezes: Words[] };
  assert.ok(new Date(appealed.freezes[0]!.appeal!.dueAt) > new Date());
  const [open] = await listFreezes(desk());
  assert.deepEqual([open?.appeal, open?.reviewedAt], ['liste', null]);
  assert.equal(await reviewFreeze(desk(), { id: id!, lift: true, by: '', reason: 'x' }), false);
  assert.equal(await reviewFreeze(desk(), { id: id!, lift: false, by: 'Mme Un', reason: 'liste de voisins' }), true);
  assert.equal(((await software('/v1/freezes', { user: 'anne' })).body as { freezes: Words[] }).freezes[0]?.appeal?.answer, 'kept');
  assert.equal(await reviewFreeze(desk(), { id: id!, lift: true, by: 'M. Deux', reason: 'tournée expliquée' }), true);
  assert.equal((await world.ask({ user: 'anne' })).status, 200);
  const { rows } = await owner().query<{ outcome: string }>("select purpose || ' ' || outcome as outcome from journal.entry where user_id = $1 and purpose <> 'ask' order by id", [await userId('anne')]);
  assert.deepEqual(rows.map((row) => row.outcome), ['freeze user', 'appeal received', 'review kept', 'unfreeze user']);
});

test('a frozen software still gets a token: its questions are refused in words, it reads why, and asks for a review', async () => {
  const { enrolled } = world.pharmacy;
  const id = await freezeByOperator(desk(), { clientId: enrolled.clientId, by: 'Mme Un', reason: 'vol signalé' });
  assert.ok(id !== null);
  const anew: Signed = { enrolled, token: await obtainToken(enrolled) };
  const refused = await software('/v1/checks', world.question({ user: 'anne' }), anew);
  assert.equal(refused.status, 403);
  assert.match(JSON.stringify(refused.body), /frozen.*demandez une révision/s);
  const [shown] = ((await software('/v1/freezes', {}, anew)).body as { freezes: Words[] }).freezes;
  assert.deepEqual([shown?.freeze, shown?.appeal], [id, null]);
  const [appealed] = ((await software('/v1/appeals', { reason: 'pas-moi' }, anew)).body as { freezes: Words[] }).freezes;
  assert.ok(new Date(appealed?.appeal?.dueAt ?? 0) > new Date());
  assert.equal(await reviewFreeze(desk(), { id, lift: true, by: 'M. Deux', reason: 'rendu' }), true);
  assert.equal((await software('/v1/checks', world.question({ user: 'anne' }), anew)).status, 200);
});

test('thirty minutes of opening time, Paris, without Sundays and holidays', async () => {
  const due = async (at: string): Promise<string> => (await owner().query<{ due: string }>("select to_char(gate.review_due($1::timestamp at time zone 'Europe/Paris') at time zone 'Europe/Paris', 'YYYY-MM-DD HH24:MI') as due", [at])).rows[0]!.due;
  assert.equal(await due('2026-03-02 10:00'), '2026-03-02 10:30', 'a Monday');
  assert.equal(await due('2026-03-02 18:50'), '2026-03-03 08:20', 'ten minutes before closing');
  assert.equal(await due('2026-03-07 12:45'), '2026-03-09 08:15', 'a Saturday before one o’clock, then Monday');
  assert.equal(await due('2026-12-24 22:00'), '2026-12-26 08:30', 'Christmas is closed');
  assert.equal(await due('2026-03-29 01:30'), '2026-03-30 08:30', 'the night of summer time');
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });
  const known = new Set((await owner().query<{ d: string }>('select day::text as d from guard.closed_day')).rows.map((row) => row.d));
  for (let year = 2026; year <= 2035; year += 1) for (const holiday of Object.values(holidaysOf(year))) assert.ok(known.delete(day.format(holiday)), `${year}`);
  assert.equal(known.size, 0);
});

test('on call: one operator, twelve hours, a pharmacy or a hospital, once; the second one reviews', async () => {
  await world.ask({ user: 'nuit' });
  const id = (await freezeByGuard(guard(), await userId('nuit'), REASONS))!;
  assert.equal(await liftOnCall(desk(), { id, by: 'Garde', reason: 'pharmacie de garde' }), true);
  assert.equal((await world.ask({ user: 'nuit' })).status, 200, 'acts on the next question');
  assert.equal(await liftOnCall(desk(), { id, by: 'Autre', reason: 'encore' }), false, 'once');
  assert.equal(await reviewFreeze(desk(), { id, lift: true, by: ' garde', reason: 'moi-même' }), false, 'not by the same person');
  assert.equal(await demandStepUp(guard(), await userId('nuit'), REASONS), true, 'a weak sign is heard meanwhile');
  const anew = (await freezeByGuard(guard(), await userId('nuit'), REASONS))!;
  assert.ok(anew > id, 'a new sign freezes anew, whoever lifted the first');
  assert.equal((await world.ask({ user: 'nuit' })).status, 403);
  assert.equal(await reviewFreeze(desk(), { id: anew, lift: true, by: 'M. Trois', reason: 'vérifié' }), true);
  assert.equal((await world.ask({ user: 'nuit' })).status, 200, 'the first one is still lifted on call');
  await owner().query("update access.app_user set frozen_at = now() - interval '1 minute' where pseudonym = 'nuit'");
  assert.equal((await world.ask({ user: 'nuit' })).status, 403, 'after twelve hours it acts again');
  assert.equal(await reviewFreeze(desk(), { id, lift: true, by: 'M. Deux', reason: 'vérifié' }), true);
  assert.equal((await world.ask({ user: 'nuit' })).status, 200);
  const session = await signIn(world, nationalId('doctor'));
  const me = (await owner().query('select user_id from access.sign_in where jkt = $1', [session.jkt])).rows[0].user_id;
  const doctors = (await freezeByGuard(guard(), me, REASONS))!;
  assert.equal(await liftOnCall(desk(), { id: doctors, by: 'Garde', reason: 'x' }), false, 'a doctor’s practice is neither');
});

test('after signing in again: counters kept, a touch at every tenth person for seven days; the second freeze is appealed from the sign-in page', async () => {
  const id = nationalId('nurse');
  const session = await signIn(world, id);
  const me = (await owner().query('select user_id from access.sign_in where jkt = $1', [session.jkt])).rows[0].user_id;
  const ask = async (as: typeof session, patient: Record<string, unknown>): Promise<number> => (await callAs(world, as, '/v1/checks', world.question({ ...patient, domain: 'AUXM' }))).status;
  await ask(session, patients(0, 1)[0]!);
  const counted = (await owner().query("select u from gate.meter where scope = 'p' order by subject")).rows;
  assert.ok(await freezeByGuard(guard(), me, REASONS));
  const again = await signIn(world, id);
  assert.deepEqual((await owner().query("select u from gate.meter where scope = 'p' order by subject")).rows, counted);
  const passkey = newSoftPasskey(world.portalOrigin);
  await callAs(world, again, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: again.jkt }));
  const statuses: number[] = [];
  for (const patient of patients(10, 12)) statuses.push(await ask(again, patient));
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 403, 403]);
  await callAs(world, again, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: again.jkt }));
  const more: number[] = [];
  for (const patient of patients(22, 11)) more.push(await ask(again, patient));
  assert.deepEqual(more, [...Array.from({ length: 10 }, () => 200), 403]);
  assert.ok(await freezeByGuard(guard(), me, REASONS));
  const held = await signInUnconfirmed(world, id);
  assert.equal((await callAs(world, held, '/v1/session', {})).status, 403);
  const { freezes } = (await callAs(world, held, '/v1/appeals', { reason: 'pas-moi' })).body as { freezes: Words[] };
  assert.deepEqual([freezes.length, freezes[0]?.selfLift, freezes[0]?.appeal?.answer], [1, false, null]);
  assert.equal((await callAs(world, held, '/v1/checks', world.question())).status, 401, 'and nothing else is open');
});

test('one thief cannot close a hospital: the last fifth is kept for who asked little, card and known patients are never touched', async () => {
  await owner().query("insert into guard.ceiling select peer_group, scope, class, current_date, 100, 100, 100, 3000, 'test' from guard.ceiling where peer_group = 'hospital' and scope in ('e', 'b') and class in ('u') and source = 'starting assumption'");
  await owner().query('truncate gate.meter, gate.told');
  const ask = async (user: string, patient: Record<string, unknown>): Promise<number> => (await software('/v1/checks', world.question({ ...patient, user, domain: 'HOSP' }), hospital)).status;
  const all = patients(0, 130);
  await ask('accueil-1', all[0]!);
  await ask('accueil-2', all[0]!);
  await owner().query("update access.app_user set first_seen = now() - interval '3 days' where pseudonym like 'accueil-%'");
  const thief: number[] = [];
  for (const patient of all.slice(1, 110)) thief.push(await ask('voleur', patient));
  const told = (await owner().query<{ n: number }>("select count(*)::int as n from gate.told where class = 'u'")).rows[0]!.n;
  assert.ok(told >= 70 && told <= 80, `told of ${told}`);
  assert.ok(thief.slice(-20).every((status) => status === 429));
  const honest: number[] = [];
  for (const patient of all.slice(110, 119)) honest.push(await ask('accueil-1', patient));
  assert.deepEqual(honest, Array.from({ length: 9 }, () => 200), 'ten a day for each, the first one counted');
  for (let i = 0; i < 5; i += 1) assert.equal(await ask(`voleur-${i}`, all[119 + i]!), 429, 'a name made up today has no such floor');
  const patient = all[125]!;
  await owner().query('insert into gate.known select e.id, r.by_nir, current_date, r.insurer_id from access.establishment e, registry.right_row r on conflict do nothing');
  assert.equal(await ask('voleur', patient), 200, 'known patients have a ceiling of their own');
  await owner().query('truncate gate.known');
  const [alarm] = await listAlarms(desk());
  assert.equal(alarm?.scope, 'establishment');
  await owner().query("delete from guard.ceiling where source = 'test'");
});

test('the platform and a vendor above their ceiling: an alarm, an entry; who asks more than usual is asked for a touch, nobody is refused', async () => {
  await owner().query('truncate gate.meter, gate.told, gate.handed_up, gate.above');
  await owner().query("delete from guard.alarm");
  // A touch asked of one name that nobody vouched for is asked of all of them.
  await owner().query('update access.app_user set step_up_from = null where step_up_from is not null');
  await owner().query("insert into guard.ceiling select peer_group, scope, class, current_date, 20, 20, 20, 20, 'test' from guard.ceiling where scope in ('v', 'p')");
  const session = await signIn(world, nationalId('physiotherapist'));
  const passkey = newSoftPasskey(world.portalOrigin);
  await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  const ask = async (patient: Record<string, unknown>): Promise<number> => (await callAs(world, session, '/v1/checks', world.question({ ...patient, domain: 'AUXM' }))).status;
  for (const patient of patients(0, 18)) assert.equal(await ask(patient), 200);
  for (const patient of patients(20, 15)) assert.equal((await world.ask({ ...patient, user: 'calme' })).status, 200);
  // Whoever folds first raises it: the guard each second, an answering process now and then.
  await foldAbove(guard());
  const told = (await owner().query<{ n: number }>("select u[79] as n from gate.above where scope = 'platform'")).rows[0]!.n;
  assert.equal(told, (await owner().query<{ n: number }>("select count(*)::int as n from gate.told where class = 'u'")).rows[0]!.n);
  const alarms = await listAlarms(desk());
  assert.deepEqual(alarms.map((alarm) => alarm.scope), ['platform']);
  assert.ok(alarms[0]!.ceiling === 20 && alarms[0]!.told > 20 && alarms[0]!.told <= told, JSON.stringify(alarms[0]));
  assert.equal((await owner().query("select count(*)::int as n from journal.entry where purpose = 'alarm'")).rows[0].n >= 1, true);
  assert.equal(await ask(patients(40, 1)[0]!), 403, 'above one’s own habit');
  await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(await ask(patients(40, 1)[0]!), 200);
  assert.equal((await world.ask({ ...patients(41, 1)[0], user: 'calme' })).status, 200, 'a software goes on within its own ceiling');
  const quiet = await signIn(world, nationalId('physiotherapist', 0));
  assert.equal((await callAs(world, quiet, '/v1/checks', world.question({ domain: 'AUXM' }))).status, 200, 'who asks little is asked nothing');
  assert.equal(await seeAlarm(desk(), { id: alarms[0]!.id, by: 'Mme Un' }), true);
  await owner().query('delete from guard.alarm');
  await owner().query("delete from guard.ceiling where source = 'test'");
});

test('an account starts low and grows by care that settlement confirmed, not by time alone', async () => {
  const percent = async (days: number, uses: number): Promise<number> => (await owner().query<{ p: number }>("select gate.grown_percent(now() - make_interval(days => $1), $2, now()) as p", [days, uses])).rows[0]!.p;
  assert.deepEqual([await percent(0, 0), await percent(400, 0), await percent(0, 500), await percent(3, 12), await percent(8, 40)], [40, 40, 40, 70, 100]);
  await owner().query("delete from guard.ceiling where source = 'wide'");
  const session = await signIn(world, nationalId('dentist', 0));
  await callAs(world, session, '/v1/checks', world.question({ domain: 'DENT' }));
  const perDay = async (): Promise<number> => ((await callAs(world, session, '/v1/my/day')).body as { ceilings: { class: string; perDay: number }[] }).ceilings.find((c) => c.class === 'u')!.perDay;
  assert.equal(await perDay(), 24, 'of sixty');
  const statuses: number[] = [];
  await owner().query("update guard.ceiling set per_minute = per_day, per_hour = per_day where peer_group = 'dentist'");
  for (const patient of patients(50, 45)) statuses.push((await callAs(world, session, '/v1/checks', world.question({ ...patient, domain: 'DENT' }))).status);
  assert.equal(statuses.at(-1), 429);
  assert.equal((await owner().query("select count(distinct person)::int as n from journal.entry where domain = 'DENT' and purpose = 'ask'")).rows[0].n, 24);
  await owner().query("update gate.meter m set since = now() - interval '8 days', confirmed = 39, habit = 24 from journal.entry e where m.scope = 'p' and m.subject = e.professional_id and e.domain = 'DENT'");
  const { rows } = await owner().query<{ id: string; insurer: number }>("select g.entry_id as id, g.insurer_id as insurer from gate.guarantee g where g.domain = 'DENT' order by 1 limit 1");
  await poolOf('rempart_intake').query('select gate.settle($1::smallint, $2::bigint[], array[current_date], array[100::bigint])', [rows[0]!.insurer, [rows[0]!.id]]);
  assert.equal(await perDay(), 48, 'grown up: twice their own busy day, never above the sixty of all dentists');
  await owner().query("update gate.meter m set habit = 200 from journal.entry e where m.scope = 'p' and m.subject = e.professional_id and e.domain = 'DENT'");
  assert.equal(await perDay(), 60);
});
