// One of the processes of `npm run attack`: plays its share of the jobs on a database of its own; one JSON line a run on standard output.
import './own-state.ts';
import { resolve } from 'node:path';
import { useMix, type Mix } from '../src/guard/index.ts';
import { startMachine, type Machine } from './machine.ts';
import { OVER_HTTP } from './open.ts';
import { playProbe, PROBES } from './probes.ts';
import { playRuns, type RunResult } from './rehearse.ts';
import type { AttackScript } from './script.ts';
import { SCRIPTS } from './scripts/index.ts';
import { forgetMix, liftCeilings } from './store.ts';

/** What a worker is told, as JSON in its first argument. */
export interface Work {
  readonly part: number;
  readonly parts: number;
  readonly seed: number;
  readonly persons: number;
  /** Runs of a short, a slow and a colluding script at each mix. */
  readonly runs: number;
  readonly slowRuns: number;
  readonly collusionRuns: number;
  /** Stops beginning new batches then, milliseconds since the epoch. */
  readonly until: number;
  readonly script?: string;
  /** Runs that an earlier part of the same rehearsal has played, by script and mix; and the scripts it played under "2024" settings. */
  readonly played?: Readonly<Record<string, number>>;
  readonly played2024?: readonly string[];
}

/** The mix that limits hold for first, should time run out. */
const MIXES_PLAYED: readonly Mix[] = ['95', '0', '50'];
/** Runs that go together at first, and later; one of nineteen of them, or of sessions that collude, over HTTP. */
const [TOGETHER_FIRST, TOGETHER] = [120, 440];
const QUESTIONS_2024 = 200;
const FAILURES_MAX = 8;
let failures = 0;

const work = JSON.parse(process.argv[2] ?? '{}') as Work;
const scripts: readonly AttackScript[] = work.script === undefined ? SCRIPTS : [((await import(resolve(work.script))) as { default: AttackScript }).default];
const say = (what: object): void => { process.stdout.write(`${JSON.stringify(what)}\n`); };

const wantedOf = (script: AttackScript): number => ({ 'no-card': work.runs, 'cards-held': work.runs, slow: work.slowRuns, collusion: work.collusionRuns })[script.class];

interface Job { readonly script: AttackScript; readonly mix: Mix; next: number }

function jobs(): Job[] {
  const all = MIXES_PLAYED.flatMap((mix) => scripts.map((script) => ({ script, mix, next: work.played?.[`${script.name}|${mix}`] ?? 0 })));
  // Thirty days take longest: last.
  const last = ({ script }: Job): number => (script.class === 'slow' ? 1 : 0);
  return all.toSorted((a, b) => last(a) - last(b)).filter((_, i) => i % work.parts === work.part);
}

async function setMix(machine: Machine, mix: Mix): Promise<void> {
  await forgetMix(machine.rehearsal.owner);
  if (mix !== '0') await useMix(machine.rehearsal.pools.desk, { mix, from: `${new Date().getUTCFullYear()}-01-02`, by: 'rehearsal', reason: 'rehearsal' });
}

const seedsOf = (job: Job, count: number): number[] => Array.from({ length: count }, (_, i) => work.seed + job.next + i);

// The next runs of a job, all on one clock.
async function playBatch(machine: Machine, job: Job): Promise<RunResult[]> {
  const { script, mix } = job;
  const together = script.class === 'collusion' ? 1 : Math.min(job.next === 0 ? TOGETHER_FIRST : TOGETHER, wantedOf(script) - job.next);
  const results = await playRuns(machine.rehearsal, script, { seeds: seedsOf(job, together), mix, api: { ...machine.api(script.stolenFrom ?? 'doctor'), oneIn: OVER_HTTP } });
  job.next += together;
  return results;
}

async function playNext(machine: Machine, job: Job): Promise<void> {
  await setMix(machine, job.mix);
  const started = Date.now();
  const before = job.next;
  try {
    for (const run of await playBatch(machine, job)) say({ settings: 'shipped', run });
  } catch (cause) {
    // Told, counted by the exit code, and played again at the end: an hour's other runs are not lost with it.
    failures += 1;
    job.next = before;
    say({ progress: `${job.script.name} at ${job.mix} % FAILED: ${(cause as Error).message}` });
    if (failures >= FAILURES_MAX) throw cause;
  }
  say({ progress: `${job.script.name} at ${job.mix} %: ${job.next} of ${wantedOf(job.script)} (${Date.now() - started} ms)` });
}

// In turn, so that a run that is cut short has as many of each; those at the mix that limits hold for before the others.
async function playOn(machine: Machine, mine: readonly Job[]): Promise<void> {
  for (const mixes of [MIXES_PLAYED.slice(0, 1), MIXES_PLAYED.slice(1)]) {
    const todo = mine.filter(({ mix }) => mixes.includes(mix));
    for (let open = todo; open.length > 0; open = todo.filter((job) => job.next < wantedOf(job.script))) {
      for (const job of open) {
        if (Date.now() >= work.until) return;
        if (job.next < wantedOf(job.script)) await playNext(machine, job);
      }
    }
  }
}

async function play2024(machine: Machine): Promise<void> {
  await setMix(machine, '0');
  await liftCeilings(machine.rehearsal.owner, true);
  for (const script of scripts.filter(({ name }, i) => i % work.parts === work.part && work.played2024?.includes(name) !== true)) {
    const seeds = script.class === 'collusion' ? [work.seed] : Array.from({ length: 3 }, (_, i) => work.seed + i);
    const questionsMax = script.class === 'collusion' ? 20 : QUESTIONS_2024;
    for (const run of await playRuns(machine.rehearsal, script, { seeds, unguarded: true, questionsMax })) say({ settings: '2024', run });
    say({ progress: `${script.name} under 2024 settings` });
  }
  await liftCeilings(machine.rehearsal.owner, false);
}

async function playProbes(machine: Machine): Promise<void> {
  for (const mix of MIXES_PLAYED) {
    await setMix(machine, mix);
    for (const probe of PROBES.filter(({ name }) => work.played?.[`${name}|${mix}`] === undefined)) {
      say({ settings: 'shipped', run: await playProbe(probe, { rehearsal: machine.rehearsal, servers: machine.servers, mix, seed: work.seed }) });
      say({ progress: `${probe.name} at ${mix} %` });
    }
  }
}

say({ progress: `process ${work.part + 1}: a made-up world` });
const machine = await startMachine({ persons: work.persons, doctors: Math.max(TOGETHER, ...scripts.map((script) => script.sessions ?? 0)), pharmacies: TOGETHER, hospitals: TOGETHER });
try {
  const mine = jobs();
  const unplayed = mine.filter((job) => job.next === 0);
  const first = unplayed.filter((job) => job.mix === MIXES_PLAYED[0]);
  for (const job of first) if (Date.now() < work.until) await playNext(machine, job);
  if (work.script === undefined && work.part === 0) await playProbes(machine);
  await play2024(machine);
  for (const job of unplayed.filter((each) => !first.includes(each))) if (Date.now() < work.until) await playNext(machine, job);
  await playOn(machine, mine);
} finally {
  await machine.close();
}
process.exit(failures === 0 ? 0 : 1);
