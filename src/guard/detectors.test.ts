import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watcher, type Trace } from './index.ts';

let entry = 0;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);

interface Asked { readonly nir: string; readonly birth?: string; readonly insurer?: number; readonly outcome?: string; readonly at?: number }
function trace({ nir, birth = '1980-01-01', insurer = 1, outcome = 'yes', at = START + entry * MINUTE }: Asked): Trace {
  entry += 1;
  return { entry, at, insurer, outcome, who: `${nir}|${birth}`, area: nir.slice(0, 10), root: nir, place: nir.slice(5, 10) };
}

function untilAction(watcher: Watcher, questions: Iterable<Asked>): { after: number; action: string; codes: string[] } {
  let after = 0;
  for (const question of questions) {
    after += 1;
    const { action, signals } = watcher.take(1, trace(question));
    if (action !== 'none') return { after, action, codes: signals.map((signal) => signal.code) };
  }
  return { after, action: 'none', codes: [] };
}

const nirOf = (i: number): string => `1${String(i % 100).padStart(2, '0')}${String((i % 12) + 1).padStart(2, '0')}${String(10_000 + ((i * 7919) % 80_000)).padStart(5, '0')}${String(i % 1000).padStart(3, '0')}`;

test('numbers of one commune and month, one after the other: frozen at the fourth', () => {
  assert.deepEqual(untilAction(new Watcher(), Array.from({ length: 20 }, (_, i) => ({ nir: `1800175056${String(i).padStart(3, '0')}` }))), { after: 4, action: 'freeze', codes: ['neighbours'] });
});

test('one person tried at every insurer, and birth dates tried for one number', () => {
  assert.equal(untilAction(new Watcher(), [1, 2, 3, 4, 5].map((insurer) => ({ nir: nirOf(1), insurer, outcome: 'no' }))).codes[0], 'insurers');
  assert.equal(untilAction(new Watcher(), Array.from({ length: 20 }, (_, i) => ({ nir: nirOf(1), birth: `1980-01-${String(i + 1).padStart(2, '0')}`, outcome: 'no' }))).after, 7);
});

test('guessing: frozen within fifteen questions', () => {
  const found = untilAction(new Watcher(), Array.from({ length: 40 }, (_, i) => ({ nir: nirOf(i), outcome: i % 12 === 0 ? 'yes' : 'no' })));
  assert.ok(found.after <= 15 && found.action === 'freeze', JSON.stringify(found));
});

test('one weak signal asks for a touch, once; a second different one freezes', () => {
  const watcher = new Watcher();
  for (let i = 0; i < 60; i += 1) assert.equal(watcher.take(1, { ...trace({ nir: nirOf(i) }), place: `home-${i % 5}` }).action, 'none');
  const fast = Array.from({ length: 15 }, (_, i) => watcher.take(1, trace({ nir: nirOf(200 + i), at: START + 100 * 60 * MINUTE + i * 1000 })));
  assert.deepEqual(fast.map((decision) => decision.action).filter((action) => action !== 'none'), ['step-up', 'freeze']);
  assert.deepEqual(fast[14]?.signals.map((signal) => signal.code), ['pace', 'novelty']);
  const slower = new Watcher();
  assert.deepEqual(untilAction(slower, Array.from({ length: 14 }, (_, i) => ({ nir: nirOf(300 + i), at: START + i * 1000 }))).action, 'step-up');
  assert.equal(slower.take(1, trace({ nir: nirOf(400), at: START + 15_000 })).action, 'none', 'not asked again and again');
});

test('a number mistyped now and then and typed again is no neighbour', () => {
  const questions = Array.from({ length: 5 }, (_, i) => [{ nir: `1800175056${String(200 + i)}`, outcome: 'no' }, { nir: '1800175056100' }]).flat();
  assert.equal(untilAction(new Watcher(), questions).action, 'none');
});

test('a family on one NIR, a patient retyped, twins: nothing', () => {
  const family: Asked[] = [...['1980-05-01', '2010-03-02', '2012-07-09', '2015-01-20', '2015-01-20'].map((birth) => ({ nir: nirOf(7), birth })), ...Array.from({ length: 9 }, () => ({ nir: nirOf(8), outcome: 'no' }))];
  assert.equal(untilAction(new Watcher(), family).action, 'none');
});

// A small town's practice: many of the same commune, many ages, a mistyped number now and then, some days of one birth year.
function* honestDay(random: () => number, home: string): Generator<Asked> {
  for (let i = 0; i < 45; i += 1) {
    const local = random() < 0.5;
    const commune = local ? home : String(10_000 + Math.floor(random() * 80_000));
    const nir = `${random() < 0.5 ? 1 : 2}${String(Math.floor(random() * 90)).padStart(2, '0')}${String(1 + Math.floor(random() * 12)).padStart(2, '0')}${commune}${String(1 + Math.floor(random() * (local ? 200 : 900))).padStart(3, '0')}`;
    yield { nir, outcome: random() < 0.08 ? 'no' : 'yes' };
  }
}

test('3,000 honest days without any card: at most one false freeze', () => {
  let seed = 42;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  let frozen = 0;
  for (let professional = 0; professional < 100; professional += 1) {
    const watcher = new Watcher();
    for (let day = 0; day < 30; day += 1) {
      for (const question of honestDay(random, String(75_000 + professional))) if (watcher.take(professional, trace(question)).action === 'freeze') frozen += 1;
    }
  }
  assert.ok(frozen <= 1, `${frozen} false freezes`);
});
