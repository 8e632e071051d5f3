import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Sealer } from '../registry/index.ts';
import { readRightsLine, type RightsLine, type RightTerms } from './rights-line.ts';
import { SliceMaker } from './slice.ts';

const TEXT = 'L;U;B1-1;C11;1000000001;280112236009689;1980-11-07;1;ROUSSEL;VALERIE;assure;ESSENTIEL;1;PHAR,MEDE;2026-01-01;2027-01-31;2026-01-01;2027-01-31;;VM;R;general';

const makerOf = (): SliceMaker => new SliceMaker({ frame: { insurerId: 1, loadId: 1, kind: 'full', firstRow: 0, salt: Buffer.alloc(32, 1), sealKeyId: 1 }, indexKey: Buffer.alloc(32, 2), sealer: new Sealer() });

test('a maker of millions of rows holds no decoy’s terms once its slice is written', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const maker = makerOf();
  // Each in a frame of its own, so that nothing but the maker could hold what it used.
  const slice = (): WeakRef<RightTerms> => {
    const { line } = readRightsLine(TEXT) as { line: RightsLine };
    maker.table.reset();
    const entries = [maker.table.add(line, '00000000-0000-4000-8000-000000000000')];
    for (const terms of maker.unknownTerms(entries)) maker.learn(terms, 7);
    maker.make(entries, maker.hash(entries), { firstRow: 0, known: new Map() });
    return new WeakRef(line.terms);
  };
  const first = slice();
  slice();
  await setImmediate();
  collect();
  assert.equal(first.deref(), undefined);
});

test('rows of a slice that is longer than the one before stand in order, each with its own keys', () => {
  const maker = makerOf();
  const lines = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => `${TEXT.replace('B1-1', `B${i}`).replace('C11', `C${Math.floor(i / 3)}`)}\n`).join(''));
  for (const count of [2, 700]) {
    const { taken } = maker.read(lines(count), 1);
    for (const terms of maker.unknownTerms(taken)) maker.learn(terms, 7);
    const hashed = maker.hash(taken);
    const { rows, persons } = maker.make(taken, hashed, { firstRow: 10, known: new Map() });
    for (let i = 0; i < count; i += 1) {
      const id = Buffer.alloc(8);
      id.writeBigInt64BE(10n + BigInt(i));
      // id, person, beneficiary and contract follow each other, each with its length.
      const keys = [persons, hashed.beneficiaries, hashed.contracts].map((list) => Buffer.concat([Buffer.from([0, 0, 0, 16]), list.subarray(i * 16, i * 16 + 16)]));
      assert.ok(rows.includes(Buffer.concat([Buffer.from([0, 17, 0, 0, 0, 8]), id, ...keys])), `row ${i} of ${count}`);
    }
    assert.equal(new Set(Array.from({ length: count }, (_, i) => hashed.contracts.toString('hex', i * 16, i * 16 + 16))).size, Math.ceil(count / 3), 'one contract for three lines');
  }
});
