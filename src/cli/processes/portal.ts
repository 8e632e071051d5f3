import { createPortalServer } from '../../servers/portal/index.ts';
import { closed, listen, required, served, type Ports } from './process.ts';

/** The files of one release, named by REMPART_PORTAL_FOLDER; nothing else is known here. */
export async function run({ port }: Ports): Promise<number> {
  const server = createPortalServer(required('REMPART_PORTAL_FOLDER'));
  await listen(server, port);
  return served('portal', () => closed(server));
}
