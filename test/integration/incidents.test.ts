import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makePacks, openPack } from '../../src/incidents/index.ts';
import { insurerKeys, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { listedIncident, OFFICERS, personsOf, saveDocument } from '../support/incident.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld(); });
after(() => world.close());

const installation = async (): Promise<number> => (await world.database.pool('owner').query('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0].id as number;

test('an insurer opens its pack with its own key and reads its persons in clear; no other key opens it', async () => {
  assert.equal((await world.ask()).body.verdict, 'yes');
  await world.ask();
  const other = Object.entries(world.sandbox.persons)[1]!;
  await world.ask({ insurer: { amcNumber: other[0] }, nir: other[1].nir, birthDate: other[1].birthDate, birthRank: other[1].birthRank });
  await world.ask({ birthDate: '1901-01-01' });
  const desk = world.database.pool('rempart_desk');
  const { id, exposure } = await listedIncident(desk, [{ kind: 'installation', id: await installation() }]);
  assert.deepEqual({ ...exposure.totals }, { persons: 2, records: 2, disclosures: 3, former: 0, asked: 1 });
  const documents = await makePacks(desk, id, { ...OFFICERS, keyRing: world.keyRing });
  assert.equal(documents.length, 2);
  const { path } = await saveDocument(desk, id, documents[0]!);
  const keys = await insurerKeys(world.amc);
  const pack = await openPack(path, { ageIdentity: keys.ageIdentity, operatorKey: world.keyRing.verifyingKey });
  assert.equal(pack.about.counts.persons, 1);
  const persons = await personsOf(pack);
  assert.equal(persons.length, 1);
  assert.equal(persons[0]?.identity?.nir, world.person.nir);
  assert.equal(persons[0]?.times, 2);
  for (const { amc } of SANDBOX_INSURERS.slice(1)) await assert.rejects(openPack(path, { ageIdentity: (await insurerKeys(amc)).ageIdentity, operatorKey: world.keyRing.verifyingKey }), /does not open/);
});
