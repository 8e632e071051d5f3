// Promise `frozen-alone`: nothing and nobody alone stops more than one user or installation; wider needs two persons,
// a reason and an end; a freeze acts on the very next question; no outsider gets an honest caller frozen.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { callApi, createProof, generateClientKey } from '../../src/access/index.ts';
import type { Pool, Role } from '../../src/ground/index.ts';
import { endStop, freezeByGuard, freezeByOperator, liftByOperator, listFreezes, listStops, reviewFreeze, stopWidely } from '../../src/guard/index.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let neighbour: Signed;
const REASONS = [{ code: 'test', fr: 'Essai.', en: 'Test.' }];
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  const other = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy')[1];
  neighbour = await enrolIn(world.database, { issuer: world.issuer, establishment: other?.identifier ?? '', responsibleRpps: other?.professionals[1] ?? '' });
});
after(() => world.close());

const pools = new Map<string, Pool>();
function poolOf(role: Role | 'owner'): Pool {
  const pool = pools.get(role) ?? world.database.pool(role);
  pools.set(role, pool);
  return pool;
}
const guard = (): Pool => poolOf('rempart_guard');
const desk = (): Pool => poolOf('rempart_desk');
const owner = (): Pool => poolOf('owner');
beforeEach(async () => {
  for (const { id } of await listFreezes(desk())) await liftByOperator(desk(), { id, by: 'essai', reason: 'remise à zéro' });
  for (const { id } of await listStops(desk())) await endStop(desk(), { id, by: 'essai' });
  await owner().query("update guard.freeze set at = at - interval '2 hours'");
});

const askAs = async (user: string): Promise<number> => (await world.ask({ user })).status;
const askNeighbour = async (): Promise<number> => (await callApi({ ...neighbour, url: `${world.apiUrl}/v1/checks`, body: world.question() })).status;
async function userId(pseudonym: string): Promise<number> {
  return Number((await owner().query('select id from access.app_user where pseudonym = $1', [pseudonym])).rows[0]?.id);
}
const frozenUsers = async (): Promise<string[]> => (await owner().query('select pseudonym from access.app_user where frozen_at is not null order by 1')).rows.map((row: { pseudonym: string }) => row.pseudonym);

test('the guard freezes one user: the very next question is refused before any look-up, everyone else is answered', async () => {
  for (const user of ['anne', 'bruno', 'chloe']) assert.equal(await askAs(user), 200);
  const id = await freezeByGuard(guard(), await userId('bruno'), REASONS);
  assert.ok(id !== null && id > 0);
  const refused = await world.ask({ user: 'bruno' });
  assert.equal(refused.status, 403);
  assert.match(JSON.stringify(refused.body), /Nous n'avons pas regardé/);
  assert.deepEqual([await askAs('anne'), await askAs('chloe'), await askNeighbour()], [200, 200, 200]);
  assert.deepEqual(await frozenUsers(), ['bruno']);
  assert.equal((await listFreezes(desk()))[0]?.user, 'bruno');
});

test('the guard’s role has no other way: no table, no second user at once, no installation, nothing wider', async () => {
  await assert.rejects(guard().query('update access.app_user set frozen_at = now()'), /permission denied/);
  await assert.rejects(guard().query('update access.installation set frozen_at = now()'), /permission denied/);
  await assert.rejects(guard().query("select gate.freeze_by_operator(gen_random_uuid(), null, 'x', 'y')"), /permission denied/);
  await assert.rejects(guard().query("select gate.stop_widely('platform', '', '{}')"), /permission denied/);
  await assert.rejects(guard().query("select gate.freeze_one(null, 1, 'guard', '[]')"), /permission denied/);
  const { rows } = await owner().query<{ name: string }>("select 'gate.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('gate', 'guard', 'access', 'journal') and has_function_privilege('rempart_guard', p.oid, 'execute')");
  assert.deepEqual(rows.map((row) => row.name).toSorted(), ['gate.demand_step_up', 'gate.fold_above', 'gate.freeze_by_guard', 'gate.looked_until', 'gate.note_looked', 'gate.open_for_freezes', 'gate.raise_pattern', 'gate.read_care', 'gate.read_trace', 'gate.trace_start']);
  assert.equal(await freezeByGuard(guard(), await userId('anne'), []), null, 'without a reason');
});

test('many automatic freezes in an hour: the next one waits for a human, and nothing stops the service by itself', async () => {
  const ids: number[] = [];
  // Each in a software of its own: three in one would stop that one (test/integration/decoys.test.ts).
  await owner().query(`with places as (insert into access.installation (kind, establishment_id, vendor, software, state)
      select 'software', n.establishment_id, 'test', 'many', 'active' from access.app_user u join access.installation n on n.id = u.installation_id, generate_series(1, 70) where u.pseudonym = 'anne' returning id)
    insert into access.app_user (installation_id, pseudonym) select id, 'many-' || row_number() over () from places`);
  for (let i = 1; i <= 70; i += 1) ids.push(Number(await freezeByGuard(guard(), await userId(`many-${i}`), REASONS)));
  assert.equal(ids.filter((id) => id > 0).length, 60);
  assert.equal(ids.filter((id) => id === 0).length, 10);
  assert.equal((await owner().query("select count(*)::int as n from journal.entry where purpose = 'freeze' and outcome = 'held'")).rows[0].n, 10);
  assert.deepEqual([await askAs('anne'), await askNeighbour()], [200, 200]);
  const { rows: [held] } = await owner().query("select installation_id is not null and establishment_id is not null and detail like '%test' as found from journal.entry where outcome = 'held' limit 1");
  assert.equal(held.found, true, 'whoever decides is told where, and why');
});

/** So many names in one new installation of the pharmacy, each frozen by the guard in turn; what it said. */
async function freezeNames(kind: 'software' | 'portal', count: number): Promise<(number | null)[]> {
  await owner().query(`with place as (insert into access.installation (kind, establishment_id, vendor, software, state)
      select $1, n.establishment_id, 'test', 'names', 'active' from access.app_user u join access.installation n on n.id = u.installation_id where u.pseudonym = 'anne' limit 1 returning id)
    insert into access.app_user (installation_id, pseudonym) select id, $1 || '-' || i from place, generate_series(1, $2::int) i`, [kind, count]);
  const said: (number | null)[] = [];
  for (let i = 1; i <= count; i += 1) said.push(await freezeByGuard(guard(), await userId(`${kind}-${i}`), REASONS));
  return said;
}

test('one key with many names does not use up the freezes of everybody: three, then its questions without presence stop, and others are frozen as before', async () => {
  const said = await freezeNames('software', 80);
  assert.ok(said.slice(0, 3).every((id) => id !== null && id > 0));
  assert.ok(said.slice(3).every((id) => id === null));
  assert.ok(((await freezeByGuard(guard(), await userId('chloe'), REASONS)) ?? 0) > 0);
});

test('users of one portal count one by one: a detector that goes wrong stops no whole hospital', async () => {
  const said = await freezeNames('portal', 70);
  assert.deepEqual([said.filter((id) => id !== null && id > 0).length, said.filter((id) => id === 0).length], [60, 10]);
});

test('one operator alone freezes one user or one installation, says who and why, and cannot do more with the desk’s rights', async () => {
  const clientId = world.pharmacy.enrolled.clientId;
  assert.equal(await freezeByOperator(desk(), { clientId, by: '', reason: 'x' }), null);
  assert.equal(await freezeByOperator(desk(), { clientId, by: 'guard', reason: 'x' }), null, 'nor in the guard’s name');
  assert.ok(await freezeByOperator(desk(), { clientId, by: 'Mme Un', reason: 'essai' }));
  assert.deepEqual([await askAs('anne'), await askNeighbour()], [403, 200]);
  await assert.rejects(desk().query('update access.app_user set frozen_at = now()'), /permission denied/);
  await assert.rejects(desk().query('update access.installation set frozen_at = now()'), /permission denied/);
  await assert.rejects(desk().query("update access.installation set state = 'suspended'"), /permission denied/);
  await assert.rejects(desk().query('delete from access.session'), /permission denied/);
  await assert.rejects(desk().query("insert into guard.stop (scope, subject, by_first, by_second, reason, at, until) values ('platform', '', 'a', 'b', 'c', now(), now() + interval '1 hour')"), /permission denied/);
});

test('wider: two different persons, a reason, an end within a day; journalled; ends by itself', async () => {
  const [pharmacy] = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy');
  const order = { scope: 'establishment' as const, subject: pharmacy?.identifier ?? '', by: 'Mme Un', and: 'M. Deux', reason: 'vol signalé', hours: 2 };
  for (const wrong of [{ ...order, and: ' mme un ' }, { ...order, and: '' }, { ...order, reason: ' ' }, { ...order, hours: 25 }, { ...order, hours: 0 }, { ...order, subject: '000000000' }]) assert.equal(await stopWidely(desk(), wrong), null, JSON.stringify(wrong));
  assert.ok(await stopWidely(desk(), order));
  assert.deepEqual([await askAs('anne'), await askNeighbour()], [403, 200]);
  assert.ok(await stopWidely(desk(), { ...order, scope: 'platform', subject: '' }));
  assert.deepEqual([await askAs('anne'), await askNeighbour()], [403, 403]);
  const { rows } = await owner().query("select detail from journal.entry where purpose = 'stop' order by id");
  assert.ok(rows.length === 2 && rows.every((row: { detail: string }) => /Mme Un and M\. Deux/.test(row.detail)));
  await owner().query("update guard.stop set at = at - interval '3 hours', until = until - interval '3 hours'");
  assert.deepEqual([await askAs('anne'), await askNeighbour()], [200, 200]);
});

test('a freeze resets nothing: what was counted stays counted after it is lifted', async () => {
  const before = (await owner().query('select scope, subject, u from gate.meter order by 1, 2')).rows;
  const id = await freezeByGuard(guard(), await userId('chloe'), REASONS);
  assert.equal(await askAs('chloe'), 403);
  assert.equal(await liftByOperator(desk(), { id: id ?? 0, by: 'Mme Un', reason: 'vérifié' }), true);
  assert.deepEqual((await owner().query('select scope, subject, u from gate.meter order by 1, 2')).rows, before);
  assert.equal(await askAs('chloe'), 200);
});

test('a professional frozen by the guard signs in again through Pro Santé Connect and goes on; the second time in 30 days needs the operator', async () => {
  const nationalId = `8${world.sandbox.establishments[0]?.professionals[1]}`;
  const session = await signIn(world, nationalId);
  const me = (await owner().query('select user_id from access.sign_in where jkt = $1', [session.jkt])).rows[0].user_id;
  assert.ok(await freezeByGuard(guard(), me, REASONS));
  assert.equal((await callAs(world, session, '/v1/checks', world.question())).status, 403);
  const again = await signIn(world, nationalId);
  assert.equal((await callAs(world, again, '/v1/checks', world.question())).status, 200);
  assert.ok(await freezeByGuard(guard(), me, REASONS));
  await assert.rejects(signIn(world, nationalId), /403.*gelés/);
});

test('a freeze that a human has looked at and kept is not lifted by signing in again', async () => {
  const nationalId = `8${world.sandbox.establishments[0]?.professionals[0]}`;
  const session = await signIn(world, nationalId);
  const me = (await owner().query('select user_id from access.sign_in where jkt = $1', [session.jkt])).rows[0].user_id;
  const id = await freezeByGuard(guard(), me, REASONS);
  assert.equal(await reviewFreeze(desk(), { id: id ?? 0, lift: false, by: 'Mme Un', reason: 'confirmé au téléphone' }), true);
  await assert.rejects(signIn(world, nationalId), /403.*gelés/);
  assert.equal(await reviewFreeze(desk(), { id: id ?? 0, lift: true, by: 'M. Deux', reason: 'carte remplacée' }), true);
  assert.ok(await signIn(world, nationalId));
});

test('an outsider who knows an honest caller’s name, token or number freezes nobody', async () => {
  const thief = generateClientKey();
  const url = `${world.apiUrl}/v1/checks`;
  for (let i = 0; i < 120; i += 1) {
    const token = i % 2 === 0 ? world.pharmacy.token.value : `x${i}`;
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${token}`, dpop: createProof({ key: thief, method: 'POST', url, accessToken: token }) }, body: JSON.stringify(world.question({ user: 'anne' })) });
  }
  assert.deepEqual(await frozenUsers(), []);
  assert.equal(await askAs('anne'), 200);
});
