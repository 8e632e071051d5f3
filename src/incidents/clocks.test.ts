import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockStanding, dayOff, dueAt } from './clocks.ts';

const at = (text: string): Date => new Date(text);
const standing = (from: string, hours: number, now = from): ReturnType<typeof clockStanding> => clockStanding({ startedAt: at(from), dueAt: dueAt(at(from), hours), metAt: null }, at(now));

test('72 hours over the change to summer time are 72 hours: the wall clock ends an hour later', () => {
  assert.equal(standing('2026-03-27T10:00:00+01:00', 72).paris, '2026-03-30 11:00:00');
});

test('72 hours over the change to winter time: the wall clock ends an hour earlier', () => {
  assert.equal(standing('2026-10-23T10:00:00+02:00', 72).paris, '2026-10-26 09:00:00');
});

test('24, 72 and 96 hours; week-ends and holidays do not move the end, and are said', () => {
  assert.equal(standing('2026-12-24T08:00:00+01:00', 24).paris, '2026-12-25 08:00:00');
  assert.deepEqual(standing('2026-12-24T08:00:00+01:00', 24).endsOn, { kind: 'holiday', name: 'Noël' });
  assert.deepEqual(standing('2026-04-03T09:00:00+02:00', 72).endsOn, { kind: 'holiday', name: 'Lundi de Pâques' });
  assert.deepEqual(standing('2026-11-18T09:00:00+01:00', 96).endsOn, { kind: 'week-end', name: 'Dimanche' });
  assert.equal(standing('2026-11-16T09:00:00+01:00', 72).endsOn, undefined);
});

test('days off are days of Paris: late in the evening of the day before in UTC', () => {
  assert.equal(dayOff(at('2026-05-01T00:30:00+02:00'))?.name, 'Fête du travail');
  assert.equal(dayOff(at('2026-05-01T23:30:00+02:00'))?.name, 'Fête du travail');
  assert.equal(dayOff(at('2026-04-30T23:30:00+02:00')), undefined);
});

test('running, soon, late, met, met late', () => {
  const from = '2026-11-16T09:00:00Z';
  assert.equal(standing(from, 72, '2026-11-17T09:00:00Z').state, 'running');
  assert.equal(standing(from, 72, '2026-11-19T00:00:00Z').state, 'soon');
  assert.deepEqual([standing(from, 72, '2026-11-19T10:00:00Z').state, standing(from, 72, '2026-11-19T10:00:00Z').leftMs], ['late', -3_600_000]);
  const met = (when: string): string => clockStanding({ startedAt: at(from), dueAt: dueAt(at(from), 72), metAt: at(when) }, at('2026-12-01T00:00:00Z')).state;
  assert.deepEqual([met('2026-11-19T09:00:00Z'), met('2026-11-19T09:00:01Z')], ['met', 'met-late']);
});
