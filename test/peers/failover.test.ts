// Everything fails once, under load, on three servers with automatic failover: what was told is counted afterwards.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FAULTS } from '../../bench/faults/faults.ts';
import { rehearse, type Findings } from '../../bench/faults/rehearse.ts';
import { openFaultStage, type FaultStage } from '../../bench/faults/stage.ts';

let stage: FaultStage;
let found: Findings;

before(async () => {
  const opened = await openFaultStage({ persons: 2000, say: () => undefined });
  assert.ok(!('notRun' in opened), JSON.stringify(opened));
  stage = opened;
  found = await rehearse(stage, { order: FAULTS, questions: 1500, parallel: 16, say: () => undefined });
});
after(() => stage.close());

test('every kind of fault was injected, and questions were asked and answered throughout', () => {
  assert.deepEqual(Object.keys(found.faults).toSorted(), FAULTS.map((fault) => fault.name).toSorted());
  assert.ok(found.answers > 500, `${found.answers} answers are too few to show anything`);
});

test('no answer without its entry, no entry lost, no ceiling exceeded', () => {
  assert.deepEqual([found.answersWithoutEntry, found.entriesLost, found.ceilingsExceeded], [0, 0, 0]);
});

test('until it answers again callers get "not determined" with Retry-After, never a refusal and never a wrong answer', () => {
  assert.deepEqual(found.wrong, []);
  assert.ok((found.others['undetermined'] ?? 0) > 0);
});
