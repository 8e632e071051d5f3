// The journal's tree on the real database: places in sequencing order, floors, locks, tiles, pruning.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { journal } from '../../src/cli/journal.ts';
import { ROOT } from '../../src/ground/index.ts';
import { beginLog, buildJournalTree, exportEntries, noteKeyOf, openCheckpoint, publishedAt, readStanding, Sequencer, verifyEntries, verifyTree, type TreeReport } from '../../src/journal/index.ts';
import { addEntries, newLog, ORIGIN, sequencerOf, type TestLog } from '../support/journal.ts';

let database: TestDatabase;
let log: TestLog;
before(async () => { database = await freshDatabase(); });
after(() => database.drop());
beforeEach(() => { log = newLog(); });

const url = (): string => database.urlFor('rempart_log');
const checkpointOf = (): string => readFileSync(join(log.folder, 'checkpoint'), 'utf8');

async function emptied(): Promise<void> {
  const owner = database.pool('owner');
  await owner.query(`alter table journal.entry disable trigger all; alter table journal.leaf disable trigger all; delete from journal.entry; delete from journal.leaf;
    alter table journal.entry enable trigger all; alter table journal.leaf enable trigger all;
    update journal.tree set size = 0, floor_entry = 0, mark_entry = null, mark_running = null, head_size = 0, head_root = null, head_note = null, minimum_index = 0;
    update gate.standing set lost_size = null, held_size = null`);
}

test('entries get places, and the published tree verifies by files and key alone', async () => {
  await emptied();
  await addEntries(database.pool('owner'), 700);
  const sequencer = sequencerOf(log, url());
  assert.equal(await sequencer.open(), true);
  assert.equal(await sequencer.turn(), 700);
  const report = await log.verify();
  assert.deepEqual(report.faults, []);
  assert.equal(report.leaves, 700);
  assert.equal(report.checkpoint?.size, 700);
  const before700 = checkpointOf();
  await addEntries(database.pool('owner'), 3_000);
  while ((await sequencer.turn()) > 0) { /* on */ }
  const grown = await log.verify(before700);
  assert.deepEqual(grown.faults, []);
  assert.equal(grown.leaves, 3_700);
  await sequencer.close();
});

test('an entry that commits late is placed all the same: the floor waits for numbers under way', async () => {
  await emptied();
  const slow = await database.pool('owner').connect();
  const sequencer = sequencerOf(log, url());
  await sequencer.open();
  await slow.query("begin; insert into journal.entry (id, at, purpose, outcome) values (nextval('journal.entry_id'), gate.clock(), 'ask', 'late')");
  await addEntries(database.pool('owner'), 10);
  for (let turn = 0; turn < 5; turn += 1) await sequencer.turn();
  await slow.query('commit');
  slow.release();
  await addEntries(database.pool('owner'), 10);
  for (let turn = 0; turn < 5; turn += 1) await sequencer.turn();
  const { rows } = await database.pool('owner').query("select l.index, (select count(*) from journal.entry) as entries, t.size, t.floor_entry, (select last_value from journal.entry_id) as newest from journal.leaf l join journal.entry e on e.id = l.entry_id cross join journal.tree t where e.outcome = 'late'");
  assert.equal(rows[0].index, 10);
  assert.equal(rows[0].size, rows[0].entries);
  assert.equal(rows[0].floor_entry, rows[0].newest);
  await sequencer.close();
});

test('a second sequencer waits, and takes over when the first is gone', async () => {
  const [first, second] = [sequencerOf(log, url()), sequencerOf(log, url())];
  await emptied();
  assert.equal(await first.open(), true);
  assert.equal(await second.open(), false);
  await first.close();
  assert.equal(await second.open(), true);
  await second.close();
});

test('lost tiles are made again from the leaves; a published history the database does not know is refused', async () => {
  await emptied();
  await addEntries(database.pool('owner'), 600);
  const sequencer = sequencerOf(log, url());
  await sequencer.open();
  await sequencer.turn();
  await sequencer.close();
  rmSync(join(log.folder, 'tile'), { recursive: true });
  const next = sequencerOf(log, url());
  await next.open();
  await next.close();
  assert.deepEqual((await log.verify()).faults, []);
  await database.pool('owner').query('update journal.tree set head_size = 500');
  await assert.rejects(sequencerOf(log, url()).open(), /rolled-back/);
});

test('an upper tile that a power cut left empty or took is made again, also when leaves below it are pruned', async () => {
  await emptied();
  const owner = database.pool('owner');
  const first = sequencerOf(log, url());
  await first.open();
  for (const count of [300, 300, 400]) {
    await addEntries(owner, count);
    await first.turn();
  }
  await owner.query('update journal.tree set minimum_index = 600');
  await first.turn();
  await first.close();
  await assert.rejects(async () => readFileSync(join(log.folder, 'tile/0/001')), /ENOENT/);
  const newest = join(log.folder, 'tile/1/000.p/3');
  const sound = readFileSync(newest);
  const asked = { read: publishedAt(log.folder), trust: { key: log.noteKey }, from: 600 };
  for (const spoil of [() => truncateSync(newest, 0), () => truncateSync(newest, 32), () => rmSync(newest)]) {
    spoil();
    const next = sequencerOf(log, url());
    assert.equal(await next.open(), true);
    assert.deepEqual(readFileSync(newest), sound);
    await addEntries(owner, 5);
    await next.turn();
    await next.close();
    assert.deepEqual((await verifyTree(asked)).faults, []);
  }
  // What nothing published has any more is refused, not guessed.
  rmSync(dirname(newest), { recursive: true });
  await assert.rejects(sequencerOf(log, url()).open(), /older leaves are erased/);
});

test('once entries are erased, a new log goes on from the old one’s tiles alone and opens the gate', async () => {
  await emptied();
  const [owner, desk] = [database.pool('owner'), database.pool('rempart_desk')];
  const old = sequencerOf(log, url());
  await addEntries(owner, 1_000);
  await old.open();
  await old.turn();
  await owner.query("update journal.tree set minimum_index = 600; update gate.standing set timeline = '00000000'");
  await old.turn();
  await old.close();
  const root = openCheckpoint(checkpointOf(), log.noteKey)?.root.toString('base64') ?? '';
  assert.notEqual(await beginLog(desk, { by: 'One', and: 'Two', reason: 'the archive burnt' }, { origin: ORIGIN, size: 1_400, root }), null);

  const origin = `${ORIGIN}/2`;
  const under = (folder: string): Sequencer => new Sequencer({ url: url(), origin, key: log.key, folder });
  const { folder } = newLog(log.key);
  await assert.rejects(under(folder).open(), /copy the folder tile\//);
  await assert.rejects(under(log.folder).open(), /not of this key and origin/);
  cpSync(join(log.folder, 'tile'), join(folder, 'tile'), { recursive: true });
  // A tile of leaves that are lost: the new log's own takes its place.
  writeFileSync(join(folder, 'tile/0/004'), Buffer.alloc(8192, 7));
  const next = under(folder);
  assert.equal(await next.open(), true);
  await addEntries(owner, 500);
  while ((await next.turn()) > 0) { /* on */ }
  await next.close();
  const { stands, gapEntry } = await readStanding(desk);
  assert.deepEqual([stands, gapEntry], [true, null]);
  const report = await verifyTree({ read: publishedAt(folder), trust: { key: noteKeyOf(origin, log.key) }, from: 600 });
  assert.deepEqual(report.faults, []);
  assert.ok((report.checkpoint?.size ?? 0) > 1_500);
});

test('a journal made in bulk has the tree the sequencer would have made, and the sequencer goes on from it', async () => {
  await emptied();
  await database.pool('owner').query("select nextval('journal.entry_id')");
  await addEntries(database.pool('owner'), 66_000);
  const head = await buildJournalTree({ pool: database.pool('owner'), origin: ORIGIN, key: log.key, folder: log.folder });
  assert.equal(head.size, 66_000);
  const bulk = checkpointOf();
  const sequencer = sequencerOf(log, url());
  await sequencer.open();
  await addEntries(database.pool('owner'), 300);
  assert.equal(await sequencer.turn(), 300);
  await sequencer.close();
  const asked = { read: publishedAt(log.folder), trust: { key: log.noteKey }, seenBefore: bulk };
  const report = await verifyTree(asked);
  await verifyEntries(asked, report, exportEntries(database.pool('rempart_desk')));
  assert.deepEqual(report.faults, []);
  assert.equal(report.entries, 66_300);
});

/** The command line's words and exit code. */
async function verifyByCommand(...more: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const write = process.stdout.write.bind(process.stdout);
  let said = '';
  process.stdout.write = (text) => { said += String(text); return true; };
  try {
    return { code: await journal(['verify', '--log', log.folder, '--key', log.vkey, ...more]), said };
  } finally {
    process.stdout.write = write;
  }
}

test('what the unsigned minimum index hides is said and is a fault, until accepted or named by a verified erasure', async () => {
  const owner = database.pool('owner');
  const faults = (report: TreeReport): string[] => report.faults.map(({ kind, where }) => `${kind} ${where}`);
  const [read, trust] = [publishedAt(log.folder), { key: log.noteKey }];
  const publish = (minimum: string): void => writeFileSync(join(log.folder, 'minimum-index'), minimum);
  await emptied();
  await addEntries(owner, 600);
  const sequencer = sequencerOf(log, url());
  await sequencer.open();
  await sequencer.turn();
  for (const text of ['x', '601', '-1', '1.5', '1e2', '']) {
    publish(text);
    assert.deepEqual(faults(await verifyTree({ read, trust })), ['malformed minimum-index'], text);
  }
  for (const minimum of [451, 600]) {
    publish(`${minimum}\n`);
    const report = await verifyTree({ read, trust });
    assert.deepEqual([faults(report), report.leaves, report.unverified], [[`unverified leaves 0-${minimum - 1}`], 600 - minimum, minimum]);
    const { code, said } = await verifyByCommand();
    assert.equal(code, 1);
    assert.match(said, new RegExp(`${minimum} feuilles sur 600 NON VÉRIFIÉES`));
    assert.deepEqual(faults(await verifyTree({ read, trust, from: minimum - 1 })), [`unverified leaves ${minimum - 1}-${minimum - 1}`]);
    const accepted = await verifyByCommand('--from', String(minimum));
    assert.equal(accepted.code, 0);
    assert.match(accepted.said, new RegExp(`${minimum} of 600 leaves NOT VERIFIED`));
  }
  await assert.rejects(verifyByCommand('--from', 'x'), /a number of leaves is expected/);
  // Entries below the minimum are gone; the journal's own erasures account for them only when they name every one.
  const audit = async (): Promise<string[]> => {
    while ((await sequencer.turn()) > 0) { /* on */ }
    publish('451\n');
    const report = await verifyTree({ read, trust });
    await verifyEntries({ read, trust }, report, exportEntries(database.pool('rempart_desk')));
    return faults(report);
  };
  await owner.query('alter table journal.entry disable trigger all; delete from journal.entry e using journal.leaf l where l.entry_id = e.id and l.index < 451; alter table journal.entry enable trigger all');
  assert.deepEqual(await audit(), ['unverified leaves 0-450']);
  await owner.query("select journal.note('erase', 'erased', 'leaves 0-99, 101-450')");
  assert.deepEqual(await audit(), ['unverified leaves 0-450']);
  await owner.query("select journal.note('erase', 'erased', 'leaves 100-100')");
  assert.deepEqual(await audit(), []);
  await sequencer.close();
});

test('the verifier needs nothing of the database: no module it loads opens one', () => {
  const seen = new Set<string>();
  const walk = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) .*from '([^']+)';$/gm)) {
      assert.ok(imported.startsWith('./') || imported.startsWith('node:'), `${file} imports ${imported}`);
      if (imported.startsWith('./')) walk(join(dirname(file), imported));
    }
  };
  walk(join(ROOT, 'src/journal/tree/verify.ts'));
  assert.ok(seen.size >= 5 && [...seen].every((file) => !file.includes('store')));
});

test('the role of the sequencer reads no entry', async () => {
  for (const table of ['journal.entry', 'journal.leaf', 'registry.right_row', 'access.session']) await assert.rejects(database.pool('rempart_log').query(`select * from ${table}`), /permission denied/);
});
