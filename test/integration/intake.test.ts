// Insurers' rights files: refused whole, set aside line by line, held, resumed after a crash.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { AppError, openKeyRing, readVerifiedLines, ROOT, stateFolder, verifySignedFile, writeSignedFile } from '../../src/ground/index.ts';
import { discardRights, loadProducts, loadRights, PRODUCTS_MAGIC, RIGHTS_FIELDS, RIGHTS_MAGIC } from '../../src/intake/index.ts';
import { openSealed, unwrapSealKey } from '../../src/registry/index.ts';
import { createApi } from '../../src/servers/index.ts';
import { load, newInsurer, rightsLine, testNir, writeRights, type TestInsurer } from '../support/rights.ts';
import { startWorld, today, type World } from '../support/world.ts';

let world: World;
let insurer: TestInsurer;
before(async () => { world = await startWorld({ persons: 200 }); });
after(() => world.close());

const many = (n: number, from = 0): string[] => Array.from({ length: n }, (_, i) => rightsLine({ beneficiaryId: `B${from + i}`, contract: `C${from + i}`, adherentNumber: `A${String(from + i).padStart(6, '0')}`, nir: testNir(from + i) }));

async function fresh(lines: string[] = many(20)): Promise<TestInsurer> {
  insurer = await newInsurer(world);
  if (lines.length > 0) assert.equal((await load(world, await writeRights(insurer, { sequence: 1, lines }))).state, 'effective');
  return insurer;
}

async function state(): Promise<string> {
  const { rows } = await world.database.pool('owner').query(`select (select count(*) from registry.right_row where insurer_id = $1) as rows, (select count(*) from registry.superseded where insurer_id = $1) as gone,
    (select count(distinct person) from registry.right_row where insurer_id = $1) as persons, (select row(last_sequence, base_load, visible_load)::text from registry.insurer where id = $1) as pointer`, [insurer.id]);
  return JSON.stringify(rows[0]);
}

async function verdictOf(number: number, change: Record<string, unknown> = {}): Promise<string> {
  const { body } = await world.ask({ insurer: { amcNumber: insurer.amc }, nir: testNir(number), birthDate: '1980-02-11', birthRank: 1, ...change });
  assert.ok(body.verdict !== undefined, JSON.stringify(body));
  return body.verdict;
}

const causeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (error: unknown) => error);

async function ruleOf(work: Promise<unknown>): Promise<string> {
  const cause = await causeOf(work);
  assert.ok(cause instanceof AppError, String(cause));
  assert.equal(cause.code, 'bad-input');
  assert.ok((cause.faults[0]?.remedy.fr.length ?? 0) > 5);
  return cause.faults[0]?.rule ?? '';
}

test('a full file, then a delta that adds, corrects and strikes off, each at once', async () => {
  await fresh();
  assert.equal(await verdictOf(1), 'yes');
  assert.equal(await verdictOf(500), 'no');
  const delta = [rightsLine({ beneficiaryId: 'B500', contract: 'C500', nir: testNir(500) }), rightsLine({ beneficiaryId: 'B1', contract: 'C1', nir: testNir(1), domains: 'HOSP' }), rightsLine({ action: 'D', beneficiaryId: 'B2', contract: 'C2', nir: testNir(2) })];
  const report = await load(world, await writeRights(insurer, { sequence: 2, kind: 'delta', lines: delta }), true);
  assert.deepEqual({ ...report, faults: 0, signature: 0 }, { insurer: insurer.amc, kind: 'delta', sequence: 2, state: 'effective', lines: 3, accepted: 3, rejected: 0, personsBefore: 20, personsStruckOff: 1, personsKept: 0, faults: 0, signature: 0 });
  assert.deepEqual([await verdictOf(500), await verdictOf(1), await verdictOf(2), await verdictOf(3)], ['yes', 'no', 'no', 'yes']);
  assert.equal((JSON.parse(await state()) as { persons: number }).persons, 21, 'a person keeps its reference from file to file');
});

test('a correction in a delta replaces what it corrects, and the correction of the correction too', async () => {
  await fresh();
  for (const [sequence, nir] of [[2, 601], [3, 602], [4, 1]] as const) {
    await load(world, await writeRights(insurer, { sequence, kind: 'delta', lines: [rightsLine({ beneficiaryId: 'B1', contract: 'C1', nir: testNir(nir) })] }));
    assert.deepEqual([await verdictOf(601), await verdictOf(602), await verdictOf(1)], [601, 602, 1].map((n) => (n === nir ? 'yes' : 'no')));
  }
});

test('another key ring than the register’s, as an empty folder gives, loads nothing, and no server answers with it', async () => {
  await fresh();
  const before = await state();
  const keyRing = openKeyRing(stateFolder('other-keys'));
  const path = await writeRights(insurer, { sequence: 2, lines: many(20) });
  assert.equal(await ruleOf(loadRights({ pool: world.database.pool('rempart_intake'), keyRing, path })), 'other-key-ring');
  assert.equal(await state(), before);
  await assert.rejects(createApi({ pool: world.database.pool('rempart_check'), keyRing, baseUrl: 'http://127.0.0.1:1' }), (cause) => cause instanceof AppError && cause.detail === 'other-key-ring');
});

test('a file is refused whole by rule, and nothing changes', async () => {
  await fresh();
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const next = { sequence: 2, lines: many(20) };
  const good = (): Promise<string> => writeRights(insurer, next);
  const edited = async (edit: (text: string) => string): Promise<string> => {
    const path = await good();
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    return path;
  };
  const header = (text: string): Promise<string> => writeRights(insurer, { ...next, header: text });
  const gz = await good();
  const packed = gzipSync(readFileSync(gz));
  const files: [string, string][] = [
    ['header', await header(`H;2;${insurer.amc};full;2;${today()}`)], ['header', await header(`H;1;${insurer.amc};partial;2;${today()}`)], ['header', await header(`H;1;${insurer.amc};full;two;${today()}`)], ['header', await header('X;1')],
    ['unknown-insurer', await header(`H;1;88888888;full;2;${today()}`)], ['replayed', await header(`H;1;${insurer.amc};full;1;${today()}`)], ['out-of-order', await header(`H;1;${insurer.amc};full;3;${today()}`)],
    ['truncated', await edited((t) => t.slice(0, t.lastIndexOf('T;')))], ['truncated', await edited((t) => t.slice(0, Math.floor(t.length / 2)))], ['truncated', await edited((t) => `${t}L;again\n`)],
    ['count', await edited((t) => t.replace(/T;20;/, 'T;21;'))], ['hash', await edited((t) => t.replace('FICTIF', 'FICTIV'))], ['signature', await edited((t) => t.replace(/;[A-Za-z0-9+/=]+\n$/, ';AAAA\n'))], ['signature', await edited((t) => t.replace(/;[A-Za-z0-9+/=]+\n$/, ';\n'))],
    ['signature', await writeRights(insurer, { ...next, key: stranger })], ['line-length', await edited((t) => t.replace('FICTIF', 'F'.repeat(9000)))],
  ];
  writeFileSync(gz, packed.subarray(0, packed.length - 50));
  files.push(['truncated', gz]);
  const before = await state();
  for (const [rule, path] of files) {
    assert.equal(await ruleOf(load(world, path)), rule);
    assert.equal(await state(), before, rule);
  }
  assert.equal(await verdictOf(1), 'yes');
  assert.equal((await load(world, await good())).state, 'effective', 'the good file is still taken');
});

test('products files are numbered: an older one cannot be played again, a later one waits, one bad product refuses all of them', async () => {
  const { amc, signingKey } = await fresh([]);
  const pool = world.database.pool('rempart_intake');
  const send = async (sequence: number | string, percents: readonly number[]): Promise<number> => {
    const path = join(stateFolder('files'), `${amc}-products-${crypto.randomUUID().slice(0, 8)}.csv`);
    const lines = percents.map((percent, i) => `P;2026-01-01;${JSON.stringify({ code: `PLUS${i}`, responsible: false, rules: [{ formula: { op: 'percent', of: 'TM', basisPoints: percent * 100 }, includesAmo: false, label: { fr: 'part', en: 'share' } }] })}`);
    await writeSignedFile(path, { magic: PRODUCTS_MAGIC, header: `H;1;${amc};${sequence}`, lines: percents.includes(-1) ? [...lines, 'P;2026-02-30;{}'] : lines, key: signingKey });
    return loadProducts({ pool, path });
  };
  const shares = async (): Promise<number[]> => (await world.database.pool('owner').query<{ share: number }>("select (definition->'rules'->0->'formula'->>'basisPoints')::int / 100 as share from registry.product where insurer_id = $1 and code like 'PLUS%' order by id", [insurer.id])).rows.map(({ share }) => share);
  await assert.rejects(send(3, [100]), { detail: 'out-of-order' });
  await assert.rejects(send('', [100]), { detail: 'header' });
  assert.equal(await send(2, [100, 90]), 2);
  assert.equal(await send(2, [100, 90]), 2, 'the same again');
  await assert.rejects(send(3, [50, 40, -1]), /cannot be read/);
  assert.equal(await send(3, [50]), 1);
  await assert.rejects(send(2, [100, 90]), { detail: 'replayed' });
  await assert.rejects(send(3, [60]), { detail: 'replayed' }, 'another file under a number that was used');
  assert.deepEqual(await shares(), [100, 90, 50]);
  assert.equal(await send(4, [50, 90]), 2, 'what is in force, again');
  assert.deepEqual(await shares(), [100, 90, 50]);
  assert.equal(await send(5, [100]), 1, 'back to an earlier definition');
  assert.deepEqual(await shares(), [100, 90, 50, 100]);
});

test('a first file that is a delta is refused; an empty file is a file', async () => {
  await fresh([]);
  assert.equal(await ruleOf(load(world, await writeRights(insurer, { sequence: 1, kind: 'delta', lines: many(1) }))), 'delta-first');
  assert.equal((await load(world, await writeRights(insurer, { sequence: 1, lines: [] }))).lines, 0);
});

test('of a file that changes while it is read nothing is given that was not signed, and it is refused', async () => {
  await fresh();
  const path = await writeRights(insurer, { sequence: 2, lines: many(1500) });
  const file = await verifySignedFile(path, { magic: RIGHTS_MAGIC, keyFor: () => insurer.signingKey });
  const text = readFileSync(path, 'utf8');
  const last = text.lastIndexOf('FICTIF');
  const readAgain = async (changed: string): Promise<{ rule: string | undefined; lines: string[] }> => {
    writeFileSync(path, changed);
    const lines: string[] = [];
    return { rule: await ruleOf((async () => { for await (const line of readVerifiedLines(path, file)) lines.push(line); })()), lines };
  };
  assert.deepEqual(await readAgain(text.replace('FICTIF', 'FICTIV')), { rule: 'swapped', lines: [] });
  assert.deepEqual(await readAgain(`${text.slice(0, last)}FICTIV${text.slice(last + 6)}`), { rule: 'swapped', lines: text.split('\n').slice(1, 1001) });
});

test('the same file again changes nothing; gzip is the same as plain', async () => {
  await fresh();
  const before = await state();
  assert.equal(await ruleOf(load(world, await writeRights(insurer, { sequence: 1, lines: many(20) }))), 'replayed');
  assert.equal(await state(), before);
  const path = await writeRights(insurer, { sequence: 2, lines: many(20) });
  writeFileSync(path, gzipSync(readFileSync(path)));
  assert.equal((await load(world, path)).accepted, 20);
});

const BROKEN: Readonly<Record<string, string>> = { action: 'X', beneficiaryId: 'é', contract: '', adherentNumber: '☠', nir: '180029910900199', birthDate: '1980-13-01', birthRank: '12', familyName: '', givenNames: '', product: 'essai', order: '3',
  domains: 'PHAR|MEDE', validFrom: '2026-02-30', validTo: '1999-01-01', cardFrom: 'hier', cardTo: '', csr: '£££££££', conventionType: 'ISISIS', flags: 'Z', regime: 'martien' };

test('bad lines are set aside with line, field, rule and remedy; the good ones are loaded; the report is signed and names nobody', async () => {
  await fresh([]);
  const fields = Object.keys(BROKEN);
  const lines = [...many(5), ...fields.map((field, i) => rightsLine({ beneficiaryId: `X${i}`, contract: `X${i}`, [field]: BROKEN[field] })), 'L;too;short', rightsLine({ action: 'D' })];
  const report = await load(world, await writeRights(insurer, { sequence: 1, lines }));
  assert.deepEqual([report.accepted, report.rejected], [5, fields.length + 2]);
  for (const [i, field] of fields.entries()) {
    const fault = report.faults.find((f) => f.line === 6 + i && f.field === field);
    assert.ok(fault !== undefined && fault.rule !== '' && fault.remedy.fr.length > 3 && fault.remedy.en.length > 3, `${field}: ${JSON.stringify(report.faults.filter((f) => f.line === 6 + i))}`);
  }
  assert.deepEqual(report.faults.filter((f) => f.line > 5 + fields.length).map((f) => f.rule), ['fields', 'delete-in-full']);
  const { signature, ...plain } = report;
  assert.ok(verify(null, Buffer.from(JSON.stringify(plain)), world.keyRing.verifyingKey, Buffer.from(signature, 'base64')));
  assert.doesNotMatch(JSON.stringify(report), /FICTIF|CAMILLE|1800299/);
  assert.equal(RIGHTS_FIELDS.length - 2, fields.length, 'every field but the letter and the relationship is broken once');
});

test('a domain’s day that does not exist, or ends before it starts, sets its line aside: it opens nothing', async () => {
  await fresh([]);
  const lines = ['MEDE:2026-02-31:', 'MEDE:2026-01-01:2026-13-01', 'MEDE:2026-02-01:2026-01-01', 'MEDE:2020-01-01:'].map((domains, i) => rightsLine({ beneficiaryId: `D${i}`, contract: `D${i}`, nir: testNir(700 + i), domains }));
  const report = await load(world, await writeRights(insurer, { sequence: 1, lines }));
  assert.deepEqual(report.faults.map((f) => [f.line, f.field, f.rule]), [[1, 'domains', 'date-form'], [2, 'domains', 'date-form'], [3, 'domains', 'before-from']]);
  assert.deepEqual([await verdictOf(700, { domain: 'MEDE' }), await verdictOf(703, { domain: 'MEDE' })], ['no', 'yes']);
});

test('a line set aside is kept for its insurer alone', async () => {
  await fresh([rightsLine({ nir: '180029910900199' })]);
  const { rows } = await world.database.pool('owner').query('select r.line_number as line, r.sealed, r.seal_key, k.wrapped from registry.rejected_line r join registry.seal_key k on k.id = r.seal_key where k.insurer_id = $1', [insurer.id]);
  const [row] = rows;
  const key = await unwrapSealKey(row.wrapped, insurer.ageIdentity);
  assert.equal(openSealed(row.sealed, key, { insurerId: insurer.id, sealKeyId: Number(row.seal_key), row: `line ${row.line}` }).toString(), rightsLine({ nir: '180029910900199' }));
});

test('a file that would strike off more than agreed is held; answers go on; it is accepted, or given up and sent anew', async () => {
  await fresh(many(40));
  const small = await writeRights(insurer, { sequence: 2, lines: many(30) });
  const held = await load(world, small);
  assert.deepEqual([held.state, held.personsBefore, held.personsStruckOff], ['held', 40, 10]);
  assert.equal(await verdictOf(35), 'yes');
  assert.equal(await ruleOf(load(world, await writeRights(insurer, { sequence: 2, lines: many(39) }))), 'another-file');
  await discardRights({ pool: world.database.pool('rempart_intake'), amc: insurer.amc, sequence: 2 });
  assert.equal((await load(world, await writeRights(insurer, { sequence: 2, lines: many(39) }))).state, 'effective');
  assert.deepEqual([await verdictOf(38), await verdictOf(39)], ['yes', 'no']);
  const again = await writeRights(insurer, { sequence: 3, lines: many(30) });
  assert.equal((await load(world, again)).state, 'held');
  assert.equal((await load(world, again, true)).state, 'effective');
  assert.equal(await verdictOf(35), 'no');
  await assert.rejects(discardRights({ pool: world.database.pool('rempart_intake'), amc: insurer.amc, sequence: 3 }), { code: 'not-found' });
});

test('in a full file, whose line was set aside keeps what the file before said, once; who is left out, or sent to end, ends', async () => {
  const bad = (n: number, change: Partial<Record<'nir' | 'regime' | 'contract' | 'beneficiaryId' | 'action', string>>): string => many(1, n)[0]!.split(';').map((value, i) => (change as Record<string, string>)[RIGHTS_FIELDS[i] ?? ''] ?? value).join(';');
  for (const shelfLines of [100_000, 10]) {
    await world.database.pool('owner').query('truncate gate.meter, gate.told');
    await fresh(many(60));
    // 3 and 4 are miswritten, 5 in its own number too, 6 has a good line besides, 7 is sent to end, 59 is left out.
    const lines = [...many(3), bad(3, { nir: '180029910900199' }), bad(4, { contract: '?', regime: 'ailleurs' }), bad(5, { beneficiaryId: '?' }), bad(6, { regime: 'ailleurs' }), ...many(1, 6), bad(7, { action: 'D' }), ...many(51, 8)];
    const path = await writeRights(insurer, { sequence: 2, lines });
    const report = await load(world, path, true, { shelfLines });
    assert.deepEqual([report.state, report.rejected, report.personsKept, report.personsStruckOff], ['effective', 5, 2, 3], `a shelf from ${shelfLines}`);
    assert.deepEqual(await Promise.all([2, 3, 4, 5, 6, 7, 59].map((n) => verdictOf(n))), ['yes', 'yes', 'yes', 'no', 'yes', 'no', 'no']);
    // They are what a delta changes, and sealed as they were.
    await load(world, await writeRights(insurer, { sequence: 3, kind: 'delta', lines: [bad(3, { action: 'D' })] }), true);
    assert.deepEqual([await verdictOf(3), await verdictOf(4)], ['no', 'yes']);
    const { rows } = await world.database.pool('owner').query('select count(*)::int as n, count(j.load_id)::int as aside from registry.load l left join registry.rejected_line j on j.load_id = l.id where l.insurer_id = $1', [insurer.id]);
    assert.equal(rows[0].aside, 0, 'lines that were set aside are kept until the next file takes effect');
  }
  await world.database.pool('owner').query('truncate gate.meter, gate.told');
});

test('what a file says is as old as the file: a late one does not become new by being loaded, and none comes from tomorrow', async () => {
  const day = (days: number): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date(Date.now() + days * 86_400_000));
  await fresh();
  assert.equal(await ruleOf(load(world, await writeRights(insurer, { sequence: 2, lines: many(20), header: `H;1;${insurer.amc};full;2;${day(2)}` }))), 'future');
  await load(world, await writeRights(insurer, { sequence: 2, lines: many(20), header: `H;1;${insurer.amc};full;2;${day(-5)}` }));
  assert.equal(await verdictOf(1), 'undetermined');
  await load(world, await writeRights(insurer, { sequence: 3, kind: 'delta', lines: many(1) }));
  assert.equal(await verdictOf(1), 'yes');
});

// Backends of this database that wait for a lock.
async function waiting(count: number): Promise<void> {
  const owner = world.database.pool('owner');
  while (Number((await owner.query('select count(*) as n from pg_locks l where not l.granted and l.database = (select d.oid from pg_database d where d.datname = current_database())')).rows[0].n) < count) await setTimeout(10);
}

for (const [where, options] of [['on the common shelf', { sliceLines: 100 }], ['on a shelf of its own', { sliceLines: 100, shelfLines: 300 }]] as const) {
  test(`given up in the midst of a slice, ${where}, a load leaves no row that could answer later, and its loader says why it ended`, { timeout: 60_000 }, async () => {
    await fresh([]);
    const owner = world.database.pool('owner');
    const path = await writeRights(insurer, { sequence: 1, lines: [rightsLine({ nir: '180029910900199' }), ...many(400)] });
    const stopped = await owner.connect();
    // The slice with the bad line has its rows written, and waits before its end.
    await stopped.query('begin; lock table registry.rejected_line in exclusive mode');
    const loading = causeOf(load(world, path, false, options));
    await waiting(1);
    const { rows: [{ id }] } = await owner.query('select id from registry.load where insurer_id = $1', [insurer.id]);
    const discarding = discardRights({ pool: world.database.pool('rempart_intake'), amc: insurer.amc, sequence: 1 });
    await waiting(2);
    await stopped.query('commit');
    stopped.release();
    await discarding;
    const cause = await loading;
    for (const table of ['right_row', 'superseded', 'seal_key', 'rejected_line', 'load_slice']) assert.equal((await owner.query(`select from registry.${table} where load_id = $1`, [id])).rowCount, 0, table);
    assert.equal((await owner.query('select from registry.shelf where insurer_id = $1', [insurer.id])).rowCount, 0);
    assert.ok(cause instanceof AppError && cause.code === 'conflict' && cause.publicText.en.includes('given up'), String(cause));
    assert.equal((await load(world, await writeRights(insurer, { sequence: 1, lines: many(10) }))).state, 'effective');
    assert.deepEqual([await verdictOf(3), await verdictOf(300)], ['yes', 'no']);
  });
}

test('a mass strike-off by delta is held too', async () => {
  await fresh(many(40));
  const lines = Array.from({ length: 10 }, (_, i) => rightsLine({ action: 'D', beneficiaryId: `B${i}`, contract: `C${i}` }));
  assert.equal((await load(world, await writeRights(insurer, { sequence: 2, kind: 'delta', lines }))).state, 'held');
  assert.equal(await verdictOf(1), 'yes');
});

function loader(path: string, heapMb: number): { done: Promise<number | null>; kill(): void } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMb}`, join(ROOT, 'test/support/loader.ts')], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(JSON.stringify({ url: world.database.urlFor('rempart_intake'), path, keys: join(process.env['REMPART_STATE'] ?? '', 'keys') }));
  return { done: new Promise((resolve) => { child.once('exit', resolve); }), kill: () => child.kill('SIGKILL') };
}

test('killed again and again, a load goes on where it was and nothing is there twice; 60,000 lines pass through a heap of 64 MB', async () => {
  await fresh([]);
  const path = await writeRights(insurer, { sequence: 1, lines: many(60_000) });
  const done = async (): Promise<number> => Number((await world.database.pool('owner').query('select coalesce(max(lines_done), 0) as n from registry.load where insurer_id = $1', [insurer.id])).rows[0].n);
  const isEffective = async (): Promise<boolean> => (await world.database.pool('owner').query("select from registry.load where insurer_id = $1 and state = 'effective'", [insurer.id])).rowCount === 1;
  let midway = 0;
  for (let kills = 0, last = 0; kills < 3 && !(await isEffective()); kills += 1) {
    const run = loader(path, 64);
    const ended = run.done.then(() => true);
    while ((await done()) <= last && !(await Promise.race([ended, setTimeout(20, false)])));
    run.kill();
    await run.done;
    last = await done();
    assert.equal(last % 10_000, 0, 'a slice is there whole or not at all');
    if (last > 0 && last < 60_000) midway += 1;
  }
  assert.ok(midway > 0, 'killed with some of it there');
  // On a quick machine the last kill may come after the last line.
  if (!(await isEffective())) assert.equal(await loader(path, 64).done, 0);
  const { rows } = await world.database.pool('owner').query('select count(*)::int as rows, count(distinct by_nir)::int as nirs, count(distinct person)::int as persons from registry.right_row where insurer_id = $1', [insurer.id]);
  assert.deepEqual(rows[0], { rows: 60_000, nirs: 60_000, persons: 60_000 });
  assert.equal(await verdictOf(59_999), 'yes');
});

test('bytes after the last line, or a file cut by a full disk, are refused', async () => {
  await fresh();
  const path = await writeRights(insurer, { sequence: 2, lines: many(20) });
  appendFileSync(path, 'L;');
  assert.equal(await ruleOf(load(world, path)), 'truncated');
  truncateSync(path, 100);
  assert.equal(await ruleOf(load(world, path)), 'truncated');
});
