import type { Server } from 'node:http';
import { parseArgs } from 'node:util';
import { AppError, log, openPool, stateFolder, type Role } from '../ground/index.ts';
import { Guard } from '../guard/index.ts';
import { createApi, createAuthServer, createNoticeCheckServer, createPortalServer, createSignals } from '../servers/index.ts';
import { machineKeyRing } from './context.ts';
import { readPortalSettings, readPortalTrust } from './portal-settings.ts';

const POOL = 4;
const DRAIN_MS = 10_000;

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
  const api = await createApi({ pool, keyRing: machineKeyRing(), baseUrl: required('REMPART_PUBLIC_URL'), ...(trust === undefined ? {} : { portal: trust }) });
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

// The files of one release (REMPART_PORTAL_FOLDER), or of one publication (REMPART_NOTICE_FOLDER); nothing else is known here.
async function serveFiles(what: 'portal' | 'notice-check', port: number): Promise<number> {
  const server = what === 'portal' ? createPortalServer(required('REMPART_PORTAL_FOLDER')) : createNoticeCheckServer(required('REMPART_NOTICE_FOLDER'));
  await listen(server, port);
  process.send?.('ready');
  log('info', `${what}-listens`, { port });
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

async function serveSignals(port: number): Promise<number> {
  const pool = openPool({ url: required('REMPART_DATABASE_URL'), max: POOL, applicationName: 'rempart signals' });
  const signals = await createSignals({ pool, issuer: required('REMPART_PUBLIC_URL'), keyFolder: stateFolder('keys') });
  await listen(signals.server, port);
  signals.start();
  process.send?.('ready');
  log('info', 'signals-listens', { port });
  return untilStopped(async () => { await signals.close(); await pool.end(); });
}

/** `rempart serve api|auth|portal|guard|signals|notice-check --port N`: one process, its database and public URL from the environment. */
export async function serve(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { port: { type: 'string', default: '7320' }, 'metrics-port': { type: 'string', default: '7329' } } });
  const roles: Readonly<Record<string, Role>> = { api: 'rempart_check', auth: 'rempart_auth' };
  const [what = ''] = positionals;
  if (what === 'portal' || what === 'notice-check') return serveFiles(what, Number(values.port));
  if (what === 'guard') return serveGuard();
  if (what === 'signals') return serveSignals(Number(values.port));
  if (roles[what] === undefined) {
    process.stderr.write('rempart serve api|auth|portal|guard|signals|notice-check [--port N] [--metrics-port N]\n');
    return 2;
  }
  return what === 'api' ? serveApi(Number(values.port), Number(values['metrics-port'])) : serveAuth(Number(values.port));
}
