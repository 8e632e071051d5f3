import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, cardSignedBytes, checkCardCode, checkCharacters, findCardCode, findObservedCard, formatCardCode, parseCardCode, type CardFields, type PlainDate } from './index.ts';

const hex = (length: number): fc.Arbitrary<string> => fc.array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length }).map((digits) => digits.join(''));
const letters = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> => fc.array(fc.constantFrom(...alphabet.split('')), { minLength, maxLength }).map((all) => all.join(''));
const fields = fc.record({
  amcNumber: fc.integer({ min: 1, max: 9_999_999_999 }).map((n) => String(n).padStart(8, '0')), conventionType: letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 2, 2), csr: letters('ABCXYZ0123456789', 0, 8),
  cardId: hex(32).map((d) => `${d.slice(0, 8)}-${d.slice(8, 12)}-${d.slice(12, 16)}-${d.slice(16, 20)}-${d.slice(20)}`),
  validFrom: fc.integer({ min: 0, max: 30_000 }).map((n) => addDays('2000-01-01' as PlainDate, n)), validTo: fc.integer({ min: 0, max: 60_000 }).map((n) => addDays('2000-01-01' as PlainDate, n)),
}) as unknown as fc.Arbitrary<CardFields>;
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });

// What a French keyboard makes of what an American one would have typed in capitals.
const ON_FRENCH: Readonly<Record<string, string>> = { A: 'Q', Q: 'A', Z: 'W', W: 'Z', M: '?', 1: '&', 2: 'é', 3: '"', 4: "'", 5: '(', 6: '-', 7: 'è', 8: '_', 9: 'ç', 0: 'à', '#': '3', '*': '8', '/': '!' };
const frenchTyped = (text: string): string => Array.from(text, (c) => ON_FRENCH[c] ?? c).join('');

test('what is written is read back, in A-Z and 0-9 alone, also as a scanner types it on a French keyboard', () => {
  fc.assert(fc.property(fields, signature, (card, signed) => {
    const code = formatCardCode(card, signed);
    assert.match(code, /^RMP1[A-Z0-9]+$/);
    const { signed: bytes, signature: back, ...read } = parseCardCode(findCardCode(frenchTyped(code)) ?? '');
    assert.deepEqual(read, { ...card });
    assert.deepEqual(bytes, cardSignedBytes(card));
    assert.deepEqual([...back], [...signed]);
  }));
});

test('one wrong character, two swapped ones or a cut end are named', () => {
  fc.assert(fc.property(fields, signature, fc.nat(), letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 1, 1), (card, signed, at, other) => {
    const code = formatCardCode(card, signed);
    const i = 4 + (at % (code.length - 5));
    if (code[i] !== other) assert.ok(checkCardCode(code.slice(0, i) + other + code.slice(i + 1)).length > 0, 'a wrong character');
    if (code[i] !== code[i + 1]) assert.ok(checkCardCode(code.slice(0, i) + code[i + 1] + code[i] + code.slice(i + 2)).length > 0, 'two swapped');
  }));
  assert.deepEqual(checkCardCode('RMP1').map((f) => f.rule), ['card-form']);
  // The standard's own example.
  assert.equal(checkCharacters('ISO79'), '3W');
  assert.equal(findCardCode('AMC#1#99100001#000#A1#VM*/'), undefined);
});

test('today’s card as observed: insurer, CSR, adhérent and conventions, on either keyboard', () => {
  const text = 'AMC#1#99100001#101#AB12345#VMPG#SP*/';
  for (const scanned of [text, text.toLowerCase(), frenchTyped(text)]) {
    assert.deepEqual(findObservedCard(scanned), { amcNumber: '99100001', csr: '101', adherentNumber: 'AB12345', conventions: [{ conventionType: 'VM', letters: 'PG' }, { conventionType: 'SP', letters: '*' }] });
  }
  for (const broken of ['', 'AMC#2#1#1#1#VM*/', 'AMC#1##1#1#VM*/', 'hello']) assert.equal(findObservedCard(broken), undefined);
});
