// Promise `journal-first`: no answer leaves before its entry is durable. Answering processes and PostgreSQL are
// killed with SIGKILL at random points under load; every answer that got out must have its entry.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate, ROLES, ROOT, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type EmbeddedPostgres } from '../../src/ground/index.ts';
import { openPool, type Pool } from '../../src/ground/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { plant, type Planted } from '../support/planted.ts';

const KILLS = Number(process.env['KILLS'] ?? 50);
const folder = join(process.env['REMPART_TEST_FOLDER'] ?? stateFolder('crash'), `crash-${process.pid}`, 'postgres');
let server: EmbeddedPostgres;
let planted: Planted;
let persons: string[];
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

// A small generator, so that a failing run can be repeated by its seed.
let state = seed;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

async function withOwner<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool({ url: server.url, max: 2, applicationName: 'truth' });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

before(async () => {
  server = await startEmbeddedPostgres({ folder });
  await migrate(server.url);
  await setRolePasswords(server.url, Object.fromEntries(ROLES.map((role) => [role, 'crash'])));
  await withOwner(async (pool) => {
    planted = await plant({ pool: () => pool } as unknown as TestDatabase);
    persons = await planted.more(2000);
    await pool.query("insert into guard.ceiling select peer_group, scope, class, current_date, 1000000, 1000000, 1000000, 1000000, 'test' from guard.ceiling");
  });
});
after(async () => {
  await server.stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

interface Load {
  readonly child: ChildProcess;
  readonly held: { entry: number; byNir: string }[];
  readonly ended: Promise<unknown>;
}

function startLoad(): Load {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/asker.ts')], { stdio: ['pipe', 'pipe', 'ignore'] });
  const questions = Array.from({ length: 4000 }, () => ({ ...planted.question(), byNir: persons[Math.floor(random() * persons.length)] as string }));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify({ url: withUser(server.url, { user: 'rempart_check', password: 'crash' }), questions, parallel: 32, connections: 2 }));
  const held: Load['held'] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as { entry?: number; byNir: string };
      if (answer.entry !== undefined) held.push({ entry: answer.entry, byNir: answer.byNir });
    }
  });
  return { child, held, ended: new Promise((resolve) => child.once('close', resolve)) };
}

async function killPostgres(): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await sleep(50);
  // Its backends notice and stop; one that is still in a commit may outlive it by a moment.
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      server = await startEmbeddedPostgres({ folder });
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('PostgreSQL did not come back');
}

async function killOneBackend(): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'asker' limit 1");
  await client.end();
  // The pid is the one inside PostgreSQL's namespace of users, which shares ours of processes.
  if (rows[0] !== undefined) process.kill(rows[0].pid, 'SIGKILL');
}

async function rehearse(kills: number): Promise<{ held: number; missing: number }> {
  const held: Load['held'] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const load = startLoad();
    while (load.held.length === 0 && load.child.exitCode === null) await sleep(5);
    await sleep(random() * 250);
    const way = kill % 3;
    if (way === 0) load.child.kill('SIGKILL');
    else if (way === 1) await killOneBackend();
    else await killPostgres();
    await sleep(20);
    load.child.kill('SIGKILL');
    await load.ended;
    held.push(...load.held);
  }
  for (let tries = 0; tries < 50; tries += 1) {
    if (await withOwner((pool) => pool.query('select 1')).then(() => true, () => false)) break;
    await sleep(100);
  }
  const missing = await withOwner(async (pool) => {
    const { rows } = await pool.query<{ entry: number }>(`select h.entry from unnest($1::bigint[], $2::uuid[]) as h(entry, by_nir)
      where not exists (select from journal.entry e join registry.right_row r on r.person = e.person and r.by_nir = h.by_nir where e.id = h.entry and e.outcome = 'yes')`,
    [held.map((h) => h.entry), held.map((h) => h.byNir)]);
    return rows.length;
  });
  return { held: held.length, missing };
}

test(`every answer that got out of ${KILLS} kills has its durable entry (seed ${seed})`, { timeout: 600_000 }, async () => {
  const { held, missing } = await rehearse(KILLS);
  assert.ok(held > KILLS * 10, `only ${held} answers: the load was too small to show anything`);
  assert.equal(missing, 0);
});

test('the same rehearsal finds a gate that does not wait for the disk', { timeout: 300_000 }, async () => {
  await withOwner(async (pool) => {
    const { rows } = await pool.query<{ text: string }>("select pg_get_functiondef(p.oid) as text from pg_proc p where p.proname = 'charge' and p.pronamespace = 'gate'::regnamespace");
    const sabotaged = rows[0]!.text.replace("'synchronous_commit', 'on'", "'synchronous_commit', 'off'");
    assert.notEqual(sabotaged, rows[0]!.text);
    await pool.query(sabotaged);
    await pool.query("alter system set wal_writer_delay = '10s'");
    await pool.query('select pg_reload_conf()');
  });
  const { missing } = await rehearse(9);
  assert.ok(missing > 0, 'unflushed commits were not noticed');
});
