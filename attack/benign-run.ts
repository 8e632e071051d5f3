// npm run attack:benign [-- --days N --seed N --mixes 0,50,95 --api-each N --api-days 1,1,28 --api-only | --model-only]: how often honest days of all kinds of professionals are frozen, asked for a touch or refused by a ceiling;
// some of them besides on the real gate and guard, over HTTP.
import './own-state.ts';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { migrate, openPool, ROOT, startEmbeddedPostgres, STATE, stateFolder } from '../src/ground/index.ts';
import { MIXES, THRESHOLDS, useMix, type Mix } from '../src/guard/index.ts';
import { askOverApi } from './asking.ts';
import { benignFigures, playBenign, PROFILES, type BenignFigures, type Met } from './benign.ts';
import type { Ceilings } from './counter.ts';
import { enrolHonest, honestPractices, makeHonestSessions, openRegister, playHonest, readAllCeilings, realDecider } from './honest.ts';
import { startMachine } from './machine.ts';
import { forgetMix, readCeilings } from './store.ts';

const DAYS_MAX = 100_000;
const PARTS = 2;
const { values } = parseArgs({ options: { days: { type: 'string', default: '30000' }, seed: { type: 'string', default: '3' }, mixes: { type: 'string', default: Object.keys(MIXES).join() }, part: { type: 'string' }, 'api-each': { type: 'string', default: '150' }, 'api-days': { type: 'string', default: '1,1,28' }, 'api-only': { type: 'boolean', default: false }, 'model-only': { type: 'boolean', default: false }, 'no-write': { type: 'boolean', default: false } } });
const MIXES_PLAYED = values.mixes.split(',').filter((mix): mix is Mix => mix in MIXES).toSorted((a, b) => Number(a) - Number(b));
const number = (text: string, max: number): number => Math.min(max, Math.max(1, Math.floor(Number(text)) || 1));
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

/** Days of each practice over HTTP at 0, 50 and 95 %: one number for each, or one for all. */
function apiDays(): (mix: Mix) => number {
  const each = values['api-days'].split(',').map((text) => number(text, 30));
  return (mix) => each[MIXES_PLAYED.indexOf(mix)] ?? (each[0] as number);
}

/** So many who ask, of each kind, over HTTP, with enrolled keys, tokens and a proof a question; the guard looks each simulated second. */
async function playOverHttp(): Promise<{ seconds: number; questions: number; professionalDays: number; figures: BenignFigures[] }> {
  const machine = await startMachine({ persons: 46_000, doctors: 1, pharmacies: 1, hospitals: 1 });
  try {
    const { rehearsal, servers } = machine;
    const register = await openRegister(rehearsal);
    const sessions = await enrolHonest(rehearsal, { sessions: await makeHonestSessions(rehearsal, number(values['api-each'], 300)), issuer: servers.issuer });
    const [started, daysOf] = [Date.now(), apiDays()];
    const [all, figures]: [{ questions: number }, BenignFigures[]] = [{ questions: 0 }, []];
    for (const mix of MIXES_PLAYED) {
      await forgetMix(rehearsal.owner);
      if (mix !== '0') await useMix(rehearsal.pools.desk, { mix, from: `${new Date().getUTCFullYear()}-01-02`, by: 'rehearsal', reason: 'rehearsal' });
      const [cardShare, daysEach] = [Number(mix) / 100, daysOf(mix)];
      const practices = honestPractices(register, { sessions, seed });
      const { met, questions } = await playHonest(practices, { days: daysEach, cardShare, decider: realDecider(rehearsal, { ask: askOverApi(servers.apiUrl), cardShare, ceilingsOf: await readAllCeilings(rehearsal.owner) }) });
      all.questions += questions;
      for (const [kind, victims] of sessions) {
        const mine = practices.filter((practice) => practice.kind === kind).map(({ number: of }) => met.get(of) as Met);
        figures.push(benignFigures(kind, { cardShare, played: victims.length * kind.people * daysEach, met: mine }));
      }
      process.stderr.write(`over HTTP at ${mix} %: ${questions} questions, ${Math.round((Date.now() - started) / 1000)} s so far\n`);
    }
    return { seconds: Math.round((Date.now() - started) / 1000), ...all, professionalDays: figures.reduce((sum, { professionalDays }) => sum + professionalDays, 0), figures };
  } finally {
    await machine.close();
  }
}

if (values.part !== undefined) playPart(values.part);
else {
  // What is not played stands as it was.
  const earlier = JSON.parse(readFileSync(join(ROOT, 'attack/results/benign.json'), 'utf8')) as { commit: string; overHttp?: object; benign: BenignFigures[] };
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const overHttp = values['model-only'] ? earlier.overHttp : { date: new Date().toISOString().slice(0, 10), commit, ...await playOverHttp() };
  const others = earlier.benign.filter(({ cardShare }) => values['api-only'] || !MIXES_PLAYED.includes(String(Math.round(cardShare * 100)) as Mix));
  const benign = [...others, ...(values['api-only'] ? [] : await playAll())].toSorted((a, b) => a.cardShare - b.cardShare);
  const report = { date: new Date().toISOString().slice(0, 10), commit: values['api-only'] ? earlier.commit : others.length === 0 ? commit : `${commit} (${MIXES_PLAYED.join(', ')} %); the others: ${earlier.commit}`, seed, thresholds: THRESHOLDS, overHttp, benign };
  process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  if (!values['no-write']) writeFileSync(join(ROOT, 'attack/results/benign.json'), `${JSON.stringify(report, null, 1)}\n`);
}
