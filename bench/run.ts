// npm run bench [-- --persons N --seconds S --api-processes N]: what a check costs, beside what it must cost.
import './own-state.ts';
import { fork, execFileSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../src/ground/index.ts';
import { peakMegabytes } from './processes.ts';
import { perUnit, runChecks, type Checked } from './checks.ts';
import { drive, type DrivenResult } from './drive.ts';
import { measureGuardShare, type GuardShare } from './guard-share.ts';
import { median } from './median.ts';
import { runPgbench, type PgbenchResult } from './pgbench.ts';
import { drawPicture } from './picture.ts';
import { HMACS_A_QUESTION, measurePrimitives, type Primitives } from './primitives.ts';
import { openStage, type Stage } from './stage.ts';

const { values } = parseArgs({ options: { persons: { type: 'string', default: '100000' }, seconds: { type: 'string', default: '12' }, 'api-processes': { type: 'string', default: '1' }, connections: { type: 'string', default: '64' }, several: { type: 'string', default: '3' }, 'no-write': { type: 'boolean', default: false }, 'guard-only': { type: 'boolean', default: false } } });
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const ROUNDS = 3;
const say = (line: string): void => { process.stderr.write(`${line}\n`); };
const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

async function bareHttp(stage: Stage, bodyBytes: number): Promise<DrivenResult> {
  const child = fork(join(import.meta.dirname, 'bare-http.ts'), [String(bodyBytes)], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  try {
    const port = await new Promise<number>((resolve) => { child.once('message', (message) => resolve(message as number)); });
    const job = { port, path: '/v1/checks', bodies: stage.questions(Math.min(40_000, seconds * 8000)), callers: stage.callers, connections, seconds: Math.min(seconds, 5) };
    return await drive(job, { bare: [child.pid ?? 0] });
  } finally {
    child.disconnect();
  }
}

const check = (stage: Stage, options: { readonly count: number; readonly perSecond?: number }): Promise<Checked> => runChecks(stage, { ...options, connections, seconds, say });

function guardShare(stage: Stage, hmacUs: number): Promise<GuardShare> {
  say('the guard, with and without');
  return measureGuardShare(stage, { check: () => check(stage, { count: seconds * 2500 }), hmacUs });
}

/** What is compared, taken one right after the other: a machine that slows down slows all of it. */
interface Round {
  readonly closed: Checked;
  readonly pgbench: PgbenchResult | undefined;
  readonly bare: DrivenResult;
  readonly primitives: Primitives;
}

async function playRound(stage: Stage, number: number): Promise<Round> {
  say(`round ${number} of ${ROUNDS}: checks, closed loop; pgbench; bare node:http; primitives`);
  const closed = await check(stage, { count: seconds * 4000 });
  say(`  ${Math.round(closed.answered / closed.wallSeconds)} a second`);
  const pgbench = await runPgbench({ owner: stage.owner, databaseUrl: stage.databaseUrl, postgresPid: stage.postgresPid, seconds: Math.ceil(seconds / 2) });
  const bare = await bareHttp(stage, 1400);
  return { closed, pgbench, bare, primitives: await measurePrimitives(stage.owner, stage.postgresPid) };
}

function partsOf({ closed, bare, primitives }: Round): Readonly<Record<string, number>> {
  const yesShare = (closed.verdicts['yes'] ?? 0) / Math.max(1, closed.answered);
  return { http: perUnit(bare, 'bare'), es256Verify: primitives.es256VerifyUs, hmacs: primitives.hmacUs * HMACS_A_QUESTION, guaranteeSignature: primitives.ed25519SignUs * yesShare, commitShare: primitives.commitUs / closed.batchSize };
}

// Each ratio within its round, then the middle of the rounds.
function compare(rounds: readonly Round[]) {
  const mid = (read: (round: Round) => number): number => median(rounds.map(read));
  const checkUs = ({ closed }: Round): number => perUnit(closed, 'api') + perUnit(closed, 'postgres');
  const rate = ({ closed }: Round): number => closed.answered / closed.wallSeconds;
  const withPgbench = rounds.filter((round): round is Round & { pgbench: PgbenchResult } => round.pgbench !== undefined);
  const ofPgbench = (read: (round: Round & { pgbench: PgbenchResult }) => number): number | 'pgbench absent' => (withPgbench.length === 0 ? 'pgbench absent' : round(median(withPgbench.map(read))));
  return {
    rounds: ROUNDS, checksPerSecond: round(mid(rate), 0), p50Ms: mid(({ closed }) => closed.p50Ms), p99Ms: mid(({ closed }) => closed.p99Ms),
    ratioToPgbench: ofPgbench((one) => one.pgbench.postgresCpuMicroseconds / checkUs(one)), ratioToPgbenchWall: ofPgbench((one) => rate(one) / one.pgbench.transactionsPerSecond),
    ratioToPrimitives: round(mid((one) => Object.values(partsOf(one)).reduce((sum, us) => sum + us, 0) / checkUs(one))),
    ratioToBareHttp: round(mid((one) => perUnit(one.bare, 'bare') / checkUs(one)), 3), ratioToBareHttpWall: round(mid((one) => rate(one) / (one.bare.answered / one.bare.wallSeconds)), 3),
    cpuMicrosecondsPerCheck: { api: round(mid(({ closed }) => perUnit(closed, 'api')), 1), postgres: round(mid(({ closed }) => perUnit(closed, 'postgres')), 1), generatorLeftOut: round(mid(({ closed }) => (closed.generatorCpuSeconds / closed.answered) * 1e6), 1) },
    primitivesMicroseconds: Object.fromEntries(Object.keys(partsOf(rounds[0] as Round)).map((name) => [name, round(mid((one) => partsOf(one)[name] ?? 0), 1)])), batchSize: round(mid(({ closed }) => closed.batchSize), 1),
    verdicts: rounds[0]?.closed.verdicts, notAnswered: rounds.reduce((sum, { closed }) => sum + closed.failed, 0),
    pgbench: withPgbench.length === 0 ? 'absent' as const : { transactionsPerSecond: round(median(withPgbench.map((one) => one.pgbench.transactionsPerSecond)), 0), postgresCpuMicroseconds: round(median(withPgbench.map((one) => one.pgbench.postgresCpuMicroseconds)), 1), version: withPgbench[0]?.pgbench.version ?? '' },
    bareHttp: { requestsPerSecond: round(mid(({ bare }) => bare.answered / bare.wallSeconds), 0), cpuMicroseconds: round(mid(({ bare }) => perUnit(bare, 'bare')), 1) },
  };
}

async function measure(stage: Stage) {
  say('warming up');
  await check(stage, { count: 3000 });
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await playRound(stage, rounds.length + 1));
  say('checks, 500 a second');
  const at500 = await check(stage, { count: 500 * seconds + 500, perSecond: 500 });
  say('checks, 1,000 a second');
  const at1000 = await check(stage, { count: 1000 * seconds + 1000, perSecond: 1000 });
  const apiMegabytes = Math.max(...stage.apiPids.map(peakMegabytes));
  const guard = await guardShare(stage, median(rounds.map(({ primitives }) => primitives.hmacUs)));
  const compared = compare(rounds);
  return {
    ...compared, notAnswered: compared.notAnswered + at500.failed + at1000.failed,
    p50MsAt500PerSecond: at500.p50Ms, p99MsAt500PerSecond: at500.p99Ms, p50MsAt1000PerSecond: at1000.p50Ms, p99MsAt1000PerSecond: at1000.p99Ms,
    cpuMicrosecondsPerCheckAt1000PerSecond: round(perUnit(at1000, 'api') + perUnit(at1000, 'postgres'), 1), apiPeakMegabytes: round(apiMegabytes, 0),
    guardShare: round(guard.share, 3), guard: { withMicroseconds: round(guard.withMicroseconds, 1), withoutMicroseconds: round(guard.withoutMicroseconds, 1), processMicroseconds: round(guard.processMicroseconds, 1), rounds: guard.rounds },
  };
}

// Several answering processes on one database, ceilings shared.
async function measureSeveral(stage: Stage, apiProcesses: number) {
  await stage.growTo(apiProcesses);
  say(`checks, ${apiProcesses} api processes`);
  await check(stage, { count: 2000 });
  const closed = await check(stage, { count: seconds * 4000 });
  const at1000 = await check(stage, { count: 1000 * seconds + 1000, perSecond: 1000 });
  return { apiProcesses: stage.apiPids.length, checksPerSecond: round(closed.answered / closed.wallSeconds, 0), p50Ms: closed.p50Ms, p99Ms: closed.p99Ms, p50MsAt1000PerSecond: at1000.p50Ms, p99MsAt1000PerSecond: at1000.p99Ms,
    cpuMicrosecondsPerCheck: { api: round(perUnit(closed, 'api'), 1), postgres: round(perUnit(closed, 'postgres'), 1) }, batchSize: round(closed.batchSize, 1), apiPeakMegabytes: stage.apiPids.map((pid) => round(peakMegabytes(pid), 0)), notAnswered: closed.failed + at1000.failed };
}

const stage = await openStage({ persons: Number(values.persons), apiProcesses: Number(values['api-processes']), say });
const stop = (): void => { void stage.close().finally(() => process.exit(130)); };
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
try {
  if (values['guard-only']) {
    await check(stage, { count: 3000 });
    process.stdout.write(`${JSON.stringify(await guardShare(stage, (await measurePrimitives(stage.owner, stage.postgresPid)).hmacUs), null, 2)}\n`);
    await stage.close();
    process.exit(0);
  }
  const measured = await measure(stage);
  const several = await measureSeveral(stage, Math.max(Number(values['several']), Number(values['api-processes'])));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const report = { date: new Date().toISOString().slice(0, 10), commit, persons: Number(values.persons), cores: availableParallelism(), node: process.version, postgres: stage.postgresVersion, seconds, connections,
    apiProcesses: Number(values['api-processes']), settings: 'fsync, full_page_writes, synchronous_commit on; proofs signed in advance; ceilings charged, out of reach', loadAverage: loadavg().map((load) => round(load, 1)), ...measured, several };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (!values['no-write']) {
    writeFileSync(join(ROOT, 'bench/results/latest.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(ROOT, 'bench/results/latest.svg'), drawPicture(report));
  }
} finally {
  await stage.close();
}
