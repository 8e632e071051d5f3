import { join } from 'node:path';
import pg from 'pg';
import { migrate, ROLES, setRolePasswords, startEmbeddedPostgres, withUser, type EmbeddedPostgres } from '../../src/ground/index.ts';
import { TEMPLATE } from './database.ts';

let server: EmbeddedPostgres | undefined;

/** Makes the migrated template database of a server and says so to the tests of this process. */
export async function prepareTemplate(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`drop database if exists ${TEMPLATE} with (force)`);
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  await migrate(withUser(url, { database: TEMPLATE }));
  const password = crypto.randomUUID();
  await setRolePasswords(url, Object.fromEntries(ROLES.map((role) => [role, password])));
  process.env['REMPART_TEST_URL'] = url;
  process.env['REMPART_TEST_PASSWORD'] = password;
}

/** One PostgreSQL for the whole run (or the one in DATABASE_URL), with a migrated template database. */
export async function globalSetup(): Promise<void> {
  let url = process.env['DATABASE_URL'];
  if (url === undefined) {
    server = await startEmbeddedPostgres({ folder: join(process.env['REMPART_TEST_FOLDER'] ?? '', 'postgres') });
    url = server.url;
  }
  await prepareTemplate(url);
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
}
