import { randomUUID } from 'node:crypto';
import { callApi, obtainToken } from '../src/access/index.ts';
import { readQuestion, type Answer, type Checks } from '../src/checks/index.ts';
import { AppError } from '../src/ground/index.ts';
import type { PlainDate } from '../src/identifiers/index.ts';
import type { Victim } from './open.ts';
import type { AttackQuestion, Learnt } from './script.ts';

/** Asks one question with a stolen session, at a simulated moment. `nothing`: the form was wrong, nobody was looked up. */
export type Ask = (victim: Victim, question: AttackQuestion, at: number) => Promise<Learnt | 'nothing'>;

function bodyOf(victim: Victim, question: AttackQuestion, careDate: string): Record<string, unknown> {
  const { amc, nir, adherentNumber, birthDate, birthRank, card } = question;
  const user = question.user ?? victim.user;
  const common = { reference: 'A', ...(user === '' ? {} : { user }), domain: 'MEDE', careDate };
  if (card !== undefined) return { ...common, card };
  return { ...common, insurer: { amcNumber: amc }, ...(nir === undefined ? { adherentNumber } : { nir }), birthDate, birthRank: birthRank ?? 1 };
}

const LEARNT: Readonly<Record<string, Learnt | 'nothing'>> = { ceiling: 'ceiling', 'bad-input': 'nothing' };
// A no with a reason that depends on the register tells of a person.
function learntOf({ verdict, reason }: Pick<Answer, 'verdict' | 'reason'>): Learnt {
  return verdict === 'no' && (reason?.code === 'not-in-force' || reason?.code === 'domain-closed') ? 'no-with-reason' : verdict;
}
const dayOf = (at: number): PlainDate => new Date(at).toISOString().slice(0, 10) as PlainDate;

/** Through the checks, the gate and the guard in this process: everything but HTTP, tokens and proofs. */
export function askInProcess(checks: Checks): Ask {
  return async (victim, question, at) => {
    const careDate = dayOf(at);
    try {
      const caller = { session: victim.session, jkt: victim.jkt, proofId: randomUUID() };
      return learntOf(await checks.ask({ caller, question: readQuestion(bodyOf(victim, question, careDate), { today: careDate }), arrivedAtMs: performance.now() }));
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      if (cause.code === 'unavailable') throw cause;
      return LEARNT[cause.code] ?? 'refused';
    }
  };
}

/** Over HTTP, with the stolen key's token and a fresh proof for each question. */
export function askOverApi(apiUrl: string): Ask {
  return async (victim, question, at) => {
    if (victim.enrolled === undefined) throw new Error('this session has no key of its own');
    const mine = victim.enrolled;
    if (mine.token.expiresAtMs < Date.now() + 60_000) mine.token = await obtainToken(mine.enrolled);
    const { status, body } = await callApi({ ...mine, url: `${apiUrl}/v1/checks`, body: bodyOf(victim, question, dayOf(at)) });
    if (status === 200) return learntOf(body as Answer);
    if (status >= 500) throw new Error(`the API answered ${status}`);
    const type = ((body as { type?: string }).type ?? '').replace('urn:rempart:error:', '');
    return LEARNT[type] ?? 'refused';
  };
}
