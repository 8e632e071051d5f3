// An insurer's pack with Debian's age alone: it opens with that insurer's key, for no other, and lists no other's person.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stateFolder } from '../../src/ground/index.ts';
import { makePacks, readDocuments } from '../../src/incidents/index.ts';
import { insurerKeys, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { listedIncident, OFFICERS, saveDocument } from '../support/incident.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 300 }); });
after(() => world.close());

const age = join(process.env['REMPART_PEERS'] ?? '', 'usr/bin/age');

function decrypt(path: string, identity: string): string | undefined {
  const file = join(stateFolder('peers-test'), 'identity.txt');
  writeFileSync(file, `${identity}\n`, { mode: 0o600 });
  const done = spawnSync(age, ['--decrypt', '--identity', file, path], { maxBuffer: 1e8 });
  return done.status === 0 ? done.stdout.toString() : undefined;
}

test('Debian’s age opens a pack with its insurer’s key and nothing else; no other insurer’s person is in it', async () => {
  const asked = Object.entries(world.sandbox.persons).slice(0, 3);
  for (const [amcNumber, person] of asked) assert.equal((await world.ask({ insurer: { amcNumber }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank })).body.verdict, 'yes');
  const desk = world.database.pool('rempart_desk');
  const owner = world.database.pool('owner');
  const installation = (await owner.query<{ id: number }>('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0]?.id ?? 0;
  const { id } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  await makePacks(desk, id, { ...OFFICERS, keyRing: world.keyRing });
  const { rows: told } = await owner.query<{ amc: string; person: string }>('select distinct g.amc_number as amc, e.person::text as person from journal.entry e join registry.insurer g on g.id = e.insurer_id where e.person is not null');
  assert.equal(told.length, 3);
  for (const document of await readDocuments(desk, id)) {
    const { path } = await saveDocument(desk, id, document.id);
    for (const { amc } of SANDBOX_INSURERS) {
      const text = decrypt(path, (await insurerKeys(amc)).ageIdentity);
      if (amc !== document.amcNumber) { assert.equal(text, undefined, `${amc} opens ${document.amcNumber}’s`); continue; }
      const listed = [...(text ?? '').matchAll(/"person":"([0-9a-f-]{36})"/g)].map((match) => match[1]);
      assert.deepEqual([...new Set(listed)], told.filter((one) => one.amc === amc).map((one) => one.person));
      assert.match(text ?? '', /^H;1;\d+;\d{8};\d+\n/);
      // Inside, the identities are still sealed, each under a key wrapped to this insurer.
      for (const [, person] of asked) assert.ok(!text?.includes(person.nir.slice(0, 13)));
    }
  }
});
