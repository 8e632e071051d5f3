// Runs the tests: all of them, or the files named on the command line.
import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, STATE } from '../src/ground/index.ts';

/** Fewer tests than this and something was not found: the run fails. */
const MINIMUM_TESTS = 40;

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: ROOT }).toSorted();
const run = spawnSync(process.execPath, [
  '--disable-warning=ExperimentalWarning', '--test', '--test-timeout=900000', '--test-concurrency=2',
  `--test-global-setup=${join(ROOT, 'test/support/global-setup.ts')}`,
  '--test-reporter=spec', '--test-reporter-destination=stdout',
  `--test-reporter=${join(ROOT, 'test/support/summary-reporter.ts')}`, `--test-reporter-destination=${join(STATE, 'summary.txt')}`,
  ...files,
], { cwd: ROOT, stdio: 'inherit' });
rmSync(join(STATE, 'test'), { recursive: true, force: true });

const { readFileSync } = await import('node:fs');
const line = readFileSync(join(STATE, 'summary.txt'), 'utf8').trim();
const passed = Number(line.split(' ')[0]);
if (named.length === 0 && passed < MINIMUM_TESTS) {
  process.stdout.write(`only ${passed} tests passed; at least ${MINIMUM_TESTS} are expected\n`);
  process.exitCode = 1;
}
process.stdout.write(`${line}\n`);
if (run.status !== 0) process.exitCode = run.status ?? 1;
