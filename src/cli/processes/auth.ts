import { createAuthServer } from '../../servers/auth/index.ts';
import { readPortalSettings } from '../portal-settings.ts';
import { closed, listen, openFor, required, served, type Ports } from './process.ts';

export async function run({ port }: Ports): Promise<number> {
  const pool = openFor('auth');
  const portal = readPortalSettings();
  const server = createAuthServer({ pool, issuer: required('REMPART_PUBLIC_URL'), ...(portal === undefined ? {} : { portal }) });
  await listen(server, port);
  return served('auth', async () => { await closed(server); await pool.end(); });
}
