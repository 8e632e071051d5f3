// npm run attack [-- --runs N --slow-runs N --collusion-runs N --seed N --script FILE --persons N --minutes N --no-write --add]: what a stolen
// session is worth, on the real servers, gate and guard. Bounded in runs, questions, simulated and real time; speaks to
// PostgreSQLs and servers of its own on this machine and to nobody else.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ROOT } from '../src/ground/index.ts';
import { THRESHOLDS, type Mix } from '../src/guard/index.ts';
import { drawAttackPicture, drawShortPicture, shortTableOf, tableOf } from './picture.ts';
import { PROBES } from './probes.ts';
import { figuresOf, readRuns, writeRuns, type Played, type ScriptFigures } from './report.ts';
import type { RunResult } from './rehearse.ts';
import { SCRIPTS } from './scripts/index.ts';
import type { AttackScript } from './script.ts';
import type { Work } from './worker.ts';

const RUNS_MAX = 5000;
const PARTS = 2;
const MIXES_PLAYED: readonly Mix[] = ['0', '50', '95'];
const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000' }, 'slow-runs': { type: 'string', default: '30' }, 'collusion-runs': { type: 'string', default: '5' }, seed: { type: 'string', default: '1' }, script: { type: 'string' },
  persons: { type: 'string', default: '60000' }, minutes: { type: 'string', default: '90' }, 'no-write': { type: 'boolean', default: false }, add: { type: 'boolean', default: false } } });
const number = (text: string): number => Math.min(RUNS_MAX, Math.max(1, Math.floor(Number(text)) || 1));
const children: ChildProcess[] = [];
let stopping = false;
// Stopped early, it writes what was played so far: the counts of runs say how much that is.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
});

async function workAt(work: Work, take: (line: { settings?: string; run?: RunResult; progress?: string }) => void): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, join(ROOT, 'attack/worker.ts'), JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = new Promise<number | null>((done) => { child.once('exit', done); });
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line) as object);
  if ((await ended) !== 0 && !stopping) {
    process.stderr.write(`a process stopped with ${await ended}: what was played so far is written\n`);
    process.exitCode = 1;
  }
}

// With --add it goes on where an earlier part with the same thresholds, seed and population stopped.
const folder = join(ROOT, 'attack/results');
interface Report { readonly commit: string; readonly seed: number; readonly persons: number; readonly thresholds: object }
const earlier = values.add ? JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')) as Report : undefined;
const { runs, runs2024 }: { runs: RunResult[]; runs2024: RunResult[] } = earlier === undefined ? { runs: [], runs2024: [] } : readRuns(readFileSync(join(folder, 'latest-runs.jsonl'), 'utf8'));
const played: Record<string, number> = {};
for (const { script, mix } of runs) played[`${script}|${mix}`] = (played[`${script}|${mix}`] ?? 0) + 1;
const common = { parts: PARTS, seed: number(values.seed), persons: Math.min(1_000_000, Number(values.persons)), runs: number(values.runs), slowRuns: number(values['slow-runs']), collusionRuns: number(values['collusion-runs']),
  until: Date.now() + Math.min(600, Number(values.minutes)) * 60_000, played, played2024: [...new Set(runs2024.map((run) => run.script))], ...(values.script === undefined ? {} : { script: resolve(values.script) }) };
if (earlier !== undefined && (earlier.seed !== common.seed || earlier.persons !== common.persons || JSON.stringify(earlier.thresholds) !== JSON.stringify(THRESHOLDS))) throw new Error('--add: the runs that are there were played with another seed, population or thresholds');
await Promise.all(Array.from({ length: PARTS }, (_, part) => workAt({ ...common, part }, ({ settings, run, progress }) => {
  if (progress !== undefined) process.stderr.write(`${progress}\n`);
  if (run !== undefined) (settings === '2024' ? runs2024 : runs).push(run);
})));

const order = (list: RunResult[]): RunResult[] => list.toSorted((a, b) => a.script.localeCompare(b.script) || Number(a.mix) - Number(b.mix) || a.seed - b.seed);
const all = { runs: order(runs), runs2024: order(runs2024) };
const named: readonly Played[] = values.script === undefined ? [...SCRIPTS, ...PROBES] : [((await import(resolve(values.script))) as { default: AttackScript }).default];
const figures: ScriptFigures[] = named.flatMap((script) => MIXES_PLAYED.map((mix) => figuresOf(script, mix, all))).filter((f) => f.runs > 0);
const commit = [...new Set([...(earlier?.commit.split(', ') ?? []), execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()])].join(', ');
const report = { date: new Date().toISOString().slice(0, 10), commit, persons: common.persons, seed: common.seed, thresholds: THRESHOLDS, settings2024: 'a password, no ceiling, no guard; at most 200 questions a session (20 where many collude)', scripts: figures };
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
if (!values['no-write'] && values.script === undefined) {
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(folder, 'latest-runs.jsonl'), writeRuns(all.runs, all.runs2024));
  writeFileSync(join(folder, 'latest.svg'), drawAttackPicture(figures, `${report.persons} insured · ${report.date} (${commit})`));
  writeFileSync(join(folder, 'latest-short.svg'), drawShortPicture(figures, { cardShare: 0.95, caption: `${report.persons} insured · 95 % of questions with a card · ${report.date}` }));
  writeFileSync(join(folder, 'latest.md'), [`# What a stolen session is worth`, '', `${report.date}, ${commit}; ${report.persons} made-up insured, seed ${report.seed}. Assumptions: [the guard](../../docs/decisions/guard.md).`, '',
    '![Persons told of per stolen session, by attack](latest.svg)', '', ...MIXES_PLAYED.flatMap((mix) => [`## ${mix} % of honest questions with proof of presence`, '', tableOf(figures, Number(mix) / 100), '']),
    '## What bounds the attacks on the platform itself', '', ...PROBES.map((probe) => `- **${probe.name}**, ${probe.what}: ${probe.bound}.`), ''].join('\n'));
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(/(<!-- attack:begin -->\n)[\s\S]*(<!-- attack:end -->)/, (_whole, begin: string, end: string) => `${begin}${shortTableOf(figures, 0.95)}\n${end}`));
}
