import type { Trace } from './detectors.ts';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const PLACES_MAX = 400;
const INSURERS_MAX = 60;
const SOURCES_MAX = 8;
/** Hours of working days, then of the week's end. */
const HOURS = 48;

/** The hour of a question, 0 to 23, and 24 more at the week's end. In UTC: one hour of summer time is within what the detectors allow. */
export function hourOf(at: number): number {
  const date = new Date(at);
  return date.getUTCHours() + (date.getUTCDay() % 6 === 0 ? 24 : 0);
}

/** Values seen in the last 30 days, the most recent ones when there are too many. */
export class Recent<T> {
  readonly #lastSeen = new Map<T, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether it was seen in the 30 days before. */
  has(value: T, at: number): boolean {
    return at - (this.#lastSeen.get(value) ?? Number.NEGATIVE_INFINITY) < KEPT_DAYS * DAY_MS;
  }

  add(value: T, at: number): void {
    this.#lastSeen.delete(value);
    this.#lastSeen.set(value, at);
    if (this.#lastSeen.size > this.#max) this.#lastSeen.delete(this.#lastSeen.keys().next().value as T);
  }

  get size(): number {
    return this.#lastSeen.size;
  }

  copy(): Recent<T> {
    const made = new Recent<T>(this.#max);
    for (const [value, at] of this.#lastSeen) made.add(value, at);
    return made;
  }
}

/**
 * A share that follows what happens: an exact mean at first, then one over about the last 200. `usual` is the greatest it
 * was at the end of a day in 30: whoever asks with a stolen session does not teach the guard that they are usual.
 */
export class Share {
  value = 0;
  count = 0;
  readonly #days: number[] = [];

  get usual(): number {
    return this.#days.length === 0 ? this.value : Math.max(...this.#days);
  }

  /** At the end of a day; a few questions say nothing yet. */
  closeDay(): void {
    if (this.count < 45) return;
    this.#days.push(this.value);
    if (this.#days.length > KEPT_DAYS) this.#days.shift();
  }

  add(yes: boolean): void {
    this.count = Math.min(this.count + 1, 200);
    this.value += ((yes ? 1 : 0) - this.value) / this.count;
  }

  copy(): Share {
    const made = new Share();
    made.value = this.value;
    made.count = this.count;
    made.#days.push(...this.#days);
    return made;
  }
}

/** What is usual for one user, over 30 days and within a few kilobytes. Questions enter it once they are no longer the newest ones. */
export class Habits {
  readonly places: Recent<string>;
  readonly insurers: Recent<number>;
  readonly networks: Recent<string>;
  readonly devices: Recent<string>;
  /** How much birth places repeat themselves, and insurers. */
  readonly placesRepeat: Share;
  readonly insurersRepeat: Share;
  readonly #hours = new Float32Array(HOURS);
  #day = 0;
  /** Days with questions, at most 30. */
  days = 0;
  questions = 0;

  /** As another's are, from then on apart; empty unless said. */
  constructor(of?: Habits) {
    this.places = of?.places.copy() ?? new Recent<string>(PLACES_MAX);
    this.insurers = of?.insurers.copy() ?? new Recent<number>(INSURERS_MAX);
    this.networks = of?.networks.copy() ?? new Recent<string>(SOURCES_MAX);
    this.devices = of?.devices.copy() ?? new Recent<string>(SOURCES_MAX);
    this.placesRepeat = of?.placesRepeat.copy() ?? new Share();
    this.insurersRepeat = of?.insurersRepeat.copy() ?? new Share();
    if (of === undefined) return;
    this.#hours.set(of.#hours);
    [this.#day, this.days, this.questions] = [of.#day, of.days, of.questions];
  }

  /** Takes in a question that is no longer new. */
  absorb(trace: Trace): void {
    this.questions += 1;
    if (trace.place !== null) {
      this.placesRepeat.add(this.places.has(trace.place, trace.at));
      this.places.add(trace.place, trace.at);
    }
    this.insurersRepeat.add(this.insurers.has(trace.insurer, trace.at));
    this.insurers.add(trace.insurer, trace.at);
    if (trace.network !== null) this.networks.add(trace.network, trace.at);
    if (trace.device !== null) this.devices.add(trace.device, trace.at);
    this.#countHour(trace.at);
  }

  #countHour(at: number): void {
    const day = Math.floor(at / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.placesRepeat.closeDay();
      this.insurersRepeat.closeDay();
      this.days = Math.min(this.days + 1, KEPT_DAYS);
      for (let i = 0; i < HOURS; i += 1) this.#hours[i] = (this.#hours[i] ?? 0) * (1 - 1 / KEPT_DAYS);
    }
    const hour = hourOf(at);
    this.#hours[hour] = (this.#hours[hour] ?? 0) + 1;
  }

  /** Share of the questions that were asked within an hour of this one's hour, on such days. */
  shareOfHour(at: number): number {
    return shareNear(this.#hours, hourOf(at));
  }
}

function shareNear(hours: Float32Array, hour: number): number {
  const first = hour >= 24 ? 24 : 0;
  let [near, all] = [0, 0];
  for (let i = 0; i < HOURS; i += 1) all += hours[i] ?? 0;
  for (const step of [23, 0, 1]) near += hours[first + ((hour - first + step) % 24)] ?? 0;
  return all === 0 ? 0 : near / all;
}

/** What is usual in one peer group: hours, and how strange the newest questions of its users look. */
export class PeerHabits {
  readonly #hours = new Float32Array(HOURS);
  readonly #strange = new Float64Array(64);
  windows = 0;
  questions = 0;

  add(trace: Trace): void {
    this.questions += 1;
    const hour = hourOf(trace.at);
    this.#hours[hour] = (this.#hours[hour] ?? 0) + 1;
  }

  /** Counts one look at a user's newest questions: how many of them were of places new to that user. */
  addWindow(strange: number): void {
    this.windows += 1;
    this.#strange[Math.min(63, strange)] = (this.#strange[Math.min(63, strange)] ?? 0) + 1;
  }

  shareOfHour(at: number): number {
    return shareNear(this.#hours, hourOf(at));
  }

  /** Share of looks at peers that found at least so many new places. */
  shareAsStrange(strange: number): number {
    if (this.windows === 0) return 0;
    let count = 0;
    for (let i = Math.min(63, strange); i < 64; i += 1) count += this.#strange[i] ?? 0;
    return count / this.windows;
  }
}
