import { createTileServer } from '../../servers/log/index.ts';
import { closed, listen, required, served, type Ports } from './process.ts';

/** The published folder, named by REMPART_LOG_FOLDER; nothing else is known here. */
export async function run({ port }: Ports): Promise<number> {
  const server = createTileServer(required('REMPART_LOG_FOLDER'));
  await listen(server, port);
  return served('tiles', () => closed(server));
}
