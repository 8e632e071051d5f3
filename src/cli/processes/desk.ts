import { createDesk } from '../../servers/desk/index.ts';
import { closed, listen, openFor, required, served, type Ports } from './process.ts';

/** Its pages and its routes, one origin, on the internal network. */
export async function run({ port }: Ports): Promise<number> {
  const pool = openFor('desk');
  const { server } = createDesk({ pool, origin: required('REMPART_PUBLIC_URL'), folder: required('REMPART_DESK_FOLDER') });
  await listen(server, port);
  return served('desk', async () => { await closed(server); await pool.end(); });
}
