// What `npm start` starts once everything answers: the process of signals and the page that confirms notices. Both end with it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { freeUrl } from '../support/world.ts';

const state = stateFolder('later', String(process.pid));
after(() => rmSync(state, { recursive: true, force: true }));

async function answered(url: string): Promise<Record<string, unknown> | undefined> {
  return fetch(url).then(async (response) => (response.ok ? await response.json() as Record<string, unknown> : undefined), () => undefined);
}

test('signals and the verification page answer soon after the first answer, and end with the platform', { timeout: 240_000 }, async () => {
  const [signals, notice] = [await freeUrl(), await freeUrl()];
  const child = spawn(process.execPath, [join(ROOT, 'tools/run.mjs'), join(ROOT, 'src/cli/main.ts'), 'start', '--persons', '2000', '--professionals', '40', '--api-processes', '1'],
    { env: { ...process.env, DATABASE_URL: undefined, REMPART_STATE: state, REMPART_PORTS: 'free', REMPART_SIGNALS_PORT: String(signals.port), REMPART_NOTICE_PORT: String(notice.port) }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += String(chunk); });
  const until = async (holds: () => Promise<boolean> | boolean, what: string): Promise<void> => {
    for (let tries = 0; tries < 1000 && child.exitCode === null; tries += 1) {
      if (await holds()) return;
      await sleep(100);
    }
    assert.fail(`${what}: ${said}`);
  };
  try {
    await until(() => said.includes('Rempart répond'), 'started');
    await until(async () => (await answered(`${signals.url}/.well-known/ssf-configuration`))?.['spec_version'] === '1_0', 'signals');
    await until(async () => (await answered(`${notice.url}/parameters.json`))?.['version'] === 1, 'the verification page');
  } finally {
    child.kill('SIGINT');
    await ended;
  }
  assert.deepEqual([await answered(`${signals.url}/.well-known/ssf-configuration`), await answered(`${notice.url}/parameters.json`)], [undefined, undefined]);
});
