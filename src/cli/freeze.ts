import { parseArgs } from 'node:util';
import { AppError, type Pool } from '../ground/index.ts';
import { freezeByOperator, liftByOperator, listFreezes } from '../guard/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart freeze --installation CLIENT-ID [--user PSEUDONYM] --by NAME --reason TEXT
rempart freeze list
rempart unfreeze ID --by NAME --reason TEXT\n`;

type Values = Readonly<Partial<Record<'installation' | 'user' | 'by' | 'reason', string>>>;

function refuse(): never {
  throw new AppError({ code: 'bad-input', publicText: { fr: 'Rien n’a été changé : inconnu, ou il manque qui décide (--by) et pourquoi (--reason).', en: 'Nothing was changed: unknown, or who decides (--by) and why (--reason) is missing.' } });
}

async function withDesk(work: (pool: Pool) => Promise<void>): Promise<number> {
  const opened = await openForRole('rempart_desk', 1);
  try {
    await work(opened.pool);
    return 0;
  } finally {
    await opened.close();
  }
}

function read(args: readonly string[]): { values: Values; positionals: string[] } {
  const text = { type: 'string' } as const;
  return parseArgs({ args: [...args], allowPositionals: true, options: { installation: text, user: text, by: text, reason: text } });
}

function usage(): number {
  process.stderr.write(USAGE);
  return 2;
}

/** `rempart freeze`: stops one user or installation at its next question; `freeze list` shows those not lifted. */
export async function freeze(args: readonly string[]): Promise<number> {
  const { values: { installation, user, by, reason }, positionals } = read(args);
  if (positionals[0] === 'list') {
    return withDesk(async (pool) => {
      for (const each of await listFreezes(pool)) {
        process.stdout.write(`${each.id}  ${each.at.toISOString()}  ${each.user ?? 'installation'} de ${each.clientId}  par ${each.by}  à revoir avant ${each.reviewDueAt.toISOString()}\n   ${each.reasons.map((one) => one.fr).join(' ')}\n`);
      }
    });
  }
  if (installation === undefined) return usage();
  return withDesk(async (pool) => {
    const id = await freezeByOperator(pool, { clientId: installation, by: by ?? '', reason: reason ?? '', ...(user === undefined ? {} : { user }) });
    if (id === null) refuse();
    process.stdout.write(`gel n° ${id}\n`);
  });
}

/** `rempart unfreeze ID`: lifts one freeze; what was counted stays counted. */
export async function unfreeze(args: readonly string[]): Promise<number> {
  const { values: { by, reason }, positionals } = read(args);
  if (!/^\d+$/.test(positionals[0] ?? '')) return usage();
  return withDesk(async (pool) => { if (!(await liftByOperator(pool, { id: Number(positionals[0]), by: by ?? '', reason: reason ?? '' }))) refuse(); });
}
