import type { Reason } from './store.ts';

/** One question without proof of presence, as the guard sees it: who asked, when, and keyed hashes that say "again" and "near". */
export interface Trace {
  readonly entry: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly insurer: number;
  readonly outcome: string;
  readonly who: string;
  readonly area: string;
  readonly root: string;
  readonly place: string | null;
}

/** What a detector found. Decisive: freezes alone. Weak: asks for a touch; two different ones freeze. */
export interface Signal extends Reason {
  readonly weight: 'decisive' | 'weak';
}

/** Limits as dated data: ours until an operator calibrates them on its own traffic. */
export interface Thresholds {
  readonly from: string;
  /** Questions looked back on. */
  readonly window: number;
  /** Different NIRs of one sex, birth month and commune among the last `nearby`. */
  readonly neighbours: number;
  /** Questions looked back on for these. */
  readonly nearby: number;
  /** Insurers asked about one identity. */
  readonly insurers: number;
  /** Birth dates tried with one NIR or adhérent number. */
  readonly dates: number;
  /** Noes among the last questions: `misses` of `ofLast`. */
  readonly misses: number;
  readonly ofLast: number;
  /** Different identities within a minute. */
  readonly perMinute: number;
  /** Questions from communes not seen in the window before, among the last `ofLast`. */
  readonly novelty: number;
  /** And only for users whose birth places repeat themselves this much. */
  readonly usual: number;
}

export const THRESHOLDS: Thresholds = { from: '2026-01-01', window: 60, neighbours: 4, nearby: 30, insurers: 4, dates: 7, misses: 12, ofLast: 15, perMinute: 14, novelty: 15, usual: 0.6 };

/** A pure function over one user's questions, oldest first; the last one is the newest. */
export type Detector = (history: readonly Trace[], limits: Thresholds) => Signal | undefined;

const distinct = <T>(values: Iterable<T>): number => new Set(values).size;
const newest = (history: readonly Trace[]): Trace | undefined => history.at(-1);

/**
 * Sees identities that walk along order numbers of one commune and month, or along adhérent numbers.
 * Fooled by a walker who changes commune or month at every third question: `misses` and the ceiling remain.
 */
export const neighbours: Detector = (history, limits) => {
  const last = newest(history);
  const near = history.slice(-limits.nearby).filter((trace) => trace.area === last?.area);
  // A no that is followed by a yes near by was a mistyped number.
  const meant = near.filter((trace, i) => !(trace.outcome === 'no' && near[i + 1]?.outcome === 'yes'));
  if (distinct(meant.map((trace) => trace.root)) < limits.neighbours) return undefined;
  return { code: 'neighbours', weight: 'decisive', fr: 'Des numéros voisins ont été demandés à la suite.', en: 'Neighbouring numbers were asked one after the other.' };
};

/** Sees one identity tried against many insurers, as a leaked list is. Fooled by who knows each person's insurer. */
export const insurers: Detector = (history, limits) => {
  const last = newest(history);
  if (last === undefined || distinct(history.filter((trace) => trace.who === last.who).map((trace) => trace.insurer)) < limits.insurers) return undefined;
  return { code: 'insurers', weight: 'decisive', fr: 'La même personne a été cherchée chez plusieurs assureurs.', en: 'The same person was looked for at several insurers.' };
};

/** Sees birth dates tried one after the other for one number. A family on one NIR stays below. */
export const dates: Detector = (history, limits) => {
  const last = newest(history);
  if (last === undefined || distinct(history.filter((trace) => trace.root === last.root).map((trace) => trace.who)) < limits.dates) return undefined;
  return { code: 'dates', weight: 'decisive', fr: 'Plusieurs dates de naissance ont été essayées pour le même numéro.', en: 'Several birth dates were tried for the same number.' };
};

/** Sees guessing: most of the last questions were noes. Fooled by a list that is right; honest mistyping stays far below. */
export const misses: Detector = (history, limits) => {
  const recent = history.slice(-limits.ofLast);
  // The same patient tried again after a typing mistake is one miss.
  if (distinct(recent.filter((trace) => trace.outcome === 'no').map((trace) => trace.root)) < limits.misses) return undefined;
  return { code: 'misses', weight: 'decisive', fr: 'Presque toutes les dernières réponses étaient non.', en: 'Nearly all recent answers were no.' };
};

/** Sees a pace no counter keeps. Fooled by a patient robot. */
export const pace: Detector = (history, limits) => {
  const last = newest(history);
  if (last === undefined || distinct(history.filter((trace) => trace.at > last.at - 60_000).map((trace) => trace.who)) < limits.perMinute) return undefined;
  return { code: 'pace', weight: 'weak', fr: 'Le rythme des questions est celui d’une machine.', en: 'The pace of the questions is a machine’s.' };
};

/**
 * Sees birth places that this user never had: a list, not a practice. Compared with the user's own past alone; a
 * practice whose patients were born all over is as usual to itself. Fooled by a list of the practice's own town.
 */
export const novelty: Detector = (history, limits) => {
  const [recent, past] = [history.slice(-limits.ofLast), history.slice(0, -limits.ofLast)];
  if (past.length < limits.window - limits.ofLast) return undefined;
  const known = new Set(past.map((trace) => trace.place));
  const usual = past.filter((trace, i) => past.findIndex((other) => other.place === trace.place) < i).length / past.length;
  const strange = recent.filter((trace) => trace.place !== null && !known.has(trace.place)).length;
  if (strange < limits.novelty || usual < limits.usual) return undefined;
  return { code: 'novelty', weight: 'weak', fr: 'Les lieux de naissance demandés ne ressemblent pas à ceux de vos patients habituels.', en: 'The birth places asked about are unlike those of your usual patients.' };
};

export const DETECTORS: readonly Detector[] = [neighbours, insurers, dates, misses, pace, novelty];

/** What is to be done about one user after a question. */
export interface Decision {
  readonly action: 'freeze' | 'step-up' | 'none';
  readonly signals: readonly Signal[];
}

/** Decides from the signals of this question and those of this user's last questions: decisive freezes, two different weak ones freeze, one asks for a touch. */
export function decide(found: readonly Signal[], recent: ReadonlySet<string>): Decision {
  const codes = new Set([...recent, ...found.map((signal) => signal.code)]);
  if (found.some((signal) => signal.weight === 'decisive') || (found.length > 0 && codes.size >= 2)) return { action: 'freeze', signals: found };
  return found.length > 0 && !recent.has(found[0]?.code ?? '') ? { action: 'step-up', signals: found } : { action: 'none', signals: found };
}
