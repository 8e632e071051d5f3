import { randomUUID } from 'node:crypto';
import { Checks, readQuestion } from '../src/checks/index.ts';
import { AppError, type KeyRing, type Pool } from '../src/ground/index.ts';
import { Guard, type Mix } from '../src/guard/index.ts';
import type { PlainDate } from '../src/identifiers/index.ts';
import { createBlindIndexer } from '../src/registry/index.ts';
import { Random } from './random.ts';
import type { AttackQuestion, AttackScript, Learnt, Loot } from './script.ts';
import * as store from './store.ts';

/** The real gate, checks and guard on a database made for rehearsals. */
export interface Rehearsal {
  readonly owner: Pool;
  readonly checks: Checks;
  readonly guardPool: Pool;
  readonly keyRing: KeyRing;
  /** Client id of the installation whose session is stolen. */
  readonly clientId: string;
  readonly loot: Omit<Loot, 'random'>;
  /** Row numbers of insurers by AMC number. */
  readonly insurerIds: ReadonlyMap<string, number>;
}

/** One run of one script. */
export interface RunResult {
  readonly script: string;
  readonly seed: number;
  /** Share of honest questions that come with proof of presence: the ceilings without it go by that. */
  readonly mix: Mix;
  /** Distinct persons it was told of. */
  readonly persons: number;
  readonly questions: number;
  /** Questions answered before the freeze; null when it was never frozen. */
  readonly questionsToFreeze: number | null;
  /** Simulated seconds from the first question to the freeze. */
  readonly secondsToFreeze: number | null;
  readonly othersFrozen: number;
  /** Whether the journal alone names exactly the persons it was told of. */
  readonly listedExactly: boolean;
}

interface RunOptions {
  readonly seed: number;
  readonly mix?: Mix;
  /** Without ceilings and guard, as portals were in 2024. */
  readonly unguarded?: boolean;
  readonly questionsMax?: number;
}

/** A Monday of early March, eight o'clock: every contract of the made-up year runs. */
const START = Date.UTC(new Date().getUTCFullYear(), 2, 2, 8);
const MINUTE = 60_000;
/** A run ends here whatever the script would still ask. */
const QUESTIONS_MAX = 3000;
const HORIZON_MINUTES: Readonly<Record<AttackScript['class'], number>> = { 'no-card': 1440, 'cards-held': 1440, slow: 30 * 1440, collusion: 1440, platform: 1440 };
/** Told that the ceiling is reached, a thief waits this long. */
const WAIT_MINUTES = 30;

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

function indexOf(rehearsal: Rehearsal, question: AttackQuestion): string {
  const indexer = createBlindIndexer(rehearsal.keyRing.indexKey);
  const who = { insurerId: rehearsal.insurerIds.get(question.amc) ?? 0, birthDate: question.birthDate, birthRank: question.birthRank ?? 1 };
  return question.nir === undefined ? indexer.byAdherent(question.adherentNumber ?? '', who) : indexer.byNir(question.nir.slice(0, 13), who);
}

async function askOne(rehearsal: Rehearsal, thief: { readonly session: string; readonly jkt: string; readonly user: string }, question: AttackQuestion & { readonly at: number }): Promise<Learnt> {
  const { amc, nir, adherentNumber, birthDate, birthRank, at } = question;
  const careDate = new Date(at).toISOString().slice(0, 10) as PlainDate;
  const body = { reference: 'A', user: thief.user, insurer: { amcNumber: amc }, ...(nir === undefined ? { adherentNumber } : { nir }), birthDate, birthRank: birthRank ?? 1, domain: 'MEDE', careDate };
  try {
    const answer = await rehearsal.checks.ask({ caller: { session: thief.session, jkt: thief.jkt, proofId: randomUUID() }, question: readQuestion(body, { today: careDate }), arrivedAtMs: performance.now() });
    return answer.verdict;
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    if (cause.code === 'ceiling') return 'ceiling';
    // A form that is wrong was never looked up: the thief learns nothing and goes on.
    return cause.code === 'bad-input' ? 'no' : 'refused';
  }
}

/** Plays one script once. Same seed, same result: minutes are simulated, questions go one after the other. */
export async function playRun(rehearsal: Rehearsal, script: AttackScript, options: RunOptions): Promise<RunResult> {
  const { owner } = rehearsal;
  const unguarded = options.unguarded ?? false;
  const thief = { session: randomUUID(), jkt: randomUUID(), user: `${script.name}-${options.seed}-${unguarded ? '2024' : (options.mix ?? '0')}` };
  const random = new Random(options.seed);
  await store.forgetRun(owner);
  await store.turnClock(owner, new Date(START));
  await store.plantSession(owner, { clientId: rehearsal.clientId, hash: thief.session, jkt: thief.jkt });
  const after = await store.lastEntry(owner);
  const guard = new Guard(rehearsal.guardPool);
  await guard.remember();
  const told: string[] = [];
  let [questions, waited, clock, frozenAt] = [0, 0, -1, null as number | null];
  const asking = script.questions({ ...rehearsal.loot, leaked: shuffled(rehearsal.loot.leaked, random), random });
  const max = Math.min(options.questionsMax ?? QUESTIONS_MAX, QUESTIONS_MAX);
  for (let step = asking.next('no'); step.done !== true && questions < max;) {
    const minute = step.value.minute + waited;
    if (minute > HORIZON_MINUTES[script.class]) break;
    if (minute > clock) await store.turnClock(owner, new Date(START + minute * MINUTE));
    clock = Math.max(clock, minute);
    const learnt = await askOne(rehearsal, thief, { ...step.value, at: START + minute * MINUTE });
    if (learnt === 'refused') {
      frozenAt = minute;
      break;
    }
    if (learnt === 'ceiling') waited += WAIT_MINUTES;
    else {
      questions += 1;
      if (learnt === 'yes') told.push(indexOf(rehearsal, step.value));
      if (!unguarded) await guard.look();
    }
    step = asking.next(learnt);
  }
  const truth = await store.personsOf(owner, told);
  const listed = await store.exposureOf(owner, { pseudonym: thief.user, after });
  const others = (await store.frozenUsers(owner)).filter((pseudonym) => pseudonym !== thief.user);
  return { script: script.name, seed: options.seed, mix: options.mix ?? '0', persons: truth.length, questions, questionsToFreeze: frozenAt === null ? null : questions, secondsToFreeze: frozenAt === null ? null : frozenAt * 60, othersFrozen: others.length,
    listedExactly: JSON.stringify(truth) === JSON.stringify(listed) };
}
