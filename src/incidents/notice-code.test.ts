import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatNoticeCode, parseNoticeCode, type AmcNumber, type PlainDate } from '../identifiers/index.ts';
import { findNotice, newNoticeCode, NOTICE_ENTRY_BYTES, sealNotice } from './notice-code.ts';

const status = { amcNumber: '99100001' as AmcNumber, sentOn: '2026-11-24' as PlainDate, incident: 12 };

test('a code is 80 random bits, printed in four groups, read back as people type it', () => {
  const codes = new Set(Array.from({ length: 500 }, newNoticeCode));
  assert.equal(codes.size, 500);
  for (const code of codes) {
    const printed = formatNoticeCode(code);
    assert.match(printed, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    for (const typed of [printed, printed.toLowerCase(), printed.replaceAll('-', ' '), printed.replaceAll('0', 'o').replaceAll('1', 'l')]) assert.equal(parseNoticeCode(typed), code);
  }
  for (const wrong of ['', 'ABCD-EFGH-JKMN-PQR', 'ABCD-EFGH-JKMN-PQRSX', 'ABCD-EFGH-JKMN-PQR!', 'ABCD-EFGH-JKMN-PQRU']) assert.throws(() => parseNoticeCode(wrong), /notice-code-form/);
});

test('an entry opens with its code and no other, wherever it stands in its bucket; every entry has one size', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 99_999_999_99 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 6 }), (amc, incident, place) => {
    const own = { ...status, amcNumber: String(amc).padStart(8, '0') as AmcNumber, incident };
    const code = newNoticeCode();
    const sealed = sealNotice(code, own);
    const entries = Array.from({ length: 6 }, () => sealNotice(newNoticeCode(), status).entry);
    entries.splice(place, 0, sealed.entry);
    assert.ok(entries.every((entry) => entry.length === NOTICE_ENTRY_BYTES));
    assert.deepEqual(findNotice(code, Buffer.concat(entries)), own);
    assert.equal(findNotice(newNoticeCode(), Buffer.concat(entries)), undefined);
  }), { numRuns: 100 });
});

test('an entry that was altered is refused, not read', () => {
  const code = newNoticeCode();
  const { entry } = sealNotice(code, status);
  entry[30] = (entry[30] as number) ^ 1;
  assert.throws(() => findNotice(code, entry));
});
