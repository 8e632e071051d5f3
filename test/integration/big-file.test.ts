// Full files on a shelf of their own: copied first, indexed after; killed anywhere; broken in every way a file breaks.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { AppError, ROOT } from '../../src/ground/index.ts';
import { discardRights } from '../../src/intake/index.ts';
import { openSealed, unwrapSealKey } from '../../src/registry/index.ts';
import { load, newInsurer, rightsLine, testNir, writeRights, type TestInsurer } from '../support/rights.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => {
  world = await startWorld({ persons: 200 });
  await decoys(0);
});
after(() => world.close());

async function decoys(perMille: number): Promise<void> {
  await world.database.pool('owner').query('update guard.decoy_epoch set per_mille = $1', [perMille]);
}

const BIG = { shelfLines: 300, sliceLines: 100 };
const many = (n: number, from = 0): string[] => Array.from({ length: n }, (_, i) => rightsLine({ beneficiaryId: `B${from + i}`, contract: `C${from + i}`, adherentNumber: `A${String(from + i).padStart(6, '0')}`, nir: testNir(from + i) }));

async function rowsOf(insurer: TestInsurer): Promise<{ readonly row: number; readonly person: string; readonly beneficiary: string; readonly rest: string }[]> {
  const { rows } = await world.database.pool('owner').query(`select (r.id - l.first_row)::int as row, r.person, r.beneficiary, concat_ws(' ', r.contract, r.by_nir, r.by_adherent, r.cover, r.valid_from, r.valid_to, l.sequence) as rest
    from registry.right_row r join registry.load l on l.id = r.load_id join registry.insurer i on i.id = r.insurer_id
    where i.id = $1 and r.id >> 32 = i.shelf and r.load_id between i.base_load and i.visible_load
      and not exists (select from registry.superseded s where s.row_id = r.id and s.load_id <= i.visible_load) order by 1`, [insurer.id]);
  return rows;
}

async function verdictOf(insurer: TestInsurer, number: number): Promise<string | undefined> {
  return (await world.ask({ insurer: { amcNumber: insurer.amc }, nir: testNir(number), birthDate: '1980-02-11', birthRank: 1 })).body.verdict;
}

async function shelves(insurer: TestInsurer): Promise<number> {
  return (await world.database.pool('owner').query(`select from registry.shelf s join pg_class c on c.relname = 'right_row_' || s.id where s.insurer_id = $1`, [insurer.id])).rowCount ?? 0;
}

test('a big full file has a shelf of its own; its delta stands beside it; the next full file keeps every reference', async () => {
  const insurer = await newInsurer(world);
  // A person with two contracts, and one whose line comes again in a later slice: the last one wins.
  const lines = [...many(400), rightsLine({ beneficiaryId: 'B7', contract: 'C7X', nir: testNir(7) }), rightsLine({ beneficiaryId: 'B8', contract: 'C8', nir: testNir(8), domains: 'HOSP' })];
  const report = await load(world, await writeRights(insurer, { sequence: 1, lines }), false, BIG);
  assert.deepEqual([report.state, report.accepted, await shelves(insurer)], ['effective', 402, 1]);
  const first = await rowsOf(insurer);
  assert.deepEqual([first.length, new Set(first.map((row) => row.person)).size, new Set(first.map((row) => row.beneficiary)).size], [401, 400, 400]);
  assert.deepEqual([await verdictOf(insurer, 1), await verdictOf(insurer, 8), await verdictOf(insurer, 399), await verdictOf(insurer, 500)], ['yes', 'no', 'yes', 'no']);
  await load(world, await writeRights(insurer, { sequence: 2, kind: 'delta', lines: [rightsLine({ action: 'D', beneficiaryId: 'B1', contract: 'C1', nir: testNir(1) }), ...many(1, 500)] }));
  assert.deepEqual([await verdictOf(insurer, 1), await verdictOf(insurer, 500), await shelves(insurer)], ['no', 'yes', 1]);
  await load(world, await writeRights(insurer, { sequence: 3, lines: many(501) }), true, BIG);
  assert.deepEqual([await verdictOf(insurer, 1), await verdictOf(insurer, 8), await shelves(insurer)], ['yes', 'yes', 2]);
  const references = new Map(first.map((row) => [row.beneficiary, row.person]));
  const kept = (await rowsOf(insurer)).filter((row) => references.get(row.beneficiary) === row.person);
  assert.equal(kept.length, 400, 'also the one that was struck off meanwhile');
  const { rows } = await world.database.pool('owner').query('select count(*)::int as salts from registry.load where ref_salt is not null and insurer_id = $1', [insurer.id]);
  assert.equal(rows[0].salts, 0, 'what made the references is forgotten');
});

test('each row opens with its own data key and place, and no nonce comes twice under one key', async () => {
  const insurer = await newInsurer(world);
  await load(world, await writeRights(insurer, { sequence: 1, lines: many(600) }), false, BIG);
  const { rows } = await world.database.pool('owner').query('select r.person, r.contract, r.seal_key, r.sealed, k.wrapped from registry.right_row r join registry.seal_key k on k.id = r.seal_key where r.insurer_id = $1', [insurer.id]);
  const keys = new Map<number, Buffer>();
  for (const row of rows) {
    if (!keys.has(row.seal_key)) keys.set(row.seal_key, await unwrapSealKey(row.wrapped, insurer.ageIdentity));
    assert.match(openSealed(row.sealed, keys.get(row.seal_key) as Buffer, { insurerId: insurer.id, sealKeyId: row.seal_key, row: `${row.person}|${row.contract}` }).toString(), /^FICTIF;CAMILLE;assure;/);
  }
  assert.equal(new Set([...keys.values()].map((key) => key.toString('hex'))).size, keys.size);
  assert.equal(new Set(rows.map((row) => `${row.seal_key} ${row.sealed.subarray(0, 8).toString('hex')}`)).size, 600);
});

test('a held file is removed with its shelf', async () => {
  const insurer = await newInsurer(world);
  await load(world, await writeRights(insurer, { sequence: 1, lines: many(600) }), false, BIG);
  assert.equal((await load(world, await writeRights(insurer, { sequence: 2, lines: many(400) }), false, BIG)).state, 'held');
  assert.deepEqual([await shelves(insurer), await verdictOf(insurer, 599)], [2, 'yes']);
  // Somebody reads the register for long: whoever asks meanwhile does not wait behind the removal.
  const reader = await world.database.pool('owner').connect();
  await reader.query('begin; select count(*) from registry.right_row');
  const discarded = discardRights({ pool: world.database.pool('rempart_intake'), amc: insurer.amc, sequence: 2 });
  for (let i = 0; i < 8; i += 1) {
    await setTimeout(100);
    assert.equal(await verdictOf(insurer, 599), 'yes');
  }
  await reader.query('commit');
  reader.release();
  await discarded;
  assert.deepEqual([await shelves(insurer), await verdictOf(insurer, 599)], [1, 'yes']);
  const next = await writeRights(insurer, { sequence: 2, lines: many(400) });
  assert.equal((await load(world, next, false, BIG)).state, 'held');
  assert.equal((await load(world, next, true, { ...BIG, freeBytes: 0 })).state, 'effective', 'what is written whole needs no room any more');
});

test('decoys are mixed in by every hand, carried on by the next file, and give way to real persons', async () => {
  await decoys(50);
  const insurer = await newInsurer(world);
  const owner = world.database.pool('owner');
  const kept = async (): Promise<{ id: string; retired: boolean }[]> => (await owner.query('select id, retired_at is not null as retired from guard.decoy where insurer_id = $1 order by id', [insurer.id])).rows;
  const born = (n: number): string[] => many(n).map((line) => line.replace(';1980-02-11;', `;19${line.split(';')[5]?.slice(1, 3)}-${line.split(';')[5]?.slice(3, 5)}-11;`));
  await load(world, await writeRights(insurer, { sequence: 1, lines: born(1000) }), false, BIG);
  const first = await kept();
  // Fifty are wanted; a decoy whose identity a real line bears is not made.
  assert.ok(first.length >= 20 && first.length <= 50, String(first.length));
  const rows = await rowsOf(insurer);
  assert.equal(rows.length, 1000 + first.filter((decoy) => !decoy.retired).length);
  assert.equal(new Set(rows.map((row) => row.person)).size, rows.length);
  assert.ok(rows.every((row) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/.test(row.person)), 'no reference is told from another by its form');
  await load(world, await writeRights(insurer, { sequence: 2, lines: born(1000) }), false, BIG);
  const again = await rowsOf(insurer);
  const references = new Set(again.map((row) => row.person));
  // Two decoys that drew alike may go on as one.
  const gone = rows.filter((row) => !references.has(row.person));
  assert.ok(gone.length <= 2, `decoys and persons alike keep their references: ${gone.length} did not`);
  await decoys(0);
});

function loader(path: string): { readonly done: Promise<number | null>; kill(): void } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/loader.ts')], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(JSON.stringify({ url: world.database.urlFor('rempart_intake'), path, keys: join(process.env['REMPART_STATE'] ?? '', 'keys'), ...BIG }));
  return { done: new Promise((resolve) => { child.once('exit', resolve); }), kill: () => child.kill('SIGKILL') };
}

async function linesDone(insurer: TestInsurer): Promise<number> {
  return Number((await world.database.pool('owner').query('select coalesce(max(lines_done), 0) as n from registry.load where insurer_id = $1', [insurer.id])).rows[0].n);
}

test('killed at any point, among its slices or among its indexes, a load ends in the state of one that was not', async () => {
  const [whole, killed] = [await newInsurer(world), await newInsurer(world)];
  const lines = [...many(1200), ...many(40).map((line) => line.replace(';PHAR,MEDE;', ';PHAR;'))];
  await load(world, await writeRights(whole, { sequence: 1, lines }), false, BIG);
  const path = await writeRights(killed, { sequence: 1, lines });
  for (const enough of [1, 600, 1240]) {
    const run = loader(path);
    const ended = run.done.then(() => true);
    while ((await linesDone(killed)) < enough && !(await Promise.race([ended, setTimeout(5, false)])));
    await setTimeout(Math.random() * 20);
    run.kill();
    await run.done;
  }
  const last = await loader(path).done;
  const again = await load(world, path, false, BIG).then(() => 0, (cause: unknown) => (cause instanceof AppError && cause.faults[0]?.rule === 'replayed' ? 1 : 2));
  assert.ok(last === 0 || again === 1, 'it ended, in the last run or just before it was killed');
  const plain = async (insurer: TestInsurer): Promise<string[]> => (await rowsOf(insurer)).map((row) => String(row.row));
  assert.deepEqual(await plain(killed), await plain(whole));
  const rows = await rowsOf(killed);
  assert.equal(new Set(rows.map((row) => row.person)).size, 1200);
  assert.equal(new Set(rows.map((row) => `${row.person} ${row.beneficiary}`)).size, 1200, 'one reference a person, whichever run wrote its line');
  assert.deepEqual([await verdictOf(killed, 1199), await verdictOf(killed, 3), await shelves(killed)], ['yes', 'yes', 1]);
});

async function ruleOf(work: Promise<unknown>): Promise<string | undefined> {
  const cause = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(cause instanceof AppError, String(cause));
  return cause.faults[0]?.rule;
}

test('truncated, swapped, sent twice over, or too big for the disk: refused with its rule, and answers go on', async () => {
  const insurer = await newInsurer(world);
  const good = await writeRights(insurer, { sequence: 1, lines: many(600) });
  const text = readFileSync(good, 'utf8');
  const broken = async (content: string): Promise<string | undefined> => {
    const path = join(process.env['REMPART_STATE'] ?? '', 'files', `${crypto.randomUUID()}.csv`);
    writeFileSync(path, content);
    return ruleOf(load(world, path, false, BIG));
  };
  const stranger = await newInsurer(world);
  const other = readFileSync(await writeRights(stranger, { sequence: 1, lines: many(600) }), 'utf8').split('\n');
  assert.equal(await broken(text.slice(0, text.length / 2)), 'truncated');
  assert.equal(await broken(text + text), 'truncated');
  assert.equal(await broken([text.split('\n')[0], ...other.slice(1)].join('\n')), 'hash');
  assert.equal(await ruleOf(load(world, good, false, { ...BIG, freeBytes: 1e9 })), 'no-room');
  assert.equal(await verdictOf(insurer, 1), 'undetermined');
  const twice = await writeRights(insurer, { sequence: 1, lines: [...many(600), ...many(600)] });
  assert.equal((await load(world, twice, false, BIG)).accepted, 1200);
  assert.equal((await rowsOf(insurer)).length, 600, 'every line again changes nothing');
  assert.equal(await verdictOf(insurer, 1), 'yes');
});

test('who goes on after a killed loader waits for the index that its statement still builds', async () => {
  const insurer = await newInsurer(world);
  const path = await writeRights(insurer, { sequence: 1, lines: many(400) });
  await assert.rejects(load(world, path, false, { ...BIG, onProgress: (done) => { if (done > 400) throw new Error('stopped among its indexes'); } }), /stopped among its indexes/);
  const left = await world.database.pool('owner').connect();
  await left.query(`begin; select registry.index_shelf(l.id, 'beneficiary') from registry.load l where l.insurer_id = ${insurer.id}`);
  const goesOn = load(world, path, false, BIG);
  const waits = async (): Promise<boolean> => ((await world.database.pool('owner').query("select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())")).rowCount ?? 0) > 0;
  while (!(await waits())) await setTimeout(20);
  await left.query('commit');
  left.release();
  assert.equal((await goesOn).state, 'effective');
  assert.equal((await rowsOf(insurer)).length, 400);
});
