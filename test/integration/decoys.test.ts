// Decoy persons: like any other to whoever lacks the key, and once touched, they stop who asked.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callApi, createProof, generateClientKey } from '../../src/access/index.ts';
import type { Answer } from '../../src/checks/index.ts';
import { countDecoys, listFreezes, openDecoyEpoch } from '../../src/guard/index.ts';
import { listExposure } from '../../src/incidents/index.ts';
import { discardRights } from '../../src/intake/index.ts';
import { createBlindIndexer, createDecoyKeeper } from '../../src/registry/index.ts';
import { playSettlement } from '../../src/sandbox/index.ts';
import { listedIncident } from '../support/incident.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { load, newInsurer, rightsLine, testNir, writeRights, type TestInsurer } from '../support/rights.ts';
import { enrolIn, startWorld, type World } from '../support/world.ts';

interface Decoy { readonly nir: string; readonly adherentNumber: string; readonly birthDate: string; readonly birthRank: number }

const PERSONS = 800;
const DECOYS = 16;
let world: World;
let insurer: TestInsurer;
before(async () => {
  world = await startWorld({ persons: 200 });
  insurer = await newInsurer(world);
  assert.equal((await load(world, await writeRights(insurer, { sequence: 1, lines: lines(PERSONS) }))).accepted, PERSONS);
});
after(() => world.close());

const owner = () => world.database.pool('owner');
const born = (i: number): string => `19${testNir(i).slice(1, 3)}-${testNir(i).slice(3, 5)}-11`;
const lines = (n: number): string[] => Array.from({ length: n }, (_, i) => rightsLine({ beneficiaryId: `B${i}`, contract: `C${i}`, adherentNumber: `A${String(i).padStart(6, '0')}`, nir: testNir(i), birthDate: born(i) }));

// With the key ring, and only with it.
async function decoysOf(id = insurer.id): Promise<Decoy[]> {
  const keeper = createDecoyKeeper(world.keyRing.decoyKey);
  const { rows } = await owner().query<{ sealed: Buffer }>('select sealed from guard.decoy where insurer_id = $1 and retired_at is null and hit_at is null order by id', [id]);
  return rows.map((row) => JSON.parse(keeper.open(row.sealed)) as Decoy);
}

const questionOf = (decoy: Decoy, change: Record<string, unknown> = {}): Record<string, unknown> => ({ insurer: { amcNumber: insurer.amc }, nir: decoy.nir, birthDate: decoy.birthDate, birthRank: decoy.birthRank, ...change });
const frozenUsers = async (): Promise<string[]> => (await owner().query<{ p: string }>('select pseudonym as p from access.app_user where unproven_frozen_at is not null or frozen_at is not null order by 1')).rows.map((row) => row.p);

test('two in a hundred are decoys, next to real persons; insurers count none of them', async () => {
  const decoys = await decoysOf();
  // One whose identity somebody bears by chance is not made.
  assert.ok([DECOYS, DECOYS - 1, DECOYS - 2].includes(decoys.length), String(decoys.length));
  const real = new Set(Array.from({ length: PERSONS }, (_, i) => testNir(i).slice(0, 10)));
  assert.ok(decoys.every((decoy) => real.has(decoy.nir.slice(0, 10))), 'in runs that an enumerator walks');
  assert.ok(decoys.every((decoy) => !lines(PERSONS).some((line) => line.includes(`;${decoy.nir}`) && line.includes(decoy.birthDate))), 'none is anybody');
  assert.deepEqual((await countDecoys(world.database.pool('rempart_desk'))).filter((row) => row.amc === insurer.amc), [{ amc: insurer.amc, epoch: 1, live: decoys.length, hit: 0, retired: 0 }]);
});

test('without the key nothing in the database tells them: rows, references, lengths and places are those of the others', async () => {
  const { isDecoy } = createDecoyKeeper(world.keyRing.decoyKey);
  const { rows } = await owner().query<Record<string, unknown> & { person: string; id: number; by_nir: string; by_adherent: string; sealed: Buffer; seal_key: number; load_id: number }>('select * from registry.right_row where insurer_id = $1 order by id', [insurer.id]);
  const marked = rows.map((row) => isDecoy(row.person));
  assert.equal(marked.filter(Boolean).length, (await decoysOf()).length, 'the key alone tells, from the reference alone');
  const [made, real] = [rows.filter((_, i) => marked[i] === true), rows.filter((_, i) => marked[i] === false)];
  const among = (column: string): void => { for (const row of made) assert.ok(real.some((other) => JSON.stringify(other[column]) === JSON.stringify(row[column])), `${column} of a decoy is seen nowhere else`); };
  for (const column of ['load_id', 'product_code', 'csr', 'convention_type', 'contract_order', 'valid_from', 'valid_to', 'card_from', 'card_to', 'domains', 'domain_from', 'domain_to', 'responsible', 'c2s', 'regime', 'seal_key']) among(column);
  assert.ok(made.every((row) => real.some((other) => other.sealed.length === row.sealed.length)), 'sealed as long as others');
  assert.ok(made.every((row) => /^.{14}4.{4}[89ab]/.test(row.person)), 'a reference like any other');
  const places = marked.flatMap((yes, i) => (yes ? [i] : []));
  assert.ok(places.some((place) => place < 408) && places.some((place) => place >= 408), `spread among the rows: ${places.join()}`);
  // What the guard keeps holds no value of a row, and is all of one size.
  const inRows = new Set(rows.flatMap((row) => [row.person, row.by_nir, row.by_adherent]));
  const kept = await owner().query<{ tag: string; id: string; sealed: Buffer }>('select t.tag, d.id, d.sealed from guard.decoy d join guard.decoy_tag t on t.decoy_id = d.id where d.insurer_id = $1', [insurer.id]);
  assert.ok(kept.rows.every((row) => !inRows.has(row.tag) && !inRows.has(row.id)));
  assert.equal(new Set(kept.rows.map((row) => row.sealed.length)).size, 1);
  assert.equal(rows.filter((row) => createDecoyKeeper(Buffer.alloc(32, 7)).isDecoy(row.person)).length, 0, 'another key sees none');
});

test('the question that hits is answered like any other; the next one without presence is refused, with a card or a known patient it goes on', async () => {
  const [decoy] = await decoysOf();
  const real = { insurer: { amcNumber: insurer.amc }, nir: testNir(3), birthDate: born(3) };
  const [hit, like] = [await world.ask({ ...questionOf(decoy!), user: 'robot' }), await world.ask({ ...real, user: 'anne' })];
  const strip = ({ entry, answeredAt, guarantee, ...rest }: Answer): object => ({ ...rest, guarantee: { ...guarantee, number: '', token: '' }, entry: typeof entry, answeredAt: typeof answeredAt });
  assert.deepEqual(strip(hit.body), strip(like.body));
  const next = await world.ask({ ...real, user: 'robot' });
  assert.equal(next.status, 403);
  assert.match(JSON.stringify(next.body), /sans carte.*Nous n'avons pas regardé/s);
  await owner().query('insert into gate.known select e.id, $1, current_date, 1 from access.establishment e', [createBlindIndexer(world.keyRing.indexKey).byNir(testNir(3).slice(0, 13), { insurerId: insurer.id, birthDate: born(3), birthRank: 1 })]);
  assert.equal((await world.ask({ ...real, user: 'robot' })).status, 200, 'a known patient');
  await owner().query('truncate gate.known');
  assert.equal((await world.ask({ ...real, user: 'anne' })).status, 200, 'nobody else');
  assert.deepEqual(await frozenUsers(), ['robot']);
  const [freeze] = await listFreezes(world.database.pool('rempart_desk'));
  assert.deepEqual([freeze?.by, freeze?.unproven, freeze?.reasons[0]?.code], ['decoy', true, 'decoy']);
  // It froze once, and is known to whom it froze: from now on it is nobody's trap.
  assert.equal((await world.ask({ ...questionOf(decoy!), user: 'bruno' })).status, 200);
  assert.equal((await world.ask({ ...real, user: 'bruno' })).status, 200);
});

test('by adhérent number, in one bundle, and when a ceiling refuses: noticed all the same', async () => {
  const [first, second, third] = await decoysOf();
  const real = { insurer: { amcNumber: insurer.amc }, nir: testNir(4), birthDate: born(4) };
  await world.ask({ insurer: { amcNumber: insurer.amc }, nir: undefined, adherentNumber: first!.adherentNumber, birthDate: first!.birthDate, user: 'by-number' });
  assert.equal((await world.ask({ ...real, user: 'by-number' })).status, 403);
  await owner().query('update access.installation set unproven_frozen_at = null');
  await callBundle([{ ...real, user: 'carole' }, { ...real, user: 'carole' }]);
  await owner().query("update guard.freeze set at = at - interval '2 days'");
  const answers = (await callBundle([questionOf(second!, { user: 'bundle' }), { ...real, user: 'bundle' }, { ...real, user: 'carole' }])) as { verdict?: string; status?: number }[];
  assert.deepEqual(answers.map((answer) => answer.verdict ?? answer.status), ['yes', 403, 'yes']);
  await owner().query("insert into guard.ceiling select peer_group, scope, class, current_date, 0, 0, 0, 0, 'test' from guard.ceiling where class in ('u', 'm')");
  assert.equal((await world.ask({ ...questionOf(third!), user: 'at-ceiling' })).status, 429);
  await owner().query("delete from guard.ceiling where source = 'test'");
  await owner().query('update access.installation set unproven_frozen_at = null');
  assert.equal((await world.ask({ ...real, user: 'at-ceiling' })).status, 403);
  assert.ok((await frozenUsers()).includes('at-ceiling'));
});

async function callBundle(questions: readonly Record<string, unknown>[]): Promise<unknown> {
  const url = `${world.apiUrl}/v1/checks`;
  const { token, enrolled } = world.pharmacy;
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${token.value}`, dpop: createProof({ key: enrolled.key, method: 'POST', url, accessToken: token.value }) }, body: JSON.stringify(questions.map((change) => world.question(change))) });
  return reply.json();
}

test('nobody is frozen by somebody else’s hand: a stolen token, a replayed proof, a software that names a portal’s professional', async () => {
  const [decoy] = await decoysOf();
  await owner().query('update access.installation set unproven_frozen_at = null');
  const frozenBefore = await frozenUsers();
  const url = `${world.apiUrl}/v1/checks`;
  const { token, enrolled } = world.pharmacy;
  const thief = generateClientKey();
  const body = JSON.stringify(world.question({ ...questionOf(decoy!), user: 'anne' }));
  const post = (proof: string): Promise<Response> => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${token.value}`, dpop: proof }, body });
  assert.equal((await post(createProof({ key: thief, method: 'POST', url, accessToken: token.value }))).status, 401);
  const used = createProof({ key: enrolled.key, method: 'POST', url, accessToken: token.value });
  const spend = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${token.value}`, dpop: used }, body: JSON.stringify(world.question({ user: 'anne' })) });
  assert.equal(spend.status, 200);
  assert.equal((await post(used)).status, 401);
  assert.deepEqual(await frozenUsers(), frozenBefore);
  // The same professional in a software and on the portal: the software's key speaks for its own row alone.
  const rpps = world.sandbox.establishments[0]?.professionals[1];
  const session = await signIn(world, `8${rpps}`);
  await owner().query("update access.app_user u set professional_id = p.id from access.professional p where p.rpps = $1 and u.pseudonym = 'carole'", [rpps]);
  assert.equal((await world.ask({ ...questionOf(decoy!), user: 'carole' })).status, 200);
  assert.ok((await frozenUsers()).includes('carole'));
  await owner().query('update access.installation set unproven_frozen_at = null');
  assert.equal((await callAs(world, session, '/v1/checks', world.question())).status, 200);
});

test('three users of one software’s key in a day: its questions without presence stop, no other installation’s; at the second freeze a user stops wholly', async () => {
  const real = { insurer: { amcNumber: insurer.amc }, nir: testNir(6), birthDate: born(6) };
  await owner().query('update access.installation set unproven_frozen_at = null');
  await owner().query("update guard.freeze set at = at - interval '2 days'");
  const [pharmacy, second] = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy' || e.peerGroup === 'doctor');
  const other = await enrolIn(world.database, { issuer: world.issuer, establishment: second?.identifier ?? '', responsibleRpps: second?.professionals[0] ?? '' });
  assert.notEqual(pharmacy, second);
  for (const [i, decoy] of (await decoysOf()).slice(0, 3).entries()) {
    assert.equal((await world.ask({ ...real, user: 'honest' })).status, 200);
    assert.equal((await world.ask({ ...questionOf(decoy), user: `name-${i}` })).status, 200);
  }
  assert.equal((await world.ask({ ...real, user: 'honest' })).status, 403);
  assert.equal((await callApi({ ...other, url: `${world.apiUrl}/v1/checks`, body: world.question({ ...real, user: 'away' }) })).status, 200);
  assert.deepEqual((await owner().query('select count(*)::int as n from access.installation where unproven_frozen_at is not null or frozen_at is not null')).rows, [{ n: 1 }]);
  await owner().query('update access.installation set unproven_frozen_at = null; update access.app_user set unproven_frozen_at = null');
  const [next] = await decoysOf();
  await world.ask({ ...questionOf(next!), user: 'name-0' });
  assert.equal((await owner().query("select frozen_at is not null as wholly from access.app_user where pseudonym = 'name-0'")).rows[0].wholly, true);
  await owner().query('update access.installation set unproven_frozen_at = null');
});

test('by a key of the portal the person is stopped wherever they ask, and goes on after Pro Santé Connect', async () => {
  const [decoy] = await decoysOf();
  const rpps = world.sandbox.establishments.find((e) => e.peerGroup === 'doctor')?.professionals[1];
  const session = await signIn(world, `8${rpps}`);
  const ask = async (as = session): Promise<number> => (await callAs(world, as, '/v1/checks', world.question({ domain: 'MEDE' }))).status;
  assert.equal((await callAs(world, session, '/v1/checks', world.question({ ...questionOf(decoy!), domain: 'MEDE' }))).status, 200);
  assert.equal(await ask(), 403);
  const again = await signIn(world, `8${rpps}`);
  assert.deepEqual([await ask(again), await ask()], [200, 200]);
});

test('the same decoys go on from file to file, a real person who comes to bear one’s identity wins, and an epoch brings new ones', async () => {
  const { isDecoy } = createDecoyKeeper(world.keyRing.decoyKey);
  const refs = async (): Promise<string[]> => (await owner().query<{ person: string }>('select r.person from registry.right_row r join registry.insurer i on i.id = r.insurer_id where i.id = $1 and r.load_id between i.base_load and i.visible_load and not exists (select from registry.superseded z where z.row_id = r.id)', [insurer.id])).rows.map((row) => row.person).filter(isDecoy);
  const [before, live] = [await refs(), await decoysOf()];
  const bearer = live[0]!;
  const report = await load(world, await writeRights(insurer, { sequence: 2, lines: [...lines(PERSONS), rightsLine({ beneficiaryId: 'B900', contract: 'C900', adherentNumber: 'A900000', nir: bearer.nir, birthDate: bearer.birthDate })] }));
  assert.deepEqual([report.accepted, report.personsBefore, report.personsStruckOff], [PERSONS + 1, PERSONS, 0]);
  const carried = await refs();
  assert.equal(carried.filter((ref) => before.includes(ref)).length, live.length - 1, 'those never hit, but for the one that gave way');
  assert.equal((await world.ask({ ...questionOf(bearer), user: 'dora' })).body.verdict, 'yes');
  assert.ok(!(await frozenUsers()).includes('dora'));
  const desk = world.database.pool('rempart_desk');
  assert.equal(await openDecoyEpoch(desk, { by: 'Mme Un', and: 'mme un ', reason: 'x' }), null, 'two persons');
  assert.equal(await openDecoyEpoch(desk, { by: 'Mme Un', and: 'M. Deux', reason: 'annuel' }), 2);
  const rotated = await load(world, await writeRights(insurer, { sequence: 3, lines: lines(PERSONS) }), true);
  assert.deepEqual([rotated.personsBefore, rotated.personsStruckOff], [PERSONS + 1, 1]);
  assert.equal((await refs()).filter((ref) => carried.includes(ref)).length, 0);
  // One that would have borne somebody's number is left out, and comes with the next file.
  assert.ok([DECOYS, DECOYS - 1, DECOYS - 2].includes((await decoysOf()).length));
  assert.equal((await owner().query("select count(*)::int as n from journal.entry where purpose = 'decoys' and outcome = 'epoch'")).rows[0].n, 1);
});

test('decoys of a file that was given up come with the next one, and are told from persons still', async () => {
  const { isDecoy } = createDecoyKeeper(world.keyRing.decoyKey);
  const other = await newInsurer(world);
  await load(world, await writeRights(other, { sequence: 1, lines: lines(100) }));
  const held = await load(world, await writeRights(other, { sequence: 2, lines: lines(900).slice(100) }));
  assert.equal(held.state, 'held');
  await discardRights({ pool: world.database.pool('rempart_intake'), amc: other.amc, sequence: 2 });
  await load(world, await writeRights(other, { sequence: 2, lines: lines(900) }));
  const { rows } = await owner().query<{ person: string }>('select r.person from registry.right_row r join registry.insurer i on i.id = r.insurer_id where i.id = $1 and r.load_id between i.base_load and i.visible_load', [other.id]);
  const decoys = await decoysOf(other.id);
  assert.ok(decoys.length > 10);
  assert.equal(rows.length, 900 + decoys.length);
  assert.equal(rows.filter(({ person }) => isDecoy(person)).length, decoys.length);
});

test('an exposure list leaves them out, and says how many', async () => {
  const { isDecoy, decoysAmong } = createDecoyKeeper(world.keyRing.decoyKey);
  const officers = world.database.pool('rempart_desk');
  const installation = Number((await owner().query('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0]?.id);
  const { id, exposure: all } = await listedIncident(officers, [{ kind: 'installation', id: installation }]);
  const without = await listExposure(officers, id, { by: 'Alix Essai', decoysAmong });
  const told = new Set((await owner().query<{ person: string }>("select person from journal.entry where installation_id = $1 and person is not null and purpose = 'ask'", [installation])).rows.map((row) => row.person));
  assert.ok([...told].some(isDecoy));
  assert.ok(without.decoysLeftOut > 0);
  assert.deepEqual([all.totals.persons, without.totals.persons], [told.size, [...told].filter((person) => !isDecoy(person)).length]);
});

test('no insurer’s settlement ever names one', async () => {
  const { isDecoy } = createDecoyKeeper(world.keyRing.decoyKey);
  await playSettlement({ owner: owner(), intake: world.database.pool('rempart_intake'), keyRing: world.keyRing, isDue: (guarantee) => guarantee.amc.startsWith('9910') });
  const { rows } = await owner().query<{ person: string; state: string }>('select person, state from gate.guarantee');
  assert.ok(rows.some((row) => isDecoy(row.person)) && rows.every((row) => !isDecoy(row.person) || row.state === 'given'));
});
