import { Guard, type Mix } from '../src/guard/index.ts';
import { hash128 } from '../src/ground/index.ts';
import { parseCardCode } from '../src/identifiers/index.ts';
import { askInProcess, type Ask } from './asking.ts';
import { habitsOf, workedDay } from './benign.ts';
import { START, type Rehearsal, type Victim } from './open.ts';
import { Random } from './random.ts';
import type { AttackQuestion, AttackScript, Learnt } from './script.ts';
import * as store from './store.ts';

/** One run of one script. */
export interface RunResult {
  readonly script: string;
  readonly seed: number;
  /** Share of honest questions that come with proof of presence: the ceilings without it go by that. */
  readonly mix: Mix;
  /** Whether it went over HTTP with real tokens and proofs; where many sessions collude, one in nineteen of them. */
  readonly api: boolean;
  /** Distinct persons it was told of, by all its sessions. */
  readonly persons: number;
  readonly questions: number;
  /** Questions answered before the first freeze; null when it was never frozen. */
  readonly questionsToFreeze: number | null;
  /** Simulated seconds from the first question to the first freeze. */
  readonly secondsToFreeze: number | null;
  /** Answers given to a frozen user after the question that froze it. */
  readonly answersAfterFreeze: number;
  readonly othersFrozen: number;
  /** Whether the journal alone names exactly the persons it was told of. */
  readonly listedExactly: boolean;
  /** Persons told when the guard first raised an alarm over the platform; null when it did not. */
  readonly personsAtAlarm: number | null;
}

export interface PlayOptions {
  readonly seeds: readonly number[];
  readonly mix?: Mix;
  /** Without ceilings and guard, as portals were in 2024. */
  readonly unguarded?: boolean;
  readonly questionsMax?: number;
  /** Over HTTP: sessions that are enrolled, and how they ask. All sessions, or one in so many of them, from the first on. */
  readonly api?: { readonly victims: readonly Victim[]; readonly ask: Ask; readonly oneIn?: number };
  /** The order in which the sessions of one step are served: it changes no outcome (a test shuffles it). */
  readonly order?: <T>(list: readonly T[]) => readonly T[];
}

const MINUTE = 60_000;
/** A session's run ends here whatever the script would still ask. */
const QUESTIONS_MAX = 3000;
/** Told that the ceiling is reached, a thief waits this long, then twice as long each time, up to four hours. */
const WAIT_MINUTES = 30;
const WAIT_MINUTES_MAX = 240;
/** The guard looks every half second; a session that asks faster than once a second goes on in the next minute. */
const LOOKS_A_MINUTE = 60;

interface Thief {
  readonly run: number;
  readonly victim: Victim;
  readonly ask: Ask;
  readonly overHttp: boolean;
  readonly asking: Generator<AttackQuestion, void, Learnt>;
  readonly names: Set<string>;
  readonly told: string[];
  /** Told to the practice itself meanwhile. */
  readonly toldOwn: string[];
  next: AttackQuestion | undefined;
  waited: number;
  patience: number;
  questions: number;
  /** Users (empty: the installation) that are frozen, and whether only their questions without presence are. */
  readonly frozen: Map<string, boolean>;
  frozenAfter: { readonly questions: number; readonly minute: number } | undefined;
  answersAfterFreeze: number;
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

const horizonOf = (script: AttackScript): number => (script.days ?? (script.class === 'slow' ? 30 : 1)) * 1440;

/** Plays one script several times: independent runs, each on sessions of its own, served together. Same seed, same result. */
export async function playRuns(rehearsal: Rehearsal, script: AttackScript, options: PlayOptions): Promise<RunResult[]> {
  const play = new Play(rehearsal, script, options);
  return play.run();
}

class Play {
  readonly #rehearsal: Rehearsal;
  readonly #script: AttackScript;
  readonly #options: PlayOptions;
  readonly #thieves: Thief[];
  readonly #sessions: number;
  #guard: Guard | undefined;
  #personsAtAlarm: number | null = null;
  #othersFrozen = 0;

  constructor(rehearsal: Rehearsal, script: AttackScript, options: PlayOptions) {
    this.#rehearsal = rehearsal;
    this.#script = script;
    this.#options = options;
    this.#sessions = script.sessions ?? 1;
    this.#thieves = options.seeds.flatMap((seed, run) => Array.from({ length: this.#sessions }, (_, session) => this.#thief({ seed, run, session, ...this.#seat(run * this.#sessions + session) })));
  }

  // Whose session it is, and how it asks.
  #seat(i: number): Pick<Thief, 'victim' | 'ask' | 'overHttp'> {
    const { api } = this.#options;
    const overHttp = api !== undefined && i % (api.oneIn ?? 1) === 0;
    const victim = overHttp ? api.victims[i / (api.oneIn ?? 1)] : this.#rehearsal.slots[this.#script.stolenFrom ?? 'doctor'][i];
    if (victim === undefined) throw new Error(`${this.#script.name}: more sessions than practices`);
    return { victim, overHttp, ask: overHttp ? api.ask : askInProcess(this.#rehearsal.checks) };
  }

  #thief({ seed, run, session, victim, ask, overHttp }: Pick<Thief, 'run' | 'victim' | 'ask' | 'overHttp'> & { readonly seed: number; readonly session: number }): Thief {
    const { insurers, leaked, cards } = this.#rehearsal;
    // What the sessions of one run share has one order; each has chance of its own.
    const shared = new Random(seed);
    const list = shuffled(leaked, shared);
    const random = new Random(seed * 7919 + session);
    const asking = this.#script.questions({ random, insurers, leaked: list, cards: shuffled(cards, shared), patients: victim.patients, waiting: victim.waiting, colleague: store.NAMES.colleague, session, sessions: this.#sessions });
    return { run, victim, ask, overHttp, asking, names: new Set([victim.user]), told: [], toldOwn: [], next: undefined, waited: 0, patience: WAIT_MINUTES, questions: 0, frozen: new Map(), frozenAfter: undefined, answersAfterFreeze: 0 };
  }

  async run(): Promise<RunResult[]> {
    const { owner, pools } = this.#rehearsal;
    const installations = this.#thieves.map((thief) => thief.victim.installation);
    await store.turnClock(owner, new Date(START));
    const [day, cardShare] = [new Date(START).toISOString().slice(0, 10), Number(this.#options.mix ?? '0') / 100];
    const rule = await store.readHabitRule(owner, day);
    const proportioned = (await store.readProportion(owner, { peers: this.#script.stolenFrom ?? 'doctor', day })) !== undefined;
    const habits = this.#thieves.map(({ victim }) => this.#options.unguarded === true ? undefined : habitsOf(victim.size, { rule, seed: victim.nth, cardShare, proportioned }));
    const worked = this.#thieves.map(({ victim }) => this.#script.afterWork === true ? workedDay(victim.size, cardShare) : undefined);
    await store.beginRuns(owner, { installations, habits, at: new Date(START), cared: this.#script.class === 'slow', known: this.#script.patientsKnown === true, worked });
    const after = await store.lastEntry(owner);
    if (this.#options.unguarded !== true) {
      this.#guard = new Guard(pools.guard, { overlap: 0, quiet: true, alone: this.#script.class !== 'collusion', apart: this.#script.class !== 'collusion' });
      await this.#guard.remember();
    }
    for (const thief of this.#thieves) this.#advance(thief, 'no');
    await this.#playMinutes();
    return this.#results(after);
  }

  async #playMinutes(): Promise<void> {
    const horizon = horizonOf(this.#script);
    let caredOn = 0;
    for (;;) {
      const minute = this.#thieves.reduce((least, thief) => (thief.next === undefined ? least : Math.min(least, thief.next.minute + thief.waited)), Number.POSITIVE_INFINITY);
      if (minute > horizon) return;
      await store.turnClock(this.#rehearsal.owner, new Date(START + minute * MINUTE));
      if (this.#script.class === 'slow' && minute >= caredOn + 1440) {
        caredOn = minute;
        await store.carePeers(this.#rehearsal.owner, new Date(START + minute * MINUTE));
        await this.#guard?.lookAtCare(START + minute * MINUTE);
        await this.#noteFrozen(minute);
      }
      for (let look = 0; look < LOOKS_A_MINUTE; look += 1) {
        const due = this.#thieves.filter((thief) => thief.next !== undefined && thief.next.minute + thief.waited <= minute);
        if (due.length === 0) break;
        await this.#step(due, minute);
      }
    }
  }

  // One question of each session, more where they are sent together; then the guard looks.
  async #step(due: readonly Thief[], minute: number): Promise<void> {
    const ordered = (this.#options.order ?? ((list) => list))(due);
    await Promise.all(ordered.map(async (thief) => {
      do {
        await this.#askNext(thief, minute);
      } while (thief.next?.together === true && thief.next.minute + thief.waited <= minute);
    }));
    if (this.#guard === undefined) return;
    await this.#guard.look();
    await this.#noteFrozen(minute);
  }

  async #askNext(thief: Thief, minute: number): Promise<void> {
    const question = thief.next as AttackQuestion;
    const user = question.user ?? thief.victim.user;
    thief.names.add(user);
    if (question.signInAgain === true) {
      await store.signInAgain(this.#rehearsal.owner, { installation: thief.victim.installation, user });
      thief.frozen.delete(user);
    }
    const learnt = await thief.ask(thief.victim, question, START + minute * MINUTE);
    if (learnt === 'refused') thief.frozenAfter ??= { questions: thief.questions, minute };
    else if (learnt === 'ceiling') {
      thief.waited += thief.patience;
      thief.patience = Math.min(thief.patience * 2, WAIT_MINUTES_MAX);
    } else {
      thief.patience = WAIT_MINUTES;
      if (question.own !== true) thief.questions += 1;
      if (learnt !== 'nothing' && this.#stops(thief, question)) thief.answersAfterFreeze += 1;
      if (learnt === 'yes' || learnt === 'no-with-reason') (question.own === true ? thief.toldOwn : thief.told).push(this.#indexOf(question));
    }
    // To the thief a form that is refused is a no.
    this.#advance(thief, learnt === 'nothing' ? 'no' : learnt);
  }

  // A freeze of questions without presence lets those with a card or about a known patient go on.
  #stops(thief: Thief, question: AttackQuestion): boolean {
    const proven = question.card !== undefined || this.#script.patientsKnown === true;
    return [question.user ?? thief.victim.user, ''].some((user) => thief.frozen.has(user) && (thief.frozen.get(user) === false || !proven));
  }

  #advance(thief: Thief, learnt: Learnt): void {
    const max = Math.min(this.#options.questionsMax ?? QUESTIONS_MAX, QUESTIONS_MAX);
    const step = thief.questions >= max ? undefined : thief.asking.next(learnt);
    thief.next = step === undefined || step.done === true ? undefined : step.value;
  }

  #indexOf(question: AttackQuestion): string {
    const { indexer, insurerIds } = this.#rehearsal;
    if (question.card !== undefined) return hash128(parseCardCode(question.card).cardId);
    const who = { insurerId: insurerIds.get(question.amc) ?? 0, birthDate: question.birthDate ?? '', birthRank: question.birthRank ?? 1 };
    return question.nir === undefined ? indexer.byAdherent(question.adherentNumber ?? '', who) : indexer.byNir(question.nir.slice(0, 13), who);
  }

  async #noteFrozen(minute: number): Promise<void> {
    const { owner } = this.#rehearsal;
    const frozen = await store.frozenNow(owner);
    const byInstallation = new Map(this.#thieves.map((thief) => [thief.victim.installation, thief]));
    this.#othersFrozen = 0;
    for (const { installation, user, unproven } of frozen) {
      const thief = byInstallation.get(installation);
      if (thief === undefined || (user !== '' && !thief.names.has(user))) this.#othersFrozen += 1;
      else if (thief.frozen.get(user) !== unproven) {
        thief.frozen.set(user, unproven);
        thief.frozenAfter ??= { questions: thief.questions, minute };
      }
    }
    if (this.#script.class === 'collusion' && this.#personsAtAlarm === null && (await store.alarms(owner)).length > 0) this.#personsAtAlarm = new Set(this.#thieves.flatMap((thief) => thief.told)).size;
  }

  async #results(after: number): Promise<RunResult[]> {
    const { owner } = this.#rehearsal;
    const truth = await store.personsOf(owner, [...new Set(this.#thieves.flatMap((thief) => [...thief.told, ...thief.toldOwn]))]);
    const listed = await store.exposureOf(owner, { after, installations: this.#thieves.map((thief) => thief.victim.installation) });
    return this.#options.seeds.map((seed, run) => {
      const mine = this.#thieves.filter((thief) => thief.run === run);
      const personsOf = (told: (thief: Thief) => readonly string[]): string[] => [...new Set(mine.flatMap((thief) => told(thief).map((index) => truth.get(index) ?? index)))].toSorted();
      const persons = personsOf((thief) => thief.told);
      const all = personsOf((thief) => [...thief.told, ...thief.toldOwn]);
      const journalled = [...new Set(mine.flatMap((thief) => listed.get(thief.victim.installation) ?? []))].toSorted();
      const first = mine.map((thief) => thief.frozenAfter).filter((each) => each !== undefined).toSorted((a, b) => a.minute - b.minute || a.questions - b.questions)[0];
      return { script: this.#script.name, seed, mix: this.#options.mix ?? '0', api: mine.some((thief) => thief.overHttp), persons: persons.length, questions: mine.reduce((sum, thief) => sum + thief.questions, 0),
        questionsToFreeze: first?.questions ?? null, secondsToFreeze: first === undefined ? null : first.minute * 60, answersAfterFreeze: mine.reduce((sum, thief) => sum + thief.answersAfterFreeze, 0),
        othersFrozen: this.#othersFrozen, listedExactly: JSON.stringify(all) === JSON.stringify(journalled), personsAtAlarm: this.#personsAtAlarm };
    });
  }
}
