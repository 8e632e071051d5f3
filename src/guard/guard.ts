import { log, type Pool } from '../ground/index.ts';
import type { Decision, Trace } from './detectors.ts';
import { demandStepUp, demandStepUpByAlarm, findLookedUntil, findTraceStart, freezeByGuard, noteLooked, raisePattern, readCare, readTrace, type TraceRow } from './store.ts';
import { Watcher, type WatchOptions } from './watch.ts';

/** Entries commit out of order: this many before the newest are looked for again. */
const OVERLAP = 2000;
const BATCH = 5000;
const EVERY_MS = 500;
const CARE_EVERY_MS = 3_600_000;
/** A freeze that is held for a human is asked for again after this long: the limit counts an hour. */
const HELD_MS = 600_000;
/** Peers that must have answers before their usual share of care says anything. */
const PEERS_MIN = 20;

function toTrace(row: TraceRow): Trace {
  return { entry: Number(row.entry), at: row.at, installation: Number(row.installation_id), peers: row.peer_group, insurer: row.insurer_id, outcome: row.outcome, who: row.who, area: row.area, root: row.root, place: row.place, device: row.device, network: row.network };
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The guard's process: reads the stream every half second, and freezes or asks for a touch. */
export class Guard {
  readonly #pool: Pool;
  readonly #watcher: Watcher;
  readonly #overlap: number;
  readonly #quiet: boolean;
  readonly #held = new Map<number, number>();
  /** Decisions that could not be carried out yet: the database failed. */
  readonly #owed: { readonly user: number; readonly decision: Decision }[] = [];
  /** What was looked at before is not acted on again. */
  #actAfter = 0;
  #last = 0;
  #seen = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(pool: Pool, options: WatchOptions & { readonly overlap?: number; readonly quiet?: boolean } = {}) {
    this.#pool = pool;
    this.#watcher = new Watcher(options);
    this.#overlap = options.overlap ?? OVERLAP;
    this.#quiet = options.quiet ?? false;
  }

  /** Remembers the last 30 days; acts on what no guard has acted on. Who is frozen or was lifted is not judged again. */
  async remember(): Promise<void> {
    this.#last = (await findTraceStart(this.#pool)) - 1;
    this.#actAfter = await findLookedUntil(this.#pool) ?? Number.POSITIVE_INFINITY;
    while ((await this.look()) >= BATCH / 2) { /* on */ }
    this.#actAfter = 0;
    await noteLooked(this.#pool, this.#last);
  }

  /** Reads what is new and acts on it. @returns how many questions were looked at. */
  async look(): Promise<number> {
    await this.#payOwed();
    const rows = await readTrace(this.#pool, { after: this.#last, missing: this.#missing() }, BATCH);
    for (const row of rows) {
      const entry = Number(row.entry);
      this.#seen.add(entry);
      this.#last = Math.max(this.#last, entry);
      if (row.user_id === null) continue;
      const user = Number(row.user_id);
      const decision = this.#watcher.take(user, toTrace(row));
      if (entry > this.#actAfter && decision.action !== 'none') this.#owed.push({ user, decision });
      await this.#payOwed();
    }
    for (const entry of this.#seen) if (entry < this.#last - 2 * OVERLAP) this.#seen.delete(entry);
    await this.#tellAlarms();
    if (rows.length > 0 && this.#actAfter === 0) await noteLooked(this.#pool, this.#last);
    return rows.length;
  }

  // In order; what fails is tried again at the next look.
  async #payOwed(): Promise<void> {
    for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
      await this.#act(next.user, next.decision);
      this.#owed.shift();
    }
  }

  /** Compares each user's answers that care followed with the peers'. @returns how many users were judged. */
  async lookAtCare(at: number): Promise<number> {
    const all = await readCare(this.#pool);
    const groups = Map.groupBy(all.filter((care) => care.answered >= 10), (care) => care.peers);
    const usual = new Map([...groups].map(([peers, theirs]) => [peers, theirs.length < PEERS_MIN ? 0 : middle(theirs.map((care) => care.used / care.answered))]));
    for (const care of all) await this.#act(care.user, this.#watcher.takeCare(care, usual.get(care.peers) ?? 0, at));
    return all.length;
  }

  #missing(): number[] {
    const first = Math.max(0, this.#last - this.#overlap) + 1;
    return Array.from({ length: this.#last - first + 1 }, (_, i) => first + i).filter((entry) => !this.#seen.has(entry));
  }

  async #tellAlarms(): Promise<void> {
    for (const alarm of this.#watcher.takeAlarms()) {
      if (this.#actAfter > 0) continue;
      this.#log('warn', 'guard-alarm', { code: alarm.code, detail: alarm.detail });
      await raisePattern(this.#pool, alarm.code, alarm.detail);
      const reasons = [{ code: alarm.code, fr: 'Beaucoup d’utilisateurs posent aujourd’hui des questions inhabituelles, vous aussi.', en: 'Many users ask unusual questions today, you among them.' }];
      for (const user of alarm.users) await demandStepUpByAlarm(this.#pool, user, reasons);
    }
  }

  #log(...line: Parameters<typeof log>): void {
    if (!this.#quiet) log(...line);
  }

  async #act(user: number, { action, signals }: Decision): Promise<void> {
    if (action === 'none') return;
    const reasons = signals.map(({ code, fr, en }) => ({ code, fr, en }));
    const codes = reasons.map((reason) => reason.code).join();
    if (action === 'step-up') {
      await demandStepUp(this.#pool, user, reasons);
      this.#log('info', 'guard-asked-for-a-touch', { user, codes });
      return;
    }
    if ((this.#held.get(user) ?? Number.NEGATIVE_INFINITY) > performance.now() - HELD_MS) return;
    const id = await freezeByGuard(this.#pool, user, reasons);
    if (id === 0) this.#held.set(user, performance.now());
    else this.#held.delete(user);
    if (id !== null) {
      // What is held for a human goes on counting.
      if (id > 0) this.#watcher.forget(user);
      this.#log('warn', id === 0 ? 'guard-freeze-held' : 'guard-froze', { user, codes });
    }
  }

  /** Looks until {@link stop}; a database that fails is tried again. */
  start(): void {
    let remembered = false;
    let caredAt = 0;
    const turn = async (): Promise<void> => {
      try {
        if (!remembered) await this.remember();
        remembered = true;
        while ((await this.look()) >= BATCH / 2) { /* catch up */ }
        if (Date.now() - caredAt > CARE_EVERY_MS) {
          caredAt = Date.now();
          await this.lookAtCare(caredAt);
        }
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
