// npm run bench:two-servers: what a commit over two servers costs beside a commit on one.
import '../own-state.ts';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { openPool, ROOT, startEmbeddedPostgres, stateFolder, STATE, type EmbeddedPostgres, type Pool } from '../../src/ground/index.ts';
import { processorSeconds } from '../processes.ts';

const ROUNDS = 400;
const BATCH = 32;
const INSERT = 'insert into entry (note) select $1 from generate_series(1, $2)';

interface Way {
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
}

async function measure(servers: readonly EmbeddedPostgres[], work: (i: number) => Promise<void>): Promise<Way> {
  for (let i = 0; i < 20; i += 1) await work(-1 - i);
  const cpu = (): number => servers.reduce((sum, server) => sum + processorSeconds(server.pid), 0);
  const [before, times] = [cpu(), [] as number[]];
  for (let i = 0; i < ROUNDS; i += 1) {
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  return { milliseconds: Math.round((times.toSorted((a, b) => a - b)[ROUNDS / 2] as number) * 100) / 100, cpuMicroseconds: Math.round(((cpu() - before) / ROUNDS) * 1e6) };
}

async function oneCommit(pool: Pool, rows: number): Promise<void> {
  await pool.query({ name: 'one', text: INSERT, values: ['x', rows] });
}

// Prepare on both at once; then, and only when both said yes, commit on both at once.
async function twoPhase(pools: readonly Pool[], id: string, rows: number): Promise<void> {
  const clients = await Promise.all(pools.map((pool) => pool.connect()));
  try {
    await Promise.all(clients.map(async (client) => {
      await client.query('begin');
      await client.query({ name: 'one', text: INSERT, values: ['x', rows] });
      await client.query(`prepare transaction '${id}'`);
    }));
    await Promise.all(clients.map((client) => client.query(`commit prepared '${id}'`)));
  } finally {
    for (const client of clients) client.release();
  }
}

rmSync(STATE, { recursive: true, force: true });
const servers: EmbeddedPostgres[] = [];
try {
  for (const name of ['first', 'second']) servers.push(await startEmbeddedPostgres({ folder: join(stateFolder(), name), settings: { max_prepared_transactions: '64', shared_buffers: '128MB' } }));
  const pools = servers.map((server) => openPool({ url: server.url, max: 2, applicationName: 'bench' }));
  for (const pool of pools) await pool.query('create table entry (id bigint generated always as identity primary key, note text)');
  const single = await measure(servers, () => oneCommit(pools[0] as Pool, 1));
  const batch = await measure(servers, () => oneCommit(pools[0] as Pool, BATCH));
  const both = await measure(servers, (i) => twoPhase(pools, `t${i}`, 1));
  const bothBatch = await measure(servers, (i) => twoPhase(pools, `b${i}`, BATCH));
  await Promise.all(pools.map((pool) => pool.end()));
  const report = { date: new Date().toISOString().slice(0, 10), cores: availableParallelism(), rounds: ROUNDS, oneServer: single, twoPhase: both, oneServerBatchOf32: batch, twoPhaseBatchOf32: bothBatch,
    ratio: { milliseconds: Math.round((both.milliseconds / single.milliseconds) * 100) / 100, cpu: Math.round((both.cpuMicroseconds / single.cpuMicroseconds) * 100) / 100, cpuBatchOf32: Math.round((bothBatch.cpuMicroseconds / batch.cpuMicroseconds) * 100) / 100 } };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(ROOT, 'bench/results/two-servers.json'), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(STATE, { recursive: true, force: true });
}
