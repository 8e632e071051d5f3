// The cases that go wrong at counters: twins, children, several contracts, cards, retries, settlement.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { callApi } from '../../src/access/index.ts';
import { loadProducts, loadSettlement, PRODUCTS_MAGIC, SETTLEMENT_MAGIC } from '../../src/intake/index.ts';
import { playSettlement } from '../../src/sandbox/index.ts';
import { load, newInsurer, rightsLine, testNir, writeRights, type TestInsurer } from '../support/rights.ts';
import { startWorld, today, type World } from '../support/world.ts';

let world: World;
let insurer: TestInsurer;
const year = Number(today().slice(0, 4));
const month = (add: number): string => new Date(Date.UTC(year, Number(today().slice(5, 7)) - 1 + add, 1)).toISOString().slice(0, 10);

before(async () => {
  world = await startWorld({ persons: 200 });
  insurer = await newInsurer(world);
  const child = { nir: testNir(1), relationship: 'enfant', adherentNumber: 'A000001', contract: 'FAMILY' };
  const lines = [
    rightsLine({ beneficiaryId: 'parent', contract: 'FAMILY' }),
    rightsLine({ ...child, beneficiaryId: 'twin1', birthDate: '2015-05-05', birthRank: '1', givenNames: 'ALIX' }), rightsLine({ ...child, beneficiaryId: 'twin2', birthDate: '2015-05-05', birthRank: '2', givenNames: 'LOU', domains: 'HOSP' }),
    // Two contracts that overlap: an old one that ends, and its follower with other domains.
    rightsLine({ beneficiaryId: 'over', contract: 'OLD', nir: testNir(2), validFrom: `${year - 2}-01-01`, validTo: month(1), domains: 'PHAR' }), rightsLine({ beneficiaryId: 'over', contract: 'NEW', nir: testNir(2), validFrom: month(0), validTo: `${year + 2}-12-31`, domains: 'PHAR,MEDE' }),
    rightsLine({ beneficiaryId: 'future', contract: 'F', nir: testNir(3), validFrom: month(2), validTo: `${year + 3}-12-31` }), rightsLine({ beneficiaryId: 'ended', contract: 'E', nir: testNir(4), validFrom: `${year - 2}-01-01`, validTo: month(-2) }),
    rightsLine({ beneficiaryId: 'second', contract: 'S', nir: testNir(5), order: '2', adherentNumber: 'A000005' }), rightsLine({ beneficiaryId: 'unknownDay', contract: 'U', nir: testNir(6), birthDate: '1950-00-00' }),
    rightsLine({ beneficiaryId: 'lunar', contract: 'LU', nir: testNir(10), birthDate: '1958-02-30' }),
    rightsLine({ beneficiaryId: 'dated', contract: 'D', nir: testNir(7), domains: `PHAR,MEDE:${month(1)}:` }),
    rightsLine({ beneficiaryId: 'local', contract: 'L', nir: testNir(8), regime: 'alsace-moselle', flags: 'RC' }),
  ];
  assert.equal((await load(world, await writeRights(insurer, { sequence: 1, lines }))).rejected, 0);
});
after(() => world.close());

async function ask(number: number, change: Record<string, unknown> = {}, headers: Record<string, string> = {}): ReturnType<World['ask']> {
  return world.ask({ insurer: { amcNumber: insurer.amc }, nir: testNir(number), birthDate: '1980-02-11', birthRank: 1, ...change }, headers);
}
const verdict = async (number: number, change: Record<string, unknown> = {}): Promise<string> => (await ask(number, change)).body.verdict;

test('a child is found on the parent’s NIR by its own birth date; the parent’s date finds the parent', async () => {
  assert.equal(await verdict(1), 'yes');
  assert.equal(await verdict(1, { birthDate: '2015-05-05' }), 'yes');
  assert.equal(await verdict(1, { birthDate: '2016-05-05' }), 'no');
});

test('twins are told apart by birth rank, each with its own rights', async () => {
  assert.equal(await verdict(1, { birthDate: '2015-05-05', birthRank: 2 }), 'no');
  assert.equal(await verdict(1, { birthDate: '2015-05-05', birthRank: 2, domain: 'HOSP' }), 'yes');
  assert.equal(await verdict(1, { birthDate: '2015-05-05', birthRank: 3 }), 'no');
});

test('by the adhérent number alone, and by both: a number that finds somebody decides, one that finds nobody leaves it to the NIR', async () => {
  assert.equal(await verdict(1, { nir: undefined, adherentNumber: 'A000001', birthDate: '2015-05-05' }), 'yes');
  assert.equal(await verdict(1, { adherentNumber: 'A000001' }), 'yes');
  assert.equal(await verdict(1, { adherentNumber: 'A999999' }), 'yes');
  assert.equal(await verdict(77, { adherentNumber: 'A999999' }), 'no');
});

test('a NIR beside somebody else’s adhérent number says nothing of whom it names: the answer is that person’s, whoever the NIR’s is', async () => {
  const [owner, told] = [world.database.pool('owner'), new Set<string>()];
  const mine = (await ask(5, { nir: undefined, adherentNumber: 'A000005' })).body;
  assert.equal(mine.verdict, 'yes');
  // Registered, with ended rights, of another domain, and nobody's.
  for (const number of [1, 4, 7, 77]) {
    const { body } = await ask(number, { adherentNumber: 'A000005' });
    const { rows } = await owner.query<{ person: string }>('select person from journal.entry where id = $1', [body.entry]);
    told.add(`${body.verdict} ${rows[0]?.person} ${JSON.stringify(body.coverage)}`);
  }
  const { rows } = await owner.query<{ person: string }>('select person from journal.entry where id = $1', [mine.entry]);
  assert.deepEqual([...told], [`yes ${rows[0]?.person} ${JSON.stringify(mine.coverage)}`]);
});

test('overlapping contracts: the one that opens the domain answers', async () => {
  assert.equal(await verdict(2), 'yes');
  assert.equal(await verdict(2, { domain: 'MEDE' }), 'yes');
  assert.equal(await verdict(2, { domain: 'MEDE', careDate: month(-1) }), 'no');
  assert.equal(await verdict(2, { careDate: month(-1) }), 'yes');
});

test('a future contract answers for a future day, an ended one for a past day', async () => {
  assert.equal(await verdict(3), 'no');
  assert.equal(await verdict(3, { careDate: month(2) }), 'yes');
  assert.equal(await verdict(4), 'no');
  assert.equal(await verdict(4, { careDate: month(-3) }), 'yes');
});

test('a domain with its own dates is open between them', async () => {
  assert.equal(await verdict(7), 'yes');
  assert.equal(await verdict(7, { domain: 'MEDE' }), 'no');
  assert.equal(await verdict(7, { domain: 'MEDE', careDate: month(1) }), 'yes');
});

test('a second insurer answers for its own contract, and an unknown day of birth is asked as the card prints it', async () => {
  assert.equal(await verdict(5), 'yes');
  assert.equal(await verdict(6, { birthDate: '1950-00-00' }), 'yes');
  assert.equal(await verdict(6, { birthDate: '1950-01-01' }), 'no');
  assert.equal(await verdict(10, { birthDate: '30/02/1958' }), 'yes', 'a lunar date too');
});

test('an expired card is a fault that is typed, before anything is looked up', async () => {
  const reply = await ask(1, { cardExpiresOn: `${year - 1}-12-31` });
  assert.equal(reply.status, 422);
  assert.deepEqual((reply.body as unknown as { faults: { field: string; rule: string }[] }).faults.map((f) => [f.field, f.rule]), [['cardExpiresOn', 'card-expired']]);
  assert.equal(await verdict(1, { cardExpiresOn: `${year + 1}-01-31` }), 'yes');
});

test('dates of care go from 27 months back to 3 months ahead', async () => {
  for (const [careDate, status] of [[month(-28), 422], [month(-26), 200], [month(2), 200], [month(5), 422]] as const) assert.equal((await ask(4, { careDate })).status, status, careDate);
});

test('a retry within a day gets the same answer, entry and guarantee; the key on another question is a conflict', async () => {
  const key = { 'idempotency-key': 'retry-12345678' };
  const [first, again] = [(await ask(1, {}, key)).body, (await ask(1, {}, key)).body];
  assert.deepEqual([again.entry, again.guarantee?.number, again.verdict], [first.entry, first.guarantee?.number, first.verdict]);
  assert.equal((await ask(2, {}, key)).status, 409);
});

test('a régime and a C2S that the register knows are reckoned with, and the guarantee reproduces the same cents', async () => {
  const { body } = await ask(8, { domain: 'MEDE', lines: [{ code: 'G', nomenclature: 'NGAP', priceCents: 3000 }, { code: 'GS', nomenclature: 'NGAP', priceCents: 3000, exemption: 'ald' }] });
  assert.deepEqual([body.reckoning!.totals.amoGrossCents, body.reckoning!.totals.amcCents, body.reckoning!.totals.patientTotalCents], [5700, 300, 0]);
  const shown = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/guarantees/${body.guarantee!.number}` });
  assert.equal((shown.body as { amcCents: number }).amcCents, 300);
});

test('what needs a prior agreement says whom to ask; a class on an act that has none is a fault, not a full payment', async () => {
  const products = join(stateFolder('files'), 'memory.csv');
  const rule = { memory: 'sessions', formula: { op: 'percent', of: 'TM', basisPoints: 10_000 }, includesAmo: false, label: { fr: 'Douze séances par an.', en: 'Twelve sessions a year.' } };
  await writeSignedFile(products, { magic: PRODUCTS_MAGIC, header: `H;1;${insurer.amc};2`, lines: [`P;2020-01-01;${JSON.stringify({ code: 'SEANCES', responsible: true, rules: [rule] })}`], key: insurer.signingKey });
  await loadProducts({ pool: world.database.pool('rempart_intake'), path: products });
  await load(world, await writeRights(insurer, { sequence: 2, kind: 'delta', lines: [rightsLine({ beneficiaryId: 'memory', contract: 'M', nir: testNir(9), product: 'SEANCES' })] }));
  const { body } = await ask(9);
  assert.deepEqual([body.verdict, body.authorizationRequired, body.channel], ['yes', true, { fr: 'règle', en: 'rule' }]);
  assert.equal((await ask(1)).body.channel, undefined);
  await load(world, await writeRights(insurer, { sequence: 3, kind: 'delta', lines: [rightsLine({ beneficiaryId: 'unsent', contract: 'N', nir: testNir(11), product: 'JAMAIS-ENVOYE' })] }));
  assert.deepEqual([(await ask(11)).body.verdict, (await ask(11)).body.authorizationRequired], ['yes', true], 'nobody commits to a product that was never sent');
  const classed = await ask(1, { domain: 'MEDE', lines: [{ code: 'CS', nomenclature: 'NGAP', priceCents: 9000, baseCents: 2300, class: 'I' }] });
  assert.deepEqual((classed.body as unknown as { faults: { field: string; rule: string }[] }).faults.map((f) => [f.field, f.rule]), [['lines[0].class', 'class-of-family']]);
});

test('a birth rank of null is a fault, never rank 1; a number that no URL spells is malformed; each answer of a batch bears the correlation id; nobody is cared for before being born', async () => {
  assert.equal((await ask(1, { birthRank: null })).status, 422);
  const unborn = await ask(1, { birthDate: month(3) });
  assert.deepEqual((unborn.body as unknown as { faults: { field: string; rule: string }[] }).faults.map((f) => [f.field, f.rule]), [['birthDate', 'born-after-care']]);
  assert.equal((await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/guarantees/%E0%A4` })).status, 422);
  const reply = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: [world.question(), {}] });
  const [answer, problem] = reply.body as [{ verdict: string }, { status: number; correlationId: string }];
  assert.deepEqual([answer.verdict, problem.status, problem.correlationId], ['yes', 422, reply.headers.get('x-correlation-id')]);
});

test('settlement confirms care: the guarantee is used, and the person is then known to this establishment', async () => {
  const { body } = await ask(1);
  const path = join(stateFolder('files'), 'settlement.csv');
  const number = body.guarantee?.number ?? '';
  await writeSignedFile(path, { magic: SETTLEMENT_MAGIC, header: `H;1;${insurer.amc}`, lines: [`S;${number};${today()};350`, `S;${number};${today()};350`, 'S;RG-000000000000-1;2026-01-01;1', 'S;x;y;z', `S;${number};2026-02-31;1`], key: insurer.signingKey });
  const settled = await loadSettlement({ pool: world.database.pool('rempart_intake'), path });
  assert.deepEqual([settled.lines, settled.outcomes['malformed']], [5, 3]);
  assert.equal(settled.outcomes['used'], 2, 'a line twice is counted, and changes nothing');
  const { body: next } = await ask(1);
  const { rows } = await world.database.pool('owner').query('select presence from journal.entry where id in ($1, $2) order by id', [body.entry, next.entry]);
  assert.deepEqual(rows.map((r: { presence: string }) => r.presence), ['none', 'known']);
});

test('the sandbox plays settlement by signed files, late and incomplete; a second round confirms nothing twice', async () => {
  await ask(3, { careDate: month(2) });
  const options = { owner: world.database.pool('owner'), intake: world.database.pool('rempart_intake'), keyRing: world.keyRing };
  for (let i = 0; i < 20; i += 1) await world.ask({ reference: `S${i}` });
  assert.equal(await playSettlement(options), 0, 'care of a moment ago is not settled yet');
  const confirmed = await playSettlement({ ...options, isDue: (guarantee) => guarantee.amc === world.amc && guarantee.entry % 5 !== 0 });
  assert.ok(confirmed >= 12 && confirmed < 20, String(confirmed));
  assert.equal(await playSettlement({ ...options, isDue: (guarantee) => guarantee.amc === world.amc && guarantee.entry % 5 !== 0 }), 0);
});

test('a row that no longer answers changes nothing: a child passed from one parent’s NIR to the other’s is found by the adhérent number beside either', async () => {
  const child = { beneficiaryId: 'moved', contract: 'M', adherentNumber: 'A000020', birthDate: '2012-03-03', relationship: 'enfant' };
  for (const [sequence, number] of [[4, 20], [5, 21]] as const) {
    const path = await writeRights(insurer, { kind: 'delta', sequence, lines: [rightsLine({ ...child, nir: testNir(number) })] });
    assert.equal((await load(world, path)).rejected, 0);
  }
  const of = (number: number, change: Record<string, unknown>): Promise<string> => verdict(number, { birthDate: '2012-03-03', ...change });
  assert.deepEqual([await of(20, { adherentNumber: 'A000020' }), await of(21, { adherentNumber: 'A000020' }), await of(21, {}), await of(20, {})], ['yes', 'yes', 'yes', 'no']);
});
