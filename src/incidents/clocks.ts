import joursFeries from '@socialgouv/jours-feries';
import type { Clock } from './types.ts';

const HOUR_MS = 3_600_000;
const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' });

/** The end of a delay in continuous hours: neither nights, week-ends, holidays nor the change of hour move it. */
export function dueAt(startedAt: Date, hours: number): Date {
  return new Date(startedAt.getTime() + hours * HOUR_MS);
}

/** A day of Paris that is no working day, and why. */
export function dayOff(at: Date): { readonly kind: 'week-end' | 'holiday'; readonly name: string } | undefined {
  const day = PARIS.format(at).slice(0, 10);
  // The library's dates are at midnight of this process's own time zone.
  const holiday = Object.entries(joursFeries(Number(day.slice(0, 4)))).find(([, date]) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10) === day);
  if (holiday !== undefined) return { kind: 'holiday', name: holiday[0] };
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6 ? { kind: 'week-end', name: weekday === 0 ? 'Dimanche' : 'Samedi' } : undefined;
}

/** How a clock stands at a moment. */
export interface ClockStanding {
  readonly state: 'met' | 'met-late' | 'running' | 'soon' | 'late';
  /** Milliseconds left; negative: late by so much. Null once met. */
  readonly leftMs: number | null;
  /** The end falls on a day without offices: it holds all the same, so act before. */
  readonly endsOn: ReturnType<typeof dayOff>;
  /** The end as Paris reads it: `2026-03-29 10:00:00`. */
  readonly paris: string;
}

/** A clock as it stands: `soon` in its last quarter, at most a day. */
export function clockStanding(clock: Pick<Clock, 'startedAt' | 'dueAt' | 'metAt'>, now: Date): ClockStanding {
  const left = clock.dueAt.getTime() - now.getTime();
  const whole = clock.dueAt.getTime() - clock.startedAt.getTime();
  const shared = { endsOn: dayOff(clock.dueAt), paris: PARIS.format(clock.dueAt) };
  if (clock.metAt !== null) return { state: clock.metAt > clock.dueAt ? 'met-late' : 'met', leftMs: null, ...shared };
  return { state: left < 0 ? 'late' : left < Math.min(whole / 4, 24 * HOUR_MS) ? 'soon' : 'running', leftMs: left, ...shared };
}
