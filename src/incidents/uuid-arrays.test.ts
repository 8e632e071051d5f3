import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { UuidArrays } from './uuid-arrays.ts';

const int = (...values: number[]): Buffer => Buffer.concat(values.map((value) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; }));
const short = (value: number): Buffer => int(value).subarray(2);

// As PostgreSQL sends it: an array of no element has no dimension, so a shorter head.
function arrayOf(uuids: readonly Buffer[]): Buffer {
  if (uuids.length === 0) return int(0, 0, 2950);
  return Buffer.concat([int(1, 0, 2950, uuids.length, 1), ...uuids.flatMap((uuid) => [int(16), uuid])]);
}

const copyOf = (arrays: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), int(0, 0), ...arrays.flatMap((array) => [short(1), int(array.length), array]), short(-1)]);

test('a binary COPY of arrays is read to the same uuids, wherever it is cut', () => {
  const uuids = [3, 0, 1, 40, 0, 7].map((n) => Array.from({ length: n }, () => randomBytes(16)));
  const sent = copyOf(uuids.map(arrayOf));
  const all = Buffer.concat(uuids.flat());
  for (let size = 1; size <= sent.length; size += 1) {
    const arrays = new UuidArrays();
    const read: Buffer[] = [];
    for (let at = 0; at < sent.length; at += size) for (const some of arrays.in(sent.subarray(at, at + size))) read.push(Buffer.from(some));
    assert.ok(Buffer.concat(read).equals(all), `in pieces of ${size} bytes`);
  }
});

test('a COPY of no row has no uuid', () => {
  assert.deepEqual([...new UuidArrays().in(copyOf([]))], []);
});
