// Words that acts are signed with when nobody decided them are no person's name: refused wherever an officer or an operator signs.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { installFirstOfficers } from '../../src/access/index.ts';
import { AppError, readMigrations } from '../../src/ground/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const NOBODY = ['', '  ', 'guard', ' Guard ', 'decoy', 'DECOY', 'person', 'signals', 'installation', 'peer https://autre.example', 'Peer x', 'insurer 7'];
const REAL = 'Alix Essai';

let database: TestDatabase;
before(async () => {
  database = await freshDatabase();
  const owner = database.pool('owner');
  await owner.query("insert into access.establishment (identifier, name, peer_group, asks_as_establishment, valid_from) values ('990000001', 'Pharmacie fictive', 'pharmacy', true, '2020-01-01')");
  await owner.query("insert into access.installation (kind, establishment_id, vendor, software, state) values ('software', 1, 'essai', 'essai', 'active')");
  await owner.query("insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel) values ('99100001', 'Mutuelle fictive', '\\x00', 'age1', '{}', '{}')");
});
after(() => database.drop());

// Each act as its own transaction, taken back: signed by nobody it does nothing; signed by a person it does something.
const ACTS: Readonly<Record<string, readonly [string, (by: string) => readonly unknown[]]>> = {
  'freeze': ['gate.freeze_by_operator((select client_id from access.installation), null, $1, $2)', (by) => [by, 'essai']],
  'suspend': ['gate.suspend((select client_id from access.installation), $1, $2)', (by) => [by, 'essai']],
  'stop, first': ["gate.stop_widely('platform', '', $1)", (by) => [JSON.stringify({ by, and: 'Camille Exemple', reason: 'essai', hours: 1 })]],
  'stop, second': ["gate.stop_widely('platform', '', $1)", (by) => [JSON.stringify({ by: 'Camille Exemple', and: by, reason: 'essai', hours: 1 })]],
  'decoys': ['gate.open_decoy_epoch($1)', (by) => [JSON.stringify({ by, and: 'Camille Exemple', reason: 'essai' })]],
  'retention': ["journal.set_retention('entries', '13 months', $1)", (by) => [JSON.stringify({ by, reason: 'essai' })]],
  'leave': ["journal.insurer_leaves('99100001', $1)", (by) => [JSON.stringify({ by, and: 'Camille Exemple', reason: 'essai' })]],
  'incident': ['gate.open_incident($1)', (by) => [JSON.stringify({ by, title: 'Essai', from: '2026-01-01', items: [{ kind: 'installation', id: 1 }] })]],
  'delay': ["gate.set_delay('authority', null, 96, $1)", (by) => [JSON.stringify({ by: 'Camille Exemple', and: by, reason: 'essai' })]],
  'mandate': ["gate.record_mandate(1::smallint, 'M-1', $1)", (by) => [JSON.stringify({ by, and: 'Camille Exemple' })]],
  'peer': ['gate.add_peer($1, $2, $3)', (by) => [JSON.stringify({ issuer: 'https://pair.example', name: 'Pair', kind: 'operator', keys: { keys: [] } }), 'Camille Exemple', by]],
};

async function carriedOut(name: string, by: string): Promise<boolean> {
  const [sql, values] = ACTS[name] as (typeof ACTS)[string];
  const client = await database.pool('rempart_desk').connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ done: unknown }>(`select ${sql} as done`, [...values(by)]);
    return rows[0]?.done !== null && rows[0]?.done !== false;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

for (const name of Object.keys(ACTS)) {
  test(`${name}: signed by nobody, refused; by a person, done`, async () => {
    for (const nobody of NOBODY) assert.equal(await carriedOut(name, nobody), false, `“${nobody}”`);
    assert.equal(await carriedOut(name, REAL), true);
  });
}

test('no officer is called so: not at installation, not later', async () => {
  const owner = database.pool('owner');
  for (const name of NOBODY) {
    const officers = [{ name, role: 'security' as const }, { name: REAL, role: 'security' as const }];
    await assert.rejects(installFirstOfficers(database.pool('rempart_desk'), { origin: 'http://localhost:1', officers }), AppError);
    await assert.rejects(owner.query("insert into desk.officer (name, role, made_at, made_by) values ($1, 'auditor', now(), 'essai')", [name]), /violates check constraint/);
  }
  assert.equal((await owner.query('select from desk.officer')).rowCount, 0);
});

test('the rule stands once: no function judges a name by words of its own', () => {
  for (const { name, sql } of readMigrations()) {
    const judged = sql.split('\n').filter((line) => /coalesce\((lower\()?trim\([^)]*(p_by|p_and|'by'|'and')/.test(line));
    assert.deepEqual(judged, [], name);
  }
});
