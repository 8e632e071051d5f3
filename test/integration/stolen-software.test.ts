// What a stolen software's key can still do: the names it gives are its own to choose, so that no name opens more, and none reaches a person elsewhere.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assignUser, callApi } from '../../src/access/index.ts';
import { demandStepUp, freezeByGuard, giveTouch, Guard, listFreezes, reviewFreeze } from '../../src/guard/index.ts';
import { nirKey } from '../../src/identifiers/index.ts';
import { populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let hospital: Signed;
const REASONS = [{ code: 'neighbours', fr: 'Des numéros voisins ont été demandés à la suite.', en: 'Neighbouring numbers were asked.' }];
const placeOf = (peerGroup: string) => world.sandbox.establishments.find((e) => e.peerGroup === peerGroup) ?? assert.fail(peerGroup);
before(async () => {
  world = await startWorld({ persons: 900, professionals: 60 });
  hospital = await enrolIn(world.database, { issuer: world.issuer, establishment: placeOf('hospital').identifier });
});
after(() => world.close());

const owner = () => world.database.pool('owner');
const desk = () => world.database.pool('rempart_desk');
const guardPool = () => world.database.pool('rempart_guard');
const patients = (from: number, count: number): Record<string, unknown>[] => {
  const insurer = SANDBOX_INSURERS[0]!;
  return [...populationOf(insurer, { persons: 900, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })].filter((person) => person.birthRank === 1).slice(from, from + count)
    .map(({ nir, birthDate, birthRank }) => ({ nir, birthDate, birthRank, insurer: { amcNumber: insurer.amc } }));
};
// A hospital leaves the user out.
const askHospital = ({ user: _none, ...question }: Record<string, unknown>, user?: string) =>
  callApi({ ...hospital, url: `${world.apiUrl}/v1/checks`, body: { ...question, domain: 'HOSP', ...(user === undefined ? {} : { user }) } });
const guesses = (count: number): string[] => Array.from({ length: count }, (_, i) => `1${String(50 + (i % 40))}${String((i % 12) + 1).padStart(2, '0')}${String(10_001 + i * 317)}${String(i + 1).padStart(3, '0')}`).map((nir) => `${nir}${nirKey(nir)}`);
const userId = async (pseudonym: string): Promise<number> => Number((await owner().query('select id from access.app_user where pseudonym = $1', [pseudonym])).rows[0]?.id);
const clientOf = async (pseudonym: string): Promise<string> => (await owner().query<{ id: string }>('select n.client_id as id from access.app_user u join access.installation n on n.id = u.installation_id where u.pseudonym = $1', [pseudonym])).rows[0]?.id ?? assert.fail(pseudonym);
const liftAll = async (): Promise<void> => { for (const { id } of await listFreezes(desk())) assert.ok(await reviewFreeze(desk(), { id, lift: true, by: 'Mme Un', reason: 'essai' })); };

test('a hospital that names nobody is watched as one asker: guesses freeze it within twenty questions, and a made-up name goes on with none', async () => {
  const guard = new Guard(guardPool(), { quiet: true });
  await guard.remember();
  let asked = 0;
  for (const nir of guesses(40)) {
    if ((await askHospital(world.question({ nir }))).status !== 200) break;
    asked += 1;
    await guard.look();
  }
  assert.ok(asked <= 20, `${asked} questions`);
  assert.deepEqual((await listFreezes(desk())).map((freeze) => [freeze.user, freeze.unproven]), [['', true]], 'one asker, its questions without presence, nobody wider');
  assert.equal((await askHospital(world.question(), 'accueil')).status, 403, 'a name is no way around');
  for (const user of [undefined, 'accueil']) {
    const shown = (await callApi({ ...hospital, url: `${world.apiUrl}/v1/freezes`, body: user === undefined ? {} : { user } })).body as { freezes: { reasons: { fr: string }[]; selfLift: boolean }[] };
    assert.deepEqual([shown.freezes.length, shown.freezes[0]?.selfLift], [1, false], 'it reads why, and that a human must lift it');
  }
  await owner().query('insert into gate.known select e.id, r.by_nir, current_date, r.insurer_id from access.establishment e, registry.right_row r on conflict do nothing');
  assert.equal((await askHospital(world.question(), 'accueil')).status, 200, 'known patients go on: no thief closes a hospital');
  await owner().query('truncate gate.known');
  await liftAll();
  assert.equal((await askHospital(world.question())).status, 200);
});

test('whatever names a hospital’s software gives, its persons are counted together', async () => {
  await owner().query('truncate gate.meter, gate.told');
  for (const [i, patient] of patients(0, 9).entries()) assert.equal((await askHospital(world.question(patient), `guichet-${i % 3}`)).status, 200);
  const { rows } = await owner().query<{ u: number }>("select m.u[79] as u from gate.meter m join access.app_user u on m.scope = 'u' and u.id = m.subject where u.pseudonym = ''");
  const told = (await owner().query<{ n: number }>("select count(*)::int as n from gate.told where class = 'u'")).rows[0]?.n ?? 0;
  assert.ok(told > 0);
  assert.deepEqual(rows.map(({ u }) => u), [told]);
  assert.equal((await owner().query("select count(*)::int as n from gate.meter m join access.app_user u on m.scope = 'u' and u.id = m.subject where u.pseudonym like 'guichet-%'")).rows[0].n, 0);
});

test('the guard freezes a software’s name in that software alone; whoever it belongs to asks on elsewhere, and lifts it by signing in', async () => {
  const doctor = placeOf('doctor').professionals[0] ?? '';
  await world.ask({ user: 'remplacante' });
  await assignUser(desk(), { clientId: await clientOf('remplacante'), user: 'remplacante', rpps: doctor });
  const session = await signIn(world, `8${doctor}`, { place: placeOf('doctor').name });
  const id = await freezeByGuard(guardPool(), await userId('remplacante'), REASONS);
  assert.ok(id !== null && id > 0);
  assert.equal((await callAs(world, session, '/v1/checks', world.question())).status, 200, 'the person is not frozen where another key asks');
  assert.equal((await world.ask({ user: 'remplacante' })).status, 403);
  await guardPool().query('select gate.open_for_freezes()');
  const { rows } = await owner().query('select s.items from incidents.incident i join incidents.scope s on s.incident_id = i.id where i.freeze_id = $1', [id]);
  assert.deepEqual(rows[0]?.items, [{ kind: 'user', id: await userId('remplacante') }], 'nobody whom this person asked about elsewhere is taken for exposed');
  await signIn(world, `8${doctor}`, { place: placeOf('doctor').name });
  assert.deepEqual(await listFreezes(desk()), []);
  // What a stolen software did in their name is not theirs: their own first freeze ends as anybody's.
  const { rows: [own] } = await owner().query("select u.id from access.app_user u join access.installation n on n.id = u.installation_id join access.professional p on p.id = u.professional_id where n.kind = 'portal' and p.rpps = $1", [doctor]);
  await freezeByGuard(guardPool(), Number(own.id), REASONS);
  await signIn(world, `8${doctor}`, { place: placeOf('doctor').name });
  assert.deepEqual(await listFreezes(desk()), []);
  await freezeByGuard(guardPool(), Number(own.id), REASONS);
  await assert.rejects(signIn(world, `8${doctor}`, { place: placeOf('doctor').name }), /403/);
  assert.equal((await listFreezes(desk())).length, 1, 'a second one of their own needs the operator');
  await liftAll();
});

test('a name that is nobody’s own is lifted by the sign-in of who answers for the software, once in thirty days', async () => {
  const pharmacist = placeOf('pharmacy').professionals[0] ?? '';
  await world.ask({ user: 'comptoir' });
  const responsible = (await owner().query('select p.rpps from access.app_user u join access.installation n on n.id = u.installation_id join access.professional p on p.id = n.responsible_id where u.pseudonym = $1', ['comptoir'])).rows[0].rpps;
  assert.equal(responsible, pharmacist);
  await freezeByGuard(guardPool(), await userId('comptoir'), REASONS);
  await signIn(world, `8${pharmacist}`, { place: placeOf('pharmacy').name });
  assert.deepEqual(await listFreezes(desk()), []);
  await freezeByGuard(guardPool(), await userId('comptoir'), REASONS);
  await signIn(world, `8${pharmacist}`, { place: placeOf('pharmacy').name });
  assert.deepEqual((await listFreezes(desk())).map((freeze) => freeze.user), ['comptoir'], 'a second one needs the operator');
  await liftAll();
});

test('a touch asked of one name holds for the names that nobody vouched for; an operator can give it, with who and why', async () => {
  await owner().query('truncate gate.meter, gate.told');
  await world.ask({ user: 'zoe' });
  await owner().query("update access.app_user set confirmed_at = now() where pseudonym = 'zoe'");
  await world.ask({ user: 'yann' });
  assert.ok(await demandStepUp(guardPool(), await userId('yann'), REASONS));
  const statuses: number[] = [];
  for (const patient of patients(100, 14)) statuses.push((await world.ask({ ...patient, user: 'nouveau' })).status);
  assert.equal(statuses.at(-1), 429, statuses.join());
  assert.equal((await world.ask({ ...patients(130, 1)[0], user: 'zoe' })).status, 200, 'who was vouched for is asked nothing');
  const clientId = await clientOf('yann');
  assert.equal(await giveTouch(desk(), { clientId, user: 'yann', by: '', reason: 'essai' }), false);
  assert.equal(await giveTouch(desk(), { clientId, user: 'yann', by: 'Mme Un', reason: 'appelé la pharmacie' }), true);
  assert.equal((await world.ask({ ...patients(131, 1)[0], user: 'nouveau' })).status, 200);
});

test('a touch asked of a hospital is given in the name of any of its users', async () => {
  await askHospital(world.question(), 'guichet-0');
  const nameless = await userId('');
  assert.ok(await demandStepUp(guardPool(), nameless, REASONS));
  assert.equal(await giveTouch(desk(), { clientId: await clientOf('guichet-0'), user: 'guichet-0', by: 'Mme Un', reason: 'rappelé' }), true);
  assert.equal((await owner().query('select from access.app_user where step_up_from is not null and id = $1', [nameless])).rowCount, 0);
});

test('sixty questions at once are told of no more than one after the other: the proportion to cards holds within a batch', async () => {
  await owner().query('truncate gate.meter, gate.told');
  await world.ask({ user: 'zoe' });
  await owner().query(`update gate.meter set since = null, habit = case when scope = 'p' then 30 else habit end, k = gate.ring_add(gate.ring_advance(null, null, now() - interval '5 days'), 836), k_at = now() - interval '5 days',
    u = gate.ring_add(gate.ring_advance(null, null, now() - interval '5 days'), 44), u_at = now() - interval '5 days' where scope = 'p'`);
  await owner().query('truncate gate.told');
  const { body } = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: patients(140, 60).map((patient, i) => world.question({ ...patient, user: 'zoe', reference: `R${i}` })) });
  const verdicts = (body as { verdict?: string }[]).map(({ verdict }) => verdict ?? 'refused');
  assert.equal((await owner().query("select count(*)::int as n from gate.told where class = 'u'")).rows[0].n, 10, verdicts.join());
});

test('what was asked while the guard was down is acted on when it starts again', async () => {
  await owner().query('truncate gate.meter, gate.told');
  const before = new Guard(guardPool(), { quiet: true });
  await before.remember();
  await before.look();
  for (const nir of guesses(13)) await world.ask({ user: 'nocturne', nir });
  assert.deepEqual(await listFreezes(desk()), []);
  await new Guard(guardPool(), { quiet: true }).remember();
  assert.deepEqual((await listFreezes(desk())).map((freeze) => freeze.user), ['nocturne', null], 'and, the third name of one key that day, the key’s questions without presence');
  await liftAll();
});
