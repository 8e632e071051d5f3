import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT, withUser, type Role } from '../ground/index.ts';
import { rolePasswords } from './context.ts';
import garbage from './garbage.json' with { type: 'json' };

/** A free loopback port; the wanted one when nobody listens there. */
export async function choosePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer();
    const got = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
    await new Promise((resolve) => server.close(resolve));
    if (got !== undefined) return got;
  }
  throw new Error('no free port');
}

/** Processes that `rempart serve` can be. */
export type ProcessName = 'api' | 'auth' | 'portal' | 'guard' | 'log' | 'tiles' | 'signals' | 'notice-check' | 'desk' | 'clerk';

/** One of our processes, as it is started. */
export interface Served {
  readonly what: ProcessName;
  /** Left out where it has no business with the database. */
  readonly role?: Role;
  readonly databaseUrl: string;
  readonly publicUrl: string;
  readonly port: number;
  readonly metricsPort?: number;
  /** Settings of its own, by environment variable. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where its lines go; this process's own when left out. */
  readonly output?: 'pipe';
}

// Without a role it gets nothing of ours: no database, no secret that happens to stand in this process's environment.
function environmentOf({ role, databaseUrl, publicUrl, settings }: Served): NodeJS.ProcessEnv {
  if (role === undefined) return { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '', ...settings };
  return { ...process.env, REMPART_PUBLIC_URL: publicUrl, REMPART_DATABASE_URL: withUser(databaseUrl, { user: role, password: rolePasswords()[role] }), ...settings };
}


/**
 * How a process collects garbage (docs/decisions/gate.md; `tools/run.mjs` starts it alike). In `api` one thread helps: node's four wait for each other on a few busy
 * processors, and the first one for them all. No object is made old at its birth: after a busy minute V8 would do so with whatever a question is made of, and each keeps
 * alive all it names until the next collection of everything. The young generation is large enough that a question ends in it, and the old one, which holds little, grows slowly.
 */
const garbageFlags = (what: ProcessName): readonly string[] => (what === 'api' ? garbage.api : garbage.others);

/** Starts one of our processes; resolves when it listens. It ends with this one. */
export function startProcess(served: Served): Promise<ChildProcess> {
  // No core file: memory holds what is being asked.
  const child = spawn('/bin/sh', ['-c', 'ulimit -c 0; exec "$0" "$@"', process.execPath, ...garbageFlags(served.what), '--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'serve', served.what, '--port', String(served.port), '--metrics-port', String(served.metricsPort ?? 0)], {
    stdio: ['ignore', served.output ?? 'inherit', served.output ?? 'inherit', 'ipc'],
    env: environmentOf(served),
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`serve ${served.what} stopped at start (${code})`)));
  });
}

/** Asks a child to end and waits; after twenty-five seconds it is killed. */
export function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const hard = setTimeout(() => child.kill('SIGKILL'), 25_000);
    child.once('exit', () => { clearTimeout(hard); resolve(); });
    child.kill('SIGTERM');
  });
}
