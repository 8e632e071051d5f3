import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AppError, log, type Pool } from '../ground/index.ts';
import { askBatch, noteRefusals, type Charged, type GateQuestion, type Told } from './store.ts';

/** `gate.room` counts on no more than this. */
const BATCH_MAX = 256;
/** A subject that another batch holds is asked again so often, and for so long, before the answer is "not determined": a second's wait is better. */
const BUSY_TRIES = 8;
const BUSY_MS = 1000;
/** Longest wait before it is asked again: the first are of a few milliseconds. */
const BUSY_WAIT_MS = 50;
const REFUSAL_FLUSH_MS = 25;
/**
 * Under load, batches begin this far apart at least: starting a batch costs PostgreSQL as much as twenty questions in it.
 * Load is a batch of {@link LOADED} or more before this one: whoever asks alone never waits.
 */
const GATHER_MS = 8;
const LOADED = 3;
/** Answers of a batch that are given at once: signing more would keep this thread from reading that the database is done with the next. */
const SETTLED_AT_ONCE = 16;
/** Of a rehearsal, which shares a machine with others. */
const DEADLINE_STEPWISE_MS = 120_000;
/** A question that has no answer by then is "not determined": a counter does not wait for a database that fails over. */
const DEADLINE_MS = 5000;

interface Waiting {
  readonly question: GateQuestion;
  tries: number;
  /** When it was first found held, of `performance.now()`. */
  heldSinceMs: number | undefined;
  readonly resolve: (result: GateResult) => void;
  readonly reject: (cause: Error) => void;
}

/** A code (refused, nothing looked up) or what was told for the entry. */
export type GateResult = { readonly code: NonNullable<Charged['code']>; readonly told?: undefined } | { readonly code: null; readonly told: Told };

/** What a caller is told while the database does not answer: the third state, never a refusal. */
export function undetermined(cause: unknown): AppError {
  return new AppError({ code: 'unavailable', retryAfterSeconds: 2, cause, detail: 'gate', publicText: {
    fr: "Nous n'avons pas pu répondre. Cela ne dit rien de votre patient. Réessayez dans quelques secondes.",
    en: 'We could not answer. This says nothing about your patient. Try again in a few seconds.' } });
}

/**
 * The one door. Questions that arrive together share one transaction: while `connections` batches are under
 * way, the next ones wait and go together.
 */
export class Gate {
  readonly #pool: Pool;
  readonly #beside: Pool;
  readonly #parameters: string;
  readonly #connections: number;
  readonly #deadlineMs: number;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #last = { atMs: 0, questions: 0 };
  #gathering = false;
  readonly #sessions = new Set<string>();
  #refusals = new Map<string, { session: string | null; reason: string; count: number }>();
  #flushing: Promise<void> | undefined;
  readonly #stepwise: boolean;
  #sends = false;
  /** Batches sent and questions in them, since the start: for metrics and the bench. */
  readonly counts = { batches: 0, questions: 0, busy: 0, failed: 0 };

  /**
   * @param options `beside`: for whatever is no batch, `pool` by default. A new connection plans each statement of the gate anew, which takes as long as ten
   * batches: a pool that others share opens one whenever they need it, and gives it to the next batch. `stepwise`: questions of one turn of the event loop go together, and refusals are written at once. For rehearsals, whose questions come in steps.
   */
  constructor(options: { readonly pool: Pool; readonly beside?: Pool; readonly parameters: string; readonly connections?: number; readonly deadlineMs?: number; readonly stepwise?: boolean }) {
    this.#pool = options.pool;
    this.#beside = options.beside ?? options.pool;
    this.#parameters = options.parameters;
    this.#stepwise = options.stepwise ?? false;
    this.#deadlineMs = options.deadlineMs ?? (this.#stepwise ? DEADLINE_STEPWISE_MS : DEADLINE_MS);
    this.#connections = options.connections ?? Number(process.env['REMPART_GATE_CONNECTIONS'] ?? 1);
  }

  /**
   * Asks one question.
   * @throws AppError `unavailable` when the database did not answer within the deadline or the subject stayed busy.
   */
  ask(question: GateQuestion): Promise<GateResult> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#giveUp(waiting), this.#deadlineMs);
      const settle = <T>(done: (value: T) => void) => (value: T): void => {
        clearTimeout(late);
        done(value);
      };
      const waiting: Waiting = { question, tries: 0, heldSinceMs: undefined, resolve: settle(resolve), reject: settle(reject) };
      this.#waiting.push(waiting);
      if (this.#stepwise) this.#sendSoon();
      else this.#send();
    });
  }

  #sendSoon(): void {
    if (this.#sends) return;
    this.#sends = true;
    setImmediate(() => {
      this.#sends = false;
      this.#send();
    });
  }

  #giveUp(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
    waiting.reject(undetermined(new Error('the database did not answer in time')));
  }

  /** Journals a refusal (counted by minute); resolves once it is durable. */
  refuse(session: string | null, reason: string): Promise<void> {
    const key = `${session}|${reason}`;
    const known = this.#refusals.get(key);
    if (known === undefined) this.#refusals.set(key, { session, reason, count: 1 });
    else known.count += 1;
    this.#flushing ??= this.#flushRefusals();
    return this.#flushing;
  }

  async #flushRefusals(): Promise<void> {
    await sleep(this.#stepwise ? 0 : REFUSAL_FLUSH_MS);
    const refusals = [...this.#refusals.values()];
    this.#refusals = new Map();
    this.#flushing = undefined;
    await noteRefusals(this.#beside, refusals);
  }

  // A session's questions go in one batch at a time: two batches would only find each other's subjects locked.
  #nextBatch(): Waiting[] {
    if (this.#sessions.size === 0) return this.#waiting.splice(0, BATCH_MAX);
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (batch.length < BATCH_MAX && !this.#sessions.has(waiting.question.session)) batch.push(waiting);
      else left.push(waiting);
    }
    this.#waiting = left;
    return batch;
  }

  // Whether more questions are waited for before the next batch; looks again when it is time.
  #gathers(): boolean {
    const leftMs = this.#last.atMs + GATHER_MS - performance.now();
    if (this.#stepwise || leftMs <= 0 || this.#last.questions < LOADED || this.#waiting.length >= BATCH_MAX) return false;
    if (!this.#gathering) setTimeout(() => { this.#gathering = false; this.#send(); }, leftMs);
    this.#gathering = true;
    return true;
  }

  #send(): void {
    while (this.#underWay < this.#connections && this.#waiting.length > 0 && !this.#gathers()) {
      const batch = this.#nextBatch();
      if (batch.length === 0) return;
      this.#last = { atMs: performance.now(), questions: batch.length };
      const sessions = new Set(batch.map((waiting) => waiting.question.session));
      for (const session of sessions) this.#sessions.add(session);
      this.#underWay += 1;
      void this.#ask(batch, () => {
        this.#underWay -= 1;
        for (const session of sessions) this.#sessions.delete(session);
        this.#send();
      });
    }
  }

  // `ended` is called before the answers are given: the database works on the next batch while this one's are signed.
  async #ask(batch: readonly Waiting[], ended: () => void): Promise<void> {
    this.counts.batches += 1;
    this.counts.questions += batch.length;
    try {
      const { charged, told } = await askBatch(this.#pool, batch.map((w) => w.question), { parameters: this.#parameters, deadlineMs: this.#deadlineMs }).finally(ended);
      const byEntry = new Map(told.map((t) => [t.entry, t]));
      for (const [i, waiting] of batch.entries()) {
        if (i > 0 && i % SETTLED_AT_ONCE === 0) await nextTurn();
        this.#settle(waiting, charged[i], byEntry);
      }
    } catch (cause) {
      this.counts.failed += 1;
      log('error', 'gate-batch-failed', { code: (cause as { code?: string }).code ?? 'unknown' });
      for (const waiting of batch) waiting.reject(undetermined(cause));
    }
  }

  #settle(waiting: Waiting, charged: Charged | undefined, told: ReadonlyMap<number, Told>): void {
    if (charged?.code === 'busy') this.#again(waiting);
    else if (charged?.code === 'closed') waiting.reject(undetermined(new Error('the gate is closed until it is known what a restored database lost')));
    else if (charged?.code != null) waiting.resolve({ code: charged.code });
    else {
      const row = charged?.entry == null ? undefined : told.get(charged.entry);
      if (row === undefined) waiting.reject(undetermined(new Error('the gate told nothing for a committed entry')));
      else waiting.resolve({ code: null, told: row });
    }
  }

  #again(waiting: Waiting): void {
    this.counts.busy += 1;
    waiting.tries += 1;
    waiting.heldSinceMs ??= performance.now();
    if (waiting.tries >= BUSY_TRIES && performance.now() - waiting.heldSinceMs > BUSY_MS) {
      waiting.reject(undetermined(new Error('the subject stayed busy')));
      return;
    }
    setTimeout(() => {
      this.#waiting.push(waiting);
      this.#send();
    }, 1 + Math.random() * Math.min(4 * waiting.tries, BUSY_WAIT_MS));
  }
}
