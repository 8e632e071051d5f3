import type { Limits } from './windows.ts';

/** What a row of `guard.habit` says (migrations/0017_habit.sql). */
export interface HabitRule {
  /** Persons a day that nobody is refused for want of a habit. */
  readonly floor: number;
  readonly timesPercent: number;
  readonly growsPercent: number;
  readonly fadesPercent: number;
  /** So many such days in 30. */
  readonly monthDays: number;
}

/** One asker's busy day without proof of presence, as the gate learns it (`gate.habit_now`). A test compares both. */
export class Habit {
  readonly #rule: HabitRule;
  #habit: number;
  #day: number | undefined;
  #count = 0;

  constructor(rule: HabitRule, habit: number) {
    this.#rule = rule;
    this.#habit = habit;
  }

  /** As of a civil day, counted from any day. */
  on(day: number): number {
    if (this.#day === undefined || this.#day >= day) return this.#habit;
    const { floor, timesPercent, growsPercent, fadesPercent } = this.#rule;
    const learnt = Math.min(this.#count, (Math.max(this.#habit, (floor * 100) / timesPercent) * (100 + growsPercent)) / 100);
    return Math.max(this.#habit, learnt) * ((100 - fadesPercent) / 100) ** (day - this.#day);
  }

  /** So many persons more were told of on that day. */
  add(day: number, count: number): void {
    this.#habit = this.on(day);
    this.#count = this.#day !== undefined && this.#day >= day ? this.#count + count : count;
    this.#day = Math.max(this.#day ?? day, day);
  }

  /** As if the habit were `atLeast` so much. */
  limits(limits: Limits, { day, atLeast = 0 }: { readonly day: number; readonly atLeast?: number }): Limits {
    const perDay = Math.max(this.#rule.floor, Math.trunc((Math.max(this.on(day), atLeast) * this.#rule.timesPercent) / 100));
    return [limits[0], limits[1], Math.min(limits[2], perDay), Math.min(limits[3], perDay * this.#rule.monthDays)];
  }
}
