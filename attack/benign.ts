import { Watcher, type Trace } from '../src/guard/index.ts';
import { Counter, type Ceilings, type Habits, type Past } from './counter.ts';
import { Habit, type HabitRule } from './habit.ts';
import { Random } from './random.ts';

/** How one kind of honest professional asks. Shares are of questions; all of it made up, and ours until an operator measures. */
export interface Profile {
  readonly profession: string;
  /** Peer group of the establishment, whose ceilings hold. */
  readonly peers: string;
  readonly size: 'small' | 'medium' | 'large';
  /** Questions of one user on an ordinary day. */
  readonly perDay: number;
  /** And no more than this, however busy. */
  readonly atMost: number;
  /** Born in the practice's own commune, in its thirty neighbours, abroad; the rest anywhere. */
  readonly home: number;
  readonly around: number;
  readonly abroad: number;
  /** About somebody asked about before, by the same user. */
  readonly returning: number;
  /** Youngest and oldest insured, in years. */
  readonly ages: readonly [number, number];
  /** First hour of a day's work (UTC), and how many. */
  readonly from: number;
  readonly hours: number;
  /** Share of days on which the work goes on at night (duty), and of those from another network. */
  readonly nights: number;
  readonly elsewhere: number;
  /** Each day another place of work, as a locum or a nurse on her rounds. */
  readonly roams: boolean;
  /** An account of today's making: its own ceilings are still low (`guard.growth`). */
  readonly young: boolean;
  /** So many, each by their own name, ask with one installation for which one professional answers. */
  readonly people: number;
}

const profile = (profession: string, size: Profile['size'], rest: Partial<Profile> & Pick<Profile, 'perDay' | 'peers'>): Profile =>
  ({ profession, size, atMost: 1000, home: 0.3, around: 0.3, abroad: 0.12, returning: 0.4, ages: [20, 90], from: 8, hours: 9, nights: 0, elsewhere: 0.002, roams: false, young: false, people: 1, ...rest });

const ABROAD = { home: 0.1, around: 0.1, abroad: 0.65 };

/** A pharmacy whose software gives all its people one user's name, against the interface's rule. */
export const UNDER_ONE_NAME = 'pharmacy under one name';

// A pharmacy of 40, 90 or 150 questions a day has two, three or five of its people at the counter: 124,596 employees in 22,020 of them, three
// in four of whom dispense, and their owners (statistical portrait of the branch, data of 2014; how many of them are at the counter at once is ours).
export const PROFILES: readonly Profile[] = [
  profile('pharmacy', 'small', { peers: 'pharmacy', perDay: 20, people: 2, nights: 0.04 }), profile('pharmacy', 'medium', { peers: 'pharmacy', perDay: 30, people: 3, nights: 0.04 }), profile('pharmacy', 'large', { peers: 'pharmacy', perDay: 30, people: 5, nights: 0.02 }),
  profile(UNDER_ONE_NAME, 'small', { peers: 'pharmacy', perDay: 40, nights: 0.04 }), profile(UNDER_ONE_NAME, 'medium', { peers: 'pharmacy', perDay: 90, nights: 0.04 }), profile(UNDER_ONE_NAME, 'large', { peers: 'pharmacy', perDay: 150, nights: 0.02 }),
  profile('pharmacy on duty at night', 'small', { peers: 'pharmacy', perDay: 15, from: 19, hours: 12, returning: 0.05 }), profile('pharmacy where most were born abroad', 'medium', { peers: 'pharmacy', perDay: 30, people: 3, nights: 0.04, ...ABROAD }),
  profile('doctor', 'small', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 20 }), profile('doctor', 'medium', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 30 }), profile('doctor', 'large', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 45 }), profile('doctor where most were born abroad', 'medium', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 30, ...ABROAD }),
  profile('teleconsultation', 'large', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 40, home: 0.01, around: 0.02, returning: 0.05, nights: 0.2 }),
  profile('paediatrician', 'medium', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 30, ages: [20, 45] }), profile('locum', 'medium', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 30, returning: 0.02, roams: true }),
  profile('nurse', 'medium', { peers: 'nurse', perDay: 25, returning: 0.85, from: 5, hours: 13, roams: true }), profile('nurse where most were born abroad', 'medium', { peers: 'nurse', perDay: 25, returning: 0.85, from: 5, hours: 13, roams: true, ...ABROAD }),
  profile('physiotherapist', 'medium', { peers: 'physiotherapist', perDay: 20, returning: 0.8 }), profile('dentist', 'small', { peers: 'dentist', perDay: 12 }), profile('optician', 'small', { peers: 'optician', perDay: 12, returning: 0.05 }),
  profile('laboratory', 'large', { peers: 'laboratory', perDay: 120, returning: 0.15, from: 6 }), profile('hospital desk', 'large', { peers: 'hospital', perDay: 110, returning: 0.1, home: 0.2, hours: 14, nights: 0.3 }),
  profile('centre', 'medium', { peers: 'centre', perDay: 60 }), profile('new practice', 'small', { peers: 'doctor', atMost: 60, elsewhere: 0.02, perDay: 15, returning: 0, young: true }),
];

/** Somebody who comes to a practice: NIR without its key, birth dates of the family on it, row number of the insurer. */
export interface Patient { readonly nir: string; readonly births: readonly string[]; readonly insurer: number }

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** A Monday of January. */
const JANUARY = Date.UTC(2026, 0, 5);
const DAYS_EACH = 30;
const two = (n: number): string => String(n).padStart(2, '0');

/** One professional of a kind, with what is theirs. */
export interface Practice {
  readonly kind: Profile;
  readonly random: Random;
  readonly number: number;
  /** Number of the place, where several ask with one installation; its own unless said. */
  readonly place?: number;
  readonly home: number;
  readonly insurers: readonly number[];
  readonly january: boolean;
  /** Midnight (UTC) of the first day, a Monday. */
  readonly start: number;
  /** Days of a flu week, where several ask in one place. */
  readonly flu?: readonly boolean[];
  /** Persons of a register instead of made-up ones: their questions have true answers. */
  readonly register?: (practice: Practice) => Patient;
}

function newPatient(practice: Practice): Patient {
  const { kind, random, home, insurers, register } = practice;
  if (register !== undefined) return register(practice);
  const place = random.next();
  const { home: local, around, abroad } = kind;
  const commune = place < local ? String(home) : place < local + around ? String(home + random.integer(1, 30)) : place < local + around + abroad ? `99${random.integer(100, 420)}` : String(random.integer(10_001, 97_000));
  const year = 2026 - random.integer(kind.ages[0], kind.ages[1]);
  const month = random.integer(1, 12);
  const nir = `${random.integer(1, 2)}${two(year % 100)}${two(month)}${commune}${String(random.integer(1, place < local ? 260 : 120)).padStart(3, '0')}`;
  // A third comes with children on the same NIR; most are with one of the dozen insurers of the place.
  const children = random.next() < 0.33 ? random.integer(1, 3) : 0;
  return { nir, insurer: random.next() < 0.85 ? random.pick(insurers) : random.integer(1, 300), births: [`${year}-${two(month)}-${two(random.integer(1, 28))}`, ...Array.from({ length: children }, (_, i) => `${2026 - random.integer(1, 18)}-0${i + 1}-11`)] };
}

const mistyped = (nir: string, random: Random): string => {
  const i = random.integer(5, 12);
  return nir.slice(0, i) + String((Number(nir[i]) + random.integer(1, 9)) % 10) + nir.slice(i + 1);
};

/** An honest question: those with proof of presence are counted, and not looked at. */
export interface HonestQuestion extends Trace { readonly proven?: boolean }

interface Moment { readonly at: number; readonly network: string }

function traceOf(practice: Practice, moment: Moment, asked: { readonly nir: string; readonly birth: string; readonly insurer: number; readonly outcome: string }): Trace {
  const { nir, birth, insurer, outcome } = asked;
  return { entry: 0, at: moment.at, installation: practice.place ?? practice.number, peers: practice.kind.peers, insurer, outcome, who: `${nir}|${birth}`, area: nir.slice(0, 10), root: nir, place: nir.slice(5, 10), device: 'key', network: moment.network };
}

// One patient's questions: mostly one; a mistyped number or date is a no and is typed again; now and then the insurer is not sure.
function* questionsAbout(practice: Practice, patient: Patient, moment: Moment): Generator<Trace> {
  const { random, january } = practice;
  const family = random.next() < 0.2 ? patient.births : [patient.births[random.integer(0, patient.births.length - 1)] as string];
  const at = (seconds: number): Moment => ({ ...moment, at: moment.at + seconds * 1000 });
  const { nir, insurer } = patient;
  for (const birth of family) {
    if (random.next() < 0.02) yield traceOf(practice, at(0), { nir: mistyped(nir, random), birth, insurer, outcome: 'no' });
    if (random.next() < 0.02) yield traceOf(practice, at(15), { nir, birth: practice.register === undefined ? '1900-01-01' : '1931-01-31', insurer, outcome: 'no' });
    if (random.next() < 0.01) yield traceOf(practice, at(25), { nir, birth, insurer: practice.register === undefined ? insurer + 1 : random.pick(practice.insurers), outcome: 'no' });
    yield traceOf(practice, at(30), { nir, birth, insurer, outcome: random.next() < (january ? 0.15 : 0.06) ? 'no' : 'yes' });
  }
}

/** What honest days of one kind of professional met. */
export interface BenignFigures {
  readonly profession: string;
  readonly size: string;
  /** Share of patients born abroad. */
  readonly bornAbroad: number;
  /** Share of questions with proof of presence: these are not watched. */
  readonly cardShare: number;
  readonly professionalDays: number;
  readonly falseFreezes: number;
  readonly stepUps: number;
  /** Days on which a ceiling refused something. */
  readonly refused: number;
  /** Upper 95 % bound of false freezes in 10,000 professional-days. */
  readonly upper95FalseFreezes: number;
}

/** The greatest mean that k events still allow at 95 %. */
export function poissonUpper95(k: number): number {
  let [low, high] = [k, k + 10 * Math.sqrt(k + 1) + 10];
  const atMost = (mean: number): number => {
    let [term, sum] = [Math.exp(-mean), Math.exp(-mean)];
    for (let i = 1; i <= k; i += 1) {
      term *= mean / i;
      sum += term;
    }
    return sum;
  };
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (atMost(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Every tenth day is of a flu week. */
export const FLU_SHARE = 0.1;

// Questions of a day. Mondays are long.
function countOf({ kind, random, flu }: Pick<Practice, 'random' | 'flu'> & { readonly kind: Pick<Profile, 'perDay' | 'atMost'> }, day: number): number {
  const mine = random.next() < FLU_SHARE;
  const busy = (day % 5 === 0 ? 1.4 : 1) * ((flu === undefined ? mine : flu[day] === true) ? 1.6 : 1);
  return Math.min(kind.atMost, Math.max(1, Math.round(kind.perDay * busy * (0.7 + 0.6 * random.next()))));
}
// Monday to Friday.
const calendarDay = (day: number): number => Math.floor(day / 5) * 7 + (day % 5);

type Busyness = Pick<Profile, 'perDay' | 'atMost'>;
interface Training { readonly rule: HabitRule; readonly seed: number; readonly cardShare: number }
/** Days of a meter's month. */
const MONTH = 30;

/** What six weeks of work have taught, begun with what is usual of a Monday: the habit without proof of presence, and whom the last 30 days told of. */
function trained(kind: Busyness, { rule, seed, cardShare }: Training): { readonly habit: number; readonly past: Past } {
  const random = new Random(seed);
  const habit = new Habit(rule, kind.perDay * 1.4 * (1 - cardShare));
  const [told, proven] = [Array.from({ length: MONTH }, () => 0), Array.from({ length: MONTH }, () => 0)];
  for (let day = 0; day < DAYS_EACH; day += 1) {
    const asked = countOf({ kind, random }, day);
    const unproven = Array.from({ length: asked }, () => random.next()).filter((x) => x >= cardShare).length;
    if (unproven > 0) habit.add(calendarDay(day), unproven);
    const ago = calendarDay(DAYS_EACH) - calendarDay(day);
    if (ago <= MONTH) [told[ago - 1], proven[ago - 1]] = [unproven, asked - unproven];
  }
  return { habit: habit.on(calendarDay(DAYS_EACH)), past: { told, proven } };
}

/** One day of one practice: the questions without proof of presence, in order, and on request each person of those with it. */
export function* dayOf(practice: Practice, patients: Patient[], options: { readonly day: number; readonly cardShare: number; readonly proven: boolean }): Generator<HonestQuestion> {
  const { kind, random } = practice;
  const count = countOf(practice, options.day);
  const from = random.next() < kind.nights ? 19 : kind.from;
  const hours = from === kind.from ? kind.hours : 12;
  const network = kind.roams ? `network-${options.day}` : random.next() < kind.elsewhere ? `elsewhere-${options.day}` : 'practice';
  const date = practice.start + calendarDay(options.day) * DAY;
  const moments = Array.from({ length: count }, () => date + (from + random.next() * hours) * 60 * MINUTE).toSorted((a, b) => a - b);
  const carded = new Set<string>();
  for (const at of moments) {
    const patient = patients.length > 0 && random.next() < kind.returning ? random.pick(patients) : newPatient(practice);
    if (patients.length < 400) patients.push(patient);
    if (random.next() >= options.cardShare) yield* questionsAbout(practice, patient, { at, network });
    else if (options.proven && !carded.has(patient.nir)) {
      carded.add(patient.nir);
      yield { ...traceOf(practice, { at, network }, { nir: patient.nir, birth: patient.births[0] as string, insurer: patient.insurer, outcome: 'yes' }), proven: true };
    }
  }
}

/** What one professional's month met. */
export interface Met { falseFreezes: number; stepUps: number; refused: number }

/** Habits of a practice that is not young: of one name, and of all that one professional answers for; with their past where a proportion holds. */
export function habitsOf(kind: Busyness & Pick<Profile, 'people' | 'young'>, options: Training & { readonly proportioned: boolean }): Habits | undefined {
  if (kind.young) return undefined;
  const { habit, past } = trained({ perDay: kind.perDay * kind.people, atMost: kind.atMost * kind.people }, options);
  return { alone: kind.people === 1, name: trained(kind, options).habit, place: habit, ...(options.proportioned && past.proven.some((x) => x > 0) ? { past } : {}) };
}

/** Whom a place of a kind is told of on an ordinary day. */
export function workedDay(kind: Pick<Profile, 'perDay' | 'people'>, cardShare: number): { readonly told: number; readonly proven: number } {
  const asked = kind.perDay * kind.people;
  const told = Math.round(asked * (1 - cardShare));
  return { told, proven: asked - told };
}

// A month of those who ask under one professional: what happens in a day comes in the order of its moments.
function playMonth(people: readonly Practice[], options: { readonly watcher: Watcher; readonly ceilings: Ceilings; readonly cardShare: number; readonly days: number }): Met {
  const { watcher, ceilings, cardShare } = options;
  const met: Met = { falseFreezes: 0, stepUps: 0, refused: 0 };
  const patients = people.map((): Patient[] => []);
  const [first] = people as [Practice];
  const proven = ceilings.proportion !== undefined;
  const counter = new Counter(ceilings, habitsOf(first.kind, { rule: ceilings.habit, seed: first.number, cardShare, proportioned: proven }), first.start);
  for (let day = 0; day < options.days; day += 1) {
    const refused = new Set<number>();
    const asked = people.flatMap(({ number }, i) => [...dayOf(people[i] as Practice, patients[i] as Patient[], { day, cardShare, proven })].map((trace) => ({ number, trace })));
    for (const { number, trace } of asked.toSorted((a, b) => a.trace.at - b.trace.at)) {
      if (trace.proven === true) {
        counter.prove(trace.at);
        continue;
      }
      if (!counter.admits(trace, number)) {
        refused.add(number);
        continue;
      }
      const { action } = watcher.take(number, trace);
      if (action === 'freeze') {
        met.falseFreezes += 1;
        watcher.forget(number);
      } else if (action === 'step-up') met.stepUps += 1;
    }
    met.refused += refused.size;
  }
  for (const { number } of people) watcher.drop(number);
  return met;
}

/** The figures of one kind, of what each professional met. */
export function benignFigures(kind: Profile, { cardShare, played, met }: { readonly cardShare: number; readonly played: number; readonly met: readonly Met[] }): BenignFigures {
  const total = (of: keyof Met): number => met.reduce((sum, each) => sum + each[of], 0);
  const falseFreezes = total('falseFreezes');
  return { profession: kind.profession, size: kind.size, bornAbroad: kind.abroad, cardShare, professionalDays: played, falseFreezes, stepUps: total('stepUps'), refused: total('refused'),
    upper95FalseFreezes: Math.round((poissonUpper95(falseFreezes) / played) * 10_000 * 100) / 100 };
}

interface BenignOptions { readonly cardShare: number; readonly days: number; readonly seed: number; readonly ceilings: Ceilings }

/** Plays honest days through the very detectors and under the ceilings: 30 working days a professional, flu weeks and Januaries among them. */
export function playBenign(kind: Profile, options: BenignOptions): BenignFigures {
  const random = new Random(options.seed);
  const watcher = new Watcher({ alone: true });
  const all: Met[] = [];
  let played = 0;
  for (let number = 1; played < options.days; number += kind.people) {
    const place = { home: random.integer(10_100, 95_000), insurers: Array.from({ length: 12 }, () => random.integer(1, 300)), january: random.next() < 1 / 12 };
    const chance = new Random(options.seed * 7919 + number);
    const flu = kind.people === 1 ? {} : { flu: Array.from({ length: DAYS_EACH }, () => chance.next() < FLU_SHARE) };
    const people = Array.from({ length: kind.people }, (_, i): Practice => ({ kind, random, ...place, ...flu, number: number + i, place: number, start: JANUARY }));
    const days = Math.min(DAYS_EACH, Math.ceil((options.days - played) / kind.people));
    all.push(playMonth(people, { watcher, ceilings: options.ceilings, cardShare: options.cardShare, days }));
    played += days * kind.people;
  }
  return benignFigures(kind, { cardShare: options.cardShare, played, met: all });
}
