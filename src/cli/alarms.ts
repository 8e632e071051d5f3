import { parseArgs } from 'node:util';
import { listAlarms, seeAlarm } from '../guard/index.ts';
import { openForRole } from './context.ts';

/** `rempart alarms [seen ID --by NAME]`: establishments, vendors or the platform above what is usual. Nobody is refused by one. */
export async function alarms(args: readonly string[]): Promise<number> {
  const { values: { by = '' }, positionals: [what = 'list', id = ''] } = parseArgs({ args: [...args], allowPositionals: true, options: { by: { type: 'string' } } });
  if (what !== 'list' && !(what === 'seen' && /^\d+$/.test(id))) {
    process.stderr.write('rempart alarms [list]\nrempart alarms seen ID --by NAME\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (what === 'seen') return (await seeAlarm(opened.pool, { id: Number(id), by })) ? 0 : 2;
    for (const alarm of await listAlarms(opened.pool)) {
      process.stdout.write(`${alarm.id}  ${alarm.at.toISOString()}  ${alarm.scope} ${alarm.subject}  ${alarm.told} personnes sans carte (${alarm.span}), plafond ${alarm.ceiling}${alarm.seenBy === null ? '' : `  vu par ${alarm.seenBy}`}\n`);
    }
    return 0;
  } finally {
    await opened.close();
  }
}
