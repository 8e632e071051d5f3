import { fault, refuseErrors, type Finding } from './finding.ts';

/** A civil date, `YYYY-MM-DD`, that exists in the Gregorian calendar. */
export type PlainDate = string & { readonly __brand: 'PlainDate' };

const FORM = fault('date-form',
  { fr: 'La date s’écrit AAAA-MM-JJ et doit exister.', en: 'A date is written YYYY-MM-DD and must exist.' },
  { fr: 'Par exemple 2026-03-01.', en: 'For example 2026-03-01.' });

/** Days in a month (1 to 12) of a year. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

export function checkPlainDate(text: string): readonly Finding[] {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return [FORM];
  const [year, month, day] = parts(text);
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) ? [] : [FORM];
}

/** @throws IdentifierError */
export function parsePlainDate(text: string): PlainDate {
  refuseErrors('date', checkPlainDate(text));
  return text as PlainDate;
}

function parts(text: string): [number, number, number] {
  return [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
}

function write(year: number, month: number, day: number): PlainDate {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as PlainDate;
}

/** The date `months` later (or earlier), the day kept or brought back to the month's last. */
export function addMonths(date: PlainDate, months: number): PlainDate {
  const [year, month, day] = parts(date);
  const index = year * 12 + (month - 1) + months;
  const [y, m] = [Math.floor(index / 12), (index % 12) + 1];
  return write(y, m, Math.min(day, daysInMonth(y, m)));
}

/** Days since 0000-03-01 (proleptic Gregorian): differences of two are days between them. */
export function dayNumber(date: PlainDate): number {
  const [year, month, day] = parts(date);
  const y = month <= 2 ? year - 1 : year;
  const m = (month + 9) % 12;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((m * 306 + 5) / 10) + day - 1;
}

/** The date `days` later (or earlier). */
export function addDays(date: PlainDate, days: number): PlainDate {
  let [year, month, day] = parts(date);
  day += days;
  while (day > daysInMonth(year, month)) {
    day -= daysInMonth(year, month);
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  while (day < 1) {
    month -= 1;
    if (month < 1) [year, month] = [year - 1, 12];
    day += daysInMonth(year, month);
  }
  return write(year, month, day);
}

/** A date as French forms write it: 31/12/2026. */
export function writeDate(date: string): string {
  return date.split('-').toReversed().join('/');
}
