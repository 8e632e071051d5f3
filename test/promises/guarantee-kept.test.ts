// Promise `guarantee-kept`: the insurer's commitment within its terms; a strike-off recorded later never voids it.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import { findClaims } from '../../src/checks/index.ts';
import { cancelGuarantee } from '../../src/gate/index.ts';
import { stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { loadRights, loadSettlement, RIGHTS_MAGIC, SETTLEMENT_MAGIC } from '../../src/intake/index.ts';
import { findEntryOfGuarantee } from '../../src/journal/index.ts';
import { insurerKeys } from '../../src/sandbox/index.ts';
import { enrolIn, startWorld, today, type Signed, type World } from '../support/world.ts';

let world: World;
const lines = [{ code: 'PH7', nomenclature: 'CIP13', priceCents: 1234 }];
before(async () => { world = await startWorld({ persons: 400 }); });
after(() => world.close());

const show = async (number: string, who: Signed = world.pharmacy) => {
  const reply = await callApi({ ...who, url: `${world.apiUrl}/v1/guarantees/${number}` });
  return { status: reply.status, body: reply.body as { state: string; amcCents?: number; usedAmountCents?: number } };
};
const settle = async (amc: string, rows: string[]) => {
  const path = join(stateFolder('files'), `${crypto.randomUUID()}.csv`);
  await writeSignedFile(path, { magic: SETTLEMENT_MAGIC, header: `H;1;${amc}`, lines: rows, key: (await insurerKeys(amc)).signingKey });
  return loadSettlement({ pool: world.database.pool('rempart_intake'), path });
};

test('a guarantee is signed, states its terms, and a changed token is refused', async () => {
  const { guarantee, reckoning } = (await world.ask({ lines })).body;
  const claims = findClaims(guarantee!.token, world.keyRing.verifyingKey);
  assert.equal(claims?.num, guarantee!.number);
  assert.equal(claims?.cents, reckoning!.totals.amcCents);
  assert.ok(guarantee!.terms.fr.includes(today().split('-').toReversed().join('/')) && guarantee!.expiresOn > today());
  const [header, payload, signature] = guarantee!.token.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, cents: 999_999 })).toString('base64url');
  assert.equal(findClaims(`${header}.${forged}.${signature}`, world.keyRing.verifyingKey), undefined);
  assert.notEqual(payload, forged);
});

test('struck off afterwards, the person gets no new yes and the guarantee stands, to the same cent', async () => {
  const asked = (await world.ask({ lines })).body;
  const path = join(stateFolder('files'), 'delta.csv');
  const line = world.person.line.replace('L;U;', 'L;D;');
  await writeSignedFile(path, { magic: RIGHTS_MAGIC, header: `H;1;${world.amc};delta;2;${today()}`, lines: [line], key: (await insurerKeys(world.amc)).signingKey });
  assert.equal((await loadRights({ pool: world.database.pool('rempart_intake'), keyRing: world.keyRing, path })).state, 'effective');
  assert.equal((await world.ask()).body.verdict, 'no');
  const shown = await show(asked.guarantee!.number);
  assert.equal(shown.body.state, 'given');
  assert.equal(shown.body.amcCents, asked.reckoning!.totals.amcCents);
  const used = await settle(world.amc, [`S;${asked.guarantee!.number};${today()};433`]);
  assert.deepEqual(used.outcomes, { used: 1 });
  assert.equal((await show(asked.guarantee!.number)).body.usedAmountCents, 433);
});

test('only the establishment that got it and its insurer may look it up; to anybody else it does not exist', async () => {
  const [otherAmc, other] = Object.entries(world.sandbox.persons)[2]!;
  const { guarantee } = (await world.ask({ insurer: { amcNumber: otherAmc }, nir: other.nir, birthDate: other.birthDate })).body;
  const stranger = world.sandbox.establishments.find((e) => e.peerGroup === 'hospital')!;
  assert.equal((await show(guarantee!.number, await enrolIn(world.database, { issuer: world.issuer, establishment: stranger.identifier }))).status, 404);
  assert.equal((await show(guarantee!.number, await enrolIn(world.database, { issuer: world.issuer, insurerAmc: otherAmc }))).status, 200);
  assert.equal((await show(guarantee!.number, await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc }))).status, 404);
});

test('one obtained through a compromised credential can be cancelled until its use is recorded, and not after', async () => {
  const [amc, person] = Object.entries(world.sandbox.persons)[1]!;
  const ask = async (): Promise<string> => (await world.ask({ insurer: { amcNumber: amc }, nir: person.nir, birthDate: person.birthDate })).body.guarantee!.number;
  const desk = world.database.pool('rempart_desk');
  const [first, second] = [await ask(), await ask()];
  assert.equal(await cancelGuarantee(desk, { entry: findEntryOfGuarantee(first)!, by: 'Agent Un', reason: 'vol' }), true);
  assert.equal((await show(first)).body.state, 'cancelled');
  assert.deepEqual((await settle(amc, [`S;${first};${today()};100`])).outcomes, { cancelled: 1 });
  await settle(amc, [`S;${second};${today()};100`]);
  assert.equal(await cancelGuarantee(desk, { entry: findEntryOfGuarantee(second)!, by: 'Agent Un', reason: 'vol' }), false);
  assert.deepEqual((await settle(amc, [`S;${second};${today()};100`])).outcomes, { used: 1 });
  const { rows } = await world.database.pool('owner').query('select count(*)::int as n from gate.known');
  assert.ok(rows[0].n >= 2);
});

test('another insurer cannot use up or see a guarantee through its settlement', async () => {
  const { guarantee } = (await world.ask({ insurer: { amcNumber: Object.keys(world.sandbox.persons)[1]! }, nir: Object.values(world.sandbox.persons)[1]!.nir, birthDate: Object.values(world.sandbox.persons)[1]!.birthDate })).body;
  assert.deepEqual((await settle(world.amc, [`S;${guarantee!.number};${today()};100`])).outcomes, { unknown: 1 });
  assert.equal((await show(guarantee!.number)).body.state, 'given');
});
