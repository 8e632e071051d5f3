import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPool, ROLES, stateFolder, withUser, type Pool, type Role } from '../../src/ground/index.ts';

export const TEMPLATE = 'rempart_template';

/** A migrated database of a test's own, cloned from the template. */
export interface TestDatabase {
  readonly name: string;
  /** As superuser: migrations, truth, sabotage. */
  readonly ownerUrl: string;
  urlFor(role: Role): string;
  /** A pool that ends with {@link drop}: the same for a role whenever it is asked for, another one wherever a size is given. */
  pool(role: Role | 'owner', max?: number): Pool;
  drop(): Promise<void>;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run tests by \`npm test -- FILE\``);
  return value;
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client({ connectionString: required('REMPART_TEST_URL') });
  await admin.connect();
  try {
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}

/** Lets commands that a test runs log in as this run's server knows them; setting other passwords would lock every other test out. */
export function shareRolePasswords(): void {
  writeFileSync(join(stateFolder('keys'), 'roles.json'), JSON.stringify(Object.fromEntries(ROLES.map((role) => [role, required('REMPART_TEST_PASSWORD')]))), { mode: 0o600 });
}

/** Clones the template; `drop` removes the clone and ends its pools. */
export async function freshDatabase(): Promise<TestDatabase> {
  const name = `rempart_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await asAdmin(`create database ${name} template ${TEMPLATE}`);
  await asAdmin(`revoke temporary on database ${name} from public`);
  const ownerUrl = withUser(required('REMPART_TEST_URL'), { database: name });
  const pools: Pool[] = [];
  const shared = new Map<Role | 'owner', Pool>();
  const urlFor = (role: Role): string => withUser(ownerUrl, { user: role, password: required('REMPART_TEST_PASSWORD') });
  return {
    name, ownerUrl, urlFor,
    pool: (role, max) => {
      const known = max === undefined ? shared.get(role) : undefined;
      if (known !== undefined && !known.ending) return known;
      const pool = openPool({ url: role === 'owner' ? ownerUrl : urlFor(role), max: max ?? 4, applicationName: `test ${role}` });
      pools.push(pool);
      if (max === undefined) shared.set(role, pool);
      return pool;
    },
    drop: async () => {
      await Promise.all(pools.map((pool) => pool.end().catch(() => undefined)));
      await asAdmin(`drop database if exists ${name} with (force)`);
    },
  };
}
