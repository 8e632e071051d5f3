import type { Server } from 'node:http';
import { parseArgs } from 'node:util';
import { AppError, log, openPool, stateFolder, type Pool } from '../ground/index.ts';
import { Guard, keepFolding } from '../guard/index.ts';
import { startOpener } from '../incidents/index.ts';
import { Clerk, createApi, createAuthServer, createDesk, createNoticeCheckServer, createPortalServer, createSignals, createTileServer } from '../servers/index.ts';
import { machineKeyRing, readOperator } from './context.ts';
import { readDrill } from './drill-attack.ts';
import { periodKeys } from './retention.ts';
import { createSequencer } from './log-settings.ts';
import { readPortalSettings, readPortalTrust } from './portal-settings.ts';
import type { ProcessName } from './supervise.ts';

/** Where a process listens: for the world, and for the operator's own network. */
interface Ports {
  readonly port: number;
  readonly metricsPort: number;
}

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

const openFor = (name: ProcessName): Pool => openPool({ url: required('REMPART_DATABASE_URL'), max: POOL, applicationName: `rempart ${name}` });

const closed = (server: Server): Promise<void> => new Promise((resolve) => { server.close(() => resolve()); server.closeIdleConnections(); });

// Says that it is there, then works until it is stopped.
function served(name: ProcessName, close: () => Promise<unknown>): Promise<number> {
  process.send?.('ready');
  log('info', 'serves', { name });
  return untilStopped(close);
}

async function serveApi({ port, metricsPort }: Ports): Promise<number> {
  const pool = openFor('api');
  const trust = readPortalTrust();
  const published = process.env['REMPART_LOG'];
  const api = await createApi({ pool, keyRing: machineKeyRing(), baseUrl: required('REMPART_PUBLIC_URL'), announceMs: Number(process.env['REMPART_ANNOUNCE_MS'] ?? 0), ...(published === undefined ? {} : { log: published }), ...(trust === undefined ? {} : { portal: trust }) });
  await listen(api.server, port);
  await listen(api.internal, metricsPort);
  return served('api', async () => { await api.close(); await pool.end(); });
}

async function serveAuth({ port }: Ports): Promise<number> {
  const pool = openFor('auth');
  const portal = readPortalSettings();
  const server = createAuthServer({ pool, issuer: required('REMPART_PUBLIC_URL'), ...(portal === undefined ? {} : { portal }) });
  await listen(server, port);
  return served('auth', async () => { await closed(server); await pool.end(); });
}

// The files of one release, named by REMPART_PORTAL_FOLDER; nothing else is known here.
async function servePortal({ port }: Ports): Promise<number> {
  const server = createPortalServer(required('REMPART_PORTAL_FOLDER'));
  await listen(server, port);
  return served('portal', () => closed(server));
}

// One publication, named by REMPART_NOTICE_FOLDER; nothing else is known here.
async function serveNoticeCheck({ port }: Ports): Promise<number> {
  const server = createNoticeCheckServer(required('REMPART_NOTICE_FOLDER'));
  await listen(server, port);
  return served('notice-check', () => closed(server));
}

// Its pages and its routes, one origin, on the internal network.
async function serveDesk({ port }: Ports): Promise<number> {
  const pool = openFor('desk');
  const { server } = createDesk({ pool, origin: required('REMPART_PUBLIC_URL'), folder: required('REMPART_DESK_FOLDER') });
  await listen(server, port);
  return served('desk', async () => { await closed(server); await pool.end(); });
}

// Does what officers ordered: it holds the keys that packs are signed with, and no browser talks to it.
function serveClerk(): Promise<number> {
  const pool = openFor('clerk');
  const playAttack = readDrill(pool);
  const clerk = new Clerk({ pool, keyRing: machineKeyRing(), operator: readOperator(), periodKeys: periodKeys(), ...(playAttack === undefined ? {} : { playAttack }) });
  clerk.start();
  return served('clerk', async () => { await clerk.stop(); await pool.end(); });
}

function serveGuard(): Promise<number> {
  const pool = openFor('guard');
  const guard = new Guard(pool);
  guard.start();
  const stopFolding = keepFolding(pool);
  const stopOpening = startOpener(pool);
  return served('guard', async () => { await Promise.all([guard.stop(), stopFolding(), stopOpening()]); await pool.end(); });
}

// The sequencer: exactly one works, others wait for its lock. Refused, it stays up and signs nothing until a person has looked.
function serveLog(): Promise<number> {
  const sequencer = createSequencer(required('REMPART_DATABASE_URL'));
  sequencer.start(() => { process.exitCode = 1; });
  return served('log', () => sequencer.stop());
}

// The published folder, named by REMPART_LOG_FOLDER; nothing else is known here.
async function serveTiles({ port }: Ports): Promise<number> {
  const server = createTileServer(required('REMPART_LOG_FOLDER'));
  await listen(server, port);
  return served('tiles', () => closed(server));
}

async function serveSignals({ port }: Ports): Promise<number> {
  const pool = openFor('signals');
  const signals = await createSignals({ pool, issuer: required('REMPART_PUBLIC_URL'), keyFolder: stateFolder('keys') });
  await listen(signals.server, port);
  signals.start();
  return served('signals', async () => { await signals.close(); await pool.end(); });
}

const PROCESSES: Readonly<Record<ProcessName, (ports: Ports) => Promise<number>>> = {
  api: serveApi,
  auth: serveAuth,
  portal: servePortal,
  guard: serveGuard,
  log: serveLog,
  tiles: serveTiles,
  signals: serveSignals,
  'notice-check': serveNoticeCheck,
  desk: serveDesk,
  clerk: serveClerk,
};

/** `rempart serve PROCESS --port N`: one process, its database and public URL from the environment. */
export async function serve(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { port: { type: 'string', default: '7320' }, 'metrics-port': { type: 'string', default: '7329' } } });
  const names = Object.keys(PROCESSES) as ProcessName[];
  const name = names.find((each) => each === positionals[0]);
  if (name === undefined) {
    process.stderr.write(`rempart serve ${names.join('|')} [--port N] [--metrics-port N]\n`);
    return 2;
  }
  return PROCESSES[name]({ port: Number(values.port), metricsPort: Number(values['metrics-port']) });
}
