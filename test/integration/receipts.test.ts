// Receipts from the answer to the proof, then the retention of everything the journal keeps, on the real servers.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { hash, verify } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Decrypter } from 'age-encryption';
import { callApi } from '../../src/access/index.ts';
import type { Answer } from '../../src/checks/index.ts';
import { leaveInsurer } from '../../src/cli/insurer.ts';
import { PeriodKeys, stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { loadRights, RIGHTS_MAGIC } from '../../src/intake/index.ts';
import { exportEntries, faultOfProof, findLinks, findPlace, findProof, findReceipt, insurerLeaves, openLink, publishedAt, readCheckpoint, readRetention, runRetention, setRetention, verifyEntries, verifyTree, type Sequencer, type TreeReport } from '../../src/journal/index.ts';
import { openSealed, unwrapSealKey } from '../../src/registry/index.ts';
import { insurerKeys, populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { addEntries, newLog, sequencerOf, type TestLog } from '../support/journal.ts';
import { load, newInsurer, rightsLine, testNir, writeRights } from '../support/rights.ts';
import { startWorld, today, type World } from '../support/world.ts';

let world: World;
let log: TestLog;
let sequencer: Sequencer;
const keys = new PeriodKeys(stateFolder('keys', 'periods'));
const yes: Answer[] = [];

before(async () => {
  log = newLog();
  world = await startWorld({ persons: 400, log: log.folder });
  sequencer = sequencerOf(log, world.database.urlFor('rempart_log'));
  await sequencer.open();
});
after(async () => {
  await sequencer.close();
  await world.close();
});

const owner = (): ReturnType<World['database']['pool']> => world.database.pool('owner');
const desk = (): ReturnType<World['database']['pool']> => world.database.pool('rempart_desk');
const proofOf = async (entry: number): Promise<{ state: string; leaf: string; proof?: string }> => (await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/receipts/${entry}` })).body as { state: string; leaf: string; proof?: string };

async function place(): Promise<void> {
  while ((await sequencer.turn()) > 0) { /* on */ }
}

async function audit(): Promise<TreeReport> {
  const asked = { read: publishedAt(log.folder), trust: { key: log.noteKey } };
  const report = await verifyTree(asked);
  await verifyEntries(asked, report, exportEntries(desk()));
  return report;
}

/** From here on the database lives so much later. Sessions of before are over. */
function shiftClock(by: string): Promise<unknown> {
  return owner().query(`create or replace function gate.clock() returns timestamptz language sql volatile as $$ select clock_timestamp() + interval '${by}' $$`);
}

test('each answer carries a receipt that its client checks later: waiting first, then proven', async () => {
  const no = (await world.ask({ birthDate: '1901-01-01' })).body;
  const granted = (await world.ask()).body;
  yes.push(granted);
  for (const [answer, token] of [[no, no.receipt], [granted, granted.guarantee?.token]] as const) {
    const claims = findReceipt(token ?? '', world.keyRing.verifyingKey);
    assert.equal(claims?.ent, answer.entry);
    assert.ok((claims?.by ?? 0) > Date.now() / 1000);
    assert.equal((await proofOf(answer.entry)).state, 'waiting');
  }
  await place();
  for (const [answer, token] of [[no, no.receipt], [granted, granted.guarantee?.token]] as const) {
    const claims = findReceipt(token ?? '', world.keyRing.verifyingKey);
    const { proof = '', leaf } = await proofOf(answer.entry);
    assert.equal(leaf, claims?.leaf);
    const read = findProof(proof);
    assert.ok(read !== undefined && faultOfProof(read, Buffer.from(leaf, 'base64'), { key: log.noteKey }) === undefined);
    assert.equal(faultOfProof(read, Buffer.alloc(32), { key: log.noteKey }), 'not-included');
    const { checkpoint } = await readCheckpoint(publishedAt(log.folder), { key: log.noteKey });
    assert.equal(checkpoint === undefined ? undefined : await findPlace(publishedAt(log.folder), checkpoint, Buffer.from(leaf, 'base64')), read.index);
  }
  const changed = (no.receipt ?? '').replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ ent: no.entry, leaf: 'AAAA', by: 1 })).toString('base64url')}.`);
  assert.equal(findReceipt(changed, world.keyRing.verifyingKey), undefined);
});

test('a retry has the same receipt; a number that is nobody’s or no number is refused', async () => {
  const [first, second] = [await world.ask({ birthDate: '1901-01-02' }, { 'idempotency-key': 'receipt-1' }), await world.ask({ birthDate: '1901-01-02' }, { 'idempotency-key': 'receipt-1' })];
  assert.equal(second.body.receipt, first.body.receipt);
  assert.equal((await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/receipts/999999999` })).status, 404);
  assert.equal((await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/receipts/x` })).status, 422);
});

test('a closed right leaves the register, and its link opens for the insurer alone while its entry lives', async () => {
  const { rows: [told] } = await owner().query('select person, row_id from journal.entry where id = $1', [yes[0]?.entry]);
  await owner().query("update registry.right_row set valid_to = current_date - interval '28 months', valid_from = '2020-01-01' where person = $1", [told.person]);
  await runRetention(desk(), keys);
  assert.equal((await owner().query('select from registry.right_row where id = $1', [told.row_id])).rowCount, 1, 'a row that a guarantee names was removed');
  await owner().query('create table public.kept_guarantee as select * from gate.guarantee; delete from gate.guarantee');
  const { rows: [{ insurer }] } = await owner().query('select insurer_id as insurer from registry.right_row where id = $1', [told.row_id]);
  assert.ok((await runRetention(desk(), keys)).rights > 0);
  assert.equal((await owner().query('select from registry.right_row where person = $1', [told.person])).rowCount, 0);
  const links = await findLinks(desk(), [told.person]);
  assert.equal(links.length, 1);
  const linked = openLink(links[0]!, keys)!;
  const key = await unwrapSealKey(Buffer.from(linked.wrapped, 'base64'), (await insurerKeys(world.amc)).ageIdentity);
  const identity = openSealed(Buffer.from(linked.sealed, 'base64'), key, { insurerId: insurer, sealKeyId: linked.sealKey, row: `${told.person}|${linked.contract}` }).toString();
  assert.ok(identity.includes(world.person.nir.slice(0, 13)));
  assert.throws(() => openLink({ ...links[0]!, person: crypto.randomUUID() }, keys));
});

test('a row goes 90 days after the first full file that replaced it, whatever came since; one that a guarantee names stays', async () => {
  const insurer = await newInsurer(world);
  const lines = Array.from({ length: 12 }, (_, i) => rightsLine({ beneficiaryId: `B${i}`, contract: `C${i}`, adherentNumber: `A00000${i}`, nir: testNir(i) }));
  const send = async (sequence: number): Promise<unknown> => load(world, await writeRights(insurer, { sequence, lines }));
  await send(1);
  const { body } = await world.ask({ insurer: { amcNumber: insurer.amc }, nir: testNir(3), birthDate: '1980-02-11', birthRank: 1 });
  assert.ok(body.guarantee !== undefined);
  for (const sequence of [2, 3, 4]) await send(sequence);
  for (const [sequence, days] of [[1, 200], [2, 100], [3, 80], [4, 10]]) await owner().query('update registry.load set effective_at = now() - make_interval(days => $3) where insurer_id = $1 and sequence = $2', [insurer.id, sequence, days]);
  await runRetention(desk(), keys);
  const { rows } = await owner().query('select l.sequence, count(r.id)::int as rows from registry.load l left join registry.right_row r on r.load_id = l.id where l.insurer_id = $1 group by 1 order by 1', [insurer.id]);
  // The first file's rows but the guarantee's; the second's were replaced 80 days ago.
  assert.deepEqual(rows, [{ sequence: 1, rows: 1 }, { sequence: 2, rows: 12 }, { sequence: 3, rows: 12 }, { sequence: 4, rows: 12 }]);
});

test('who was cared for too long ago is known there no more, and forgotten', async () => {
  const { rows: [row] } = await owner().query('select r.by_nir, r.insurer_id, e.id as place from registry.right_row r, access.establishment e limit 1');
  await owner().query("insert into gate.known values ($1, $2, current_date - interval '28 months', $3), ($1, gen_random_uuid(), current_date - interval '26 months', $3) on conflict do nothing", [row.place, row.by_nir, row.insurer_id]);
  const count = async (): Promise<number> => Number((await owner().query("select count(*) as n from gate.known where establishment_id = $1 and last_care < current_date - interval '1 year'", [row.place])).rows[0].n);
  assert.equal(await count(), 2);
  await runRetention(desk(), keys);
  assert.equal(await count(), 1);
});

test('what is kept of professionals and officers goes when its time is over, and not before', async () => {
  const { rows: [{ id: user }] } = await owner().query("insert into access.app_user (installation_id, pseudonym) select id, 'long-gone' from access.installation limit 1 returning id");
  for (const months of [11, 13]) {
    const at = `now() - interval '${months} months'`;
    await owner().query(`insert into guard.freeze (user_id, at, by, reasons, review_due_at, lifted_at, lifted_by) values ($1, ${at}, 'guard', '[]', ${at}, ${at}, 'A')`, [user]);
    await owner().query(`insert into access.notice (user_id, kind, at) values ($1, 'first-passkey', ${at})`, [user]);
    await owner().query(`insert into guard.pattern (at, code, detail) values (${at}, 'spread', 'x')`);
  }
  await owner().query("insert into guard.appeal (freeze_id, at, reason, due_at, answered_at, answered_by, answer) select id, lifted_at, 'autre', lifted_at, null, null, null from guard.freeze where user_id = $1", [user]);
  const left = async (): Promise<number[]> => Promise.all(['guard.freeze where user_id = $1', 'access.notice where user_id = $1', 'guard.appeal a join guard.freeze f on f.id = a.freeze_id where f.user_id = $1', 'guard.pattern where $1::bigint is not null'].map(async (what) => Number((await owner().query(`select count(*) as n from ${what}`, [user])).rows[0].n)));
  const before = await left();
  await runRetention(desk(), keys);
  assert.deepEqual(await left(), before.map((n) => n - 1));
});

test('an insurer leaves: its rows go back to it alone, nothing of them stays, and the certificate is signed', async () => {
  const amc = '99100002';
  const out = stateFolder('leave');
  mkdirSync(out, { recursive: true });
  await owner().query("insert into gate.known select e.id, gen_random_uuid(), current_date, i.id from access.establishment e, registry.insurer i where i.amc_number = $1 limit 3", [amc]);
  const count = Number((await owner().query('select count(*) as n from registry.right_row r join registry.insurer i on i.id = r.insurer_id where i.amc_number = $1', [amc])).rows[0].n);
  assert.ok(count > 10);
  const context = { pool: desk(), keyRing: world.keyRing, keys };
  await assert.rejects(leaveInsurer(context, { amc, by: 'A', and: 'a', reason: 'fin de contrat', out }), /Nothing was done/);
  const order = { amc, by: 'A', and: 'B', reason: 'fin de contrat', out };
  // A file that never took effect, on a shelf of its own.
  const path = join(stateFolder('files'), 'never.csv');
  const some = [...populationOf(SANDBOX_INSURERS.find((one) => one.amc === amc)!, { persons: 600, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })].slice(0, 5);
  await writeSignedFile(path, { magic: RIGHTS_MAGIC, header: `H;1;${amc};full;2;${today()}`, lines: some.map((person) => person.line), key: (await insurerKeys(amc)).signingKey });
  const loading = { pool: world.database.pool('rempart_intake'), keyRing: world.keyRing, path };
  assert.equal((await loadRights({ ...loading, shelfLines: 1, threads: 1 })).state, 'held', 'it would strike nearly everybody off');
  const shelves = async (): Promise<number> => Number((await owner().query("select count(*) as n from pg_tables where schemaname = 'registry' and tablename ~ '^right_row_[0-9]+$'")).rows[0].n);
  const withIts = await shelves();
  const insurer = (await insurerLeaves(desk(), order))!.id;
  assert.equal(await shelves(), withIts - 1, 'what never took effect is gone with it');
  await assert.rejects(loadRights(loading), /has left/);
  const left = async (): Promise<number> => (await owner().query('select from registry.right_row where insurer_id = $1', [insurer])).rowCount ?? 0;
  await owner().query("update registry.right_row set valid_to = current_date - interval '28 months', valid_from = '2020-01-01' where insurer_id = $1 and id % 2 = 0", [insurer]);
  await runRetention(desk(), keys);
  assert.equal(await left(), count, 'rows were destroyed before they were returned');
  const mayFinish = (may: boolean): Promise<unknown> => owner().query(may ? 'grant execute on function journal.finish_leaving to rempart_desk' : 'revoke execute on function journal.finish_leaving from rempart_desk');
  await mayFinish(false);
  await assert.rejects(leaveInsurer(context, order), /permission denied/);
  await mayFinish(true);
  assert.equal(await left(), 0);
  const file = readFileSync(join(out, `${amc}.jsonl.age`));
  const elsewhere = stateFolder('leave', 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  await assert.rejects(leaveInsurer(context, { ...order, out: elsewhere }), /put it back/);
  const { certificate, token } = await leaveInsurer(context, order);
  assert.equal(certificate.rows, count);
  assert.deepEqual(readFileSync(join(out, `${amc}.jsonl.age`)), file);
  const sha256 = (name: string): string => hash('sha256', readFileSync(join(out, name)), 'hex');
  assert.deepEqual(certificate.files.toSorted((a, b) => b.rows! - a.rows!), [{ name: `${amc}.jsonl.age`, sha256: sha256(`${amc}.jsonl.age`), rows: count }, { name: `${amc}-2.jsonl.age`, sha256: sha256(`${amc}-2.jsonl.age`), rows: 0 }]);
  const first = readFileSync(join(out, `${amc}.certificate.json`));
  assert.equal((await leaveInsurer(context, order)).certificate.files.length, 3);
  assert.deepEqual(readFileSync(join(out, `${amc}.certificate.json`)), first);
  assert.deepEqual(readdirSync(out).filter((name) => name !== 'elsewhere').toSorted(), ['-2.certificate.json', '-2.jsonl.age', '-3.jsonl.age', '.certificate.json', '.jsonl.age'].map((ending) => amc + ending));
  const decrypter = new Decrypter();
  decrypter.addIdentity((await insurerKeys(amc)).ageIdentity);
  const lines = Buffer.from(await decrypter.decrypt(file)).toString('utf8').trim().split('\n');
  assert.equal(lines.length, count);
  const row = JSON.parse(lines[0]!) as { person: string; contract: string; seal_key: number; insurer_id: number; sealed: string; wrapped: string };
  const key = await unwrapSealKey(Buffer.from(row.wrapped, 'base64'), (await insurerKeys(amc)).ageIdentity);
  assert.match(openSealed(Buffer.from(row.sealed, 'base64'), key, { insurerId: row.insurer_id, sealKeyId: row.seal_key, row: `${row.person}|${row.contract}` }).toString(), /\d{13}/);
  for (const table of ['registry.right_row', 'registry.seal_key', 'registry.card', 'gate.known']) assert.equal((await owner().query(`select from ${table} where insurer_id = $1`, [row.insurer_id])).rowCount, 0, table);
  const [head, claims, signature] = token.split('.');
  assert.ok(verify(null, Buffer.from(`${head}.${claims}`), world.keyRing.verifyingKey, Buffer.from(signature!, 'base64url')));
});

test('after a year entries go, but for those of an incident; the tree still verifies, and says which leaves were erased', async () => {
  await addEntries(owner(), 600);
  await place();
  const links = (await owner().query('select person, month::text, insurer_id as insurer, box from journal.link')).rows;
  await desk().query("insert into journal.hold (incident, from_at, until_at, user_id) select 'I-1', now() - interval '1 day', now() + interval '1 day', user_id from journal.entry where id = $1", [yes[0]?.entry]);
  await shiftClock('400 days');
  await addEntries(owner(), 50);
  await place();
  const run = await runRetention(desk(), keys);
  assert.ok(run.entries >= 600);
  await place();
  const report = await audit();
  assert.deepEqual(report.faults, []);
  assert.equal((await owner().query('select from journal.entry where id = $1', [yes[0]?.entry])).rowCount, 1, 'an entry under hold was erased');
  assert.equal((await readRetention(desk())).purged.length, 1);
  await desk().query('update journal.hold set lifted_at = now()');
  const second = await runRetention(desk(), keys);
  assert.ok(second.entries > 0 && second.minimumIndex > 600);
  assert.equal(second.keysDestroyed, 1);
  await place();
  assert.deepEqual((await audit()).faults, []);
  assert.equal(publishedTile('tile/0/000'), undefined, 'tiles below the minimum index are pruned');
  assert.equal(openLink(links[0], keys), undefined, 'a copy of a link opens after its month');
});

function publishedTile(path: string): Buffer | undefined {
  try {
    return readFileSync(join(log.folder, path));
  } catch {
    return undefined;
  }
}

test('a sequencer takes a pruned tree up again', async () => {
  await sequencer.close();
  sequencer = sequencerOf(log, world.database.urlFor('rempart_log'));
  assert.equal(await sequencer.open(), true);
  await addEntries(owner(), 300);
  await place();
  assert.deepEqual((await audit()).faults, []);
});

test('nobody erases by hand, and what was erased by hand is found', async () => {
  await assert.rejects(desk().query('delete from journal.entry'), /permission denied/);
  await assert.rejects(owner().query('delete from journal.leaf'), /only grows/);
  await owner().query('alter table journal.entry disable trigger all; delete from journal.entry where id = (select max(entry_id) from journal.leaf); alter table journal.entry enable trigger all');
  assert.deepEqual((await audit()).faults.map(({ kind }) => kind), ['removed']);
});

test('durations move within their bounds, by name and reason, and are journalled; the document says what the table says', async () => {
  assert.equal(await setRetention(desk(), { class: 'entries', kept: '18 months', by: 'A. Essai', reason: 'risque démontré' }), true);
  assert.equal(await setRetention(desk(), { class: 'entries', kept: '37 months', by: 'A. Essai', reason: 'trop' }), false);
  assert.equal(await setRetention(desk(), { class: 'entries', kept: '18 months', by: '', reason: 'x' }), false);
  assert.equal((await owner().query("select from journal.entry where purpose = 'retention'")).rowCount, 1);
  const document = readFileSync(new URL('../../docs/privacy/retention.md', import.meta.url), 'utf8');
  for (const rule of (await readRetention(desk())).rules.filter((one) => !['entries', 'links'].includes(one.class))) {
    const kept = rule.kept.replace('mons', 'months').replace('2 years 3 months', '27 months');
    assert.match(document, new RegExp(`\\| \`${rule.class}\` \\| ${kept.replace(/^1 year$/, '12 months')}`), rule.class);
  }
});
