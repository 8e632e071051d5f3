import { nirKey } from '../src/identifiers/index.ts';
import { Guard, Watcher, type Trace } from '../src/guard/index.ts';
import type { Ask } from './asking.ts';
import { dayOf, habitsOf, PROFILES, type Met, type Patient, type Practice, type Profile } from './benign.ts';
import { Counter, type Ceilings, type Habits } from './counter.ts';
import { enrolVictim, START, victimsOf, type Rehearsal, type Victim } from './open.ts';
import { Random } from './random.ts';
import type { Leaked } from './script.ts';
import * as store from './store.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Identifiers of honest practices begin with it, and with the numbers that follow for further kinds: those of robbed ones begin with 81 and 82. */
const PREFIX = 50;
/** Monday, midnight. */
const MONDAY = Math.floor(START / DAY) * DAY;

/** An honest practice with the session that it asks with. */
export interface HonestPractice extends Practice {
  readonly victim: Victim;
}

/** What the guard did about one practice since the last look. */
export interface Noted { readonly practice: number; readonly freezes: number; readonly stepUps: number }

/** Who decides about honest questions: the gate and the guard, or the model that the published figures are made with. */
export interface Decider {
  begin(practices: readonly HonestPractice[]): Promise<void>;
  turn(at: number): Promise<void>;
  /** The outcome, or `ceiling`, or `refused`. */
  ask(practice: HonestPractice, trace: Trace): Promise<string>;
  /** What it did since; whoever was frozen is freed again, and a touch that was asked for is given. */
  look(): Promise<readonly Noted[]>;
}

/** Insured of the register about whom every question without proof is a yes on these days. */
export interface Register {
  readonly homes: readonly (readonly Patient[])[];
  readonly abroad: readonly Patient[];
  readonly everyone: readonly Patient[];
  readonly yes: ReadonlySet<string>;
  readonly insurers: readonly number[];
}

const keyOf = (nir: string, birth: string, insurer: number): string => `${nir}|${birth}|${insurer}`;

/** Reads who of the leak is in force for the whole of the days played. */
export async function openRegister(rehearsal: Rehearsal): Promise<Register> {
  const { owner, leaked, indexer, insurerIds } = rehearsal;
  const adults = leaked.filter((person: Leaked) => person.birthRank === 1 && (person.line.includes(';assure;') || person.line.includes(';conjoint;')));
  const known = adults.map((person) => {
    const insurer = insurerIds.get(person.amc) ?? 0;
    const nir = person.nir.slice(0, 13);
    return { index: indexer.byNir(nir, { insurerId: insurer, birthDate: person.birthDate, birthRank: 1 }), patient: { nir, births: [person.birthDate], insurer } };
  });
  const open = await store.inForce(owner, { indexes: known.map(({ index }) => index), from: new Date(MONDAY), until: new Date(MONDAY + 45 * DAY) });
  const everyone = known.filter(({ index }) => open.has(index)).map(({ patient }) => patient);
  const places = [...Map.groupBy(everyone.filter(({ nir }) => !nir.startsWith('99', 5)), ({ nir }) => nir.slice(5, 10)).values()].toSorted((a, b) => b.length - a.length || (a[0] as Patient).nir.localeCompare((b[0] as Patient).nir));
  return { everyone, homes: places.slice(0, 40), abroad: everyone.filter(({ nir }) => nir.startsWith('99', 5)), yes: new Set(everyone.map(({ nir, births, insurer }) => keyOf(nir, births[0] as string, insurer))), insurers: [...new Set(everyone.map(({ insurer }) => insurer))].toSorted((a, b) => a - b) };
}

function patientOf(register: Register, { kind, random, home }: Practice): Patient {
  const place = random.next();
  const { home: local, around, abroad } = kind;
  if (place < local) return random.pick(register.homes[home % register.homes.length] ?? register.everyone);
  if (place < local + around) return random.pick(register.homes[(home + random.integer(1, 10)) % register.homes.length] ?? register.everyone);
  return random.pick(place < local + around + abroad && register.abroad.length > 0 ? register.abroad : register.everyone);
}

/** Sessions of honest practices, by kind. */
export type Sessions = ReadonlyMap<Profile, readonly Victim[]>;

/** Makes establishments of each kind with sessions. */
export async function makeHonestSessions(rehearsal: Rehearsal, each: number): Promise<Sessions> {
  const sessions = new Map<Profile, readonly Victim[]>();
  for (const [i, kind] of PROFILES.entries()) {
    sessions.set(kind, victimsOf(await store.makeSlots(rehearsal.owner, { peerGroup: kind.peers, count: each, prefix: PREFIX + i, vendor: 'rehearsal' }), kind));
  }
  return sessions;
}

/** The same practices with enrolled keys and tokens: they ask over HTTP. */
export async function enrolHonest(rehearsal: Rehearsal, options: { readonly sessions: Sessions; readonly issuer: string }): Promise<Sessions> {
  const { sessions, issuer } = options;
  return new Map(await Promise.all([...sessions].map(async ([kind, victims]): Promise<[Profile, readonly Victim[]]> => [kind, await Promise.all(victims.map((victim) => enrolVictim(rehearsal, { issuer, victim })))])));
}

/** Practices as they are before their first day; made anew for each time they are played. */
export function honestPractices(register: Register, options: { readonly sessions: Sessions; readonly seed: number }): HonestPractice[] {
  return [...options.sessions].flatMap(([kind, victims], k) => victims.map((victim, i) => {
    const number = k * 1000 + i + 1;
    const random = new Random(options.seed * 7919 + number);
    return { kind, victim, random, number, home: random.integer(0, 39), insurers: register.insurers, january: false, start: MONDAY, register: (practice: Practice) => patientOf(register, practice) };
  }));
}

/** Plays honest days: each minute every practice that has a question asks one, then the guard looks, until nobody has one of that minute. @returns what each practice met, by its number, and how many questions were asked. */
export async function playHonest(practices: readonly HonestPractice[], options: { readonly days: number; readonly cardShare: number; readonly decider: Decider }): Promise<{ readonly met: ReadonlyMap<number, Met>; readonly questions: number }> {
  const { decider } = options;
  const met = new Map(practices.map(({ number }): [number, Met] => [number, { falseFreezes: 0, stepUps: 0, refused: 0 }]));
  const patients = new Map(practices.map(({ number }): [number, Patient[]] => [number, []]));
  let questions = 0;
  await decider.begin(practices);
  for (let day = 0; day < options.days; day += 1) {
    const refused = new Set<number>();
    const queues = practices.map((practice) => ({ practice, traces: [...dayOf(practice, patients.get(practice.number) ?? [], { day, cardShare: options.cardShare })].toSorted((a, b) => a.at - b.at) }));
    for (;;) {
      const minute = queues.reduce((least, { traces: [next] }) => Math.min(least, next === undefined ? Infinity : Math.floor(next.at / MINUTE)), Infinity);
      if (minute === Infinity) break;
      await decider.turn(minute * MINUTE);
      for (;;) {
        const due = queues.filter(({ traces: [next] }) => next !== undefined && Math.floor(next.at / MINUTE) === minute);
        if (due.length === 0) break;
        questions += due.length;
        await Promise.all(due.map(async ({ practice, traces }) => {
          const outcome = await decider.ask(practice, { ...(traces.shift() as Trace), at: minute * MINUTE, network: null });
          if (outcome === 'ceiling') refused.add(practice.number);
        }));
        for (const { practice, freezes, stepUps } of await decider.look()) {
          const mine = met.get(practice) as Met;
          mine.falseFreezes += freezes;
          mine.stepUps += stepUps;
        }
      }
    }
    for (const number of refused) (met.get(number) as Met).refused += 1;
  }
  return { met, questions };
}

// One name asks: all that its professional answers for.
const habitsOfPractice = ({ kind, number }: HonestPractice, rule: Ceilings['habit'], cardShare: number): Habits | undefined => habitsOf({ ...kind, people: 1 }, { rule, seed: number, cardShare });

/** The real gate and guard, straight or over HTTP by the way of asking. */
export function realDecider(rehearsal: Rehearsal, options: { readonly ask: Ask; readonly cardShare: number }): Decider {
  const { owner, pools, insurerIds } = rehearsal;
  const amcs = new Map([...insurerIds].map(([amc, id]) => [id, amc]));
  let guard: Guard;
  let after = 0;
  let practiceOf: ReadonlyMap<number, number>;
  return {
    begin: async (practices) => {
      const at = new Date(MONDAY);
      await store.turnClock(owner, at);
      const rule = await store.readHabitRule(owner, at.toISOString().slice(0, 10));
      await store.beginRuns(owner, { installations: practices.map(({ victim }) => victim.installation), habits: practices.map((practice) => habitsOfPractice(practice, rule, options.cardShare)), at, cared: false, known: false });
      await store.makeYoung(owner, { installations: practices.filter(({ kind }) => kind.young).map(({ victim }) => victim.installation), at });
      practiceOf = new Map(practices.map(({ victim, number }) => [victim.installation, number]));
      after = await store.lastEntry(owner);
      guard = new Guard(pools.guard, { overlap: 0, quiet: true, alone: true });
      await guard.remember();
    },
    turn: (at) => store.turnClock(owner, new Date(at)),
    ask: ({ victim }, { root, who, insurer, at }) => options.ask(victim, { minute: 0, amc: amcs.get(insurer) ?? '', nir: root + nirKey(root), birthDate: who.split('|')[1] ?? '' }, at),
    look: async () => {
      await guard.look();
      const { noted, last } = await store.guardActs(owner, after);
      after = last;
      if (noted.some(({ freezes }) => freezes > 0)) await store.liftAll(owner);
      if (noted.some(({ stepUps }) => stepUps > 0)) await store.touchAll(owner);
      return noted.map(({ installation, ...counts }) => ({ practice: practiceOf.get(installation) ?? 0, ...counts }));
    },
  };
}

/** The model of `npm run attack:benign`, told the truth of the register. */
export function modelDecider(register: Register, options: { readonly ceilingsOf: (kind: Profile) => Ceilings; readonly cardShare: number }): Decider {
  const watcher = new Watcher({ alone: true });
  let counters: ReadonlyMap<number, Counter>;
  let asked: { readonly number: number; readonly trace: Trace }[] = [];
  return {
    begin: (practices) => {
      counters = new Map(practices.map((practice) => [practice.number, new Counter(options.ceilingsOf(practice.kind), habitsOfPractice(practice, options.ceilingsOf(practice.kind).habit, options.cardShare))]));
      return Promise.resolve();
    },
    turn: () => Promise.resolve(),
    ask: ({ number }, given) => {
      const trace = { ...given, outcome: register.yes.has(keyOf(given.root, given.who.split('|')[1] ?? '', given.insurer)) ? 'yes' : 'no' };
      if (counters.get(number)?.admits(trace) !== true) return Promise.resolve('ceiling');
      asked.push({ number, trace });
      return Promise.resolve(trace.outcome);
    },
    look: () => {
      const noted = asked.map(({ number, trace }): Noted => {
        const { action } = watcher.take(number, trace);
        if (action === 'freeze') watcher.forget(number);
        return { practice: number, freezes: action === 'freeze' ? 1 : 0, stepUps: action === 'step-up' ? 1 : 0 };
      });
      asked = [];
      return Promise.resolve(noted);
    },
  };
}
