// Starts everything on free ports with a small population, asks by the command line a yes, a no and one that is
// not determined, prints one JSON line and stops. Exit 0 only when all three came as they should.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, stateFolder } from '../src/ground/index.ts';
import { describeSandbox } from '../src/sandbox/index.ts';

const SIZE = { persons: 2000, professionals: 40, seed: 1 };
const state = stateFolder('smoke', String(process.pid));
const env = { ...process.env, REMPART_STATE: state, REMPART_PORTS: 'free' };
const launcher = join(ROOT, 'tools/run.mjs');
const main = join(ROOT, 'src/cli/main.ts');

function ask(args: readonly string[]): { verdict?: string } {
  const done = spawnSync(process.execPath, [main, 'ask', '--json', '--domain', 'PHAR', ...args], { env, encoding: 'utf8' });
  try {
    return JSON.parse(done.stdout) as { verdict?: string };
  } catch {
    process.stderr.write(done.stderr);
    return {};
  }
}

const begun = Date.now();
const platform = spawn(process.execPath, [launcher, main, 'start', '--persons', String(SIZE.persons), '--professionals', String(SIZE.professionals), '--api-processes', '1'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
let said = '';
platform.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
platform.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
for (let tries = 0; tries < 1200 && !said.includes('Rempart répond') && platform.exitCode === null; tries += 1) await sleep(100);

const { persons } = describeSandbox(SIZE);
const [amc, person] = Object.entries(persons)[0]!;
const [silentAmc, silent] = Object.entries(persons).at(-1)!;
const yes = ask(['--amc', amc, '--nir', person.nir, '--birth', person.birthDate, '--presence', 'declared']).verdict === 'yes';
const firstAnswerMs = Date.now() - begun;
const no = ask(['--amc', amc, '--nir', person.nir, '--birth', '1901-01-01']).verdict === 'no';
const undetermined = ask(['--amc', silentAmc, '--nir', silent.nir, '--birth', silent.birthDate]).verdict === 'undetermined';

const postmaster = join(state, 'postgres/postmaster.pid');
const pid = existsSync(postmaster) ? Number(readFileSync(postmaster, 'utf8').split('\n')[0]) : 0;
const ended = new Promise((resolve) => platform.once('exit', resolve));
platform.kill('SIGTERM');
await ended;
const left = pid > 0 && existsSync(`/proc/${pid}`);
rmSync(state, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ yes, no, undetermined, firstAnswerMs })}\n`);
if (!yes || !no || !undetermined || left) {
  process.stderr.write(`${said.slice(-3000)}\n${left ? 'PostgreSQL was left running\n' : ''}`);
  process.exitCode = 1;
}
