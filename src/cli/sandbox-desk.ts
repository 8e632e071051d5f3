import { join } from 'node:path';
import { installFirstOfficers, listOfficers, moveDesk, renewOfficerCode, type NamedCode } from '../access/index.ts';
import { openPool, stateFolder, withUser } from '../ground/index.ts';
import { publishDesk } from '../servers/desk/index.ts';
import { buildPages, releaseKey } from '../servers/pages/index.ts';
import { rolePasswords } from './context.ts';

const OFFICERS = [{ name: 'Claire Martin', role: 'security' }, { name: 'Karim Benali', role: 'data-protection' }, { name: 'Lucie Petit', role: 'on-call' }] as const;

/** Builds and publishes the desk of this machine. @returns its folder. */
export async function prepareDesk(): Promise<string> {
  const target = join(stateFolder('desk'), 'release');
  publishDesk({ built: await buildPages('desk'), target, key: releaseKey() });
  return target;
}

/** Made-up first officers. @returns the codes of those who have no passkey yet, new at each start. */
export async function prepareOfficers(databaseUrl: string, origin: string): Promise<NamedCode[]> {
  const pool = openPool({ url: withUser(databaseUrl, { user: 'rempart_desk', password: rolePasswords().rempart_desk }), max: 1, applicationName: 'rempart start desk' });
  try {
    const officers = await listOfficers(pool);
    if (officers.length === 0) return await installFirstOfficers(pool, { origin, officers: OFFICERS });
    await moveDesk(pool, origin);
    const codes: NamedCode[] = [];
    for (const { name, role, waits } of officers) if (waits) codes.push({ name, role, code: await renewOfficerCode(pool, name) });
    return codes;
  } finally {
    await pool.end();
  }
}
