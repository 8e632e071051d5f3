import pg from 'pg';
import { followPrimary } from './primary.ts';

// Identifiers of rows and counts stay below 2^53; PostgreSQL's dates stay text, which no time zone shifts.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** Every program logs in as its own role. */
export const ROLES = [
  'rempart_check',
  'rempart_auth',
  'rempart_desk',
  'rempart_intake',
  'rempart_guard',
  'rempart_log',
  'rempart_signals',
  'rempart_officer',
] as const;
export type Role = (typeof ROLES)[number];

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly applicationName: string;
  /** Connections stay open however long nothing uses them: one that has answered has planned its statements. */
  readonly kept?: boolean;
}

/** A connection on which nothing came for so long is asked whether it is still there: what lies between may forget it without a word. */
const ALIVE_MS = 30_000;

/**
 * A pool of connections; errors of idle connections are dropped (the next query reconnects). A connection string may
 * name a whole cluster (`members`): new connections go to whichever server takes writes.
 */
export function openPool(options: PoolOptions): Pool {
  const pool = new pg.Pool({ connectionString: options.url, max: options.max, application_name: options.applicationName, keepAlive: true, keepAliveInitialDelayMillis: ALIVE_MS, ...(options.kept === true ? { idleTimeoutMillis: 0 } : {}), ...followPrimary(options.url) });
  pool.on('error', () => undefined);
  // One that breaks while it is lent out tells its query; unheard, the event would end the process.
  pool.on('connect', (client) => { client.on('error', () => undefined); });
  return pool;
}

// Connection failures (08), shutdowns (57P), no room for more or a full disk (53), a server that became a standby (25006).
const GONE = /^(08|57P|53|25006)/;
const GONE_SOCKET: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** A commit that PostgreSQL warned about (a cancelled wait for a standby) may not be durable: nothing is told. */
export class DoubtfulCommit extends Error {}

/** Whether an error says that the database is not there for now, or did not surely keep what it did, rather than that a statement was wrong. */
export function isDatabaseGone(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if (cause instanceof DoubtfulCommit) return true;
  const { code } = cause as { code?: unknown };
  if (typeof code === 'string') return GONE.test(code) || GONE_SOCKET.has(code);
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|no member of the cluster takes writes|Query read timeout)/.test(cause.message);
}

/** The same database as `url`, as another role and password (or another database). */
export function withUser(url: string, change: { user?: string; password?: string; database?: string }): string {
  const changed = new URL(url);
  if (change.user !== undefined) changed.username = change.user;
  if (change.password !== undefined) changed.password = change.password;
  if (change.database !== undefined) changed.pathname = `/${change.database}`;
  return changed.toString();
}

/**
 * One statement that commits before it tells, on a connection whose warnings are heard.
 * @throws DoubtfulCommit when the commit raised a warning: what was read is not to be told.
 */
export async function callDurably<T extends object>(client: Client, statement: { readonly name?: string; readonly text: string; readonly values: unknown[] }): Promise<T[]> {
  let warned = false;
  const onNotice = (notice: { code?: string | undefined }): void => { if (notice.code?.startsWith('01') === true) warned = true; };
  client.on('notice', onNotice);
  try {
    const { rows } = await client.query<T & pg.QueryResultRow>(statement);
    if (warned) throw new DoubtfulCommit('the commit was warned about');
    return rows;
  } finally {
    client.off('notice', onNotice);
  }
}

/** {@link callDurably} on a connection of the pool. @throws DoubtfulCommit. */
export async function callDurablyIn<T extends object>(pool: Pool, statement: { readonly text: string; readonly values: unknown[] }): Promise<T[]> {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    return await callDurably<T>(client, statement);
  } catch (cause) {
    failed = cause instanceof Error ? cause : new Error(String(cause));
    throw failed;
  } finally {
    client.release(failed);
  }
}

/** Runs `work` in one transaction; commits, or rolls back and rethrows. */
export async function transaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (cause) {
    await client.query('rollback').catch(() => undefined);
    throw cause;
  } finally {
    client.release();
  }
}
