import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../src/ground/index.ts';
import type { AskerPlan } from './asker.ts';

/** What one process was answered, in the order of its answers. */
export interface AskerAnswer {
  readonly index: number;
  readonly byNir: string;
  readonly code: string | null;
  readonly outcome?: string;
  readonly entry?: number;
}

/** Runs a plan in a process of its own; resolves when it has ended. */
export async function askInProcess(plan: AskerPlan): Promise<AskerAnswer[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/asker.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  const said = await text(child.stdout);
  return said.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AskerAnswer);
}
