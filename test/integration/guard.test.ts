// The guard on the real stream: a robot through the real API is stopped, alone; honest questions go on.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guard, listFreezes, reviewFreeze } from '../../src/guard/index.ts';
import { nirKey } from '../../src/identifiers/index.ts';
import { populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { callAs, newNonce, newSoftPasskey, signIn } from '../support/portal-client.ts';
import { enrolment, touch } from '../support/soft-passkey.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let guard: Guard;
before(async () => {
  world = await startWorld({ persons: 900, professionals: 60 });
  // Out of reach: what stops here is the guard.
  await world.database.pool('owner').query("insert into guard.ceiling select peer_group, scope, class, current_date, 1000000, 1000000, 1000000, 1000000, 'test' from guard.ceiling");
  guard = new Guard(world.database.pool('rempart_guard'));
  await guard.remember();
});
after(() => world.close());

interface Attack { readonly questions: number; readonly told: number }
// Asks until refused; the guard looks after each question, as it does within half a second.
async function attack(user: string, questions: Iterable<Record<string, unknown>>): Promise<Attack> {
  let [asked, told] = [0, 0];
  for (const question of questions) {
    const { status, body } = await world.ask({ user, ...question });
    if (status !== 200) return { questions: asked, told };
    asked += 1;
    told += body.verdict === 'yes' ? 1 : 0;
    await guard.look();
  }
  return { questions: asked, told };
}

const withKey = (nir: string): string => `${nir}${nirKey(nir)}`;
const frozen = async (): Promise<(string | null)[]> => (await listFreezes(world.database.pool('rempart_desk'))).map((freeze) => freeze.user);

test('a walker along order numbers, a guesser, a leaked list tried everywhere: each frozen alone within twenty questions', async () => {
  const walker = await attack('robot-1', Array.from({ length: 60 }, (_, i) => ({ nir: withKey(`1800175056${String(i + 1).padStart(3, '0')}`) })));
  const guesser = await attack('robot-2', Array.from({ length: 60 }, (_, i) => ({ nir: withKey(`1${String(50 + (i % 40))}${String((i % 12) + 1).padStart(2, '0')}${String(10_001 + i * 317)}${String(i + 1).padStart(3, '0')}`) })));
  const everywhere = await attack('robot-3', Array.from({ length: 60 }, (_, i) => ({ insurer: { amcNumber: SANDBOX_INSURERS[i % 5]?.amc } })));
  for (const [name, { questions }] of Object.entries({ walker, guesser, everywhere })) assert.ok(questions <= 20, `${name}: ${questions} questions`);
  assert.deepEqual(await frozen(), ['robot-1', 'robot-2', 'robot-3', null]);
  // All three by one software's key: its questions without presence stop too. A human lets it go on.
  const [installation] = await listFreezes(world.database.pool('rempart_desk')).then((list) => list.filter((freeze) => freeze.user === null));
  assert.ok(await reviewFreeze(world.database.pool('rempart_desk'), { id: installation?.id ?? 0, lift: true, by: 'Mme Un', reason: 'essai' }));
  assert.deepEqual(await frozen(), ['robot-1', 'robot-2', 'robot-3']);
  assert.ok(walker.told + guesser.told + everywhere.told <= 4, 'and was told of next to nobody');
});

// Insured of the first insurer, every third one.
function patients(from: number, count: number): { nir: string; birthDate: string; birthRank: number; insurer: { amcNumber: string } }[] {
  const insurer = SANDBOX_INSURERS[0] as (typeof SANDBOX_INSURERS)[number];
  const all = [...populationOf(insurer, { persons: 900, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })].filter((_, i) => i % 3 === 0);
  return all.slice(from, from + count).map(({ nir, birthDate, birthRank }) => ({ nir, birthDate, birthRank, insurer: { amcNumber: insurer.amc } }));
}

test('an honest day of forty patients, some mistyped, goes on', async () => {
  const day = patients(0, 40).map((patient, i) => (i % 12 === 5 ? { ...patient, birthDate: '1901-01-01' } : patient));
  // A day in a few seconds is a pace that a touch is asked for: beyond ten persons it must be given, and then the day goes on.
  const before = (await attack('honnete', day)).questions;
  assert.ok(before >= 10, `${before}`);
  if (before < day.length) await world.database.pool('owner').query("update access.app_user set step_up_from = null where pseudonym = 'honnete'");
  assert.deepEqual(before + (await attack('honnete', day.slice(before))).questions, day.length);
  assert.ok(!(await frozen()).includes('honnete'));
});

test('the reasons are journalled and reach the reviewer in words; a guard that starts anew does not freeze again for what was judged', async () => {
  const { rows } = await world.database.pool('owner').query("select detail from journal.entry where purpose = 'freeze' order by id");
  assert.deepEqual(rows.map((row: { detail: string }) => row.detail), ['guard: neighbours', 'guard: misses', 'guard: insurers', 'guard: installation']);
  const [first] = await listFreezes(world.database.pool('rempart_desk'));
  assert.match(first?.reasons[0]?.fr ?? '', /numéros voisins/i);
  const anew = new Guard(world.database.pool('rempart_guard'));
  await anew.remember();
  assert.equal(await anew.look(), 0);
});

test('a weak signal on the portal: a touch is asked for, given, and the same question goes on', async () => {
  const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
  const passkey = newSoftPasskey(world.portalOrigin);
  await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  const statuses: number[] = [];
  for (const patient of patients(45, 15)) statuses.push((await callAs(world, session, '/v1/checks', world.question({ ...patient }))).status);
  assert.ok(statuses.every((status) => status === 200), statuses.join());
  await guard.look();
  const { rows } = await world.database.pool('owner').query("select outcome from journal.entry where purpose in ('signal', 'freeze') order by id desc limit 1");
  assert.equal(rows[0].outcome, 'step-up');
  const refused = await callAs(world, session, '/v1/checks', world.question());
  assert.equal(refused.status, 403);
  assert.match(JSON.stringify(refused.body), /step-up/);
  await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal((await callAs(world, session, '/v1/checks', world.question())).status, 200);
});
