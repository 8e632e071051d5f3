import { log, type Pool } from '../ground/index.ts';
import { decide, DETECTORS, THRESHOLDS, type Decision, type Thresholds, type Trace } from './detectors.ts';
import { demandStepUp, findTraceStart, freezeByGuard, readTrace, type TraceRow } from './store.ts';

interface Followed {
  history: Trace[];
  /** Weak signals of the last questions, by the entry that raised each. */
  weak: Map<string, number>;
}

/** Users remembered at once: about 600 MB at most. */
const FOLLOWED_MAX = 50_000;
const WEAK_LASTS_MS = 24 * 3_600_000;
/** Entries commit out of order: this many before the newest are read again. */
const OVERLAP = 2000;
const BATCH = 5000;
const EVERY_MS = 500;

/** Follows every user's questions and says what to do after each; pure but for its memory. */
export class Watcher {
  readonly #limits: Thresholds;
  readonly #followed = new Map<number, Followed>();

  constructor(limits: Thresholds = THRESHOLDS) {
    this.#limits = limits;
  }

  /** Takes one user's next question. */
  take(user: number, trace: Trace): Decision {
    const followed = this.#followed.get(user) ?? { history: [], weak: new Map() };
    // Least recently seen first: who was not heard of for longest is forgotten first.
    this.#followed.delete(user);
    this.#followed.set(user, followed);
    if (this.#followed.size > FOLLOWED_MAX) this.#followed.delete(this.#followed.keys().next().value as number);
    followed.history = [...followed.history, trace].slice(-this.#limits.window);
    const found = DETECTORS.map((detector) => detector(followed.history, this.#limits)).filter((signal) => signal !== undefined);
    for (const [code, at] of followed.weak) if (trace.at - at > WEAK_LASTS_MS) followed.weak.delete(code);
    const decision = decide(found, new Set(followed.weak.keys()));
    for (const signal of found) if (signal.weight === 'weak') followed.weak.set(signal.code, trace.at);
    return decision;
  }

  /** After a freeze, what was seen before does not freeze again. */
  forget(user: number): void {
    this.#followed.delete(user);
  }
}

function toTrace(row: TraceRow): Trace {
  return { entry: Number(row.entry), at: row.at.getTime(), insurer: row.insurer_id, outcome: row.outcome, who: row.who, area: row.area, root: row.root, place: row.place };
}

/** The guard's process: reads the stream every half second, and freezes or asks for a touch. */
export class Guard {
  readonly #pool: Pool;
  readonly #watcher: Watcher;
  #last = 0;
  #seen = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(pool: Pool, limits?: Thresholds) {
    this.#pool = pool;
    this.#watcher = new Watcher(limits);
  }

  /** Remembers the last day without acting on it: who is frozen or was lifted is not judged again. */
  async remember(): Promise<void> {
    this.#last = (await findTraceStart(this.#pool)) - 1;
    while ((await this.look(false)) >= BATCH / 2) { /* on */ }
  }

  /** Reads what is new and acts on it. @returns how many questions were looked at. */
  async look(act = true): Promise<number> {
    const rows = (await readTrace(this.#pool, Math.max(0, this.#last - OVERLAP), BATCH)).filter((row) => !this.#seen.has(Number(row.entry)));
    for (const row of rows) {
      this.#seen.add(Number(row.entry));
      this.#last = Math.max(this.#last, Number(row.entry));
      if (row.user_id === null) continue;
      const decision = this.#watcher.take(Number(row.user_id), toTrace(row));
      if (act) await this.#act(Number(row.user_id), decision);
    }
    for (const entry of this.#seen) if (entry < this.#last - 2 * OVERLAP) this.#seen.delete(entry);
    return rows.length;
  }

  async #act(user: number, { action, signals }: Decision): Promise<void> {
    const reasons = signals.map(({ code, fr, en }) => ({ code, fr, en }));
    if (action === 'freeze') {
      const id = await freezeByGuard(this.#pool, user, reasons);
      if (id === null) return;
      this.#watcher.forget(user);
      log('warn', id === 0 ? 'guard-freeze-held' : 'guard-froze', { user, codes: reasons.map((reason) => reason.code).join() });
    } else if (action === 'step-up') {
      await demandStepUp(this.#pool, user, reasons);
      log('info', 'guard-asked-for-a-touch', { user, codes: reasons.map((reason) => reason.code).join() });
    }
  }

  /** Looks until {@link stop}; a database that fails is tried again. */
  start(): void {
    let remembered = false;
    const turn = async (): Promise<void> => {
      try {
        if (!remembered) await this.remember();
        remembered = true;
        while ((await this.look()) >= BATCH / 2) { /* catch up */ }
      } catch (cause) {
        log('error', 'guard-could-not-look', { code: (cause as { code?: string }).code ?? 'unknown' });
      }
      this.#timer = setTimeout(() => { this.#running = turn(); }, EVERY_MS);
    };
    this.#running = turn();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }
}
