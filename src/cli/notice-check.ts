import { parseArgs } from 'node:util';
import { readInsurerNames, readSentNotices } from '../incidents/index.ts';
import { decoyKey, publishNoticeCheck } from '../servers/notice-check/index.ts';
import { buildPages, releaseKey } from '../servers/pages/index.ts';
import { openForRole } from './context.ts';

/** `rempart notice-check publish --to FOLDER`: page and buckets of every notice that was sent, ready for `rempart serve notice-check` or any static server. */
export async function noticeCheck(args: readonly string[]): Promise<number> {
  const { values: { to }, positionals: [verb] } = parseArgs({ args: [...args], allowPositionals: true, options: { to: { type: 'string' } } });
  if (verb !== 'publish' || to === undefined) {
    process.stderr.write('rempart notice-check publish --to FOLDER\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    const done = await publishNoticeCheck({ built: await buildPages('notice'), target: to, entries: () => readSentNotices(opened.pool), insurers: await readInsurerNames(opened.pool), decoyKey: decoyKey(), key: releaseKey() });
    process.stdout.write(`${16 ** done.digits} lots de ${done.entriesPerBucket} entrées dans ${to}\n`);
    return 0;
  } finally {
    await opened.close();
  }
}
