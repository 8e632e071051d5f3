import type { Habits, PeerHabits } from './habits.ts';
import type { Reason } from './store.ts';

/** One question without proof of presence, as the guard sees it: who asked, when, and keyed hashes that say "again" and "near". */
export interface Trace {
  readonly entry: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly installation: number;
  /** Peer group of the establishment: doctor, pharmacy, … */
  readonly peers: string;
  readonly insurer: number;
  readonly outcome: string;
  readonly who: string;
  readonly area: string;
  readonly root: string;
  readonly place: string | null;
  /** The key that signed, and where it was used from, as hashes; null where they are not known. */
  readonly device: string | null;
  readonly network: string | null;
}

/** What looks alike counts once: two signals of one family are not independent. */
export type Family = 'guessing' | 'pace' | 'list' | 'circumstances' | 'care' | 'shared';

/** What a detector found. Decisive: freezes alone. Weak: asks for a touch; two of different families freeze. */
export interface Signal extends Reason {
  readonly weight: 'decisive' | 'weak';
  readonly family: Family;
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
  /** Questions from communes not seen in the 30 days before, among the last `ofLast`. */
  readonly novelty: number;
  /** And only for users whose birth places repeat themselves this much. */
  readonly usual: number;
  /** And not where this share of peers looks as strange. */
  readonly peersAsStrange: number;
  /** Questions to insurers not seen before, among the last `ofLast`, where insurers repeat themselves as `usualInsurers`. */
  readonly newInsurers: number;
  readonly usualInsurers: number;
  /** Questions that a habit needs before it says anything, and days. */
  readonly habitQuestions: number;
  readonly habitDays: number;
  /** Identities asked within an hour where less than `rareHour` of this user's and of the peers' questions ever came. */
  readonly atStrangeHours: number;
  readonly rareHour: number;
  /** Gaps between questions that differ by less than a tenth, one after the other. */
  readonly evenGaps: number;
  /** Identities asked from a device or network never seen, by a user who has at most `sources` of them. */
  readonly fromNewSource: number;
  readonly sources: number;
  /** Answers that nothing followed: at least so many, and a share of used guarantees this much below the peers'. */
  readonly uncared: number;
  readonly careOfPeers: number;
  /** Identities of one list: in the same order at another installation; asked by `cohortInstallations` within a week, among the last 20. */
  readonly sameOrder: number;
  readonly cohort: number;
  readonly cohortInstallations: number;
  /** Users in one day whose first questions are all unlike them: this many, and this many times the share that is usual. */
  readonly unlikeUsers: number;
  readonly unlikeQuestions: number;
  readonly unlikeUsually: number;
  readonly unlikeTimes: number;
}

export const THRESHOLDS: Thresholds = { from: '2026-01-01', window: 60, neighbours: 4, nearby: 30, insurers: 4, dates: 7, misses: 12, ofLast: 15, perMinute: 14,
  novelty: 15, usual: 0.6, peersAsStrange: 0.02, newInsurers: 13, usualInsurers: 0.85, habitQuestions: 45, habitDays: 8, atStrangeHours: 8, rareHour: 0.002, evenGaps: 11, fromNewSource: 10, sources: 2,
  uncared: 40, careOfPeers: 0.3, sameOrder: 6, cohort: 15, cohortInstallations: 6, unlikeUsers: 60, unlikeQuestions: 5, unlikeUsually: 0.01, unlikeTimes: 3 };

/** What a detector is given: one user's questions, oldest first, the last one the newest; what is usual for them; and for their peers. */
export interface Seen {
  readonly history: readonly Trace[];
  readonly habits: Habits;
  readonly peers: PeerHabits;
}

/** A pure function over what is seen of one user. */
export type Detector = (seen: Seen, limits: Thresholds) => Signal | undefined;

const distinct = <T>(values: Iterable<T>): number => new Set(values).size;

// The newest ones that are so, oldest first, without a copy where there are too few of them.
function newestThat(history: readonly Trace[], options: { readonly last: number; readonly atLeast: number }, is: (trace: Trace) => boolean): readonly Trace[] {
  const from = Math.max(0, history.length - options.last);
  let count = 0;
  for (let i = from; i < history.length; i += 1) if (is(history[i] as Trace)) count += 1;
  return count < options.atLeast ? [] : history.slice(from).filter(is);
}

/**
 * Sees identities that walk along order numbers of one commune and month, or along adhérent numbers.
 * Fooled by a walker who changes commune or month at every third question: `misses` and the ceiling remain.
 */
export const neighbours: Detector = ({ history }, limits) => {
  const last = history.at(-1);
  const near = newestThat(history, { last: limits.nearby, atLeast: limits.neighbours }, (trace) => trace.area === last?.area);
  // A no that is followed by a yes near by was a mistyped number.
  const meant = near.filter((trace, i) => !(trace.outcome === 'no' && near[i + 1]?.outcome === 'yes'));
  if (distinct(meant.map((trace) => trace.root)) < limits.neighbours) return undefined;
  return { code: 'neighbours', family: 'guessing', weight: 'decisive', fr: 'Des numéros voisins ont été demandés à la suite.', en: 'Neighbouring numbers were asked one after the other.' };
};

/** Sees one identity tried against many insurers, as a leaked list is. Fooled by who knows each person's insurer. */
export const insurers: Detector = ({ history }, limits) => {
  const last = history.at(-1);
  const same = newestThat(history, { last: limits.window, atLeast: limits.insurers }, (trace) => trace.who === last?.who);
  if (distinct(same.map((trace) => trace.insurer)) < limits.insurers) return undefined;
  return { code: 'insurers', family: 'guessing', weight: 'decisive', fr: 'La même personne a été cherchée chez plusieurs assureurs.', en: 'The same person was looked for at several insurers.' };
};

/** Sees birth dates tried one after the other for one number. A family on one NIR stays below. Fooled by who stops before. */
export const dates: Detector = ({ history }, limits) => {
  const last = history.at(-1);
  const same = newestThat(history, { last: limits.window, atLeast: limits.dates }, (trace) => trace.root === last?.root);
  if (distinct(same.map((trace) => trace.who)) < limits.dates) return undefined;
  return { code: 'dates', family: 'guessing', weight: 'decisive', fr: 'Plusieurs dates de naissance ont été essayées pour le même numéro.', en: 'Several birth dates were tried for the same number.' };
};

/** Sees guessing: most of the last questions were noes. Fooled by a list that is right; honest mistyping stays far below. */
export const misses: Detector = ({ history }, limits) => {
  const noes = newestThat(history, { last: limits.ofLast, atLeast: limits.misses }, (trace) => trace.outcome === 'no');
  // The same patient tried again after a typing mistake is one miss.
  if (distinct(noes.map((trace) => trace.root)) < limits.misses) return undefined;
  return { code: 'misses', family: 'guessing', weight: 'decisive', fr: 'Presque toutes les dernières réponses étaient non.', en: 'Nearly all recent answers were no.' };
};

/** Sees a pace no counter keeps. Fooled by a patient robot. */
export const pace: Detector = ({ history }, limits) => {
  const last = history.at(-1);
  const minute = newestThat(history, { last: limits.perMinute * 2, atLeast: limits.perMinute }, (trace) => trace.at > (last?.at ?? 0) - 60_000);
  if (distinct(minute.map((trace) => trace.who)) < limits.perMinute) return undefined;
  return { code: 'pace', family: 'pace', weight: 'weak', fr: 'Le rythme des questions est celui d’une machine.', en: 'The pace of the questions is a machine’s.' };
};

/** Sees questions that come at even intervals, as a timer sends them. Fooled by waiting at random. */
export const evenness: Detector = ({ history }, limits) => {
  const newestGap = (history.at(-1)?.at ?? 0) - (history.at(-2)?.at ?? 0);
  const gapBefore = (history.at(-2)?.at ?? 0) - (history.at(-3)?.at ?? 0);
  if (history.length <= limits.evenGaps || Math.abs(newestGap - gapBefore) > newestGap * 0.1) return undefined;
  const recent = history.slice(-limits.evenGaps - 1);
  const gaps = recent.slice(1).map((trace, i) => trace.at - (recent[i]?.at ?? 0));
  const [least, most] = [Math.min(...gaps), Math.max(...gaps)];
  if (least < 20_000 || most > least * 1.1 || distinct(recent.map((trace) => trace.who)) < limits.evenGaps) return undefined;
  return { code: 'evenness', family: 'pace', weight: 'weak', fr: 'Les questions arrivent à intervalles réguliers, comme celles d’un automate.', en: 'The questions come at even intervals, as a timer’s do.' };
};

/**
 * Sees questions at hours when neither this user nor their peers ever ask: whose peers are on duty at night is not
 * noticed. Fooled by working in office hours.
 */
export const hours: Detector = ({ history, habits, peers }, limits) => {
  const last = history.at(-1);
  if (last === undefined || habits.questions < limits.habitQuestions || habits.days < limits.habitDays) return undefined;
  const hour = newestThat(history, { last: limits.window, atLeast: limits.atStrangeHours }, (trace) => trace.at > last.at - 3_600_000);
  if (distinct(hour.map((trace) => trace.who)) < limits.atStrangeHours) return undefined;
  if (habits.shareOfHour(last.at) >= limits.rareHour || (peers.questions > 2000 && peers.shareOfHour(last.at) >= limits.rareHour)) return undefined;
  return { code: 'hours', family: 'circumstances', weight: 'weak', fr: 'Des questions sont posées à des heures où vous ne travaillez jamais.', en: 'Questions are asked at hours when you never work.' };
};

/** How many of the newest questions are of birth places that this user did not have in 30 days. Where somebody was born says nothing else. */
export function strangePlaces({ history, habits }: Pick<Seen, 'history' | 'habits'>, ofLast: number): number {
  let strange = 0;
  for (let i = Math.max(0, history.length - ofLast); i < history.length; i += 1) {
    const { place, at } = history[i] as Trace;
    if (place !== null && !habits.places.has(place, at)) strange += 1;
  }
  return strange;
}

/**
 * Sees birth places that this user never had, where peers look less strange: a list, not a practice. Compared with the
 * own past; a practice whose patients were born all over is as usual to itself. Fooled by a list of the practice's own town.
 */
export const novelty: Detector = (seen, limits) => {
  const { history, habits, peers } = seen;
  const last = history.at(-1);
  if (last === undefined || last.place === null || habits.places.has(last.place, last.at)) return undefined;
  if (habits.questions < limits.habitQuestions || habits.placesRepeat.usual < limits.usual) return undefined;
  if (strangePlaces(seen, limits.ofLast) < limits.novelty) return undefined;
  if (peers.windows > 500 && peers.shareAsStrange(limits.novelty) > limits.peersAsStrange) return undefined;
  return { code: 'novelty', family: 'list', weight: 'weak', fr: 'Les lieux de naissance demandés ne ressemblent pas à ceux de vos patients habituels.', en: 'The birth places asked about are unlike those of your usual patients.' };
};

/** Sees insurers that this user never had, one after the other. Fooled by a list of the usual ones. */
export const newInsurers: Detector = ({ history, habits }, limits) => {
  if (habits.questions < limits.habitQuestions || habits.insurersRepeat.usual < limits.usualInsurers) return undefined;
  if (newestThat(history, { last: limits.ofLast, atLeast: limits.newInsurers }, (trace) => !habits.insurers.has(trace.insurer, trace.at)).length === 0) return undefined;
  return { code: 'new-insurers', family: 'list', weight: 'weak', fr: 'Presque toutes les dernières questions concernent des assureurs que vous n’avez pas d’habitude.', en: 'Nearly all recent questions are about insurers that you do not usually have.' };
};

/** Sees a key or a network that this user never had, when they have few. Fooled by working from the user's own machine. */
export const newSource: Detector = ({ history, habits }, limits) => {
  if (habits.questions < limits.habitQuestions || habits.days < limits.habitDays) return undefined;
  const fresh = (read: (trace: Trace) => string | null, known: Habits['devices']): boolean => {
    const last = read(history.at(-1) as Trace);
    if (last === null || known.size === 0 || known.size > limits.sources || known.has(last, history.at(-1)?.at ?? 0)) return false;
    return distinct(history.filter((trace) => read(trace) === last).map((trace) => trace.who)) >= limits.fromNewSource;
  };
  if (!fresh((trace) => trace.device, habits.devices) && !fresh((trace) => trace.network, habits.networks)) return undefined;
  return { code: 'new-source', family: 'circumstances', weight: 'weak', fr: 'Les questions viennent d’un appareil ou d’un réseau que vous n’utilisez pas d’habitude.', en: 'The questions come from a device or a network that you do not usually use.' };
};

/** Those that need no habits. */
export const GUESSING: readonly Detector[] = [neighbours, insurers, dates, misses];
/** Those that compare with habits. */
export const HABITUAL: readonly Detector[] = [hours, novelty, newInsurers, newSource];
export const DETECTORS: readonly Detector[] = [neighbours, insurers, dates, misses, pace, evenness, hours, novelty, newInsurers, newSource];

/** What settlement said of one user's yeses that are old enough: how many, and how many guarantees were used. Insurers that send no uses are left out. */
export interface Care {
  readonly user: number;
  readonly peers: string;
  readonly answered: number;
  readonly used: number;
}

/**
 * Sees answers that no care followed, compared with the peers' usual share: where peers hardly use guarantees it says
 * nothing. Fooled by who bills for what never happened.
 */
export function uncared(care: Care, usualShare: number, limits: Thresholds): Signal | undefined {
  if (care.answered < limits.uncared || usualShare < 0.5 || care.used / care.answered >= usualShare * limits.careOfPeers) return undefined;
  return { code: 'uncared', family: 'care', weight: 'weak', fr: 'Presque aucune des réponses de ces derniers jours n’a été suivie de soins.', en: 'Hardly any answer of the last days was followed by care.' };
}

/** What is to be done about one user after a question. */
export interface Decision {
  readonly action: 'freeze' | 'step-up' | 'none';
  readonly signals: readonly Signal[];
}

/** What weak signals came before: families that still count as a second sign, and those a touch was already asked for. */
export interface Before {
  readonly counting: ReadonlySet<Family>;
  readonly asked: ReadonlySet<Family>;
}

/** Decides from the signals of this question and those before: decisive freezes, two families freeze, one weak signal asks for a touch, once a day. */
export function decide(found: readonly Signal[], { counting, asked }: Before): Decision {
  const families = new Set([...counting, ...found.map((signal) => signal.family)]);
  if (found.some((signal) => signal.weight === 'decisive') || (found.length > 0 && families.size >= 2)) return { action: 'freeze', signals: found };
  return found.length > 0 && !asked.has(found[0]?.family ?? 'guessing') ? { action: 'step-up', signals: found } : { action: 'none', signals: found };
}
