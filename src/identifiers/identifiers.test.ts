import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, addMonths, checkBirthDate, checkFiness, checkIns, checkNir, checkRpps, checkSiret, dayNumber, INS_OID, isBornAbroad, kindOfNir, luhnKey, nirKey, parseAmcNumber, parseBirthDate, parseIns, parseNir, parsePlainDate, IdentifierError, type PlainDate } from './index.ts';

// Test values published as such (domain notes 3.1): nobody's numbers.
const VALID = ['255081416802538', '284058832102532', '284052A32102552', '284052B32102579', '186022A21532523', '295109912611193', '180127512345642'];
const rules = (findings: readonly { rule: string }[]): string[] => findings.map((finding) => finding.rule);

test('the published test NIRs are valid, with and without key, spaces and lower case', () => {
  for (const nir of VALID) {
    assert.deepEqual(checkNir(nir), []);
    assert.equal(parseNir(nir.toLowerCase().replace(/(.{5})/g, '$1 ')), nir.slice(0, 13));
    assert.equal(nirKey(nir.slice(0, 13)), nir.slice(13));
  }
});

test('a wrong key, a wrong sex, a wrong month and a wrong department are named, and never show the value', () => {
  assert.deepEqual(rules(checkNir('255081416802500')), ['nir-key']);
  assert.deepEqual(rules(checkNir('955081416802538')), ['nir-form']);
  assert.deepEqual(rules(checkNir('2551314168025')), ['nir-month']);
  assert.deepEqual(rules(checkNir('2550800168025')), ['nir-department']);
  assert.throws(() => parseNir('255081416802500'), (error) => error instanceof IdentifierError && !error.message.includes('25508'));
});

test('months 20, 30 to 42 and 50 to 99 exist; 13 to 19, 21 to 29 and 43 to 49 do not', () => {
  for (let month = 0; month < 100; month += 1) {
    const exists = (month >= 1 && month <= 12) || month === 20 || (month >= 30 && month <= 42) || month >= 50;
    assert.equal(checkNir(`180${String(month).padStart(2, '0')}75123456`).length === 0, exists, String(month));
  }
});

test('any single changed digit of a NIR with its key is noticed', () => {
  fc.assert(fc.property(fc.constantFrom(...VALID.filter((v) => /^\d+$/.test(v))), fc.nat(14), fc.integer({ min: 1, max: 9 }), (nir, at, by) => {
    const changed = nir.slice(0, at) + String((Number(nir[at]) + by) % 10) + nir.slice(at + 1);
    assert.notDeepEqual(checkNir(changed), []);
  }));
});

test('provisional and waiting numbers and births abroad are recognised', () => {
  assert.equal(kindOfNir(parseNir('7112345678901')), 'nnp');
  assert.equal(kindOfNir(parseNir('3800175123456')), 'nia');
  assert.equal(isBornAbroad(parseNir('2951099126111')), true);
});

test('a birth date is read in its usual forms, with unknown day or month, and must exist', () => {
  for (const typed of ['1980-02-29', '19800229', '29/02/1980', '29.02.1980']) assert.equal(parseBirthDate(typed), '1980-02-29');
  assert.equal(parseBirthDate('00/00/1950'), '1950-00-00');
  assert.equal(parseBirthDate('00/05/1950'), '1950-05-00');
  for (const typed of ['1980-01-32', '32/04/1980', '1980-13-01', '1980-00-12', 'hier', '', '80-01-01']) assert.deepEqual(checkBirthDate(typed).map((f) => f.severity), ['error'], typed);
});

test('a day that its month lacks is a warning and is kept as it is: lunar dates are registered so', () => {
  for (const [typed, iso] of [['1958-02-30', '1958-02-30'], ['29/02/1981', '1981-02-29'], ['31/04/1980', '1980-04-31']] as const) {
    assert.deepEqual(checkBirthDate(typed).map((f) => [f.rule, f.severity]), [['birth-date-lunar', 'warning']]);
    assert.equal(parseBirthDate(typed), iso);
  }
});

test('an INS needs its key and a known OID; the test OID is marked', () => {
  assert.equal(parseIns(VALID[0]!, `urn:oid:${INS_OID.test}`).madeUp, true);
  assert.deepEqual(rules(checkIns(VALID[0]!.slice(0, 13), INS_OID.nir)), ['ins-form']);
  assert.deepEqual(rules(checkIns(VALID[0]!, '1.2.3')), ['ins-oid']);
});

test('professionals and establishments: form is an error, a RPPS key a warning', () => {
  assert.deepEqual(checkRpps(`1000000000${luhnKey('1000000000')}`), []);
  assert.deepEqual(checkRpps('10000000001').map((f) => f.severity), ['warning']);
  assert.deepEqual(checkFiness('750712184'), []);
  assert.deepEqual(rules(checkFiness('750712185')), ['finess-key']);
  assert.deepEqual(checkFiness('2A0000014'), []);
  assert.deepEqual(checkSiret('35600000000048'), []);
  assert.equal(parseAmcNumber('99 100 001'), '99100001');
  assert.equal(parseAmcNumber('775709'), '00775709');
});

test('dates add up: days and months there and back, month ends kept inside', () => {
  assert.equal(addMonths(parsePlainDate('2026-01-31'), 1), '2026-02-28');
  assert.equal(addMonths(parsePlainDate('2026-01-31'), -2), '2025-11-30');
  fc.assert(fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), fc.integer({ min: -2000, max: 2000 }), (date, days) => {
    const plain = date.toISOString().slice(0, 10) as PlainDate;
    const moved = addDays(plain, days);
    assert.equal(moved, new Date(Date.parse(plain) + days * 86_400_000).toISOString().slice(0, 10));
    assert.equal(dayNumber(moved) - dayNumber(plain), days);
  }));
});
