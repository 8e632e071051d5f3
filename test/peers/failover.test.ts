// Three servers with automatic failover under load: each kind of fault that needs them, once. What was told is counted afterwards.
// Whatever happens, this ends by itself: its hooks have their time, and everything that it started is killed.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FAULTS } from '../../bench/faults/faults.ts';
import { rehearse, type Findings } from '../../bench/faults/rehearse.ts';
import { openFaultStage, type FaultStage } from '../../bench/faults/stage.ts';
import { openLogKey, stateFolder } from '../../src/ground/index.ts';
import { noteKeyOf, publishedAt, verifyTree } from '../../src/journal/index.ts';
import { logOrigin } from '../../src/cli/log-settings.ts';

const KINDS = FAULTS.filter((fault) => fault.failover || fault.name === 'standby killed');
const HOOK = { timeout: 300_000 };

let stage: FaultStage | undefined;
let found: Findings;

before(async () => {
  const opened = await openFaultStage({ persons: 1000, say: (line) => process.stdout.write(`# ${line}\n`) });
  if ('notRun' in opened) assert.fail(opened.notRun);
  stage = opened;
  found = await rehearse(stage, { order: KINDS, questions: 500, parallel: 6, say: (line) => process.stdout.write(`# ${line}\n`) });
}, HOOK);
after(async () => {
  setTimeout(() => process.exit(1), 60_000).unref();
  await stage?.close();
}, HOOK);

test('every kind of fault was injected, and questions were answered throughout', () => {
  assert.deepEqual(Object.keys(found.faults).toSorted(), KINDS.map((fault) => fault.name).toSorted());
  assert.ok(found.answers > 50, `${found.answers} answers are too few to show anything`);
});

test('no answer without its entry, no entry lost, no ceiling exceeded', () => {
  assert.deepEqual([found.answersWithoutEntry, found.entriesLost, found.ceilingsExceeded], [0, 0, 0]);
});

test('until it answers again callers get "not determined" with Retry-After, never a refusal and never a wrong answer', () => {
  assert.deepEqual(found.wrong, []);
  assert.ok((found.others['undetermined'] ?? 0) > 0);
});

test('after each failover the gate stood again on the sequencer’s word, and the journal it published is one', async () => {
  const { owner, logFolder } = stage as FaultStage;
  const { rows } = await owner.query<{ n: number }>("select count(*)::int as n from journal.entry where purpose = 'restore' and outcome = 'stands'");
  assert.ok((rows[0]?.n ?? 0) >= 2, `${rows[0]?.n} times`);
  const report = await verifyTree({ read: publishedAt(logFolder), trust: { key: noteKeyOf(logOrigin(), openLogKey(stateFolder('keys'))) } });
  assert.deepEqual(report.faults, []);
  assert.ok(report.leaves > 50);
});
