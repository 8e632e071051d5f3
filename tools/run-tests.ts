import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, STATE } from '../src/ground/index.ts';

/** How a run ended. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly status: number;
  /** The failed tests with their causes, as text; empty when none failed. */
  readonly failures: string;
}

/** Whoever is stopped from a terminal stops by themselves; only who was told alone, and has not ended by then, is told again. */
const INTERRUPTED_MS = 10_000;
const STOPPED = 130;

// What stops us stops the tests, which end their servers and browsers. @returns whether it did
async function endWith(child: ChildProcess): Promise<boolean> {
  let stopped = false;
  const stop = (signal: NodeJS.Signals): void => {
    stopped = true;
    setTimeout(() => child.kill('SIGTERM'), signal === 'SIGINT' ? INTERRUPTED_MS : 0).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  await once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  return stopped;
}

/** Runs test files by node:test, with one PostgreSQL for all; their report goes to standard output. */
export async function runTests(options: { readonly patterns: readonly string[]; readonly environment?: Readonly<Record<string, string>> }): Promise<Outcome> {
  const folder = join(STATE, 'test', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const summary = join(folder, 'summary.txt');
  const files = globSync([...options.patterns], { cwd: ROOT }).toSorted();
  const run = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning', '--test', '--test-timeout=900000', '--test-concurrency=2',
    `--test-global-setup=${join(ROOT, 'test/support/global-setup.ts')}`,
    '--test-reporter=spec', '--test-reporter-destination=stdout',
    `--test-reporter=${join(ROOT, 'test/support/summary-reporter.ts')}`, `--test-reporter-destination=${summary}`,
    ...files,
  ], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, REMPART_TEST_FOLDER: folder, ...options.environment } });
  if (await endWith(run)) {
    rmSync(folder, { recursive: true, force: true });
    process.exit(STOPPED);
  }
  const [counts = '', ...failures] = readFileSync(summary, 'utf8').split('\n');
  const [passed = 0, failed = 0] = counts.match(/\d+/g)?.map(Number) ?? [];
  rmSync(folder, { recursive: true, force: true });
  return { passed, failed, status: files.length === 0 ? 1 : (run.exitCode ?? 1), failures: failures.join('\n') };
}
