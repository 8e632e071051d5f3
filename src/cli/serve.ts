import type { Server } from 'node:http';
import { parseArgs } from 'node:util';
import { AppError, log, openPool, type Role } from '../ground/index.ts';
import { Guard } from '../guard/index.ts';
import { createApi, createAuthServer, createPortalServer, createTileServer } from '../servers/index.ts';
import { machineKeyRing } from './context.ts';
import { createSequencer } from './log-settings.ts';
import { readPortalSettings, readPortalTrust } from './portal-settings.ts';

const POOL = 4;
const DRAIN_MS = 20_000;

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new AppError({ code: 'bad-input', publicText: { fr: `La variable ${name} manque.`, en: `The variable ${name} is missing.` } });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Several processes may answer on one port: the kernel shares the connections out.
    server.listen({ host: process.env['REMPART_HOST'] ?? '127.0.0.1', port, reusePort: true }, resolve);
  });
}

// Ends with its signals, and with whoever started it: a child without its parent is left to nobody.
function untilStopped(close: () => Promise<unknown>): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(0), DRAIN_MS).unref();
      void close().finally(() => { resolve(0); process.exit(0); });
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    process.once('disconnect', stop);
  });
}

async function serveApi(port: number, metricsPort: number): Promise<number> {
  const pool = openPool({ url: required('REMPART_DATABASE_URL'), max: POOL, applicationName: 'rempart api' });
  const trust = readPortalTrust();
  const api = await createApi({ pool, keyRing: machineKeyRing(), baseUrl: required('REMPART_PUBLIC_URL'), announceMs: Number(process.env['REMPART_ANNOUNCE_MS'] ?? 0), ...(process.env['REMPART_LOG'] === undefined ? {} : { log: process.env['REMPART_LOG'] }), ...(trust === undefined ? {} : { portal: trust }) });
  await listen(api.server, port);
  await listen(api.internal, metricsPort);
  process.send?.('ready');
  log('info', 'api-listens', { port, metricsPort });
  return untilStopped(async () => { await api.close(); await pool.end(); });
}

async function serveAuth(port: number): Promise<number> {
  const pool = openPool({ url: required('REMPART_DATABASE_URL'), max: POOL, applicationName: 'rempart auth' });
  const portal = readPortalSettings();
  const server = createAuthServer({ pool, issuer: required('REMPART_PUBLIC_URL'), ...(portal === undefined ? {} : { portal }) });
  await listen(server, port);
  process.send?.('ready');
  log('info', 'auth-listens', { port });
  return untilStopped(async () => { await new Promise((resolve) => { server.close(resolve); server.closeIdleConnections(); }); await pool.end(); });
}

// The files of one release, named by REMPART_PORTAL_FOLDER; nothing else is known here.
async function servePortal(port: number): Promise<number> {
  const server = createPortalServer(required('REMPART_PORTAL_FOLDER'));
  await listen(server, port);
  process.send?.('ready');
  log('info', 'portal-listens', { port });
  return untilStopped(() => new Promise((resolve) => { server.close(resolve); server.closeIdleConnections(); }));
}

async function serveGuard(): Promise<number> {
  const pool = openPool({ url: required('REMPART_DATABASE_URL'), max: 2, applicationName: 'rempart guard' });
  const guard = new Guard(pool);
  guard.start();
  process.send?.('ready');
  log('info', 'guard-watches');
  return untilStopped(async () => { await guard.stop(); await pool.end(); });
}

// The sequencer: exactly one works, others wait for its lock. Refused, it stays up and signs nothing until a person has looked.
function serveLog(): Promise<number> {
  const sequencer = createSequencer(required('REMPART_DATABASE_URL'));
  sequencer.start(() => { process.exitCode = 1; });
  process.send?.('ready');
  log('info', 'log-sequences');
  return untilStopped(() => sequencer.stop());
}

// The published folder, named by REMPART_LOG_FOLDER; nothing else is known here.
async function serveTiles(port: number): Promise<number> {
  const server = createTileServer(required('REMPART_LOG_FOLDER'));
  await listen(server, port);
  process.send?.('ready');
  log('info', 'tiles-listen', { port });
  return untilStopped(() => new Promise((resolve) => { server.close(resolve); server.closeIdleConnections(); }));
}

/** `rempart serve api|auth|portal|guard|log|tiles --port N`: one process, its database and public URL from the environment. */
export async function serve(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { port: { type: 'string', default: '7320' }, 'metrics-port': { type: 'string', default: '7329' } } });
  const roles: Readonly<Record<string, Role>> = { api: 'rempart_check', auth: 'rempart_auth' };
  const [what = ''] = positionals;
  if (what === 'portal') return servePortal(Number(values.port));
  if (what === 'guard') return serveGuard();
  if (what === 'log') return serveLog();
  if (what === 'tiles') return serveTiles(Number(values.port));
  if (roles[what] === undefined) {
    process.stderr.write('rempart serve api|auth|portal|guard|log|tiles [--port N] [--metrics-port N]\n');
    return 2;
  }
  return what === 'api' ? serveApi(Number(values.port), Number(values['metrics-port'])) : serveAuth(Number(values.port));
}
