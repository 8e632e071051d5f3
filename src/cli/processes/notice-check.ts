import { createNoticeCheckServer } from '../../servers/notice-check/index.ts';
import { closed, listen, required, served, type Ports } from './process.ts';

/** One publication, named by REMPART_NOTICE_FOLDER; nothing else is known here. */
export async function run({ port }: Ports): Promise<number> {
  const server = createNoticeCheckServer(required('REMPART_NOTICE_FOLDER'));
  await listen(server, port);
  return served('notice-check', () => closed(server));
}
