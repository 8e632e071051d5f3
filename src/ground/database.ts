import pg from 'pg';

// Identifiers of rows and counts stay below 2^53; PostgreSQL's dates stay text, which no time zone shifts.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export type Role = 'rempart_check' | 'rempart_auth' | 'rempart_desk' | 'rempart_intake' | 'rempart_guard' | 'rempart_officer';
export const ROLES: readonly Role[] = ['rempart_check', 'rempart_auth', 'rempart_desk', 'rempart_intake', 'rempart_guard', 'rempart_officer'];

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly applicationName: string;
}

/** A pool of connections; errors of idle connections are dropped (the next query reconnects). */
export function openPool(options: PoolOptions): Pool {
  const pool = new pg.Pool({ connectionString: options.url, max: options.max, application_name: options.applicationName });
  pool.on('error', () => undefined);
  return pool;
}

/** The same database as `url`, as another role and password (or another database). */
export function withUser(url: string, change: { user?: string; password?: string; database?: string }): string {
  const changed = new URL(url);
  if (change.user !== undefined) changed.username = change.user;
  if (change.password !== undefined) changed.password = change.password;
  if (change.database !== undefined) changed.pathname = `/${change.database}`;
  return changed.toString();
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
