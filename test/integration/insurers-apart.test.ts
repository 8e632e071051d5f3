// Every way in which insurer A could read, load or count for insurer B.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import { stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { discardRights, loadProducts, loadSettlement, PRODUCTS_MAGIC, SETTLEMENT_MAGIC } from '../../src/intake/index.ts';
import { createBlindIndexer, openSealed, unwrapSealKey } from '../../src/registry/index.ts';
import { load, newInsurer, rightsLine, testNir, writeRights, type TestInsurer } from '../support/rights.ts';
import { enrolIn, startWorld, today, type World } from '../support/world.ts';

let world: World;
let a: TestInsurer;
let b: TestInsurer;
before(async () => {
  world = await startWorld({ persons: 200 });
  [a, b] = [await newInsurer(world), await newInsurer(world)];
  const lines = Array.from({ length: 30 }, (_, i) => rightsLine({ beneficiaryId: `B${i}`, contract: `C${i}`, nir: testNir(i), adherentNumber: `A${String(i).padStart(6, '0')}` }));
  await load(world, await writeRights(a, { sequence: 1, lines: lines.slice(0, 20) }));
  await load(world, await writeRights(b, { sequence: 1, lines: lines.slice(10) }));
});
after(() => world.close());

const dump = async (insurer: TestInsurer): Promise<string> => {
  const { rows } = await world.database.pool('owner').query(`select (select json_agg(r order by r.id) from registry.right_row r where insurer_id = $1)::text || (select json_agg(v order by v.id) from registry.cover v where insurer_id = $1)::text
    || (select json_agg(s order by s.row_id) from registry.superseded s where insurer_id = $1)::text || (select json_agg(p order by p.id) from registry.product p where insurer_id = $1)::text
    || (select i::text from registry.insurer i where id = $1) as all`, [insurer.id]);
  return String(rows[0].all);
};

const verdict = async (insurer: TestInsurer, number: number): Promise<string> => {
  const { body } = await world.ask({ insurer: { amcNumber: insurer.amc }, nir: testNir(number), birthDate: '1980-02-11', birthRank: 1 });
  assert.ok(body.verdict !== undefined, JSON.stringify(body));
  return body.verdict;
};

const file = (name: string): string => join(stateFolder('files'), name);

test('load: a file in B’s name is refused unless B signed it', async () => {
  const before = await dump(b);
  await assert.rejects(load(world, await writeRights(b, { sequence: 2, lines: [], key: a.signingKey })), { detail: 'signature' });
  await writeSignedFile(file('p.csv'), { magic: PRODUCTS_MAGIC, header: `H;1;${b.amc};2`, lines: [`P;2020-01-01;${JSON.stringify({ code: 'ESSAI', responsible: false, rules: [] })}`], key: a.signingKey });
  await assert.rejects(loadProducts({ pool: world.database.pool('rempart_intake'), path: file('p.csv') }), { detail: 'signature' });
  await writeSignedFile(file('s.csv'), { magic: SETTLEMENT_MAGIC, header: `H;1;${b.amc}`, lines: [], key: a.signingKey });
  await assert.rejects(loadSettlement({ pool: world.database.pool('rempart_intake'), path: file('s.csv') }), { detail: 'signature' });
  assert.equal(await dump(b), before);
});

test('load: a file of one kind is not taken for another, though its sender signed it', async () => {
  const before = await dump(a);
  await writeSignedFile(file('k.csv'), { magic: SETTLEMENT_MAGIC, header: `H;1;${a.amc};full;2;${today()}`, lines: [], key: a.signingKey });
  await assert.rejects(load(world, file('k.csv')), { detail: 'signature' });
  assert.equal(await dump(a), before);
});

test('load: A’s file that names B’s beneficiaries, contracts and products changes nothing of B’s', async () => {
  const before = await dump(b);
  const lines = [rightsLine({ beneficiaryId: 'B25', contract: 'C25', nir: testNir(25) }), rightsLine({ action: 'D', beneficiaryId: 'B26', contract: 'C26', nir: testNir(26) }), rightsLine({ beneficiaryId: 'B15', contract: 'C15', nir: testNir(15), domains: 'HOSP' })];
  await load(world, await writeRights(a, { sequence: 2, kind: 'delta', lines }), true);
  await writeSignedFile(file('q.csv'), { magic: PRODUCTS_MAGIC, header: `H;1;${a.amc};2`, lines: [`P;2020-01-01;${JSON.stringify({ code: 'ESSAI', responsible: false, rules: [] })}`], key: a.signingKey });
  await loadProducts({ pool: world.database.pool('rempart_intake'), path: file('q.csv') });
  assert.equal(await dump(b), before);
  assert.deepEqual([await verdict(b, 25), await verdict(b, 26), await verdict(b, 15)], ['yes', 'yes', 'yes']);
  assert.deepEqual([await verdict(a, 25), await verdict(a, 26), await verdict(a, 15)], ['yes', 'no', 'no']);
});

test('load: A cannot give up a file of B’s that is held', async () => {
  const held = await load(world, await writeRights(b, { sequence: 2, lines: [] }));
  assert.equal(held.state, 'held');
  await assert.rejects(discardRights({ pool: world.database.pool('rempart_intake'), amc: a.amc, sequence: 2 }), { code: 'not-found' });
  await discardRights({ pool: world.database.pool('rempart_intake'), amc: b.amc, sequence: 2 });
});

test('read: a question about insurer A never answers from B’s rows', async () => {
  assert.deepEqual([await verdict(b, 12), await verdict(b, 5), await verdict(a, 29)], ['yes', 'no', 'no']);
});

test('read: what is sealed to B does not open with A’s key, nor in A’s place', async () => {
  const { rows } = await world.database.pool('owner').query('select r.sealed, r.person, r.contract, r.seal_key, k.wrapped from registry.right_row r join registry.seal_key k on k.id = r.seal_key where r.insurer_id = $1 limit 1', [b.id]);
  const [row] = rows;
  await assert.rejects(unwrapSealKey(row.wrapped, a.ageIdentity));
  const key = await unwrapSealKey(row.wrapped, b.ageIdentity);
  const place = { insurerId: b.id, sealKeyId: Number(row.seal_key), row: `${row.person}|${row.contract}` };
  assert.match(openSealed(row.sealed, key, place).toString(), /FICTIF/);
  assert.throws(() => openSealed(row.sealed, key, { ...place, insurerId: a.id }));
});

test('count: the same person has another reference and other indexes at each insurer', async () => {
  const indexer = createBlindIndexer(world.keyRing.indexKey);
  const who = { birthDate: '1980-02-11', birthRank: 1 };
  assert.notEqual(indexer.byNir(testNir(12), { ...who, insurerId: a.id }), indexer.byNir(testNir(12), { ...who, insurerId: b.id }));
  const { rows } = await world.database.pool('owner').query(`select count(*)::int as shared from registry.right_row x join registry.right_row y on y.insurer_id = $2 and (y.person = x.person or y.contract = x.contract or y.by_nir = x.by_nir or y.by_adherent = x.by_adherent) where x.insurer_id = $1`, [a.id, b.id]);
  assert.equal(rows[0].shared, 0);
});

test('count: a report tells A its own persons alone', async () => {
  const report = await load(world, await writeRights(a, { sequence: 3, kind: 'delta', lines: [] }));
  assert.equal(report.personsBefore, 21);
  assert.doesNotMatch(JSON.stringify(report), new RegExp(b.amc));
});

test('settle: A cannot use up, look up or cancel the uses of B’s guarantees', async () => {
  const { body } = await world.ask({ insurer: { amcNumber: b.amc }, nir: testNir(20), birthDate: '1980-02-11', birthRank: 1 });
  const number = body.guarantee?.number ?? '';
  await writeSignedFile(file('t.csv'), { magic: SETTLEMENT_MAGIC, header: `H;1;${a.amc}`, lines: [`S;${number};${today()};100`], key: a.signingKey });
  assert.deepEqual((await loadSettlement({ pool: world.database.pool('rempart_intake'), path: file('t.csv') })).outcomes, { unknown: 1 });
  const signed = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: a.amc });
  assert.equal((await callApi({ ...signed, url: `${world.apiUrl}/v1/guarantees/${number}` })).status, 404);
  const own = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: b.amc });
  assert.equal(((await callApi({ ...own, url: `${world.apiUrl}/v1/guarantees/${number}` })).body as { state: string }).state, 'given');
});
