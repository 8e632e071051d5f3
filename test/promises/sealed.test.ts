// Promise `sealed`: no identity in the database's files, its write-ahead log or a dump, and none that the platform
// could open. The search first finds a planted one in each form.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import { prepareDocuments } from '../../src/incidents/index.ts';
import { createBlindIndexer, openSealed, unwrapSealKey } from '../../src/registry/index.ts';
import { insurerKeys, populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { listedIncident, OFFICERS } from '../support/incident.ts';
import { LeakFinder } from '../support/leaks.ts';
import { startOwnPostgres } from '../support/own-postgres.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let postgres: Awaited<ReturnType<typeof startOwnPostgres>>;
let finder: LeakFinder;
const NEEDED = '299129912345678';

before(async () => {
  postgres = await startOwnPostgres({ log_min_messages: 'debug1', shared_buffers: '64MB', max_wal_size: '256MB' });
  world = await startWorld({ persons: 600 });
  const persons = SANDBOX_INSURERS.flatMap((insurer) => [...populationOf(insurer, { persons: 600, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })]);
  finder = new LeakFinder([NEEDED, ...persons.flatMap((p) => [p.nir.slice(0, 13), p.adherentNumber])]);
  // Under load: yes, no, wrong, malformed, each with identities in it.
  await Promise.all(persons.slice(0, 200).flatMap((p) => [
    world.ask({ nir: p.nir, birthDate: p.birthDate }, { 'idempotency-key': `key-${p.nir}` }), world.ask({ nir: p.nir, birthDate: '1901-01-01' }), world.ask({ nir: `${p.nir.slice(0, 14)}X`, adherentNumber: p.adherentNumber }),
    world.ask({ user: p.nir }), world.ask({ [p.nir]: p.nir }), callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/guarantees/${p.nir}` })]));
  // An incident over all of it: lists, packs and forms are stored, too.
  const desk = world.database.pool('rempart_desk');
  const installation = (await world.database.pool('owner').query<{ id: number }>('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0]?.id ?? 0;
  const { id, exposure } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  assert.ok(exposure.totals.persons > 0, 'somebody was disclosed');
  await prepareDocuments(desk, id, { ...OFFICERS, keyRing: world.keyRing, operator: { name: 'Exploitant' } });
  await world.database.pool('owner').query('checkpoint');
});
after(async () => {
  await world.close();
  await postgres.stop();
});

test('the search finds a planted identity as text, hexadecimal and base64, in a table and in the write-ahead log', async () => {
  for (const form of [NEEDED, Buffer.from(NEEDED).toString('hex'), Buffer.from(`é${NEEDED}`).toString('base64'), Buffer.from(`ab${NEEDED}`).toString('base64url')]) assert.notEqual(finder.find(Buffer.from(`…${form}…`)), undefined, form);
  const owner = world.database.pool('owner');
  await owner.query(`create table planted as select '${NEEDED}'::text as nir from generate_series(1, 3)`);
  await owner.query('checkpoint');
  const found = finder.findInFolder(postgres.folder);
  assert.ok(found.some((file) => file.includes('/base/')) && found.some((file) => file.includes('/pg_wal/')), found.join('\n'));
  await owner.query('drop table planted; checkpoint; select pg_switch_wal(); checkpoint');
});

test('nothing of anybody in the database’s files but what was planted: tables, indexes, write-ahead log', async () => {
  const own = new LeakFinder(SANDBOX_INSURERS.flatMap((insurer) => [...populationOf(insurer, { persons: 600, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })]).flatMap((p) => [p.nir.slice(0, 13), p.adherentNumber]));
  assert.deepEqual(own.findInFolder(postgres.folder), []);
});

test('nothing in a dump of every table', async () => {
  const owner = world.database.pool('owner');
  const { rows } = await owner.query("select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('registry', 'access', 'journal', 'gate', 'guard', 'incidents')");
  for (const { name } of rows) {
    const dump = await owner.query(`select t::text from ${name} t`);
    assert.equal(finder.find(Buffer.from(JSON.stringify(dump.rows))), undefined, name);
  }
});

test('with every key of the platform nobody opens an identity; the insurer does', async () => {
  const owner = world.database.pool('owner');
  const byNir = createBlindIndexer(world.keyRing.indexKey).byNir(world.person.nir.slice(0, 13), { insurerId: 1, birthDate: world.person.birthDate, birthRank: 1 });
  const { rows } = await owner.query('select r.sealed, r.person, r.contract, r.seal_key, r.insurer_id, k.wrapped from registry.right_row r join registry.seal_key k on k.id = r.seal_key where r.by_nir = $1 limit 1', [byNir]);
  const [row] = rows;
  const place = { insurerId: row.insurer_id, sealKeyId: row.seal_key, row: `${row.person}|${row.contract}` };
  for (const key of [world.keyRing.indexKey, world.keyRing.signingKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)]) assert.throws(() => openSealed(row.sealed, key, place));
  const opened = openSealed(row.sealed, await unwrapSealKey(row.wrapped, (await insurerKeys(world.amc)).ageIdentity), place).toString();
  assert.ok(opened.includes(world.person.nir));
});

test('a list of NIRs cannot be tried against a dump without the index key', async () => {
  const { rows } = await world.database.pool('owner').query('select by_nir, by_adherent from registry.right_row');
  const stored = new Set(rows.flatMap((row: { by_nir: string; by_adherent: string }) => [row.by_nir, row.by_adherent]));
  const right = createBlindIndexer(world.keyRing.indexKey);
  const wrong = createBlindIndexer(Buffer.alloc(32, 7));
  const who = { insurerId: 1, birthDate: world.person.birthDate, birthRank: 1 };
  assert.equal(stored.has(right.byNir(world.person.nir.slice(0, 13), who)), true);
  assert.equal(stored.has(wrong.byNir(world.person.nir.slice(0, 13), who)), false);
});
