// The small drill: 84 insurers, thousands of persons, in bulk; precision and recall against its own truth.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../src/ground/index.ts';
import type { DrillResult } from '../../bench/drill-play.ts';

test('npm run drill: 84 insurers each get exactly their persons; the database is removed after', () => {
  const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'bench/drill.ts')], { encoding: 'utf8', timeout: 300_000 });
  assert.equal(done.status, 0, done.stderr);
  const result = JSON.parse(done.stdout) as DrillResult;
  assert.deepEqual([result.insurers, result.personsTrue, result.personsListed, result.precision, result.recall], [84, 6000, 6000, 1, 1]);
  assert.ok(result.journalEntries > 50_000 && result.disclosures === 8000 && result.lettersPerMinute > 0);
  const state = join(ROOT, '.rempart');
  assert.ok(!existsSync(state) || !readdirSync(state).includes(`drill-${done.pid}`), 'nothing is left');
});
