import type { Trace } from '../src/guard/index.ts';
import { Habit, type HabitRule } from './habit.ts';
import { Windows, type Limits } from './windows.ts';

/** What a row of `guard.proportion` says (migrations/0017_habit.sql). */
export interface ProportionRule {
  readonly floor: number;
  readonly timesPercent: number;
  readonly atLeast: number;
}

/** Persons told of in the 30 days before, yesterday first: without proof of presence, and with. */
export interface Past {
  readonly told: readonly number[];
  readonly proven: readonly number[];
}

/** What holds for a kind of professional: of class `u`, persons without proof of presence, and `m`, misses; of each asker (`a`), each name of a software (`n`) and the establishment (`e`). */
export interface Ceilings {
  readonly limits: readonly { readonly of: 'u' | 'm'; readonly scope: 'a' | 'n' | 'e'; readonly limits: Limits }[];
  readonly habit: HabitRule;
  readonly proportion?: ProportionRule;
  /** Share of an asker's ceiling that a new account begins with. */
  readonly youngPercent: number;
}

/** Busy days without proof of presence: of one name of a software, and of all for whom one professional answers. */
export interface Habits {
  readonly name: number;
  readonly place: number;
  /** The only name of its place: it is the place. */
  readonly alone: boolean;
  /** Of the place, where a proportion holds and cards were scanned. */
  readonly past?: Past;
}

const MINUTE = 60_000;
const civilDay = (at: number): number => Math.floor((at + 60 * MINUTE) / (1440 * MINUTE));

// Of a new account.
function youngLimits(limits: Limits, percent: number): Limits {
  const least = (limit: number, floor: number): number => Math.max(Math.trunc((limit * percent) / 100), Math.min(limit, floor));
  return [limits[0], least(limits[1], 10), least(limits[2], 10), least(limits[3], 100)];
}

// One subject's counts. A person counts once a civil day, a miss each time.
class Count {
  readonly windows = { u: new Windows(), k: new Windows(), m: new Windows() };
  readonly habit: Habit | undefined;
  readonly #told = new Set<string>();
  #day = 0;

  get toldToday(): number { return this.#told.size; }

  constructor(rule: HabitRule, habit: number | undefined) {
    this.habit = habit === undefined ? undefined : new Habit(rule, habit);
  }

  advance(at: number): void {
    const day = civilDay(at);
    if (day !== this.#day) this.#told.clear();
    this.#day = day;
    for (const windows of Object.values(this.windows)) windows.advance(at);
  }

  add({ outcome, who }: Trace): void {
    if (outcome === 'no') this.windows.m.add(1);
    else if (!this.#told.has(who)) {
      this.#told.add(who);
      this.windows.u.add(1);
      this.habit?.add(this.#day, 1);
    }
  }
}

/** What the gate would refuse to those for whom one professional answers. */
export class Counter {
  readonly #ceilings: Ceilings;
  readonly #habits: Habits | undefined;
  readonly #place: Count;
  readonly #names = new Map<number, Count>();

  /** From a moment on (milliseconds). Without habits it is a new account. */
  constructor(ceilings: Ceilings, habits: Habits | undefined, start: number) {
    this.#ceilings = ceilings;
    this.#habits = habits;
    this.#place = new Count(ceilings.habit, habits?.place);
    if (habits?.past === undefined) return;
    this.#place.windows.u.remember(start, habits.past.told);
    this.#place.windows.k.remember(start, habits.past.proven);
  }

  #name(name: number): Count {
    const known = this.#names.get(name) ?? new Count(this.#ceilings.habit, this.#habits?.name);
    this.#names.set(name, known);
    return known;
  }

  /** One person more was told of with proof of presence. */
  prove(at: number): void {
    this.#place.advance(at);
    this.#place.windows.k.add(1);
  }

  // The last fifth of a large place's ceiling is kept for who asked little (`gate.beyond_floor`).
  #isKept(): boolean {
    const whole = this.#ceilings.limits.find(({ of, scope }) => of === 'u' && scope === 'e')?.limits;
    if (whole === undefined || whole[2] < 100 || this.#place.toldToday < 10) return false;
    const [minute, hour, day, month] = whole;
    const fourFifths = (limit: number): number => Math.trunc((limit * 4) / 5);
    return this.#place.windows.u.left([fourFifths(minute), fourFifths(hour), fourFifths(day), fourFifths(month)]) <= 0;
  }

  // As `gate.in_proportion`.
  #inProportion(limits: Limits): Limits {
    const [{ proportion }, { u, k }] = [this.#ceilings, this.#place.windows];
    if (proportion === undefined || k.sum(3) === 0) return limits;
    const perDay = Math.trunc((proportion.timesPercent * u.sum(3) * Math.max(k.sum(2), proportion.atLeast)) / (100 * k.sum(3)));
    return [limits[0], limits[1], Math.min(limits[2], Math.max(proportion.floor, perDay)), limits[3]];
  }

  /** Whether the question is admitted, in a name; counts it if it is. */
  admits(trace: Trace, name = 0): boolean {
    const [place, one, day] = [this.#place, this.#name(name), civilDay(trace.at)];
    place.advance(trace.at);
    one.advance(trace.at);
    const busyPlace = ((place.habit?.on(day) ?? 0) * 100) / this.#ceilings.habit.timesPercent;
    const left = this.#ceilings.limits.map(({ of, scope, limits }): number => {
      const windows = (scope === 'n' ? one : place).windows[of];
      if (of === 'm' || scope === 'e') return windows.left(limits);
      if (scope === 'n') return this.#habits?.alone === false ? windows.left(one.habit?.limits(limits, { day, atLeast: busyPlace }) ?? limits) : Infinity;
      return windows.left(place.habit === undefined ? youngLimits(limits, this.#ceilings.youngPercent) : this.#inProportion(place.habit.limits(limits, { day })));
    });
    if (left.some((x) => x <= 0) || this.#isKept()) return false;
    place.add(trace);
    one.add(trace);
    return true;
  }
}
