import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder, type Pool } from '../src/ground/index.ts';
import { processorSeconds } from './processes.ts';

/** What pgbench made of the same server, settings and data; absent where there is no pgbench. */
export interface PgbenchResult {
  readonly transactionsPerSecond: number;
  readonly postgresCpuMicroseconds: number;
  readonly version: string;
}

// A row of the fullest shelf, whose numbers have no gap.
const SCRIPT = `\\set id random(:low, :high)
begin;
select person, cover, valid_from, valid_to from registry.right_row where id >> 32 = :shelf and id = :id;
insert into bench_entry (id, at, purpose, outcome, insurer_id, domain, care_date, presence, parameters, fields) values (nextval('bench_number'), clock_timestamp(), 'ask', 'yes', 1, 'PHAR', '2026-01-01', 'none', 'x', 23);
commit;
`;

/** The pgbench on PATH, or undefined. */
export function findPgbench(): string | undefined {
  const found = spawnSync('pgbench', ['--version'], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** `begin; select; insert; commit`, prepared, 16 clients, 2 threads. */
export async function runPgbench(options: { readonly owner: Pool; readonly databaseUrl: string; readonly postgresPid: number; readonly seconds: number }): Promise<PgbenchResult | undefined> {
  const version = findPgbench();
  if (version === undefined) return undefined;
  const { owner, postgresPid } = options;
  await owner.query('create table bench_entry (like journal.entry including all); create sequence bench_number');
  const { rows } = await owner.query<{ shelf: number; low: string; high: string }>('select id >> 32 as shelf, min(id) as low, max(id) as high from registry.right_row group by 1 order by count(*) desc limit 1');
  const { shelf, low, high } = rows[0]!;
  const script = join(stateFolder(), 'pgbench.sql');
  writeFileSync(script, SCRIPT);
  const before = processorSeconds(postgresPid);
  const child = spawn('pgbench', ['-n', '-M', 'prepared', '-c', '16', '-j', '2', '-T', String(options.seconds), '-D', `shelf=${shelf}`, '-D', `low=${low}`, '-D', `high=${high}`, '-f', script, options.databaseUrl], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  await new Promise((resolve) => child.once('exit', resolve));
  const used = processorSeconds(postgresPid) - before;
  const done = Number(/transactions actually processed: (\d+)/.exec(said)?.[1] ?? 0);
  const tps = Number(/tps = ([\d.]+)/.exec(said)?.[1] ?? 0);
  await owner.query('drop table bench_entry; drop sequence bench_number');
  if (done === 0) throw new Error(`pgbench did nothing: ${said}`);
  return { transactionsPerSecond: tps, postgresCpuMicroseconds: (used / done) * 1e6, version };
}
