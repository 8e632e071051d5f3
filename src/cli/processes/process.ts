import type { Server } from 'node:http';
import { AppError, log, openPool, type Pool } from '../../ground/index.ts';
import type { ProcessName } from '../supervise.ts';

/** Where a process listens: for the world, and for the operator's own network. */
export interface Ports {
  readonly port: number;
  readonly metricsPort: number;
}

/** Runs one process until it is stopped. @returns its exit code. */
export type Run = (ports: Ports) => Promise<number>;

const POOL = 4;
const DRAIN_MS = 20_000;

/** An environment variable that this process cannot do without. @throws AppError `bad-input` when it is missing. */
export function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new AppError({ code: 'bad-input', publicText: { fr: `La variable ${name} manque.`, en: `The variable ${name} is missing.` } });
}

/** Listens on the loopback address, or on REMPART_HOST. */
export function listen(server: Server, port: number): Promise<void> {
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

/** This process's connections, as its own role. @param kept for one use alone, whose statements they have planned */
export function openFor(name: ProcessName, kept = false): Pool {
  return openPool({ url: required('REMPART_DATABASE_URL'), max: POOL, applicationName: `rempart ${name}`, kept });
}

/** Resolves when the last answer is out. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => { server.close(() => resolve()); server.closeIdleConnections(); });
}

/** Says that it is there, then works until it is stopped. */
export function served(name: ProcessName, close: () => Promise<unknown>): Promise<number> {
  process.send?.('ready');
  log('info', 'serves', { name });
  return untilStopped(close);
}
