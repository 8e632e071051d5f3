// The journal audited by a verifier that is not ours: Go's golang.org/x/mod/sumdb/note and tlog, from Debian's packages.
// It accepts an honest journal, and rejects each of the five sabotages.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { exportEntries } from '../../src/journal/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { addEntries, newLog, sequencerOf, type TestLog } from '../support/journal.ts';

const peers = process.env['REMPART_PEERS'] ?? '';
const program = join(stateFolder('go-tlog'), 'go-tlog');
let database: TestDatabase;
let log: TestLog;
let lines: string[];

before(async () => {
  const goRoot = join(peers, 'usr/lib/go-1.19');
  const built = spawnSync(join(goRoot, 'bin/go'), ['build', '-o', program, join(ROOT, 'test/peers/go-tlog/main.go')], { encoding: 'utf8',
    env: { PATH: '/usr/bin', HOME: stateFolder('go-tlog'), GOROOT: goRoot, GOPATH: join(peers, 'usr/share/gocode'), GOCACHE: stateFolder('go-cache'), GO111MODULE: 'off', GOPROXY: 'off', CGO_ENABLED: '0' } });
  assert.equal(built.status, 0, built.stderr);
  database = await freshDatabase();
  log = newLog();
  await addEntries(database.pool('owner'), 1500);
  await sequence(log);
  lines = await exported();
});
after(() => database.drop());

async function sequence(into: TestLog): Promise<void> {
  const sequencer = sequencerOf(into, database.urlFor('rempart_log'));
  await sequencer.open();
  while ((await sequencer.turn()) > 0) { /* on */ }
  await sequencer.close();
}

async function exported(): Promise<string[]> {
  const found: string[] = [];
  for await (const line of exportEntries(database.pool('rempart_desk'))) found.push(JSON.stringify(line));
  return found;
}

function audit(folder: string, entries: readonly string[], seenBefore?: string): string {
  const file = entries.length === 0 ? '-' : join(stateFolder('go-tlog'), 'export.jsonl');
  const before = join(stateFolder('go-tlog'), 'checkpoint');
  if (file !== '-') writeFileSync(file, `${entries.join('\n')}\n`);
  if (seenBefore !== undefined) writeFileSync(before, seenBefore);
  const done = spawnSync(program, [folder, log.vkey, file, ...(seenBefore === undefined ? [] : [before])], { encoding: 'utf8' });
  assert.equal(done.status === 0, done.stdout.startsWith('ok'), `${done.stdout}${done.stderr}`);
  return done.stdout.trim();
}

const published = (of: TestLog): string => readFileSync(join(of.folder, 'checkpoint'), 'utf8');

function copyOf(original: TestLog): TestLog {
  const copy = newLog(log.key);
  cpSync(original.folder, copy.folder, { recursive: true });
  return copy;
}

test('an honest journal is accepted, and its growth', async () => {
  assert.equal(audit(log.folder, lines), 'ok 1500');
  const [older, seen] = [copyOf(log), published(log)];
  await addEntries(database.pool('owner'), 66_000);
  await sequence(log);
  assert.equal(audit(log.folder, [], seen), 'ok 67500');
  assert.match(audit(older.folder, lines, published(log)), /^rolled back/);
  log = older;
});

test('a changed entry is rejected', () => {
  assert.match(audit(log.folder, lines.map((line, i) => (i === 700 ? line.replace('test ', 'Test ') : line))), /^changed or reordered: leaf 700/);
});

test('a removed entry is rejected, renumbered or not', () => {
  assert.match(audit(log.folder, lines.filter((_, i) => i !== 700)), /^removed: leaf 700/);
  assert.match(audit(log.folder, lines.slice(0, -1)), /^removed: leaf 1499/);
  const renumbered = lines.filter((_, i) => i !== 700).map((line, i) => line.replace(/"leaf":\d+/, `"leaf":${i}`));
  assert.match(audit(log.folder, renumbered), /^changed or reordered: leaf 700/);
});

test('reordered entries are rejected', () => {
  const moved = lines.map((line, i) => (i === 10 || i === 900 ? (lines[910 - i] as string).replace(/"leaf":\d+/, `"leaf":${i}`) : line));
  assert.match(audit(log.folder, moved), /^changed or reordered: leaf 10/);
});

test('a forked tree is rejected by whoever saw the other one, although it is accepted by itself', async () => {
  const other = await freshDatabase();
  const forked = newLog(log.key);
  await addEntries(other.pool('owner'), 1600);
  const sequencer = sequencerOf(forked, other.urlFor('rempart_log'));
  await sequencer.open();
  await sequencer.turn();
  await sequencer.close();
  const entries: string[] = [];
  for await (const line of exportEntries(other.pool('rempart_desk'))) entries.push(JSON.stringify(line));
  assert.equal(audit(forked.folder, entries), 'ok 1600');
  assert.match(audit(forked.folder, entries, published(log)), /^forked/);
  await other.drop();
});

test('a checkpoint of another key, and a tile that was changed, are rejected', () => {
  const other = newLog();
  const copy = copyOf(log);
  writeFileSync(join(copy.folder, 'checkpoint'), published(log).replace(/\n1500\n/, '\n1499\n'));
  assert.doesNotMatch(audit(copy.folder, lines), /^ok/);
  writeFileSync(join(copy.folder, 'checkpoint'), published(log));
  const tile = join(copy.folder, 'tile/0/002');
  const bytes = readFileSync(tile);
  bytes[3] = (bytes[3] as number) ^ 1;
  writeFileSync(tile, bytes);
  assert.doesNotMatch(audit(copy.folder, lines), /^ok/);
  other.remove();
});
