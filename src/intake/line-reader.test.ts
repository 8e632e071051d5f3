import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineReader } from './line-reader.ts';
import { LineTable } from './line-table.ts';
import { readRightsLine } from './rights-line.ts';

const GOOD = 'L;U;B1-1;C11;1000000001;280112236009689;1980-11-07;1;ROUSSEL;VALERIE;assure;ESSENTIEL;1;PHAR,MEDE;2026-01-01;2027-01-31;2026-01-01;2027-01-31;;VM;R;general';

// A line's fields, each as it should be or as it should not.
const spoiled: Readonly<Record<number, readonly string[]>> = {
  0: ['L', 'T', ''], 1: ['U', 'D', 'X', ''], 2: ['B1-1', 'b_1', '', 'x'.repeat(41)], 3: ['C11', 'C11é', ''], 4: ['1000000001', 'abc', '', '1'.repeat(17)],
  5: ['280112236009689', '2801122360096', '280112236009688', '280132236009624', '580112236009636', '280110036009604', '080112236009692', '2A0112236009689', ''], 6: ['1980-11-07', '1980-02-30', '1980-11-32', '1980-13-07', '19801107', '1980-11-7', ''], 7: ['1', '0', '12', ''],
  8: ['ROUSSEL', 'LEFÈVRE', 'é'.repeat(80), 'x'.repeat(81), ''], 9: ['VALERIE', 'ÉLOÏSE', 'x'.repeat(121), ''], 10: ['assure', ''], 11: ['ESSENTIEL', 'ÉCO'], 13: ['PHAR,MEDE', 'PHAR:2026-01-01:2026-02-01'], 19: ['VM', '??'], 21: ['general', 'general\r', 'general;more'],
};
const line = fc.tuple(...GOOD.split(';').map((good, field) => fc.oneof({ weight: 6, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: fc.constantFrom(...(spoiled[field] ?? [good])) }))).map((fields) => fields.join(';'));

test('the short way of reading a line says what the long way says, whatever was read before', () => {
  fc.assert(fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (texts) => {
    const table = new LineTable();
    const reader = new LineReader(table);
    // What is known after this line takes the short way.
    for (const text of [GOOD, ...texts]) {
      const bytes = Buffer.from(`before\n${text}\nafter`);
      const [read, expected] = [reader.read(bytes, 7, bytes.length - 6), readRightsLine(text)];
      if (typeof read === 'number') assert.deepEqual(table.line(read), expected.line, text);
      else assert.deepEqual(read, expected.faults, text);
    }
  }), { numRuns: 400 });
});

test('lines stay apart in a table that grows, and the bytes of a name are sealed as they were sent', () => {
  const table = new LineTable();
  const reader = new LineReader(table);
  const texts = Array.from({ length: 5000 }, (_, i) => GOOD.replace('B1-1', `B${i}`).replace('VALERIE', i % 2 === 0 ? `ZOÉ-${i}` : 'VALERIE'));
  const numbers = texts.map((text) => reader.read(Buffer.from(text), 0, Buffer.byteLength(text)));
  for (const [i, text] of texts.entries()) assert.deepEqual(table.line(numbers[i] as number), readRightsLine(text).line);
  assert.equal(new Set(numbers.map((number) => table.key(number as number))).size, texts.length);
  const cut = Buffer.from(GOOD.replace('ROUSSEL', 'ROUSSELX'));
  cut[cut.indexOf('X')] = 0xff;
  const read = reader.read(cut, 0, cut.length) as number;
  assert.deepEqual(table.identity(read).subarray(0, 11), Buffer.from('ROUSSEL\ufffd;'), 'what is no UTF-8 is replaced, as on the long way');
});
