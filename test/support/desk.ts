import { join } from 'node:path';
import type { Server } from 'node:http';
import { installFirstOfficers, type NamedCode } from '../../src/access/index.ts';
import { stateFolder } from '../../src/ground/index.ts';
import { buildPages, Clerk, createDesk, publishDesk, releaseKey, type ClerkOptions } from '../../src/servers/index.ts';
import type { TestDatabase } from './database.ts';
import { freeUrl, listen } from './world.ts';

/** A desk with its first officers, behind its real server. */
export interface TestDesk {
  readonly origin: string;
  /** The officers' one-time codes, in the order they were named. */
  readonly codes: readonly NamedCode[];
  /** Every route with its method. */
  readonly routes: readonly { readonly method: 'GET' | 'POST'; readonly path: string }[];
  close(): Promise<void>;
}

const OFFICERS = [{ name: 'Claire Martin', role: 'security' }, { name: 'Karim Benali', role: 'data-protection' }, { name: 'Lucie Petit', role: 'on-call' }, { name: 'Aude Blanc', role: 'auditor' }, { name: 'Noé Roy', role: 'on-call' }] as const;

/** Builds, publishes and serves the desk of a database; its clerk works where there is a key ring. */
export async function openDesk(database: TestDatabase, working?: Omit<ClerkOptions, 'pool'>): Promise<TestDesk> {
  const { port } = await freeUrl();
  const origin = `http://localhost:${port}`;
  const folder = join(stateFolder('desk'), 'release');
  publishDesk({ built: await buildPages('desk'), target: folder, key: releaseKey() });
  const codes = await installFirstOfficers(database.pool('rempart_desk', 1), { origin, officers: OFFICERS });
  const { server, routes } = createDesk({ pool: database.pool('rempart_officer'), origin, folder });
  await listen(server, port);
  const clerk = working === undefined ? undefined : new Clerk({ ...working, pool: database.pool('rempart_desk', 2) });
  clerk?.start();
  return { origin, codes, routes, close: async () => { await clerk?.stop(); await stop(server); } };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); });
}
