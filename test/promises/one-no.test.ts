// Promise `one-no`: without proof of presence, "unknown", "not covered" and "another insurer" are one answer.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProof } from '../../src/access/index.ts';
import { Checks, GRID_MS, readQuestion, type Answer } from '../../src/checks/index.ts';
import type { PlainDate } from '../../src/identifiers/index.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { startWorld, today, type World } from '../support/world.ts';

const PAIRS = Number(process.env['PAIRS'] ?? 20_000);
let world: World;
before(async () => {
  world = await startWorld({ persons: 600 });
  await world.database.pool('owner').query("insert into guard.ceiling select peer_group, scope, class, current_date, 10000000, 10000000, 10000000, 10000000, 'test' from guard.ceiling");
});
after(() => world.close());

/** The three causes of a bare no. */
function causes(): Record<string, Record<string, unknown>> {
  const [otherAmc] = Object.keys(world.sandbox.persons).filter((amc) => amc !== world.amc);
  return { unknown: { birthDate: '1901-01-01' }, 'not covered': { careDate: `${Number(today().slice(0, 4)) - 1}-12-01` }, 'another insurer': { insurer: { amcNumber: otherAmc } } };
}

async function raw(change: Record<string, unknown>): Promise<{ status: number; headers: string[]; body: string }> {
  const { enrolled, token } = world.pharmacy;
  const url = `${world.apiUrl}/v1/checks`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(world.question(change)), headers: { 'content-type': 'application/json', authorization: `DPoP ${token.value}`, dpop: createProof({ key: enrolled.key, method: 'POST', url, accessToken: token.value }) } });
  return { status: response.status, headers: [...response.headers.keys()].toSorted(), body: await response.text() };
}

test('same status, same headers, same body but for number, time and what was asked, same size', async () => {
  const answers = await Promise.all(Object.values(causes()).map(raw));
  // The receipt is a commitment with a random salt, signed: another one each time, of one size.
  const strip = (body: string): object => ({ ...(JSON.parse(body) as object), entry: 0, answeredAt: '', careDate: '', receipt: (JSON.parse(body) as Answer).receipt?.length });
  const [first, ...others] = answers;
  assert.equal((JSON.parse(first!.body) as { verdict: string }).verdict, 'no');
  for (const other of others) {
    assert.equal(other.status, first!.status);
    assert.deepEqual(other.headers, first!.headers);
    assert.deepEqual(strip(other.body), strip(first!.body));
    assert.equal(other.body.length, first!.body.length);
  }
});

test('through the portal too, and my day says the same of the three', async () => {
  const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
  const answers = await Promise.all(Object.values(causes()).map(async (change) => (await callAs(world, session, '/v1/checks', world.question(change))).body as Answer));
  const words = answers.map(({ verdict, reason, domain }) => JSON.stringify({ verdict, reason, domain }));
  assert.equal(new Set(words).size, 1, words.join());
  assert.equal(new Set(answers.map((answer) => Object.keys(answer).toSorted().join())).size, 1);
  const { questions } = (await callAs(world, session, '/v1/my/day')).body as { questions: { outcome: string; guarantee: string | null; state: string | null }[] };
  assert.deepEqual(questions.map(({ outcome, guarantee, state }) => [outcome, guarantee, state]), [['no', null, null], ['no', null, null], ['no', null, null]]);
});

test('same counters charged', async () => {
  const owner = world.database.pool('owner');
  const meters = async (): Promise<string> => JSON.stringify((await owner.query("select scope, subject, u[76] as u, k[76] as k, m[76] as m from gate.meter order by 1, 2")).rows);
  const steps: string[] = [];
  for (const change of Object.values(causes())) {
    await owner.query('truncate gate.meter; truncate gate.told');
    await raw(change);
    steps.push(await meters());
  }
  assert.equal(new Set(steps).size, 1);
});

test('a frozen caller and a reached ceiling are answered before any look-up, and say so', async () => {
  const owner = world.database.pool('owner');
  await owner.query('update access.installation set frozen_at = now()');
  const frozen = [await raw({}), await raw({ birthDate: '1901-01-01' })];
  await owner.query('update access.installation set frozen_at = null');
  await owner.query("insert into guard.ceiling select peer_group, scope, class, current_date - 1, 0, 0, 0, 0, 'test' from guard.ceiling where valid_from = current_date");
  await owner.query("delete from guard.ceiling where valid_from = current_date");
  const reached = [await raw({}), await raw({ birthDate: '1901-01-01' })];
  await owner.query("update guard.ceiling set per_minute = 10000000, per_hour = 10000000, per_day = 10000000, per_month = 10000000 where valid_from = current_date - 1");
  assert.deepEqual([...frozen, ...reached].map((r) => r.status), [403, 403, 429, 429]);
  for (const { body } of [...frozen, ...reached]) assert.ok(body.includes('ne dit rien de votre patient') && body.includes('says nothing about your patient'));
});

test('faults in what was typed are always named', async () => {
  const reply = await raw({ nir: `${world.person.nir.slice(0, 13)}${(Number(world.person.nir.slice(13)) % 97) + 1}`.padEnd(15, '0'), cardExpiresOn: '2020-01-31' });
  assert.equal(reply.status, 422);
  assert.ok(reply.body.includes('nir-key') && reply.body.includes('card-expired'));
});

test('with proof of presence, reason and remedy are given', async () => {
  const owner = world.database.pool('owner');
  await owner.query('insert into gate.known select e.id, r.by_nir, current_date, r.insurer_id from registry.right_row r, access.establishment e on conflict do nothing');
  const reply = JSON.parse((await raw(causes()['not covered']!)).body) as { reason: { code: string } };
  await owner.query('truncate gate.known');
  assert.equal(reply.reason.code, 'not-in-force');
});

/** Area under the curve of the rank-sum test: 0.5 when the two samples cannot be told apart. */
function auc(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((v) => [v, 0] as const), ...b.map((v) => [v, 1] as const)].toSorted((x, y) => x[0] - y[0]);
  let rank = 0;
  let sum = 0;
  while (rank < all.length) {
    let end = rank;
    while (end < all.length && all[end]![0] === all[rank]![0]) end += 1;
    const mean = (rank + end + 1) / 2;
    for (let i = rank; i < end; i += 1) if (all[i]![1] === 0) sum += mean;
    rank = end;
  }
  return (sum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** Times interleaved pairs through the whole check, from arrival to release. `plantedMs` delays the second of each. */
async function timePairs(pairs: number, plantedMs = 0): Promise<number> {
  const checks: Checks = world.checks;
  const { session, jkt } = await callerOf();
  const samples: [number[], number[]] = [[], []];
  const variants = Object.values(causes());
  const questions = variants.map((change) => readQuestion(world.question(change), { today: today() as PlainDate }));
  const one = async (which: 0 | 1, index: number): Promise<void> => {
    const arrivedAtMs = performance.now();
    await checks.ask({ caller: { session, jkt, proofId: crypto.randomUUID() }, question: questions[which === 0 ? 0 : 1 + (index % 2)]!, arrivedAtMs });
    const until = performance.now() + (which === 1 ? plantedMs : 0);
    while (performance.now() < until);
    samples[which].push(performance.now() - arrivedAtMs);
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < pairs) {
      const index = next;
      next += 1;
      // Which of a pair comes first alternates, so that position tells nothing.
      const order = index % 4 < 2 ? [0, 1] as const : [1, 0] as const;
      for (const which of order) await one(which, index);
    }
  };
  await Promise.all(Array.from({ length: plantedMs > 0 ? 1 : 12 }, worker));
  return auc(samples[0], samples[1]);
}

async function callerOf(): Promise<{ session: string; jkt: string }> {
  const { rows } = await world.database.pool('owner').query('select secret_hash as session, jkt from access.session limit 1');
  return rows[0];
}

test(`${PAIRS} interleaved pairs cannot be told apart by their time`, { timeout: 600_000 }, async () => {
  await timePairs(200);
  const measured = await timePairs(PAIRS);
  assert.ok(measured > 0.48 && measured < 0.52, `AUC ${measured}`);
});

test('the same test finds a planted 200 µs', { timeout: 300_000 }, async () => {
  const measured = await timePairs(Math.min(PAIRS, 3000), 0.2);
  assert.ok(measured < 0.48, `AUC ${measured} with ${GRID_MS} ms grid`);
});
