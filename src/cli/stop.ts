import { parseArgs } from 'node:util';
import { endStop, listStops, stopWidely } from '../guard/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart stop (--establishment FINESS | --vendor NAME | --platform) --by NAME --and ANOTHER-NAME --reason TEXT --hours N
rempart stop list
rempart stop end ID --by NAME\n`;

/** `rempart stop`: a stop wider than one user or installation: two persons, a reason, an end within 24 hours. */
export async function stop(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals: [verb, id] } = parseArgs({ args: [...args], allowPositionals: true, options: { establishment: text, vendor: text, platform: { type: 'boolean', default: false }, by: text, and: text, reason: text, hours: text } });
  const { establishment, vendor, platform, by = '', and = '', reason = '', hours } = values;
  const scopes = [establishment !== undefined ? 'establishment' as const : undefined, vendor !== undefined ? 'vendor' as const : undefined, platform ? 'platform' as const : undefined].filter((scope) => scope !== undefined);
  const [scope] = scopes;
  if (verb === undefined && (scope === undefined || scopes.length > 1 || hours === undefined)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (verb === 'list') {
      for (const each of await listStops(opened.pool)) process.stdout.write(`${each.id}  ${each.scope} ${each.subject}  par ${each.byFirst} et ${each.bySecond}  jusqu'au ${each.until.toISOString()}  ${each.reason}\n`);
      return 0;
    }
    if (verb === 'end') {
      const done = await endStop(opened.pool, { id: Number(id), by });
      process.stdout.write(done ? 'arrêt terminé\n' : 'inconnu, ou déjà terminé\n');
      return done ? 0 : 1;
    }
    const made = scope === undefined ? null : await stopWidely(opened.pool, { scope, subject: establishment ?? vendor ?? '', by, and, reason, hours: Number(hours) });
    process.stdout.write(made === null ? 'refusé : il faut deux personnes, un motif et une fin avant 24 heures\n' : `arrêt n° ${made}\n`);
    return made === null ? 2 : 0;
  } finally {
    await opened.close();
  }
}
