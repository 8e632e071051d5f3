// Promise `journal-first`, seen from the kernel: the flush of the entry had returned before the answer was written.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, STATE } from '../../src/ground/index.ts';

const peers = process.env['REMPART_PEERS'] ?? '';

/** Of the questions traced, those between whose mark and answer no flush returned. */
function traceUnflushed(fsync: 'on' | 'off'): { questions: number; unflushed: number } {
  const state = join(STATE, `traced-${fsync}`);
  mkdirSync(state, { recursive: true });
  const out = join(state, 'trace.txt');
  const done = spawnSync(join(peers, 'usr/bin/strace'), ['-f', '-q', '-e', 'trace=fdatasync,fsync,write', '-e', 'signal=none', '-s', '40', '-o', out,
    process.execPath, '--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/traced.ts'), fsync], { encoding: 'utf8', env: { ...process.env, REMPART_TRACED_STATE: state }, timeout: 120_000 });
  assert.equal(done.status, 0, done.stderr);
  let [questions, unflushed, flushes, asking] = [0, 0, 0, false];
  // strace writes calls in the order in which they returned.
  for (const line of readFileSync(out, 'utf8').split('\n')) {
    if (/write\(1, "ASK /.test(line)) [asking, flushes] = [true, 0];
    else if (/(fdatasync|fsync)(\(\d+| resumed>).*= 0/.test(line)) flushes += 1;
    else if (/write\(1, "TOLD \d+ \d+/.test(line) && asking) {
      questions += 1;
      if (flushes === 0) unflushed += 1;
      asking = false;
    }
  }
  return { questions, unflushed };
}

test('between a question and its answer PostgreSQL’s flush returned, every time', () => {
  assert.deepEqual(traceUnflushed('on'), { questions: 20, unflushed: 0 });
});

test('the same trace finds a PostgreSQL that does not flush', () => {
  const { questions, unflushed } = traceUnflushed('off');
  assert.equal(questions, 20);
  assert.ok(unflushed >= 19, String(unflushed));
});
