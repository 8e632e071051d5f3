/** A small seeded generator (mulberry32): the same seed gives the same world. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** Picks by weight in logarithmic time. */
export class Weighted<T> {
  readonly #items: readonly T[];
  readonly #sums: readonly number[];

  constructor(items: readonly T[], weightOf: (item: T) => number) {
    this.#items = items;
    let sum = 0;
    this.#sums = items.map((item) => (sum += weightOf(item)));
  }

  pick(random: Random): T {
    const wanted = random.next() * (this.#sums.at(-1) as number);
    let [low, high] = [0, this.#items.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return this.#items[low] as T;
  }
}
