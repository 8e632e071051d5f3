import { setTimeout as sleep } from 'node:timers/promises';
import { callApi, obtainToken, type AccessToken, type Enrolled } from '../../src/access/index.ts';

/** A person to ask about, with what must be answered. */
export interface Subject {
  readonly body: Record<string, unknown>;
  readonly expected: 'yes' | 'no';
}

/** One answer as its client holds it. `subject` and `caller` are numbers of the lists given. */
export interface Held {
  readonly entry: number;
  readonly subject: number;
  readonly caller: number;
  readonly verdict: 'yes' | 'no';
}

/** What callers saw. */
export interface Seen {
  readonly held: Held[];
  asked: number;
  /** By kind: `undetermined`, HTTP status, or `no-reply` where the connection ended. */
  readonly others: Record<string, number>;
  /** "Not determined" without `Retry-After`, or anything else that should never be. */
  readonly wrong: string[];
}

interface AskerOptions {
  readonly url: string;
  readonly callers: readonly Enrolled[];
  /** Theirs, where they have them already. */
  readonly tokens?: readonly AccessToken[];
  readonly subjects: readonly Subject[];
  readonly parallel: number;
  readonly random: () => number;
  /** Callers whose ceilings may be reached; all unless said. */
  readonly mayReach?: ReadonlySet<number>;
}

const RENEW_BEFORE_MS = 60_000;
/** A caller that hears nothing for so long gives the question up. */
const PATIENCE_MS = 20_000;

/** Asks without pause until told to stop; remembers every answer it was given. */
export class Asker {
  readonly seen: Seen = { held: [], asked: 0, others: {}, wrong: [] };
  readonly #options: AskerOptions;
  readonly #tokens: (AccessToken | undefined)[];
  #going = true;
  #loops: Promise<void>[] = [];
  #lastAnswerAt = performance.now();

  constructor(options: AskerOptions) {
    this.#options = options;
    this.#tokens = [...options.tokens ?? []];
  }

  start(): void {
    this.#loops = Array.from({ length: this.#options.parallel }, () => this.#loop());
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#loops);
  }

  /** Milliseconds from now until a question that was asked from now on is answered. */
  async untilAnswered(timeoutMs: number): Promise<number> {
    const from = performance.now();
    while (this.#lastAnswerAt <= from) {
      if (performance.now() - from > timeoutMs) throw new Error(`no answer within ${timeoutMs} ms; seen: ${JSON.stringify(this.seen.others)}`);
      await sleep(10);
    }
    return performance.now() - from;
  }

  async #token(caller: number): Promise<AccessToken> {
    const known = this.#tokens[caller];
    if (known !== undefined && known.expiresAtMs - RENEW_BEFORE_MS > Date.now()) return known;
    const fresh = await obtainToken(this.#options.callers[caller] as Enrolled);
    this.#tokens[caller] = fresh;
    return fresh;
  }

  async #loop(): Promise<void> {
    const { callers, subjects, random } = this.#options;
    while (this.#going) {
      const [caller, subject] = [Math.floor(random() * callers.length), Math.floor(random() * subjects.length)];
      const patience = sleep(PATIENCE_MS, undefined, { ref: false }).then(() => { throw new Error('no reply'); });
      await Promise.race([this.#ask(caller, subject), patience]).catch(async () => {
        this.#count('no-reply');
        await sleep(20);
      });
    }
  }

  #count(kind: string): void {
    this.seen.others[kind] = (this.seen.others[kind] ?? 0) + 1;
  }

  async #ask(caller: number, subject: number): Promise<void> {
    const { body, expected } = this.#options.subjects[subject] as Subject;
    const token = await this.#token(caller);
    this.seen.asked += 1;
    const asked = performance.now();
    const reply = await callApi({ enrolled: this.#options.callers[caller] as Enrolled, token, url: this.#options.url, body });
    const { verdict, entry } = (reply.body ?? {}) as { verdict?: string; entry?: number };
    if (reply.status === 200 && entry !== undefined && (verdict === 'yes' || verdict === 'no')) {
      this.#lastAnswerAt = Math.max(this.#lastAnswerAt, asked);
      this.seen.held.push({ entry, subject, caller, verdict });
      if (verdict !== expected) this.seen.wrong.push(`${verdict} instead of ${expected} (entry ${entry})`);
      return;
    }
    const undetermined = reply.status === 503 && verdict === 'undetermined';
    this.#count(undetermined ? 'undetermined' : String(reply.status));
    if (undetermined && reply.headers.get('retry-after') === null) this.seen.wrong.push('not determined without Retry-After');
    const refused = reply.status === 429 && this.#options.mayReach?.has(caller) === false;
    if (refused || ![429, 503].includes(reply.status)) this.seen.wrong.push(`HTTP ${reply.status} ${JSON.stringify(reply.body).slice(0, 200)}`);
    await sleep(reply.status === 429 ? 200 : 20);
  }
}
