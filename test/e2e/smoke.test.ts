import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../src/ground/index.ts';

test('smoke: everything starts, answers yes, no and not determined, and leaves no process behind', { timeout: 180_000 }, () => {
  const done = spawnSync(process.execPath, [join(ROOT, 'tools/smoke.ts')], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  const line = JSON.parse(done.stdout) as Record<string, unknown>;
  assert.deepEqual({ yes: line['yes'], no: line['no'], undetermined: line['undetermined'] }, { yes: true, no: true, undetermined: true });
  assert.equal(typeof line['firstAnswerMs'], 'number');
});
