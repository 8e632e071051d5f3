import { parseArgs } from 'node:util';
import { AppError, type Pool } from '../ground/index.ts';
import { freezeByOperator, giveTouch, liftOnCall, listFreezes, reviewFreeze, type OpenFreeze } from '../guard/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart freeze --installation CLIENT-ID [--user PSEUDONYM] --by NAME --reason TEXT
rempart freeze list
rempart freeze review ID --keep|--lift --by NAME --reason TEXT
rempart freeze lift ID --on-call --by NAME --reason TEXT   (pharmacy or hospital, for 12 hours)
rempart freeze touch --installation CLIENT-ID [--user PSEUDONYM] --by NAME --reason TEXT   (the touch that the guard wants of a software's user)
rempart unfreeze ID --by NAME --reason TEXT\n`;

type Values = Readonly<Partial<Record<'installation' | 'user' | 'by' | 'reason', string>>> & { readonly keep?: boolean; readonly lift?: boolean; readonly 'on-call'?: boolean };

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
  const [text, flag] = [{ type: 'string' } as const, { type: 'boolean' } as const];
  return parseArgs({ args: [...args], allowPositionals: true, options: { installation: text, user: text, by: text, reason: text, keep: flag, lift: flag, 'on-call': flag } });
}

function usage(): number {
  process.stderr.write(USAGE);
  return 2;
}

function describe(each: OpenFreeze): string {
  const marks = [each.unproven ? 'questions sans carte' : 'tout', ...(each.onCallUntil === null ? [] : [`levé par ${each.onCallBy} jusqu'à ${each.onCallUntil.toISOString()}, à revoir par un second`]),
    ...(each.appeal === null ? [] : [`révision demandée (${each.appeal}), réponse avant ${each.appealDueAt?.toISOString()}`]), ...(each.reviewedAt === null ? [`à revoir avant ${each.reviewDueAt.toISOString()}`] : ['revu'])];
  return `${each.id}  ${each.at.toISOString()}  ${each.user === null ? 'installation' : each.user || 'sans nom d’utilisateur'} de ${each.clientId}  par ${each.by}  ${marks.join(' ; ')}\n   ${each.reasons.map((one) => one.fr).join(' ')}\n`;
}

// A human keeps or lifts it; on call, one lifts it for 12 hours.
async function decide(what: 'review' | 'lift', id: string, { by = '', reason = '', keep, lift, 'on-call': onCall }: Values): Promise<number> {
  if (!/^\d+$/.test(id) || (what === 'lift' ? onCall !== true : keep === lift)) return usage();
  const order = { id: Number(id), by, reason };
  return withDesk(async (pool) => { if (!(await (what === 'lift' ? liftOnCall(pool, order) : reviewFreeze(pool, { ...order, lift: lift === true })))) refuse(); });
}

/** `rempart freeze`: stops one user or installation at its next question; `freeze list` shows those not lifted; `freeze review` is a human's word on one. */
export async function freeze(args: readonly string[]): Promise<number> {
  const { values, positionals: [what, id = ''] } = read(args);
  const { installation, user, by, reason } = values;
  if (what === 'list') return withDesk(async (pool) => { for (const each of await listFreezes(pool)) process.stdout.write(describe(each)); });
  if (what === 'review' || what === 'lift') return decide(what, id, values);
  if (installation === undefined) return usage();
  if (what === 'touch') return withDesk(async (pool) => { if (!(await giveTouch(pool, { clientId: installation, user: user ?? '', by: by ?? '', reason: reason ?? '' }))) refuse(); });
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
  return withDesk(async (pool) => { if (!(await reviewFreeze(pool, { id: Number(positionals[0]), lift: true, by: by ?? '', reason: reason ?? '' }))) refuse(); });
}
