import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, Habits, PeerHabits, THRESHOLDS, uncared, Watcher, type Trace } from './index.ts';

let entry = 0;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);

interface Asked { readonly nir: string; readonly birth?: string; readonly insurer?: number; readonly outcome?: string; readonly at?: number; readonly installation?: number; readonly network?: string }
function trace({ nir, birth = '1980-01-01', insurer = 1, outcome = 'yes', at = START + entry * MINUTE + ((entry * 7919) % 50) * 1000, installation = 1, network }: Asked): Trace {
  entry += 1;
  return { entry, at, installation, peers: 'doctor', insurer, outcome, who: `${nir}|${birth}`, area: nir.slice(0, 10), root: nir, place: nir.slice(5, 10), device: null, network: network ?? null };
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

// The habits of a practice: sixty questions over ten working days, in office hours, about people born nearby.
function settled(watcher: Watcher, user: number, change: Partial<Trace> = {}): void {
  for (let i = 0; i < 60; i += 1) {
    const at = START + Math.floor(i / 6) * 24 * 60 * MINUTE + (i % 6) * 71 * MINUTE + ((i * 37) % 50) * 1000;
    watcher.take(user, { ...trace({ nir: nirOf(1000 + user * 100 + i), at, insurer: 1 + (i % 3) }), place: `home-${i % 5}`, installation: user, network: 'cabinet', ...change });
  }
}
const LATER = START + 14 * 24 * 60 * MINUTE;
const codesOf = (watcher: Watcher, user: number, questions: readonly Trace[]): string[] => [...new Set(questions.flatMap((each) => watcher.take(user, each).signals.map((signal) => signal.code)))];

test('at even intervals; at hours when nobody of the kind works; from a network never seen: weak each, and not when it is usual', () => {
  const even = new Watcher();
  assert.deepEqual(codesOf(even, 1, Array.from({ length: 14 }, (_, i) => trace({ nir: nirOf(i), at: START + i * 5 * MINUTE }))), ['evenness']);
  const night = Array.from({ length: 10 }, (_, i) => ({ ...trace({ nir: nirOf(500 + i), at: LATER + 15 * 60 * MINUTE + i * (i % 3 + 3) * MINUTE }), place: 'home-1', network: 'cabinet' }));
  const watcher = new Watcher();
  settled(watcher, 1);
  assert.deepEqual(codesOf(watcher, 1, night), ['hours']);
  const elsewhere = Array.from({ length: 12 }, (_, i) => ({ ...trace({ nir: nirOf(600 + i), at: LATER + i * i * MINUTE }), place: 'home-1', network: 'inconnu' }));
  const other = new Watcher();
  settled(other, 1);
  assert.deepEqual(codesOf(other, 1, elsewhere), ['new-source']);
  const onTheMove = new Watcher();
  for (let i = 0; i < 8; i += 1) settled(onTheMove, 1, { network: `rue-${i}` });
  assert.deepEqual(codesOf(onTheMove, 1, elsewhere), [], 'a nurse on her rounds has a new network every day');
});

test('insurers never seen before, one after the other', () => {
  const watcher = new Watcher();
  settled(watcher, 1);
  const strange = Array.from({ length: 16 }, (_, i) => ({ ...trace({ nir: nirOf(700 + i), at: LATER + i * i * MINUTE, insurer: 100 + i }), place: 'home-1', network: 'cabinet' }));
  assert.deepEqual(codesOf(watcher, 1, strange), ['new-insurers']);
});

test('places and insurers that are new are one list, not two independent signs; with a strange hour besides it freezes', () => {
  const list = (at: number): Trace[] => Array.from({ length: 20 }, (_, i) => ({ ...trace({ nir: nirOf(800 + i), at: at + i * 4 * MINUTE + ((i * i) % 7) * 30_000, insurer: 100 + i }), place: `anywhere-${i}`, network: 'cabinet' }));
  const day = new Watcher();
  settled(day, 1);
  assert.deepEqual([...new Set(list(LATER).map((each) => day.take(1, each).action))], ['none', 'step-up']);
  const night = new Watcher();
  settled(night, 1);
  assert.ok(list(LATER + 15 * 60 * MINUTE).some((each) => night.take(1, each).action === 'freeze'));
});

test('born abroad or overseas is never a signal by itself: a practice whose patients all were meets what any other meets', () => {
  const play = (placeOf: (i: number) => string): string[] => {
    const watcher = new Watcher();
    settled(watcher, 1, {});
    return Array.from({ length: 60 }, (_, i) => watcher.take(1, { ...trace({ nir: nirOf(900 + i), at: LATER + i * 7 * MINUTE + (i % 3) * MINUTE }), place: placeOf(i), network: 'cabinet' }).action);
  };
  // The guard sees hashes: whatever the country, what repeats is usual, what does not is new.
  assert.deepEqual(play((i) => `99${100 + (i % 40)}`), play((i) => `75${100 + (i % 40)}`));
  const abroad = new Watcher();
  for (let i = 0; i < 200; i += 1) assert.equal(abroad.take(1, { ...trace({ nir: nirOf(i), at: START + i * 29 * MINUTE + ((i * 7) % 11) * MINUTE }), place: `99${100 + ((i * 31) % 97)}` }).action, 'none');
});

test('answers that no care followed: compared with the peers, silent where they hardly use guarantees', () => {
  const care = { user: 1, peers: 'doctor', answered: 50, used: 2 };
  assert.equal(uncared(care, 0.9, THRESHOLDS)?.code, 'uncared');
  for (const [other, usual] of [[care, 0.3], [{ ...care, used: 30 }, 0.9], [{ ...care, answered: 12 }, 0.9]] as const) assert.equal(uncared(other, usual, THRESHOLDS), undefined);
});

test('one list read in the same order elsewhere, and a whole cohort asked by many: weak, and an alarm; a family is neither', () => {
  const list = (user: number, from: number, at: number): Trace[] => Array.from({ length: 20 }, (_, i) => ({ ...trace({ nir: nirOf(from + i), at: at + i * 3 * MINUTE + ((i * 13) % 7) * MINUTE * 0.1 }), installation: user, place: 'home-1' }));
  const watcher = new Watcher();
  const codes = Array.from({ length: 7 }, (_, user) => codesOf(watcher, user + 1, list(user + 1, 100, LATER + user * MINUTE)));
  assert.deepEqual([codes[0], codes[1]], [[], ['order']]);
  assert.ok(codes[6]?.includes('cohort'));
  assert.deepEqual(watcher.takeAlarms().map((alarm) => alarm.code).toSorted(), ['cohort', 'order']);
  const family = new Watcher();
  const members = ['2010-03-02', '2012-07-09', '2015-01-20', '2017-01-20', '2019-01-20', '2021-04-04'].map((birth) => trace({ nir: nirOf(7), birth }));
  for (let user = 1; user < 9; user += 1) assert.deepEqual(codesOf(family, user, members.map((each) => ({ ...each, installation: user }))), []);
});

test('many users a little unlike themselves: no one is frozen, the platform is told; and not on an ordinary day', () => {
  const play = (placeOf: (user: number, i: number) => string): { alarms: string[]; frozen: number } => {
    const watcher = new Watcher();
    let frozen = 0;
    for (let user = 1; user <= 150; user += 1) settled(watcher, user);
    for (let user = 1; user <= 150; user += 1) {
      for (let i = 0; i < 6; i += 1) if (watcher.take(user, { ...trace({ nir: nirOf(user * 50 + i * 7), at: LATER + i * 40 * MINUTE + user * 1000 + ((i * 11) % 5) * MINUTE }), installation: user, place: placeOf(user, i), network: 'cabinet' }).action === 'freeze') frozen += 1;
    }
    return { alarms: watcher.takeAlarms().map((alarm) => alarm.code), frozen };
  };
  assert.deepEqual(play((user, i) => `anywhere-${user}-${i}`), { alarms: ['spread'], frozen: 0 });
  assert.deepEqual(play((user, i) => (i % 3 === 0 ? `anywhere-${user}-${i}` : 'home-1')), { alarms: [], frozen: 0 });
});

test('a fresh name at each question: each is frozen at its first one', () => {
  const watcher = new Watcher();
  const actions = Array.from({ length: 40 }, (_, i) => watcher.take(1000 + i, trace({ nir: nirOf(i), outcome: 'no', at: START + i * MINUTE * 1.1 })).action);
  assert.ok(actions.indexOf('freeze') > 0 && actions.indexOf('freeze') < 15, actions.join());
  assert.ok(actions.slice(actions.indexOf('freeze')).every((action) => action === 'freeze'));
  const after = new Watcher();
  for (const robot of [1, 2, 3]) {
    for (let i = 0; i < 12; i += 1) if (after.take(robot, trace({ nir: nirOf(robot * 40 + i), outcome: 'no' })).action === 'freeze') after.forget(robot);
  }
  assert.equal(after.take(9, trace({ nir: nirOf(999), outcome: 'no' })).action, 'none', 'who is new after robots were stopped is not one of them');
  const cashiers = new Watcher();
  for (let i = 0; i < 200; i += 1) assert.equal(cashiers.take(i % 9, trace({ nir: nirOf(i), at: START + i * 3 * MINUTE + ((i * 7) % 5) * MINUTE })).action, 'none', 'a pharmacy’s first day');
});

test('memory stays bounded: a million places leave a few hundred', () => {
  const habits = new Habits();
  for (let i = 0; i < 10_000; i += 1) habits.absorb({ ...trace({ nir: nirOf(i) }), place: `p${i}`, network: `n${i}`, device: `d${i}` });
  assert.deepEqual([habits.places.size, habits.networks.size, habits.devices.size], [400, 8, 8]);
  assert.equal(new PeerHabits().shareAsStrange(3), 0);
  assert.equal(decide([], { counting: new Set(), asked: new Set() }).action, 'none');
});
