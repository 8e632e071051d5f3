// The insurer's side with Debian's age alone: what we sealed to an insurer is opened by its key, by no other.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stateFolder } from '../../src/ground/index.ts';
import { openSealed } from '../../src/registry/index.ts';
import { insurerKeys } from '../../src/sandbox/index.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 200 }); });
after(() => world.close());

const age = join(process.env['REMPART_PEERS'] ?? '', 'usr/bin/age');

function decrypt(wrapped: Buffer, identity: string): Buffer | undefined {
  const file = join(stateFolder('peers-test'), 'identity.txt');
  writeFileSync(file, `${identity}\n`, { mode: 0o600 });
  const done = spawnSync(age, ['--decrypt', '--identity', file], { input: wrapped });
  return done.status === 0 ? done.stdout : undefined;
}

test('Debian’s age opens the key of a load with the insurer’s identity, and the key opens the person', async () => {
  const { rows } = await world.database.pool('owner').query(`select r.sealed, r.person, r.contract, r.seal_key, r.insurer_id, k.wrapped
    from registry.right_row r join registry.seal_key k on k.id = r.seal_key join registry.insurer i on i.id = r.insurer_id where i.amc_number = $1 limit 1`, [world.amc]);
  const [row] = rows;
  const key = decrypt(row.wrapped, (await insurerKeys(world.amc)).ageIdentity);
  assert.equal(key?.length, 32);
  const place = { insurerId: row.insurer_id, sealKeyId: row.seal_key, row: `${row.person}|${row.contract}` };
  assert.match(openSealed(row.sealed, key ?? Buffer.alloc(32), place).toString(), /\d{13}/);
  assert.equal(decrypt(row.wrapped, (await insurerKeys('99100002')).ageIdentity), undefined);
});
