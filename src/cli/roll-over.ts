import type { ChildProcess } from 'node:child_process';
import { stopProcess } from './supervise.ts';

/**
 * Restarts processes that share a port, one after another, in place: each next one listens before the last one is
 * told to stop, and the last one ends when it has answered what it had.
 */
export async function rollOver(running: ChildProcess[], startNext: (index: number) => Promise<ChildProcess>): Promise<void> {
  for (const [index, last] of running.entries()) {
    running[index] = await startNext(index);
    await stopProcess(last);
  }
}
