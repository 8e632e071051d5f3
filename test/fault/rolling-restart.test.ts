// Answering processes are restarted one after another while questions come without a pause: every question is
// answered, once, with its own entry.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rollOver } from '../../src/cli/roll-over.ts';
import { startProcess, stopProcess } from '../../src/cli/supervise.ts';
import { askOn } from '../support/persistent-client.ts';
import { enrolIn, freeUrl, startWorld, type Signed, type World } from '../support/world.ts';

const PROCESSES = 3;
let world: World;
let signed: Signed[];
let apiUrl: string;
let port: number;
const running: ChildProcess[] = [];

const startApi = (settings: Record<string, string> = {}): Promise<ChildProcess> => startProcess({ what: 'api', role: 'rempart_check', databaseUrl: world.database.ownerUrl, publicUrl: apiUrl, port, metricsPort: 0, output: 'pipe',
  settings: { REMPART_DATABASE_URL: world.database.urlFor('rempart_check'), ...settings } });

before(async () => {
  world = await startWorld();
  ({ url: apiUrl, port } = await freeUrl());
  const places = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy');
  signed = await Promise.all(Array.from({ length: 8 }, (_, i) => enrolIn(world.database, { issuer: world.issuer, establishment: places[i % places.length]?.identifier ?? '', responsibleRpps: places[i % places.length]?.professionals[0] ?? '' })));
  await world.database.pool('owner').query("insert into guard.ceiling select peer_group, scope, class, current_date, 1000000, 1000000, 1000000, 1000000, 'test' from guard.ceiling");
});
after(async () => {
  await Promise.all(running.map(stopProcess));
  await world.close();
});

test('a rolling restart under load loses no question, and answers none twice', { timeout: 300_000 }, async () => {
  running.push(...await Promise.all(Array.from({ length: PROCESSES }, () => startApi())));
  const first = running.map((child) => child.pid);
  const rolled = sleep(500).then(() => rollOver(running, () => startApi())).then(() => sleep(500));
  const answers = await askOn({ url: `${apiUrl}/v1/checks`, signed, counters: 24, body: () => world.question(), until: rolled });
  await rolled;

  assert.ok(running.every((child) => child.exitCode === null && !first.includes(child.pid)), 'every process was replaced and runs');
  assert.ok(answers.length > 300, `${answers.length} questions were asked meanwhile`);
  assert.deepEqual(answers.filter((a) => a.status !== 200).slice(0, 3), []);
  assert.ok(answers.some((a) => a.toldToClose), 'connections were told to close');
  assert.equal(new Set(answers.map((a) => a.entry)).size, answers.length, 'each has an entry of its own');
  const { rows } = await world.database.pool('owner').query<{ id: number }>("select id from journal.entry where purpose = 'ask'");
  const held = new Set(answers.map((a) => a.entry));
  assert.deepEqual(rows.filter(({ id }) => !held.has(id)), [], 'no question was answered twice');
  const again = answers.reduce((sum, a) => sum + a.askedAgain, 0);
  process.stdout.write(`# ${answers.length} questions, a connection broke before its answer ${again} times\n`);
  assert.ok(again <= PROCESSES, `${again} of ${answers.length}`);
});

test('a process that stops says so to its balancer first, and ends with nothing left open', { timeout: 120_000 }, async () => {
  await Promise.all(running.splice(0).map(stopProcess));
  const child = await startApi({ REMPART_ANNOUNCE_MS: '1500' });
  running.push(child);
  const readiness = async (): Promise<string> => { const reply = await fetch(`${apiUrl}/readyz`); await reply.text(); return `${reply.status} ${reply.headers.get('connection')}`; };
  assert.equal(await readiness(), '200 keep-alive');
  const ended = new Promise<unknown>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await sleep(300);
  assert.equal(await readiness(), '503 close');
  assert.equal(await ended, 0);
  await assert.rejects(readiness(), 'nobody listens any more');
});
