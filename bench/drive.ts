import { fork } from 'node:child_process';
import { join } from 'node:path';
import { processorSeconds } from './processes.ts';
import type { LoadJob, LoadResult } from './load.ts';

/** A run with the processor time of the servers it loaded, in seconds over all cores. */
export interface DrivenResult extends LoadResult {
  readonly serverCpuSeconds: Readonly<Record<string, number>>;
}

/** Signs and writes every request, then runs them from another process while the servers' time is read. */
export async function drive(job: LoadJob, servers: Readonly<Record<string, readonly number[]>>): Promise<DrivenResult> {
  const child = fork(join(import.meta.dirname, 'load.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  // While it signs it hears nothing: whoever ends meanwhile ends it.
  const end = (): void => { child.kill('SIGKILL'); };
  process.once('exit', end);
  child.once('exit', () => { process.off('exit', end); });
  const next = <T>(): Promise<T> => new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the load generator ended (${code})`)));
  });
  const read = (): Record<string, number> => Object.fromEntries(Object.entries(servers).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + processorSeconds(pid), 0)]));
  const signed = next<string>();
  child.send(job);
  await signed;
  const before = read();
  const ended = next<LoadResult>();
  child.send('go');
  const result = await ended;
  const after = read();
  return { ...result, serverCpuSeconds: Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)])) };
}
