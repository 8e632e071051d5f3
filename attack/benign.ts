import { Watcher, type Trace } from '../src/guard/index.ts';
import { Random } from './random.ts';

/** How one kind of honest professional asks. Shares are of questions; all of it made up, and ours until an operator measures. */
export interface Profile {
  readonly profession: string;
  readonly size: 'small' | 'medium' | 'large';
  /** Questions of one user on an ordinary day. */
  readonly perDay: number;
  /** Born in the practice's own commune, in its thirty neighbours, abroad; the rest anywhere. */
  readonly home: number;
  readonly around: number;
  readonly abroad: number;
  /** About somebody asked about before, by the same user. */
  readonly returning: number;
  /** Youngest and oldest insured, in years. */
  readonly ages: readonly [number, number];
  /** Hours of a day's work. */
  readonly hours: number;
}

const profile = (profession: string, size: Profile['size'], rest: Partial<Profile> & Pick<Profile, 'perDay'>): Profile => ({ profession, size, home: 0.3, around: 0.3, abroad: 0.12, returning: 0.4, ages: [20, 90], hours: 9, ...rest });

export const PROFILES: readonly Profile[] = [
  profile('pharmacy', 'small', { perDay: 40 }), profile('pharmacy', 'medium', { perDay: 90 }), profile('pharmacy', 'large', { perDay: 150 }), profile('pharmacy on duty at night', 'small', { perDay: 15, hours: 12, returning: 0.05 }),
  profile('doctor', 'small', { perDay: 20 }), profile('doctor', 'large', { perDay: 45 }), profile('teleconsultation', 'large', { perDay: 40, home: 0.01, around: 0.02, returning: 0.05 }),
  profile('paediatrician', 'medium', { perDay: 30, ages: [20, 45] }), profile('doctor where most were born abroad', 'medium', { perDay: 30, home: 0.1, around: 0.1, abroad: 0.65 }), profile('locum', 'medium', { perDay: 30, returning: 0.02 }),
  profile('nurse', 'medium', { perDay: 25, returning: 0.85 }), profile('physiotherapist', 'medium', { perDay: 20, returning: 0.8 }), profile('dentist', 'small', { perDay: 12 }), profile('optician', 'small', { perDay: 12, returning: 0.05 }),
  profile('laboratory', 'large', { perDay: 120, returning: 0.15 }), profile('hospital desk', 'large', { perDay: 110, returning: 0.1, home: 0.2 }), profile('centre', 'medium', { perDay: 60 }), profile('new practice', 'small', { perDay: 15, returning: 0 }),
];

interface Patient { readonly nir: string; readonly births: readonly string[]; readonly insurer: number }

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 7);
const two = (n: number): string => String(n).padStart(2, '0');

function newPatient(profile: Profile, random: Random, home: number): Patient {
  const place = random.next();
  const { home: local, around, abroad } = profile;
  const commune = place < local ? String(home) : place < local + around ? String(home + random.integer(1, 30)) : place < local + around + abroad ? `99${random.integer(100, 420)}` : String(random.integer(10_001, 97_000));
  const year = 2026 - random.integer(profile.ages[0], profile.ages[1]);
  const month = random.integer(1, 12);
  const nir = `${random.integer(1, 2)}${two(year % 100)}${two(month)}${commune}${String(random.integer(1, place < local ? 260 : 120)).padStart(3, '0')}`;
  // A third comes with children on the same NIR.
  const children = random.next() < 0.33 ? random.integer(1, 3) : 0;
  return { nir, insurer: random.integer(1, 300), births: [`${year}-${two(month)}-${two(random.integer(1, 28))}`, ...Array.from({ length: children }, (_, i) => `${2026 - random.integer(1, 18)}-0${i + 1}-11`)] };
}

function traceOf(asked: { readonly nir: string; readonly birth: string; readonly insurer: number; readonly outcome: string; readonly at: number }): Trace {
  const { nir, birth, insurer, outcome, at } = asked;
  return { entry: 0, at, insurer, outcome, who: `${nir}|${birth}`, area: nir.slice(0, 10), root: nir, place: nir.slice(5, 10) };
}

const mistyped = (nir: string, random: Random): string => {
  const i = random.integer(5, 12);
  return nir.slice(0, i) + String((Number(nir[i]) + random.integer(1, 9)) % 10) + nir.slice(i + 1);
};

// One patient's questions: mostly one; a mistyped number or date is a no and is typed again; now and then the insurer is not sure.
function* questionsAbout(patient: Patient, context: { readonly random: Random; readonly january: boolean; readonly at: number }): Generator<Trace> {
  const { random, january, at } = context;
  const family = random.next() < 0.2 ? patient.births : [patient.births[random.integer(0, patient.births.length - 1)] as string];
  for (const birth of family) {
    if (random.next() < 0.02) yield traceOf({ nir: mistyped(patient.nir, random), birth, insurer: patient.insurer, outcome: 'no', at });
    if (random.next() < 0.02) yield traceOf({ nir: patient.nir, birth: '1900-01-01', insurer: patient.insurer, outcome: 'no', at: at + 15_000 });
    if (random.next() < 0.01) yield traceOf({ nir: patient.nir, birth, insurer: patient.insurer + 1, outcome: 'no', at: at + 25_000 });
    yield traceOf({ nir: patient.nir, birth, insurer: patient.insurer, outcome: random.next() < (january ? 0.15 : 0.06) ? 'no' : 'yes', at: at + 30_000 });
  }
}

/** What honest days of one kind of professional met. */
export interface BenignFigures {
  readonly profession: string;
  readonly size: string;
  /** Share of questions with proof of presence: these are not watched. */
  readonly cardShare: number;
  readonly professionalDays: number;
  readonly falseFreezes: number;
  readonly stepUps: number;
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

/** Plays honest days through the very detectors: 30 working days a professional, flu weeks and Januaries among them. */
export function playBenign(each: Profile, options: { readonly cardShare: number; readonly days: number; readonly seed: number }): BenignFigures {
  const random = new Random(options.seed);
  let [falseFreezes, stepUps, played] = [0, 0, 0];
  for (let professional = 0; played < options.days; professional += 1) {
    const watcher = new Watcher();
    const home = random.integer(10_100, 95_000);
    const patients: Patient[] = [];
    const january = random.next() < 1 / 12;
    for (let day = 0; day < 30 && played < options.days; day += 1, played += 1) {
      const busy = (day % 5 === 0 ? 1.4 : 1) * (random.next() < 0.1 ? 1.6 : 1);
      const count = Math.max(1, Math.round(each.perDay * busy * (0.7 + 0.6 * random.next())));
      const moments = Array.from({ length: count }, () => START + day * 1440 * MINUTE + random.next() * each.hours * 60 * MINUTE).toSorted((a, b) => a - b);
      for (const at of moments) {
        const patient = patients.length > 0 && random.next() < each.returning ? random.pick(patients) : newPatient(each, random, home);
        if (patients.length < 400) patients.push(patient);
        if (random.next() < options.cardShare) continue;
        for (const trace of questionsAbout(patient, { random, january, at })) {
          const { action } = watcher.take(professional, trace);
          if (action === 'freeze') {
            falseFreezes += 1;
            watcher.forget(professional);
          } else if (action === 'step-up') stepUps += 1;
        }
      }
    }
  }
  return { profession: each.profession, size: each.size, cardShare: options.cardShare, professionalDays: played, falseFreezes, stepUps, upper95FalseFreezes: Math.round((poissonUpper95(falseFreezes) / played) * 10_000 * 100) / 100 };
}
