// Promise `provable`: the journal is an append-only Merkle log. Whatever dies, the same tree goes on, and every answer that a
// client holds stands in it; a changed, removed or reordered entry, a forked and a rolled-back tree are found.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { consistencyProof, exportEntries, isConsistent, openCheckpoint, publishedAt, readCheckpoint, subtreesOf, verifyEntries, verifyTree, type TreeReport } from '../../src/journal/index.ts';
import { CrashJournal } from '../support/crash-journal.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { addEntries, newLog, sequencerOf, type TestLog } from '../support/journal.ts';

const KILLS = Number(process.env['KILLS'] ?? 6);
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
let state = seed;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

test(`across ${KILLS} kills of the sequencer and of PostgreSQL one tree goes on, with every answer in it (seed ${seed})`, { timeout: 600_000 }, async () => {
  const journal = new CrashJournal();
  try {
    await journal.start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      journal.startSequencer();
      const load = journal.startLoad(random);
      const [before, sizes] = [journal.held.length, journal.seen.size];
      while (load.child.exitCode === null && (journal.held.length === before || journal.seen.size === sizes)) await sleep(5);
      await sleep(random() * 600);
      if (kill % 2 === 0) await journal.endSequencer('SIGKILL');
      else await journal.killPostgres();
      await journal.endSequencer('SIGKILL');
      load.child.kill('SIGKILL');
      await load.ended;
    }
    journal.startSequencer();
    const read = publishedAt(journal.folder);
    const trust = { key: journal.noteKey };
    const entries = await journal.withOwner(async (pool) => Number((await pool.query('select count(*) as n from journal.entry')).rows[0].n));
    for (let tries = 0; tries < 200 && (await readCheckpoint(read, trust)).checkpoint?.size !== entries; tries += 1) await sleep(50);
    journal.look();
    const leaves = new Set<string>();
    const report = await verifyTree({ read, trust });
    assert.deepEqual(report.faults, []);
    assert.equal(report.leaves, entries, 'entries without a place');
    const [newest] = [report.checkpoint];
    assert.ok(newest !== undefined && journal.seen.size > KILLS, `only ${journal.seen.size} checkpoints were seen`);
    for (const text of journal.seen) {
      const older = openCheckpoint(text, journal.noteKey);
      assert.ok(older !== undefined && isConsistent(older, newest, await consistencyProof(subtreesOf(read, newest.size), older.size, newest.size)), `forked at ${older?.size}`);
    }
    for (let number = 0; number * 256 < newest.size; number += 1) {
      const [path, width] = [`tile/entries/${String(number).padStart(3, '0')}`, Math.min(256, newest.size - number * 256)];
      const bundle = await read(width === 256 ? path : `${path}.p/${width}`);
      for (let i = 0; i < width; i += 1) leaves.add((bundle as Buffer).subarray(i * 34 + 2, (i + 1) * 34).toString('base64'));
    }
    assert.ok(journal.held.length > KILLS * 10, `only ${journal.held.length} answers`);
    assert.deepEqual(journal.held.filter(({ leaf }) => !leaves.has(leaf)), [], 'answers whose entry is not in the tree');
  } finally {
    await journal.stop();
  }
});

let database: TestDatabase;
let log: TestLog;
before(async () => {
  database = await freshDatabase();
  log = newLog();
  await addEntries(database.pool('owner'), 1000);
  await sequence(log);
});
after(() => database.drop());

async function sequence(into: TestLog): Promise<void> {
  const sequencer = sequencerOf(into, database.urlFor('rempart_log'));
  await sequencer.open();
  while ((await sequencer.turn()) > 0) { /* on */ }
  await sequencer.close();
}

/** The journal as its operator hands it out, against what it published. */
async function audit(of: TestLog): Promise<TreeReport> {
  const asked = { read: publishedAt(of.folder), trust: { key: of.noteKey } };
  const report = await verifyTree(asked);
  await verifyEntries(asked, report, exportEntries(database.pool('rempart_desk')));
  return report;
}

/** What a database superuser does, and undoes. */
async function tamper(sql: string, undo: string): Promise<TreeReport> {
  const owner = database.pool('owner', 1);
  const untied = (text: string): Promise<unknown> => owner.query(`alter table journal.entry disable trigger all; alter table journal.leaf disable trigger all; ${text}; alter table journal.entry enable trigger all; alter table journal.leaf enable trigger all`);
  await untied(sql);
  try {
    return await audit(log);
  } finally {
    await untied(undo);
  }
}

const kinds = (report: TreeReport): string[] => report.faults.map(({ kind, where }) => `${kind} ${where}`);

test('an honest journal has no fault', async () => {
  const report = await audit(log);
  assert.deepEqual(kinds(report), []);
  assert.equal(report.entries, 1000);
});

test('a changed entry is found', async () => {
  const report = await tamper("update journal.entry set outcome = 'yes' where id = (select entry_id from journal.leaf where index = 412)", "update journal.entry set outcome = 'no' where id = (select entry_id from journal.leaf where index = 412)");
  assert.deepEqual(kinds(report), ['changed leaf 412']);
});

test('a removed entry is found, also with its neighbours', async () => {
  const report = await tamper('create table journal.aside as select * from journal.entry where id in (select entry_id from journal.leaf where index in (7, 8, 999)); delete from journal.entry where id in (select id from journal.aside)',
    'insert into journal.entry select * from journal.aside; drop table journal.aside');
  assert.deepEqual(kinds(report), ['removed leaf 7', 'removed leaf 8', 'removed leaf 999']);
});

test('entries that changed places are found', async () => {
  const swap = 'update journal.leaf a set entry_id = -a.entry_id where index in (100, 600); update journal.leaf a set entry_id = (select -b.entry_id from journal.leaf b where b.index = 700 - a.index) where index = 100; update journal.leaf a set entry_id = x.id from (select max(l.entry_id) as one, (select e.id from journal.entry e where not exists (select from journal.leaf o where o.entry_id = e.id)) as id from journal.leaf l) x where index = 600';
  const report = await tamper(swap, swap);
  assert.deepEqual(kinds(report).toSorted(), ['reordered leaf 100', 'reordered leaf 600']);
});

test('a changed tile is found by the hashes above it, a changed entry bundle by its tile', async () => {
  for (const [path, found] of [['tile/0/001', /^changed tile\/0\/001/], ['tile/entries/001', /^changed leaf 256/]] as const) {
    const copy = newLog(log.key);
    cpSync(log.folder, copy.folder, { recursive: true });
    const bytes = readFileSync(join(copy.folder, path));
    bytes[5] = (bytes[5] as number) ^ 1;
    writeFileSync(join(copy.folder, path), bytes);
    const report = await verifyTree({ read: publishedAt(copy.folder), trust: { key: log.noteKey } });
    assert.ok(kinds(report).some((fault) => found.test(fault)), kinds(report).join());
    copy.remove();
  }
});

test('a forked tree is found by whoever saw the other one, although it verifies by itself', async () => {
  const seen = readFileSync(join(log.folder, 'checkpoint'), 'utf8');
  const owner = database.pool('owner', 1);
  const forked = newLog(log.key);
  await owner.query(`create table journal.kept as select * from journal.leaf; create table journal.kept_tree as select * from journal.tree; alter table journal.entry disable trigger all; alter table journal.leaf disable trigger all;
    update journal.entry set detail = 'never happened' where id = (select entry_id from journal.leaf where index = 3); delete from journal.leaf;
    update journal.tree set size = 0, floor_entry = 0, head_size = 0, head_root = null`);
  try {
    await sequence(forked);
    assert.deepEqual(kinds(await audit(forked)), []);
    assert.deepEqual(kinds(await verifyTree({ read: publishedAt(forked.folder), trust: { key: log.noteKey }, seenBefore: seen })), ['forked 1000 / 1000']);
    await addEntries(owner, 10);
    await sequence(forked);
    assert.deepEqual(kinds(await verifyTree({ read: publishedAt(forked.folder), trust: { key: log.noteKey }, seenBefore: seen })), ['forked 1000 / 1010']);
    await assert.rejects(sequence(log), /another root|changed|rolled-back|published/, 'the sequencer goes on from another history');
  } finally {
    await owner.query(`delete from journal.entry where id not in (select entry_id from journal.kept); update journal.entry set detail = 'test 4' where id = (select entry_id from journal.kept where index = 3); delete from journal.leaf; insert into journal.leaf select * from journal.kept;
      update journal.tree t set size = k.size, floor_entry = k.floor_entry, mark_entry = null, mark_running = null, head_size = k.head_size, head_root = k.head_root from journal.kept_tree k; drop table journal.kept, journal.kept_tree; alter table journal.entry enable trigger all; alter table journal.leaf enable trigger all`);
    forked.remove();
  }
  assert.deepEqual(kinds(await audit(log)), []);
});

test('a rolled-back tree is found', async () => {
  const older = newLog(log.key);
  cpSync(log.folder, older.folder, { recursive: true });
  await addEntries(database.pool('owner'), 300);
  await sequence(log);
  const seen = readFileSync(join(log.folder, 'checkpoint'), 'utf8');
  assert.deepEqual(kinds(await verifyTree({ read: publishedAt(older.folder), trust: { key: log.noteKey }, seenBefore: seen })), ['rolled-back 1300 > 1000']);
  older.remove();
});
