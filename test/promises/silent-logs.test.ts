// Promise `silent-logs`: no identity in a log line, a metric, an error, a URL or a core file. The real processes
// are asked with identities in every place a caller can put one; then everything they said is searched.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import { startProcess, stopProcess } from '../../src/cli/supervise.ts';
import { rolePasswords } from '../../src/cli/context.ts';
import { setRolePasswords } from '../../src/ground/index.ts';
import { LeakFinder } from '../support/leaks.ts';
import { startOwnPostgres } from '../support/own-postgres.ts';
import { freeUrl, startWorld, type World } from '../support/world.ts';

let postgres: Awaited<ReturnType<typeof startOwnPostgres>>;
let world: World;
let child: ChildProcess;
let apiUrl: string;
let metricsUrl: string;
let said = '';
let finder: LeakFinder;

before(async () => {
  postgres = await startOwnPostgres({ log_min_messages: 'info', logging_collector: 'on', log_directory: 'log' });
  world = await startWorld({ persons: 300 });
  await setRolePasswords(world.database.ownerUrl, rolePasswords());
  const [api, metrics] = [await freeUrl(), await freeUrl()];
  [apiUrl, metricsUrl] = [api.url, metrics.url];
  child = await startProcess({ what: 'api', role: 'rempart_check', databaseUrl: world.database.ownerUrl, publicUrl: apiUrl, port: api.port, metricsPort: metrics.port, output: 'pipe' });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  finder = new LeakFinder([world.person.nir.slice(0, 13), world.person.nir, world.person.adherentNumber]);
});
after(async () => {
  await stopProcess(child);
  await world.close();
  await postgres.stop();
});

const post = async (body: unknown, headers: Record<string, string> = {}, path = '/v1/checks') => callApi({ ...world.pharmacy, url: `${apiUrl}${path}`, body, headers });

test('whatever is asked, and however wrongly, nothing that the processes say holds an identity', async () => {
  const { nir, adherentNumber } = world.person;
  const replies = [
    await post(world.question()), await post(world.question({ nir: `${nir.slice(0, 13)}98` })), await post(world.question({ user: nir })), await post(world.question({ adherentNumber: `${adherentNumber}${nir}` })),
    await post(world.question({ [nir]: 1 })), await post([nir]), await post(nir), await post(world.question(), { 'idempotency-key': nir }), await post(world.question({ domain: nir })),
    await post(world.question({ insurer: { amcNumber: nir } })), await post(world.question(), {}, `/v1/checks/${nir}`), await callApi({ ...world.pharmacy, url: `${apiUrl}/v1/guarantees/${nir}` }),
    await post(world.question({ lines: [{ code: nir, nomenclature: 'NGAP', priceCents: nir }] })),
  ];
  assert.ok(replies.some((r) => r.status === 200) && replies.some((r) => r.status === 422) && replies.some((r) => r.status === 404));
  for (const [i, reply] of replies.entries()) {
    assert.equal(finder.find(Buffer.from(JSON.stringify(reply.body ?? ''))), undefined, `body ${i}`);
    assert.equal(finder.find(Buffer.from(JSON.stringify([...reply.headers]))), undefined, `headers ${i}`);
  }
  // A failure inside is said without its parameters.
  const owner = world.database.pool('owner');
  await owner.query('alter function gate.look_up rename to look_up_away');
  assert.equal((await post(world.question())).status, 503);
  await owner.query('alter function gate.look_up_away rename to look_up');
  assert.ok(said.includes('gate-batch-failed'), 'the failure was not logged at all: the search would show nothing');
  assert.equal(finder.find(Buffer.from(said)), undefined);
});

test('metrics hold no identity', async () => {
  const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
  assert.match(metrics, /rempart_answers_total\{verdict="yes"\} \d/);
  assert.equal(finder.find(Buffer.from(metrics)), undefined);
});

test('PostgreSQL’s own log holds no identity, with failing statements among what it logged', () => {
  const folder = `${postgres.folder}/log`;
  assert.ok(existsSync(folder));
  assert.deepEqual(finder.findInFolder(folder), []);
});

test('an answering process leaves no core file', () => {
  const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
  assert.match(limits, /Max core file size\s+0\s+0/);
});
