import { parseArgs } from 'node:util';
import type { Run } from './processes/process.ts';
import type { ProcessName } from './supervise.ts';

// Each loads its own code and no other's.
const PROCESSES: Readonly<Record<ProcessName, () => Promise<{ readonly run: Run }>>> = {
  api: () => import('./processes/api.ts'),
  auth: () => import('./processes/auth.ts'),
  portal: () => import('./processes/portal.ts'),
  'notice-check': () => import('./processes/notice-check.ts'),
  desk: () => import('./processes/desk.ts'),
  clerk: () => import('./processes/clerk.ts'),
  guard: () => import('./processes/guard.ts'),
  log: () => import('./processes/log.ts'),
  tiles: () => import('./processes/tiles.ts'),
  signals: () => import('./processes/signals.ts'),
};

/** `rempart serve PROCESS --port N`: one process, its database and public URL from the environment. */
export async function serve(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { port: { type: 'string', default: '7320' }, 'metrics-port': { type: 'string', default: '7329' } } });
  const names = Object.keys(PROCESSES) as ProcessName[];
  const name = names.find((each) => each === positionals[0]);
  if (name === undefined) {
    process.stderr.write(`rempart serve ${names.join('|')} [--port N] [--metrics-port N]\n`);
    return 2;
  }
  const { run } = await PROCESSES[name]();
  return run({ port: Number(values.port), metricsPort: Number(values['metrics-port']) });
}
