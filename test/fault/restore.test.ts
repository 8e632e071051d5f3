// A base backup and its archived log, restored to a point in time: the gate answers nothing before it is known what was lost.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from '../../src/gate/index.ts';
import { AppError, migrate, openPool, ROLES, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type EmbeddedPostgres, type Pool, type Role } from '../../src/ground/index.ts';
import { beginLog, exportEntries, noteKeyOf, publishedAt, readStanding, Sequencer, TreeRefused, verifyEntries, verifyTree } from '../../src/journal/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { newLog, ORIGIN, sequencerOf, type TestLog } from '../support/journal.ts';
import { plant, type Planted } from '../support/planted.ts';

const PASSWORD = 'restore';
const BASE = stateFolder('restore');
const ARCHIVE = join(BASE, 'archive');
const BACKUP = join(BASE, 'backup');
const LATEST = undefined;
const ARCHIVING = { archive_mode: 'on', archive_command: `test ! -f ${ARCHIVE}/%f && cp %p ${ARCHIVE}/%f` };
/** As docs/how-to/back-up-and-restore.md has them. */
const RESTORING = { restore_command: `cp ${ARCHIVE}/%f %p`, recovery_target_action: 'promote', recovery_target_timeline: 'current', archive_mode: 'off' };

/** A PostgreSQL with its pools, to be ended together. */
class Server {
  readonly folder: string;
  readonly owner: Pool;
  readonly #postgres: EmbeddedPostgres;
  readonly #pools: Pool[] = [];

  private constructor(folder: string, postgres: EmbeddedPostgres) {
    this.folder = folder;
    this.#postgres = postgres;
    this.owner = openPool({ url: postgres.url, max: 3, applicationName: 'truth' });
    this.#pools.push(this.owner);
  }

  static async start(name: string, settings: Readonly<Record<string, string>>): Promise<Server> {
    const folder = join(BASE, name);
    return new Server(folder, await startEmbeddedPostgres({ folder, settings: { shared_buffers: '64MB', ...settings } }));
  }

  url(role: Role): string {
    return withUser(this.#postgres.url, { user: role, password: PASSWORD });
  }

  get superuserUrl(): string {
    return this.#postgres.url;
  }

  pool(role: Role): Pool {
    const pool = openPool({ url: this.url(role), max: 2, applicationName: 'test' });
    this.#pools.push(pool);
    return pool;
  }

  gate(): Gate {
    return new Gate({ pool: this.pool('rempart_check'), parameters: 'test' });
  }

  async value<T>(sql: string, values: unknown[] = []): Promise<T> {
    return (await this.owner.query<{ v: T }>(sql, values)).rows[0]?.v as T;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
    await this.#postgres.stop();
  }
}

let log: TestLog;
let planted: Planted;
let persons: string[];
/** What stood in the database when it was lost. */
let truth: { readonly lastHere: string; readonly lostAt: string; readonly size: number; readonly last: number; readonly told: string; readonly meters: string; readonly checkpoint: string };
let earlySize = 0;
const servers: Server[] = [];

const charges = (server: Server): Promise<string> => server.value("select string_agg(t::text, ';' order by t.person::text, t.class) as v from gate.told t");
const meters = (server: Server): Promise<string> => server.value("select string_agg(m.scope::text || m.subject || coalesce(m.u[80], 0), ';' order by m.scope::text, m.subject) as v from gate.meter m");

async function askAbout(gate: Gate, some: readonly string[]): Promise<number[]> {
  const results = [];
  for (const byNir of some) results.push(await gate.ask({ ...planted.question(), byNir }));
  return results.map((result) => result.told?.entry ?? 0);
}

async function publish(server: Server, of = log): Promise<void> {
  const sequencer = sequencerOf(of, server.url('rempart_log'));
  assert.equal(await sequencer.open(), true);
  while (await sequencer.turn() > 0) { /* on */ }
  await sequencer.close();
}

async function archived(file: string): Promise<void> {
  for (let tries = 0; tries < 200 && !existsSync(join(ARCHIVE, file)); tries += 1) await sleep(50);
  assert.ok(existsSync(join(ARCHIVE, file)), `${file} was not archived`);
}

// A base backup by PostgreSQL's own interface: what pg_basebackup does, which the bundled PostgreSQL lacks.
async function backUp(server: Server): Promise<void> {
  const client = await server.owner.connect();
  await client.query("select pg_backup_start('test', true)");
  cpSync(server.folder, BACKUP, { recursive: true, filter: (path) => !/\/(postmaster\.(pid|opts)|pg_wal\/.+)$/.test(path) });
  const { rows: [stopped] } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  client.release();
  writeFileSync(join(BACKUP, 'backup_label'), stopped?.labelfile ?? '');
}

async function restoreTo(name: string, target: string | undefined, settings: Readonly<Record<string, string>> = RESTORING): Promise<Server> {
  cpSync(BACKUP, join(BASE, name), { recursive: true });
  writeFileSync(join(BASE, `${name}.secret`), readFileSync(join(BASE, 'first.secret')), { mode: 0o600 });
  writeFileSync(join(BASE, name, 'recovery.signal'), '');
  const server = await Server.start(name, { ...settings, ...(target === undefined ? {} : { recovery_target_name: target }) });
  servers.push(server);
  for (let tries = 0; tries < 200 && await server.value<boolean>('select pg_is_in_recovery() as v'); tries += 1) await sleep(50);
  return server;
}

const isUndetermined = (cause: unknown): boolean => cause instanceof AppError && cause.code === 'unavailable' && cause.retryAfterSeconds !== undefined;

before(async () => {
  rmSync(BASE, { recursive: true, force: true });
  mkdirSync(ARCHIVE, { recursive: true });
  log = newLog();
  const first = await Server.start('first', ARCHIVING);
  servers.push(first);
  await migrate(first.superuserUrl);
  await setRolePasswords(first.superuserUrl, Object.fromEntries(ROLES.map((role) => [role, PASSWORD])));
  planted = await plant({ pool: () => first.owner } as unknown as TestDatabase);
  persons = await planted.more(60);
  const gate = first.gate();
  await askAbout(gate, persons.slice(0, 10));
  await publish(first);
  await backUp(first);
  await askAbout(gate, persons.slice(10, 20));
  const lastHere = await first.value<string>("select at::text as v from journal.entry where purpose = 'ask' order by id desc limit 1");
  await first.owner.query("select pg_create_restore_point('early')");
  // What the early point does not have: persons told of, and a freeze.
  const later = await askAbout(gate, persons.slice(20, 40));
  await first.owner.query('update access.installation set frozen_at = gate.clock() where id = $1', [planted.installation]);
  await publish(first);
  truth = { lastHere, lostAt: await first.value<string>('select at::text as v from journal.entry where id = $1', [later[0] ?? 0]), size: await first.value('select size as v from journal.tree'), last: later.at(-1) ?? 0, told: await charges(first), meters: await meters(first), checkpoint: readFileSync(join(log.folder, 'checkpoint'), 'utf8') };
  await archived(await first.value<string>('select pg_walfile_name(pg_switch_wal()) as v'));
  await first.stop();
  servers.splice(0);
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop().catch(() => undefined)));
  rmSync(BASE, { recursive: true, force: true });
});

test('restored to an early point, the gate tells nothing and writes nothing, whoever restored it', async () => {
  const early = await restoreTo('early', 'early');
  const entries = await early.value<number>('select count(*) as v from journal.entry');
  earlySize = await early.value<number>('select head_size as v from journal.tree');
  await assert.rejects(early.gate().ask({ ...planted.question(), byNir: persons[0] as string }), isUndetermined);
  assert.equal(await early.value<number>('select count(*) as v from journal.entry'), entries);
  assert.equal((await readStanding(early.pool('rempart_desk'))).stands, false);
});

test('the sequencer finds that signed leaves are missing: the gate stays closed, and nothing is published over them', async () => {
  const [early] = servers as [Server];
  await assert.rejects(sequencerOf(log, early.url('rempart_log')).open(), (cause) => cause instanceof TreeRefused && cause.reason === 'rolled-back');
  const standing = await readStanding(early.pool('rempart_desk'));
  assert.deepEqual([standing.stands, standing.lostSize], [false, truth.size]);
  await assert.rejects(early.gate().ask({ ...planted.question(), byNir: persons[0] as string }), isUndetermined);
  assert.equal(readFileSync(join(log.folder, 'checkpoint'), 'utf8'), truth.checkpoint);
});

test('without its published folder a restored database is not vouched for either', async () => {
  const [early] = servers as [Server];
  await early.owner.query('update gate.standing set lost_size = null');
  const empty = newLog(log.key);
  for (let start = 1; start <= 2; start += 1) {
    await publish(early, empty);
    assert.equal((await readStanding(early.pool('rempart_desk'))).stands, false, `start ${start} of the sequencer`);
  }
  assert.equal(existsSync(join(empty.folder, 'checkpoint')), false, 'nothing was published that a next start would find');
  await assert.rejects(sequencerOf(log, early.url('rempart_log')).open(), TreeRefused);
});

test('two persons give the missing part up: the new log signs the gap, and then the gate answers', async () => {
  const [early] = servers as [Server];
  const desk = early.pool('rempart_desk');
  const lost = { origin: ORIGIN, size: truth.size, root: truth.checkpoint.split('\n')[2] ?? '' };
  assert.equal(await beginLog(desk, { by: 'One', and: 'one ', reason: 'test' }, lost), null);
  const gap = await beginLog(desk, { by: 'One', and: 'Two', reason: 'the rest of the archive burnt' }, lost) ?? 0;
  assert.ok(gap > truth.last + 1_000_000, 'numbers that may have been given out are left out');
  await assert.rejects(early.gate().ask({ ...planted.question(), byNir: persons[0] as string }), isUndetermined);
  await assert.rejects(sequencerOf(log, early.url('rempart_log')).open(), TreeRefused, 'the old log is over');

  const origin = `${ORIGIN}/2`;
  const folder = newLog(log.key).folder;
  const sequencer = new Sequencer({ url: early.url('rempart_log'), origin, key: log.key, folder });
  await sequencer.open();
  while (await sequencer.turn() > 0) { /* on */ }
  await sequencer.turn();
  assert.deepEqual([(await readStanding(desk)).stands, (await readStanding(desk)).gapEntry], [true, null]);
  const [entry = 0] = await askAbout(early.gate(), persons.slice(50, 51));
  assert.ok(entry > gap);
  while (await sequencer.turn() > 0) { /* on */ }
  await sequencer.close();

  const asked = { read: publishedAt(folder), trust: { key: noteKeyOf(origin, log.key) } };
  const report = await verifyTree(asked);
  await verifyEntries(asked, report, exportEntries(desk));
  assert.deepEqual(report.faults, []);
  const { rows } = await early.owner.query<{ detail: string; index: number }>("select e.detail, l.index from journal.entry e join journal.leaf l on l.entry_id = e.id where e.purpose = 'restore' and e.outcome = 'gap'");
  assert.match(rows[0]?.detail ?? '', new RegExp(`^log ${ORIGIN} ended at ${truth.size} leaves`));
  // What was told in the gap is not determinable, never zero: from the last question that is here on.
  assert.equal(await early.value<boolean>("select p.from_at <= $1::timestamptz and p.from_at > $1::timestamptz - interval '1 hour' and jsonb_array_length(gate.purged_between($2::timestamptz - interval '1 ms', $2)) = 1 as v from journal.purged p", [truth.lastHere, truth.lostAt]), true);
  assert.equal(await early.value<number>('select entries as v from journal.purged'), truth.size - earlySize);
});

test('an early restore that archived its history does not keep another from going further', async () => {
  const careless = await restoreTo('careless', 'early', { ...RESTORING, ...ARCHIVING });
  await archived('00000002.history');
  await careless.stop();
  const latest = await restoreTo('latest', LATEST);
  assert.equal(await latest.value('select size as v from journal.tree'), truth.size);
});

test('restored to its end, everything that was signed is back: charges and freezes hold, and the same log goes on', async () => {
  const latest = servers.at(-1) as Server;
  await assert.rejects(latest.gate().ask({ ...planted.question(), byNir: persons[0] as string }), isUndetermined);
  await publish(latest);
  assert.equal((await readStanding(latest.pool('rempart_desk'))).stands, true);
  assert.deepEqual([await charges(latest), await meters(latest)], [truth.told, truth.meters]);
  assert.deepEqual(await latest.gate().ask({ ...planted.question(), byNir: persons[0] as string }), { code: 'frozen' });
  await latest.owner.query('update access.installation set frozen_at = null');
  const [entry = 0] = await askAbout(latest.gate(), persons.slice(45, 46));
  assert.ok(entry > truth.last, 'no number comes twice');
  await publish(latest);
  const report = await log.verify(truth.checkpoint);
  await verifyEntries({ read: publishedAt(log.folder), trust: { key: log.noteKey } }, report, exportEntries(latest.pool('rempart_desk')));
  assert.deepEqual(report.faults, []);
  assert.ok(report.leaves > truth.size);
});
