import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, openKeyRing, openPool, ROLES, stateFolder, STATE, withUser, type KeyRing, type Pool, type Role } from '../ground/index.ts';
import type { Party } from '../incidents/index.ts';

/** What a running platform writes so that commands on the same machine find it. */
export interface RunningPlatform {
  readonly databaseUrl: string;
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly portalUrl: string;
  readonly deskUrl: string;
  readonly metricsUrl: string;
  /** Where the journal's tiles and checkpoint are published. */
  readonly logUrl: string;
}

const RUNNING = join(STATE, 'running.json');

/** The running platform's addresses, as `rempart start` wrote them. */
export function readRunning(): RunningPlatform {
  if (!existsSync(RUNNING)) {
    throw new AppError({ code: 'unavailable', publicText: {
      fr: 'Rempart ne tourne pas ici : lancez `npm start` dans un autre terminal.',
      en: 'Rempart is not running here: start it with `npm start` in another terminal.' } });
  }
  return JSON.parse(readFileSync(RUNNING, 'utf8')) as RunningPlatform;
}

/** Publishes (or, with undefined, withdraws) the running platform's addresses. */
export function writeRunning(platform: RunningPlatform): void {
  stateFolder();
  writeFileSync(RUNNING, JSON.stringify(platform, null, 2), { mode: 0o600 });
}

/** The passwords of the database roles: made once for each installation, never committed. */
export function rolePasswords(): Record<Role, string> {
  const file = join(stateFolder('keys'), 'roles.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<Role, string>> : {};
  // A role that came with a later version gets its password here.
  const all = Object.fromEntries(ROLES.map((role) => [role, known[role] ?? crypto.randomUUID()])) as Record<Role, string>;
  if (ROLES.some((role) => known[role] === undefined)) writeFileSync(file, JSON.stringify(all), { mode: 0o600 });
  return all;
}

/** The key ring of this machine. */
export function machineKeyRing(): KeyRing {
  return openKeyRing(stateFolder('keys'));
}

/** A pool in one role, on the database of DATABASE_URL or of the running platform. */
export async function openForRole(role: Role, max = 4): Promise<{ pool: Pool; keyRing: KeyRing; close(): Promise<void> }> {
  const base = process.env['DATABASE_URL'] ?? readRunning().databaseUrl;
  const pool = openPool({ url: withUser(base, { user: role, password: rolePasswords()[role] }), max, applicationName: `rempart cli ${role}` });
  await pool.query('select 1');
  return { pool, keyRing: machineKeyRing(), close: () => pool.end() };
}

/** The operator as forms name it: `.rempart/operator.json`, else a name to be completed. */
export function readOperator(): Party {
  const file = join(stateFolder(), 'operator.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Party : { name: 'Exploitant de la plateforme (à compléter dans operator.json)' };
}
