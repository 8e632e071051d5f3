import { parseArgs } from 'node:util';
import { AppError } from '../ground/index.ts';
import { countDecoys, openDecoyEpoch } from '../guard/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart decoys status
rempart decoys rotate --by NAME --and NAME --reason TEXT [--per-mille N]\n`;

/** `rempart decoys status|rotate`: how many decoy persons each insurer's register holds; new ones with each next full file. */
export async function decoys(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { by = '', and = '', reason = '', 'per-mille': perMille }, positionals: [what] } = parseArgs({ args: [...args], allowPositionals: true, options: { by: text, and: text, reason: text, 'per-mille': text } });
  if ((what !== 'status' && what !== 'rotate') || (perMille !== undefined && !/^\d{1,3}$/.test(perMille))) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (what === 'status') {
      for (const { amc, epoch, live, hit, retired } of await countDecoys(opened.pool)) process.stdout.write(`${amc}  époque ${epoch} : ${live} en place, ${hit} touchés, ${retired} retirés\n`);
      return 0;
    }
    const epoch = await openDecoyEpoch(opened.pool, { by, and, reason, ...(perMille === undefined ? {} : { perMille: Number(perMille) }) });
    if (epoch === null) throw new AppError({ code: 'bad-input', publicText: { fr: 'Rien n’a été changé : il faut deux personnes différentes (--by, --and) et un motif (--reason).', en: 'Nothing was changed: two different persons (--by, --and) and a reason (--reason) are needed.' } });
    process.stdout.write(`époque ${epoch} ouverte : chaque assureur reçoit ses nouveaux leurres avec son prochain fichier complet\n`);
    return 0;
  } finally {
    await opened.close();
  }
}
