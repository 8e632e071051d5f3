import { strangePlaces, type Seen, type Signal, type Thresholds, type Trace } from './detectors.ts';

/** What concerns more than one user. It stops nobody: an operator is told, and those it names are asked for a touch. */
export interface Pattern {
  readonly code: 'spread' | 'order' | 'cohort';
  /** Counts only. */
  readonly detail: string;
  /** Users to be asked for a touch. */
  readonly users: readonly number[];
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Remembered at once, of each kind; then the older half goes. */
const REMEMBERED_MAX = 400_000;
const USERS_MAX = 2000;

/** A map in two halves: when the newer one is full, the older one is forgotten. */
class Generations<V> {
  #newer = new Map<string, V>();
  #older = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, value: V): void {
    this.#newer.set(key, value);
    if (this.#newer.size < REMEMBERED_MAX / 2) return;
    this.#older = this.#newer;
    this.#newer = new Map();
  }
}

interface UserDay { day: number; asked: number; unlike: boolean }

/** Sums over all users: lists shared between them, and many users who are each a little unlike themselves. */
export class PlatformWatch {
  readonly #limits: Thresholds;
  readonly #orders = new Generations<{ installation: number; at: number }>();
  readonly #askers = new Generations<{ installations: number[]; at: number }>();
  readonly #users = new Map<number, UserDay>();
  #day = 0;
  #unlike = new Set<number>();
  #active = 0;
  readonly #inOrder = new Set<number>();
  readonly #raised = new Map<string, number>();
  #alarms: Pattern[] = [];

  constructor(limits: Thresholds) {
    this.#limits = limits;
  }

  /** Alarms since it was last asked. */
  takeAlarms(): Pattern[] {
    const alarms = this.#alarms;
    this.#alarms = [];
    return alarms;
  }

  /** Takes one user's newest question; weak signals about that user come back. */
  take(user: number, seen: Seen): Signal[] {
    const trace = seen.history.at(-1) as Trace;
    this.#newDay(Math.floor(trace.at / DAY_MS));
    this.#countUnlike(user, seen, trace);
    return [this.#order(user, seen.history, trace), this.#cohort(user, seen.history, trace)].filter((signal) => signal !== undefined);
  }

  #newDay(day: number): void {
    if (day <= this.#day) return;
    this.#day = day;
    this.#unlike = new Set();
    this.#active = 0;
    this.#inOrder.clear();
    for (const [user, known] of this.#users) if (known.day < day - 1) this.#users.delete(user);
  }

  /**
   * `spread`: sees harvesting thin enough that no user stands out: the day's first questions of many users are all of
   * places new to each. Fooled by lists sorted by the places of each practice.
   */
  #countUnlike(user: number, seen: Seen, trace: Trace): void {
    const day = Math.floor(trace.at / DAY_MS);
    const known = this.#users.get(user);
    const today = known?.day === day ? known : { day, asked: 0, unlike: false };
    this.#users.set(user, today);
    today.asked += 1;
    const { unlikeQuestions, unlikeUsers, unlikeUsually, unlikeTimes, usual, habitQuestions } = this.#limits;
    if (today.asked !== unlikeQuestions) return;
    this.#active += 1;
    if (seen.habits.questions < habitQuestions || seen.habits.placesRepeat.usual < usual || strangePlaces(seen, unlikeQuestions) < unlikeQuestions) return;
    this.#unlike.add(user);
    if (this.#unlike.size >= Math.max(unlikeUsers, this.#active * unlikeUsually * unlikeTimes)) {
      this.#raise({ code: 'spread', detail: `${this.#unlike.size} of ${this.#active} users today are unlike themselves`, users: [...this.#unlike].slice(0, USERS_MAX) }, trace.at);
    }
  }

  /** `order`: sees a list read in the same order at another installation. A nursing home's list may be: weak. Fooled by shuffling. */
  #order(user: number, history: readonly Trace[], trace: Trace): Signal | undefined {
    const roots: string[] = [];
    for (let i = history.length - 1; i >= 0 && roots.length < this.#limits.sameOrder; i -= 1) {
      const root = history[i]?.root ?? '';
      if (!roots.includes(root)) roots.push(root);
    }
    if (roots.length < this.#limits.sameOrder) return undefined;
    const key = roots.map((root) => root.slice(0, 8)).join('');
    const known = this.#orders.get(key);
    this.#orders.set(key, known ?? { installation: trace.installation, at: trace.at });
    if (known === undefined || known.installation === trace.installation || trace.at - known.at > WEEK_MS) return undefined;
    this.#inOrder.add(user);
    if (this.#inOrder.size >= 5) this.#raise({ code: 'order', detail: `${this.#inOrder.size} users read one list`, users: [...this.#inOrder] }, trace.at);
    return { code: 'order', family: 'shared', weight: 'weak', fr: 'Les mêmes personnes ont été demandées dans le même ordre ailleurs.', en: 'The same persons were asked about in the same order elsewhere.' };
  }

  /** `cohort`: sees the same persons asked about by many installations within a week. A patient with many carers is one; a whole list of them is not. Fooled by splitting the list. */
  #cohort(user: number, history: readonly Trace[], trace: Trace): Signal | undefined {
    const { cohort, cohortInstallations } = this.#limits;
    const known = this.#askers.get(trace.who);
    const fresh = known !== undefined && trace.at - known.at < WEEK_MS ? known : { installations: [], at: trace.at };
    if (!fresh.installations.includes(trace.installation) && fresh.installations.length < cohortInstallations) fresh.installations.push(trace.installation);
    if (known !== fresh) this.#askers.set(trace.who, fresh);
    if (fresh.installations.length < cohortInstallations) return undefined;
    const shared = new Set(history.slice(-20).map((each) => each.who));
    let common = 0;
    for (const who of shared) if ((this.#askers.get(who)?.installations.length ?? 0) >= cohortInstallations) common += 1;
    if (common < cohort) return undefined;
    this.#raise({ code: 'cohort', detail: `${common} of the last ${shared.size} persons of a user are asked about by ${cohortInstallations} installations or more`, users: [user] }, trace.at);
    return { code: 'cohort', family: 'shared', weight: 'weak', fr: 'Les mêmes personnes sont demandées en ce moment par beaucoup d’autres.', en: 'The same persons are being asked about by many others.' };
  }

  /** Once an hour for each kind. */
  #raise(alarm: Pattern, at: number): void {
    if (at - (this.#raised.get(alarm.code) ?? Number.NEGATIVE_INFINITY) < 3_600_000) return;
    this.#raised.set(alarm.code, at);
    this.#alarms.push(alarm);
  }
}
