// Promise `minimum`: an answer carries what the asked act needs and nothing else, and what its entry says it holds.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/checks/index.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { startWorld, today, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 600 }); });
after(() => world.close());

const FIELD_OF: Readonly<Record<string, number>> = { verdict: 1, coverage: 2, rule: 4, channel: 4, reckoning: 8, guarantee: 16, reason: 32 };
const ALWAYS = ['entry', 'reference', 'verdict', 'domain', 'careDate', 'answeredAt', 'authorizationRequired', 'receipt'];

async function assertNotMoreThanEntry(answer: Answer): Promise<void> {
  const { rows } = await world.database.pool('owner').query('select fields, outcome from journal.entry where id = $1', [answer.entry]);
  for (const name of Object.keys(answer)) {
    if (ALWAYS.includes(name)) continue;
    // A bare no and an undetermined one carry the same words for everybody: nothing of a person.
    if (['no', 'undetermined', 'no-convention'].includes(rows[0].outcome) && ['reason', 'insurerRule', 'retryAfterSeconds'].includes(name)) continue;
    assert.ok((rows[0].fields & (FIELD_OF[name] ?? 0)) !== 0, `${name} is not among the fields of entry ${answer.entry}`);
  }
}

test('no answer holds an identity of the person, of a relative or of the contract', async () => {
  const { person } = world;
  const household = person.line.split(';');
  for (const change of [{}, { lines: [{ code: 'PH7', nomenclature: 'CIP13', priceCents: 1000 }] }, { domain: 'MEDE' }, { birthDate: '1901-01-01' }, { nir: undefined, adherentNumber: person.adherentNumber }]) {
    const { body } = await world.ask(change);
    // Read, not as written: a contract's few letters may stand in any signature by chance.
    const text = JSON.stringify(body, (name, value: unknown) => (name === 'token' || name === 'receipt' ? Buffer.from(String(value).split('.')[1] ?? String(value), 'base64url').toString('utf8') : value));
    for (const secret of [person.nir, person.nir.slice(0, 13), person.adherentNumber, household[3]!, household[8]!, person.birthDate, world.amc === '' ? 'x' : household[2]!]) {
      assert.equal(text.includes(secret), false, `the answer holds ${household.indexOf(secret)}`);
    }
  }
});

test('what an answer holds is what its entry says', async () => {
  for (const change of [{}, { lines: [{ code: 'PH7', nomenclature: 'CIP13', priceCents: 1000 }] }, { domain: 'OPTI' }, { birthDate: '1901-01-01' }, { careDate: `${Number(today().slice(0, 4)) - 1}-12-31` }]) {
    await assertNotMoreThanEntry((await world.ask(change)).body);
  }
});

test('no other domain, no other insurer, no count of contracts is told', async () => {
  const { body } = await world.ask({ domain: 'PHAR' });
  const text = JSON.stringify(body);
  for (const domain of ['MEDE', 'LABO', 'HOSP', 'DENT', 'AUDI']) assert.equal(text.includes(domain), false, domain);
  for (const amc of Object.keys(world.sandbox.persons).filter((a) => a !== world.amc)) assert.equal(text.includes(amc), false);
});

test('the guarantee’s token names nobody', async () => {
  const { body } = await world.ask();
  const claims = JSON.parse(Buffer.from(body.guarantee!.token.split('.')[1]!, 'base64url').toString()) as object;
  assert.deepEqual(Object.keys(claims).toSorted(), ['amc', 'at', 'by', 'care', 'dom', 'exp', 'kind', 'leaf', 'num', 'par']);
});

test('through the portal: the same answer, and a day without persons', async () => {
  const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
  const answer = (await callAs(world, session, '/v1/checks', world.question())).body as Answer;
  assert.deepEqual(Object.keys(answer).toSorted(), Object.keys((await world.ask()).body).toSorted());
  await assertNotMoreThanEntry(answer);
  const told = JSON.stringify([answer, (await callAs(world, session, '/v1/my/day')).body, (await callAs(world, session, '/v1/session')).body]);
  const household = world.person.line.split(';');
  for (const secret of [world.person.nir, world.person.nir.slice(0, 13), world.person.adherentNumber, world.person.birthDate, household[3]!, household[8]!]) assert.equal(told.includes(secret), false);
  const { rows } = await world.database.pool('owner').query('select distinct person::text as ref from journal.entry where person is not null');
  for (const { ref } of rows) assert.equal(told.includes(ref), false, 'nor the reference that the journal knows a person by');
});
