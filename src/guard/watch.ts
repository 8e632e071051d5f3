import { decide, DETECTORS, GUESSING, HABITUAL, strangePlaces, THRESHOLDS, uncared, type Care, type Decision, type Detector, type Family, type Seen, type Signal, type Thresholds, type Trace } from './detectors.ts';
import { Habits, PeerHabits } from './habits.ts';
import { PlatformWatch, type Pattern } from './platform.ts';

interface Followed {
  readonly history: Trace[];
  readonly habits: Habits;
  /** Families of weak signals, by when each was last raised. */
  readonly weak: Map<Family, number>;
  questions: number;
}

/** Users of one installation that are new to the guard, as one: a fresh name for each question hides nothing. */
interface Newcomers {
  readonly history: Trace[];
}

/** The first name of an installation, and from the second on what all of them asked. */
interface Pool {
  readonly first: number;
  all: Pick<Followed, 'history' | 'habits'> | undefined;
}

/** Users remembered at once: about 1 GB at most. */
const FOLLOWED_MAX = 50_000;
const INSTALLATIONS_MAX = 20_000;
const HOUR_MS = 3_600_000;
/** A weak signal is half of two independent ones for an hour; what settlement says, until it is asked again. */
const COUNTS_MS = (family: Family): number => (family === 'care' ? 26 : 1) * HOUR_MS;
const ASKED_LASTS_MS = 24 * HOUR_MS;
const NEW_UNTIL = 20;
const NAMES = 3;

/** How a watcher looks. */
export interface WatchOptions {
  readonly limits?: Thresholds;
  /** Leaves the sums over all users out. */
  readonly alone?: boolean;
  /** Each installation is compared with peers of its own: for rehearsals, where thieves who share a watcher must not be usual to each other. */
  readonly apart?: boolean;
}

function pushed(history: Trace[], trace: Trace, max: number): Trace | undefined {
  history.push(trace);
  return history.length > max ? history.shift() : undefined;
}

const signals = (detectors: readonly Detector[], seen: Seen, limits: Thresholds): Signal[] => detectors.map((detector) => detector(seen, limits)).filter((signal) => signal !== undefined);

// What is no longer among the newest becomes habit.
function follow({ history, habits }: Pick<Followed, 'history' | 'habits'>, trace: Trace, limits: Thresholds): void {
  pushed(history, trace, limits.window);
  const settled = history.at(-limits.ofLast - 1);
  if (settled !== undefined) habits.absorb(settled);
}

const copied = (of: Followed | undefined): Pick<Followed, 'history' | 'habits'> => ({ history: [...(of?.history ?? [])], habits: new Habits(of?.habits) });

// Least recently seen first: who was not heard of for longest is forgotten first.
function touched<V>(map: Map<number, V>, key: number, { make, max }: { readonly make: () => V; readonly max: number }): V {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value as number);
  return value;
}

/** Follows every user's questions and says what to do after each; pure but for its memory. */
export class Watcher {
  readonly #limits: Thresholds;
  readonly #followed = new Map<number, Followed>();
  readonly #newcomers = new Map<number, Newcomers>();
  readonly #peers = new Map<string, PeerHabits>();
  readonly #platform: PlatformWatch | undefined;
  readonly #apart: boolean;
  /** All names of one installation as one, from its second name on. */
  readonly #pooled = new Map<number, Pool>();

  constructor(options: WatchOptions = {}) {
    this.#limits = options.limits ?? THRESHOLDS;
    this.#platform = options.alone === true ? undefined : new PlatformWatch(this.#limits);
    this.#apart = options.apart === true;
  }

  /** Takes one user's next question. */
  take(user: number, trace: Trace): Decision {
    const limits = this.#limits;
    const followed = touched<Followed>(this.#followed, user, { make: () => ({ history: [], habits: new Habits(), weak: new Map(), questions: 0 }), max: FOLLOWED_MAX });
    const peers = this.#peersOf(this.#apart ? `${trace.peers} ${trace.installation}` : trace.peers);
    const together = this.#together(user, trace);
    follow(followed, trace, limits);
    followed.questions += 1;
    const seen: Seen = { history: followed.history, habits: followed.habits, peers };
    const found = signals(DETECTORS, seen, limits);
    // Whose own habits say nothing yet is compared with those of the place.
    if (together !== undefined && followed.habits.questions < limits.habitQuestions) found.push(...signals(HABITUAL, { ...together, peers }, limits));
    found.push(...(this.#platform?.take(user, seen) ?? []));
    peers.add(trace);
    if (followed.habits.questions >= limits.habitQuestions && followed.questions % 5 === 0) peers.addWindow(strangePlaces(seen, limits.ofLast));
    return this.#decideOn(user, { followed, found, trace });
  }

  // All questions of an installation, once a second name asks; what its first name asked before counts.
  #together(user: number, trace: Trace): Pick<Seen, 'history' | 'habits'> | undefined {
    const pool = touched<Pool>(this.#pooled, trace.installation, { make: () => ({ first: user, all: undefined }), max: INSTALLATIONS_MAX });
    if (pool.all === undefined && pool.first !== user) pool.all = copied(this.#followed.get(pool.first));
    if (pool.all !== undefined) follow(pool.all, trace, this.#limits);
    return pool.all;
  }

  /** Judges what settlement said of a user. */
  takeCare(care: Care, usualShare: number, at: number): Decision {
    const followed = this.#followed.get(care.user);
    const signal = uncared(care, usualShare, this.#limits);
    if (followed === undefined || signal === undefined) return { action: 'none', signals: [] };
    return weigh(followed, [signal], at);
  }

  #decideOn(user: number, { followed, found, trace }: { readonly followed: Followed; readonly found: readonly Signal[]; readonly trace: Trace }): Decision {
    const decision = weigh(followed, found, trace.at);
    if (followed.questions > NEW_UNTIL || decision.action === 'freeze') return decision;
    return this.#asNewcomer(user, trace) ?? decision;
  }

  // Names that are new in one installation are also looked at together; once some are frozen the gate stops the installation's questions without presence.
  #asNewcomer(user: number, trace: Trace): Decision | undefined {
    const together = touched<Newcomers>(this.#newcomers, trace.installation, { make: () => ({ history: [] }), max: INSTALLATIONS_MAX });
    pushed(together.history, { ...trace, entry: user }, this.#limits.window);
    if (new Set(together.history.map((each) => each.entry)).size < NAMES) return undefined;
    const seen: Seen = { history: together.history, habits: new Habits(), peers: new PeerHabits() };
    const found = signals(GUESSING, seen, this.#limits);
    return found.length === 0 ? undefined : { action: 'freeze', signals: found };
  }

  #peersOf(name: string): PeerHabits {
    const known = this.#peers.get(name) ?? new PeerHabits();
    this.#peers.set(name, known);
    return known;
  }

  /** What concerns more than one user, since it was last asked. */
  takeAlarms(): Pattern[] {
    return this.#platform?.takeAlarms() ?? [];
  }

  /** After a freeze, what was seen before does not freeze again; habits stay. */
  forget(user: number): void {
    const followed = this.#followed.get(user);
    if (followed === undefined) return;
    // Nor does it weigh on the next one who is new there.
    const together = this.#newcomers.get(followed.history.at(-1)?.installation ?? 0);
    if (together !== undefined) together.history.splice(0, together.history.length, ...together.history.filter((each) => each.entry !== user));
    const pool = this.#pooled.get(followed.history.at(-1)?.installation ?? 0);
    if (pool?.all !== undefined) pool.all.history.length = 0;
    followed.history.length = 0;
    followed.weak.clear();
  }

  /** Forgets a user altogether. */
  drop(user: number): void {
    this.#followed.delete(user);
  }
}

function weigh(followed: Followed, found: readonly Signal[], at: number): Decision {
  if (found.length === 0) return { action: 'none', signals: [] };
  const within = (ms: (family: Family) => number): Set<Family> => new Set([...followed.weak].filter(([family, raised]) => at - raised <= ms(family)).map(([family]) => family));
  const decision = decide(found, { counting: within(COUNTS_MS), asked: within(() => ASKED_LASTS_MS) });
  for (const signal of found) if (signal.weight === 'weak') followed.weak.set(signal.family, at);
  return decision;
}
