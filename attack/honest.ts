import type { Pool } from '../src/ground/index.ts';
import { nirKey } from '../src/identifiers/index.ts';
import { Guard, Watcher, type Trace } from '../src/guard/index.ts';
import type { Ask } from './asking.ts';
import { dayOf, FLU_SHARE, habitsOf, PROFILES, type HonestQuestion, type Met, type Patient, type Practice, type Profile } from './benign.ts';
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

/** One who asks honestly, with the session of their place and in their own name. */
export interface HonestPractice extends Practice {
  readonly victim: Victim;
  readonly place: number;
  readonly name: string;
}

/** What the guard did in one place since the last look. */
export interface Noted { readonly place: number; readonly freezes: number; readonly stepUps: number }

/** Who decides about honest questions: the gate and the guard, or the model that the published figures are made with. */
export interface Decider {
  /** Whether questions with proof of presence count for what is left to the others of that kind. */
  proportioned(kind: Profile): boolean;
  begin(practices: readonly HonestPractice[]): Promise<void>;
  turn(at: number): Promise<void>;
  /** So many persons more were told of in these places with proof of presence. */
  prove(places: ReadonlyMap<number, number>): Promise<void>;
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

/** Makes establishments of each kind with sessions, for so many people who ask: fewer where several ask in one. */
export async function makeHonestSessions(rehearsal: Rehearsal, people: number): Promise<Sessions> {
  const sessions = new Map<Profile, readonly Victim[]>();
  for (const [i, kind] of PROFILES.entries()) {
    const slots = await store.makeSlots(rehearsal.owner, { peerGroup: kind.peers, count: Math.ceil(people / kind.people), prefix: PREFIX + i, vendor: 'rehearsal' });
    if (kind.people > 1) await store.addNames(rehearsal.owner, slots, kind.people);
    sessions.set(kind, victimsOf(slots, kind));
  }
  return sessions;
}

/** The same practices with enrolled keys and tokens: they ask over HTTP. */
export async function enrolHonest(rehearsal: Rehearsal, options: { readonly sessions: Sessions; readonly issuer: string }): Promise<Sessions> {
  const { sessions, issuer } = options;
  const enrolled = new Map<Profile, readonly Victim[]>();
  for (const [kind, victims] of sessions) enrolled.set(kind, await Promise.all(victims.map((victim) => enrolVictim(rehearsal, { issuer, victim }))));
  for (const [kind, victims] of enrolled) if (kind.people > 1) await store.addNames(rehearsal.owner, victims, kind.people);
  return enrolled;
}

// Each place has room for so many who ask.
const PEOPLE_MAX = 10;
const DAYS_MAX = 30;

/** Who asks, as they are before their first day; made anew for each time they are played. Those of one place have their flu weeks together. */
export function honestPractices(register: Register, options: { readonly sessions: Sessions; readonly seed: number }): HonestPractice[] {
  return [...options.sessions].flatMap(([kind, victims], k) => victims.flatMap((victim, i) => {
    const place = (k * 1000 + i + 1) * PEOPLE_MAX;
    const chance = new Random(options.seed * 7919 + place);
    const shared = { kind, victim, place, home: chance.integer(0, 39), insurers: register.insurers, january: false, start: MONDAY, register: (practice: Practice) => patientOf(register, practice),
      ...(kind.people === 1 ? {} : { flu: Array.from({ length: DAYS_MAX }, () => chance.next() < FLU_SHARE) }) };
    return (kind.people === 1 ? [victim.user] : store.namesOf(kind.people)).map((name, nth) => ({ ...shared, name, number: place + nth, random: new Random(options.seed * 7919 + place + nth + 1) }));
  }));
}

// Persons told of with proof of presence until the end of a minute, by place; their questions leave the queues.
function takeProven(queues: readonly { readonly practice: HonestPractice; readonly questions: HonestQuestion[] }[], minute: number): Map<number, number> {
  const places = new Map<number, number>();
  for (const { practice: { place }, questions } of queues) {
    for (let i = 0; i < questions.length && Math.floor((questions[i] as HonestQuestion).at / MINUTE) === minute;) {
      if (questions[i]?.proven !== true) i += 1;
      else {
        questions.splice(i, 1);
        places.set(place, (places.get(place) ?? 0) + 1);
      }
    }
  }
  return places;
}

/**
 * Plays honest days: each minute every one who has a question asks one, in an order of places and names, then the guard looks, until nobody has one of that
 * minute. @returns what each met, by number (what the guard did in a place, with its first), and how many questions were asked.
 */
export async function playHonest(practices: readonly HonestPractice[], options: { readonly days: number; readonly cardShare: number; readonly decider: Decider }): Promise<{ readonly met: ReadonlyMap<number, Met>; readonly questions: number }> {
  const { decider, cardShare } = options;
  const met = new Map(practices.map(({ number }): [number, Met] => [number, { falseFreezes: 0, stepUps: 0, refused: 0 }]));
  const patients = new Map(practices.map(({ number }): [number, Patient[]] => [number, []]));
  let questions = 0;
  await decider.begin(practices);
  for (let day = 0; day < options.days; day += 1) {
    const refused = new Set<number>();
    const queues = practices.map((practice) => ({ practice, questions: [...dayOf(practice, patients.get(practice.number) ?? [], { day, cardShare, proven: decider.proportioned(practice.kind) })].toSorted((a, b) => a.at - b.at) }));
    for (;;) {
      const minute = queues.reduce((least, { questions: [next] }) => Math.min(least, next === undefined ? Infinity : Math.floor(next.at / MINUTE)), Infinity);
      if (minute === Infinity) break;
      await decider.turn(minute * MINUTE);
      await decider.prove(takeProven(queues, minute));
      for (;;) {
        const due = nextOfEachPlace(queues.filter(({ questions: [next] }) => next !== undefined && Math.floor(next.at / MINUTE) === minute));
        if (due.length === 0) break;
        questions += due.length;
        await Promise.all(due.map(async ({ practice, questions: mine }) => {
          const outcome = await decider.ask(practice, { ...(mine.shift() as Trace), at: minute * MINUTE, network: null });
          if (outcome === 'ceiling') refused.add(practice.number);
        }));
        for (const { place, freezes, stepUps } of await decider.look()) {
          const mine = met.get(place) as Met;
          mine.falseFreezes += freezes;
          mine.stepUps += stepUps;
        }
      }
    }
    for (const number of refused) (met.get(number) as Met).refused += 1;
  }
  return { met, questions };
}

// Those of one place take turns: which of them the ceiling of the place refuses would else be chance.
const nextOfEachPlace = <T extends { readonly practice: HonestPractice }>(due: readonly T[]): T[] => [...new Map(due.toReversed().map((each) => [each.practice.place, each])).values()];

const habitsOfPlace = ({ kind, place }: HonestPractice, { habit, proportion }: Pick<Ceilings, 'habit' | 'proportion'>, cardShare: number): Habits | undefined =>
  habitsOf(kind, { rule: habit, seed: place, cardShare, proportioned: proportion !== undefined });
const firstsOf = (practices: readonly HonestPractice[]): HonestPractice[] => practices.filter(({ place, number }) => place === number);

/** The ceilings of each kind as they stand on the days played. */
export async function readAllCeilings(owner: Pool): Promise<(kind: Profile) => Ceilings> {
  const day = new Date(MONDAY).toISOString().slice(0, 10);
  const all = new Map(await Promise.all([...new Set(PROFILES.map(({ peers }) => peers))].map(async (peers): Promise<[string, Ceilings]> => [peers, await store.readCeilings(owner, { peers, day })])));
  return ({ peers }) => all.get(peers) as Ceilings;
}

/** The real gate and guard, straight or over HTTP by the way of asking. */
export function realDecider(rehearsal: Rehearsal, options: { readonly ask: Ask; readonly cardShare: number; readonly ceilingsOf: (kind: Profile) => Ceilings }): Decider {
  const { owner, pools, insurerIds } = rehearsal;
  const amcs = new Map([...insurerIds].map(([amc, id]) => [id, amc]));
  let guard: Guard;
  let after = 0;
  let placeOf: ReadonlyMap<number, number>;
  let installationOf: ReadonlyMap<number, number>;
  return {
    proportioned: (kind) => options.ceilingsOf(kind).proportion !== undefined,
    begin: async (practices) => {
      const at = new Date(MONDAY);
      await store.turnClock(owner, at);
      const places = firstsOf(practices);
      await store.beginRuns(owner, { installations: places.map(({ victim }) => victim.installation), habits: places.map((first) => habitsOfPlace(first, options.ceilingsOf(first.kind), options.cardShare)), at, cared: false, known: false });
      await store.makeYoung(owner, { installations: places.filter(({ kind }) => kind.young).map(({ victim }) => victim.installation), at });
      placeOf = new Map(places.map(({ victim, place }) => [victim.installation, place]));
      installationOf = new Map(places.map(({ victim, place }) => [place, victim.installation]));
      after = await store.lastEntry(owner);
      guard = new Guard(pools.guard, { overlap: 0, quiet: true, alone: true });
      await guard.remember();
    },
    turn: (at) => store.turnClock(owner, new Date(at)),
    prove: async (places) => {
      if (places.size > 0) await store.prove(owner, { installations: [...places.keys()].map((place) => installationOf.get(place) ?? 0), counts: [...places.values()] });
    },
    ask: ({ victim, name }, { root, who, insurer, at }) => options.ask(victim, { minute: 0, amc: amcs.get(insurer) ?? '', nir: root + nirKey(root), birthDate: who.split('|')[1] ?? '', user: name }, at),
    look: async () => {
      await guard.look();
      const { noted, last } = await store.guardActs(owner, after);
      after = last;
      if (noted.some(({ freezes }) => freezes > 0)) await store.liftAll(owner);
      if (noted.some(({ stepUps }) => stepUps > 0)) await store.touchAll(owner);
      return noted.map(({ installation, ...counts }) => ({ place: placeOf.get(installation) ?? 0, ...counts }));
    },
  };
}

/** The model of `npm run attack:benign`, told the truth of the register. */
export function modelDecider(register: Register, options: { readonly ceilingsOf: (kind: Profile) => Ceilings; readonly cardShare: number }): Decider {
  const watcher = new Watcher({ alone: true });
  let counters: ReadonlyMap<number, Counter>;
  let asked: { readonly practice: HonestPractice; readonly trace: Trace }[] = [];
  let now = MONDAY;
  return {
    proportioned: (kind) => options.ceilingsOf(kind).proportion !== undefined,
    begin: (practices) => {
      counters = new Map(firstsOf(practices).map((first) => {
        const ceilings = options.ceilingsOf(first.kind);
        return [first.place, new Counter(ceilings, habitsOfPlace(first, ceilings, options.cardShare), MONDAY)];
      }));
      return Promise.resolve();
    },
    turn: (at) => {
      now = at;
      return Promise.resolve();
    },
    prove: (places) => {
      for (const [place, count] of places) for (let i = 0; i < count; i += 1) counters.get(place)?.prove(now);
      return Promise.resolve();
    },
    ask: (practice, given) => {
      const trace = { ...given, outcome: register.yes.has(keyOf(given.root, given.who.split('|')[1] ?? '', given.insurer)) ? 'yes' : 'no' };
      if (counters.get(practice.place)?.admits(trace, practice.number) !== true) return Promise.resolve('ceiling');
      asked.push({ practice, trace });
      return Promise.resolve(trace.outcome);
    },
    look: () => {
      const noted = asked.map(({ practice: { place, number }, trace }): Noted => {
        const { action } = watcher.take(number, trace);
        if (action === 'freeze') watcher.forget(number);
        return { place, freezes: action === 'freeze' ? 1 : 0, stepUps: action === 'step-up' ? 1 : 0 };
      });
      asked = [];
      return Promise.resolve(noted);
    },
  };
}
