import { parseArgs } from 'node:util';
import { AppError, PeriodKeys, stateFolder } from '../ground/index.ts';
import { readRetention, runRetention, setRetention } from '../journal/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart retention show
rempart retention run
rempart retention set entries --kept '18 months' --by NOM --reason TEXTE\n`;

/** The period keys of this machine, apart from everything that is backed up. */
export function periodKeys(): PeriodKeys {
  return new PeriodKeys(process.env['REMPART_PERIOD_KEYS'] ?? stateFolder('keys', 'periods'));
}

async function show(): Promise<void> {
  const opened = await openForRole('rempart_desk', 1);
  try {
    const { rules, purged, holds } = await readRetention(opened.pool);
    for (const rule of rules) process.stdout.write(`${rule.class.padEnd(14)} ${rule.kept.padEnd(10)} (au plus ${rule.keptMost})  ${rule.legalBasis}${rule.reason === null ? '' : `\n${' '.repeat(15)}motif : ${rule.reason}`}\n`);
    for (const { from, until, entries } of purged) process.stdout.write(`effacé : ${entries} écritures du ${from.toISOString()} au ${until.toISOString()} (indéterminable)\n`);
    process.stdout.write(`${holds} conservation(s) pour incident en cours\n`);
  } finally {
    await opened.close();
  }
}

async function run(): Promise<void> {
  const opened = await openForRole('rempart_desk', 1);
  try {
    const done = await runRetention(opened.pool, periodKeys(), (entries) => { if (process.stderr.isTTY) process.stderr.write(`\r${entries} écritures effacées`); });
    process.stdout.write(`\neffacés : ${done.entries} écritures, ${done.guarantees} garanties, ${done.rights} droits clos, ${done.keysDestroyed} clés de mois ; feuilles publiées à partir de ${done.minimumIndex}\n`);
  } finally {
    await opened.close();
  }
}

/** `rempart retention show|run|set`: how long anything is kept, and the erasing of what is past its time. */
export async function retention(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { kept, by, reason }, positionals: [what, which] } = parseArgs({ args: [...args], allowPositionals: true, options: { kept: text, by: text, reason: text } });
  if (what === 'show') await show();
  else if (what === 'run') await run();
  else if (what === 'set' && which !== undefined && kept !== undefined) {
    const opened = await openForRole('rempart_desk', 1);
    const done = await setRetention(opened.pool, { class: which, kept, by: by ?? '', reason: reason ?? '' });
    await opened.close();
    if (!done) throw new AppError({ code: 'bad-input', publicText: { fr: 'Rien n’a été changé : classe inconnue, durée hors limites, ou il manque qui décide (--by) et pourquoi (--reason).', en: 'Nothing was changed: unknown class, duration out of bounds, or who decides (--by) and why (--reason) is missing.' } });
  } else {
    process.stderr.write(USAGE);
    return 2;
  }
  return 0;
}
