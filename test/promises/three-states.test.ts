// Promise `three-states`: yes, no, and "could not be determined", which depends on the insurer or on us alone.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 300 }); });
after(() => world.close());

test('an insurer whose last file is older than agreed: undetermined, with its own rule and Retry-After', async () => {
  const [silentAmc, silent] = Object.entries(world.sandbox.persons).at(-1)!;
  await new Promise((resolve) => { setTimeout(resolve, 1200); });
  for (const birthDate of [silent.birthDate, '1901-01-01']) {
    const reply = await world.ask({ insurer: { amcNumber: silentAmc }, nir: silent.nir, birthDate });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.verdict, 'undetermined');
    assert.ok(reply.body.insurerRule!.fr.length > 0 && Number(reply.headers.get('retry-after')) > 0);
    assert.equal(reply.body.coverage, undefined);
  }
});

test('it is the same for a person who is covered and one who is not: nothing leaks in the third state', async () => {
  const [silentAmc, silent] = Object.entries(world.sandbox.persons).at(-1)!;
  // A receipt is of its entry: another one each time, and of one size.
  const strip = (body: { receipt?: string }): object => ({ ...body, entry: 0, answeredAt: '', receipt: body.receipt?.length });
  const known = await world.ask({ insurer: { amcNumber: silentAmc }, nir: silent.nir, birthDate: silent.birthDate });
  const unknown = await world.ask({ insurer: { amcNumber: silentAmc }, nir: silent.nir, birthDate: '1901-01-01' });
  assert.deepEqual(strip(known.body), strip(unknown.body));
});

test('the database failing is undetermined, never a refusal', async () => {
  const owner = world.database.pool('owner');
  await owner.query('alter function gate.look_up rename to look_up_away');
  const reply = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: world.question() });
  await owner.query('alter function gate.look_up_away rename to look_up');
  assert.equal(reply.status, 503);
  assert.equal((reply.body as { verdict: string }).verdict, 'undetermined');
  assert.ok((reply.body as { insurerRule: { fr: string } }).insurerRule.fr.length > 10, 'what the insurer allows meanwhile is told');
  assert.ok(Number(reply.headers.get('retry-after')) > 0);
  assert.equal((await world.ask()).body.verdict, 'yes');
});

test('the database hanging is undetermined too, and the next question is answered', async () => {
  const owner = await world.database.pool('owner').connect();
  await owner.query('begin');
  await owner.query('lock table gate.meter in access exclusive mode');
  const replies = await Promise.all([1, 2, 3].map(() => callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: world.question() })));
  await owner.query('rollback');
  owner.release();
  assert.deepEqual(replies.map((reply) => [reply.status, (reply.body as { verdict: string }).verdict, Number(reply.headers.get('retry-after')) > 0]), Array.from({ length: 3 }, () => [503, 'undetermined', true]));
  assert.equal((await world.ask()).body.verdict, 'yes');
});

test('asked again with the same key, what could not be determined is determined anew; an answer is given again', async () => {
  const owner = world.database.pool('owner');
  const ask = async (key: string): Promise<{ verdict: string; entry: number }> => (await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: world.question(), headers: { 'idempotency-key': key } })).body as { verdict: string; entry: number };
  await owner.query("update registry.insurer set effective_at = effective_at - interval '10 years' where amc_number = $1", [world.amc]);
  assert.equal((await ask('asked-again')).verdict, 'undetermined');
  await owner.query("update registry.insurer set effective_at = effective_at + interval '10 years' where amc_number = $1", [world.amc]);
  const first = await ask('asked-again');
  assert.equal(first.verdict, 'yes');
  assert.equal((await ask('asked-again')).entry, first.entry);
});
