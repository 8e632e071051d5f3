// Ctrl-C, SIGTERM and a closed terminal, at any moment, leave no process behind; the next start goes on.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { ROOT, stateFolder } from '../../src/ground/index.ts';

const state = stateFolder('stop', String(process.pid));
const started: ChildProcess[] = [];
after(() => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(state, { recursive: true, force: true });
});

// A process of this run, whoever its parent is now, has our state folder in its environment or on its command line.
function ours(): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return command !== '' && (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(state) || command.includes(state)) ? [command] : [];
    } catch {
      return [];
    }
  });
}

function start(): { child: ChildProcess; said: () => string; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [join(ROOT, 'tools/run.mjs'), join(ROOT, 'src/cli/main.ts'), 'start', '--persons', '3000', '--professionals', '40', '--api-processes', '2'],
    { env: { ...process.env, DATABASE_URL: undefined, REMPART_STATE: state, REMPART_PORTS: 'free' }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  started.push(child);
  let said = '';
  child.stdout.on('data', (chunk) => { said += String(chunk); });
  child.stderr.on('data', (chunk) => { said += String(chunk); });
  return { child, said: () => said, ended: new Promise((resolve) => { child.once('exit', resolve); }) };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1200 && !holds(); tries += 1) await sleep(50);
  assert.ok(holds(), what);
}

test('interrupted while PostgreSQL is being made, and while the population is loaded', { timeout: 180_000 }, async () => {
  for (const [moment, wait] of [['at once', 400], ['while loading', 0]] as const) {
    const run = start();
    if (wait > 0) await sleep(wait);
    else await until(() => run.said().includes('Population'), run.said());
    process.kill(-(run.child.pid ?? 0), 'SIGINT');
    await run.ended;
    await until(() => ours().length === 0, `${moment}: ${ours().join('\n')}`);
  }
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  test(`${signal} after the first start is complete`, { timeout: 180_000 }, async () => {
    const run = start();
    await until(() => run.said().includes('Rempart répond') || run.child.exitCode !== null, run.said());
    assert.match(run.said(), /Rempart répond/, run.said());
    assert.ok(ours().length >= 5, ours().join('\n'));
    // A terminal signals the whole group; SIGTERM comes to the launcher alone.
    process.kill(signal === 'SIGTERM' ? (run.child.pid ?? 0) : -(run.child.pid ?? 0), signal);
    await run.ended;
    await until(() => ours().length === 0, ours().join('\n'));
  });
}
