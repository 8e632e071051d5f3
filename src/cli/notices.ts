import { parseArgs } from 'node:util';
import { listNotices, markDelivered } from '../access/index.ts';
import { openForRole } from './context.ts';

/** `rempart notices [list] [--json]` and `rempart notices delivered ID --channel NAME`: what must be told by another channel. */
export async function notices(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: 'boolean', default: false }, channel: { type: 'string' } } });
  const [verb = 'list', id] = positionals;
  if ((verb !== 'list' && verb !== 'delivered') || (verb === 'delivered' && (id === undefined || values.channel === undefined))) {
    process.stderr.write('rempart notices [list] [--json]\nrempart notices delivered ID --channel NAME\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (verb === 'delivered') {
      const done = await markDelivered(opened.pool, { id: Number(id), channel: values.channel ?? '' });
      process.stdout.write(done ? 'noté\n' : 'inconnu, ou déjà délivré\n');
      return done ? 0 : 1;
    }
    const waiting = await listNotices(opened.pool);
    process.stdout.write(values.json ? `${JSON.stringify(waiting)}\n` : waiting.map((notice) => `${notice.id}  ${notice.at.toISOString()}  ${notice.kind}  RPPS ${notice.rpps ?? '-'}  ${notice.establishment}\n`).join('') || 'rien à délivrer\n');
    return 0;
  } finally {
    await opened.close();
  }
}
