import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createDecoyKeeper } from './decoys.ts';

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

test('decoys are found among many references, in buffers of any size one after another', () => {
  const keeper = createDecoyKeeper(randomBytes(32));
  for (const size of [3, 4000, 0, 1, 70]) {
    const references: Buffer[] = Array.from({ length: size }, () => randomBytes(16));
    const decoys = references.flatMap((_, i) => (i % 50 === 2 ? [{ i, uuid: keeper.newReference() }] : []));
    for (const { i, uuid } of decoys) references[i] = bytesOf(uuid);
    assert.deepEqual(keeper.decoysAmong(Buffer.concat(references)), decoys.map(({ uuid }) => uuid), `of ${size}`);
  }
});

test('a reference that differs from a decoy’s in one bit, or is another key’s, is nobody’s decoy', () => {
  const [keeper, other] = [createDecoyKeeper(randomBytes(32)), createDecoyKeeper(randomBytes(32))];
  const decoy = bytesOf(keeper.newReference());
  assert.equal(keeper.decoysAmong(decoy).length, 1);
  assert.equal(other.decoysAmong(decoy).length, 0);
  for (let bit = 0; bit < 128; bit += 1) {
    const near = Buffer.from(decoy);
    near[bit >> 3] = (near[bit >> 3] as number) ^ (1 << (bit & 7));
    // The bits of a random uuid's version are the first half's like any other; two of its variant are the same in all.
    if ((bit >> 3) !== 8 || (bit & 7) < 6) assert.equal(keeper.decoysAmong(near).length, 0, `bit ${bit}`);
  }
});
