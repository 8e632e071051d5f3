// npm run attack:benign [-- --days N --seed N]: how often honest days of all kinds of professionals are frozen, asked for a touch or refused by a ceiling.
import './own-state.ts';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { migrate, openPool, ROOT, startEmbeddedPostgres, STATE, stateFolder } from '../src/ground/index.ts';
import { MIXES, THRESHOLDS, useMix, type Mix } from '../src/guard/index.ts';
import { playBenign, PROFILES, type BenignFigures, type Ceilings } from './benign.ts';
import { forgetMix, readCeilings } from './store.ts';

const DAYS_MAX = 100_000;
const PARTS = 2;
const MIXES_PLAYED = Object.keys(MIXES).map(Number).toSorted((a, b) => a - b).map(String) as Mix[];
const { values } = parseArgs({ options: { days: { type: 'string', default: '30000' }, seed: { type: 'string', default: '3' }, part: { type: 'string' }, 'no-write': { type: 'boolean', default: false } } });
const [days, seed] = [Math.min(DAYS_MAX, Number(values.days)), Number(values.seed)];

interface Job { readonly kind: number; readonly mix: Mix; readonly ceilings: Ceilings }

/** The ceilings of each kind at each mix, read from a migrated database. */
async function allJobs(): Promise<Job[]> {
  const postgres = await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres') });
  const pool = openPool({ url: postgres.url, max: 1, applicationName: 'attack benign' });
  try {
    await migrate(postgres.url);
    const jobs: Job[] = [];
    for (const mix of MIXES_PLAYED) {
      await forgetMix(pool);
      if (mix !== '0') await useMix(pool, { mix, from: '2026-01-02', by: 'rehearsal', reason: 'rehearsal' });
      for (const [kind, { peers }] of PROFILES.entries()) jobs.push({ kind, mix, ceilings: await readCeilings(pool, { peers, day: '2026-03-01' }) });
    }
    return jobs;
  } finally {
    await pool.end();
    await postgres.stop();
    rmSync(STATE, { recursive: true, force: true });
  }
}

function playPart(file: string): void {
  for (const { kind, mix, ceilings } of JSON.parse(readFileSync(file, 'utf8')) as Job[]) {
    process.stdout.write(`${JSON.stringify(playBenign(PROFILES[kind] as (typeof PROFILES)[number], { cardShare: Number(mix) / 100, days, seed, ceilings }))}\n`);
  }
}

async function playAll(): Promise<BenignFigures[]> {
  const jobs = await allJobs();
  const figures: BenignFigures[] = [];
  await Promise.all(Array.from({ length: PARTS }, async (_, part) => {
    const file = join(stateFolder(), `part-${part}.json`);
    writeFileSync(file, JSON.stringify(jobs.filter((_job, i) => i % PARTS === part)));
    const child = spawn(process.execPath, [...process.execArgv, join(ROOT, 'attack/benign-run.ts'), '--part', file, '--days', String(days), '--seed', String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      figures.push(JSON.parse(line) as BenignFigures);
      process.stderr.write('.');
    }
  }));
  rmSync(STATE, { recursive: true, force: true });
  process.stderr.write('\n');
  const place = (figure: BenignFigures): number => figure.cardShare * 1000 + PROFILES.findIndex((kind) => kind.profession === figure.profession && kind.size === figure.size);
  return figures.toSorted((a, b) => place(a) - place(b));
}

if (values.part !== undefined) playPart(values.part);
else {
  const benign = await playAll();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const report = { date: new Date().toISOString().slice(0, 10), commit, seed, thresholds: THRESHOLDS, benign };
  process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  if (!values['no-write']) writeFileSync(join(ROOT, 'attack/results/benign.json'), `${JSON.stringify(report, null, 1)}\n`);
}
