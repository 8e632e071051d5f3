/** What a ceiling allows in its four windows: a minute, an hour, a day, 30 days. */
export type Limits = readonly [number, number, number, number];

const PARTS: readonly (readonly [buckets: number, seconds: number])[] = [[7, 10], [13, 300], [25, 3600], [31, 86_400]];

/** Counts as the gate's rings do (migrations/0003_gate.sql): each window and one bucket more, so that rounding goes up. A test compares both. */
export class Windows {
  readonly #rings = PARTS.map(([buckets]) => new Int32Array(buckets));
  readonly #sums = new Int32Array(PARTS.length);
  #at: number | undefined;

  /** Moves on to a moment (milliseconds); time never goes back. */
  advance(at: number): void {
    const now = Math.floor(at / 1000);
    for (const [p, [buckets, seconds]] of PARTS.entries()) {
      const ring = this.#rings[p] as Int32Array;
      const moved = Math.min(buckets, Math.floor(now / seconds) - Math.floor((this.#at ?? now) / seconds));
      if (moved <= 0) continue;
      ring.copyWithin(0, moved);
      ring.fill(0, buckets - moved);
      this.#sums[p] = ring.reduce((sum, x) => sum + x, 0);
    }
    this.#at = Math.max(this.#at ?? now, now);
  }

  /** Remembers persons of the days before: of yesterday, the day before, and so on. Called once, before anything else is counted. */
  remember(at: number, days: readonly number[]): void {
    this.advance(at);
    const month = this.#rings[3] as Int32Array;
    for (const [i, count] of days.entries()) month[month.length - 2 - i] = count;
    this.#sums[3] = month.reduce((sum, x) => sum + x, 0);
  }

  /** Sum of a window: 0 a minute, 1 an hour, 2 a day, 3 the 30 days. */
  sum(window: 0 | 1 | 2 | 3): number {
    return this.#sums[window] ?? 0;
  }

  /** What is left under a ceiling, in the window that leaves least. */
  left(limits: Limits): number {
    return Math.min(...limits.map((limit, p) => limit - (this.#sums[p] ?? 0)));
  }

  add(count: number): void {
    for (const [p, ring] of this.#rings.entries()) {
      ring[ring.length - 1] = (ring.at(-1) ?? 0) + count;
      this.#sums[p] = (this.#sums[p] ?? 0) + count;
    }
  }
}
