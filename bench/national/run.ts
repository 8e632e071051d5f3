// npm run bench:national -- [--persons N] [--journal N] [--keep-journal]: loads, answers and counts at the size of a country. Each of the two is
// measured by itself, and stands in bench/results/national.json until it is measured again.
import '../own-state.ts';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, STATE } from '../../src/ground/index.ts';
import { perUnit, runChecks, type Checked } from '../checks.ts';
import { median } from '../median.ts';
import { verifyMicroseconds } from '../primitives.ts';
import { openStage, type Stage } from '../stage.ts';
import { leftBefore, measureCount } from './journal.ts';
import { loadDelta, MeasuredLoads } from './load.ts';
import { drawLoad, drawSizes, type Course } from './picture.ts';
import { copyPlain, countEntries, hugePages, pagesRead, registerBytes, warmRegister } from './plain-copy.ts';

const { values } = parseArgs({ options: { persons: { type: 'string', default: '0' }, journal: { type: 'string', default: '0' }, seconds: { type: 'string', default: '12' }, connections: { type: 'string', default: '256' },
  'api-processes': { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' }, smaller: { type: 'string', default: '100000,1000000' }, 'no-write': { type: 'boolean', default: false }, 'keep-journal': { type: 'boolean', default: false } } });
const [persons, journal, seconds, rounds] = [Number(values.persons), Number(values.journal), Number(values.seconds), Number(values.rounds)];
const connections = Number(values.connections);
/** Bytes a person takes in the register: rows, the indexes that questions probe, and a tenth beside for everything else. */
const CACHED_A_PERSON = 400;
/** PostgreSQL as it is set for a register of this size (docs/how-to/sizing.md): a cache that holds it, five eighths of the memory at most; durability as always. */
const SETTINGS = { shared_buffers: `${Math.max(4, Math.min(Math.floor((totalmem() * 5) / 2 ** 33), Math.ceil((persons * CACHED_A_PERSON) / 2 ** 30)))}GB`, max_wal_size: '8GB', checkpoint_timeout: '15min' };
/** Bytes a person takes at most: file, register, log, and the same rows unsealed beside it. */
const DISK_A_PERSON = 1700;
const DISK_AN_ENTRY = 480;
/** More than the picture shows. */
const COURSE_POINTS = 200;

const say = (line: string): void => { process.stderr.write(`${line}\n`); };
const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

function refuseWithoutRoom(): void {
  const disk = statfsSync(ROOT);
  const [free, needed] = [disk.bavail * disk.bsize, Math.max(persons * DISK_A_PERSON, values['keep-journal'] && leftBefore(journal) !== undefined ? 0 : journal * DISK_AN_ENTRY) + 4e9];
  if (free < needed) throw new Error(`the disk has ${round(free / 1e9, 1)} GB free, this run needs ${round(needed / 1e9, 1)} GB`);
}

function residentMb(pids: readonly number[]): number {
  return Math.max(...pids.map((pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000)));
}

/** What the check cost at one size. */
interface Point {
  readonly persons: number;
  readonly cpuMicroseconds: number;
  readonly checksPerSecond: number;
  readonly p50MsAt1000PerSecond: number;
  readonly p99MsAt1000PerSecond: number;
  /** Of one ES256 verification, before and after: how fast the machine was meanwhile. */
  readonly verifyMicroseconds: number;
  readonly apiMemoryMb: number;
  readonly pagesReadPerCheck: number;
  readonly answered: number;
  readonly notAnswered: number;
  readonly entries: number;
}

async function answer(stage: Stage, size: number): Promise<Point> {
  const run = (options: { readonly count: number; readonly perSecond?: number }): Promise<Checked> => runChecks(stage, { ...options, connections, seconds, say });
  const warm = await run({ count: 5000 });
  const speeds = [verifyMicroseconds()];
  const before = await pagesRead(stage.owner);
  const closed: Checked[] = [];
  for (let i = 0; i < rounds; i += 1) closed.push(await run({ count: seconds * 4500 }));
  const read = await pagesRead(stage.owner) - before;
  speeds.push(verifyMicroseconds());
  const fixed = await run({ count: 1000 * seconds + 1000, perSecond: 1000 });
  const all = [warm, ...closed, fixed];
  const point = { persons: size, cpuMicroseconds: round(median(closed.map((one) => perUnit(one, 'api') + perUnit(one, 'postgres'))), 1), checksPerSecond: round(median(closed.map((one) => one.answered / one.wallSeconds)), 0),
    p50MsAt1000PerSecond: fixed.p50Ms, p99MsAt1000PerSecond: fixed.p99Ms, verifyMicroseconds: round(median(speeds), 1), apiMemoryMb: residentMb(stage.apiPids), pagesReadPerCheck: round(read / Math.max(1, closed.reduce((sum, one) => sum + one.answered, 0))),
    answered: all.reduce((sum, one) => sum + one.answered, 0), notAnswered: all.reduce((sum, one) => sum + one.failed, 0), entries: await countEntries(stage.owner) };
  say(`  ${point.checksPerSecond} checks/s, ${point.cpuMicroseconds} µs each (a verification ${point.verifyMicroseconds} µs), p99 at 1,000/s ${point.p99MsAt1000PerSecond} ms`);
  return point;
}

async function open(size: number, loads: MeasuredLoads): Promise<Stage> {
  say(`${size} persons`);
  return openStage({ persons: size, apiProcesses: Number(values['api-processes']), say, settings: SETTINGS, onMade: loads.made, load: loads.load, people: () => loads.people });
}

async function pointAt(size: number): Promise<Point> {
  const stage = await open(size, new MeasuredLoads(say));
  try {
    return await answer(stage, size);
  } finally {
    await stage.close();
  }
}

async function deltaUnderLoad(stage: Stage): Promise<object> {
  say('a delta of one in a hundred, while 500 checks a second go on');
  const [delta, checks] = await Promise.all([loadDelta(stage, persons), runChecks(stage, { count: 500 * seconds + 500, perSecond: 500, connections, seconds, say })]);
  return { lines: delta.lines, seconds: round(delta.seconds, 1), p99MsAt500PerSecondMeanwhile: checks.p99Ms, notAnswered: checks.failed };
}

// Each part is kept as soon as it is known: hours of loading are not lost to what comes after.
async function measureWhole(points: Point[]): Promise<void> {
  const loads = new MeasuredLoads(say);
  const stage = await open(persons, loads);
  const stop = (): void => { void stage.close().finally(() => process.exit(130)); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { measure } = loads;
  try {
    const bytes = await registerBytes(stage.owner);
    keep({ persons, loadMinutes: round(measure.seconds / 60), loadRatioToCopy: null, ...taken(),
      load: { lines: measure.lines, linesPerSecond: round(measure.lines / measure.seconds, 0), loaderMemoryMb: measure.rssMb, populationLinesPerSecond: round(measure.madeLines / measure.madeSeconds, 0), course: thinned(measure.course, COURSE_POINTS) },
      bytesPerRow: { row: round(bytes.rows / measure.lines, 0), indexes: round(bytes.indexes / measure.lines, 0) } });
    const warmSeconds = round(await warmRegister(stage.owner), 1);
    say(`  the register was read once, in ${warmSeconds} s`);
    const point = await answer(stage, persons);
    points.push(point);
    const smallest = points[0] as Point;
    keep({ costRatioTo100k: round(point.cpuMicroseconds / smallest.cpuMicroseconds), costRatioTo100kAtOneSpeed: round((point.cpuMicroseconds / point.verifyMicroseconds) / (smallest.cpuMicroseconds / smallest.verifyMicroseconds)), p99MsAt1000PerSecond: point.p99MsAt1000PerSecond, checksPerSecond: point.checksPerSecond, sizes: points,
      form: { apiProcesses: Number(values['api-processes']), connections, warmSeconds, hugePages: await hugePages(stage.owner), durability: 'fsync, full_page_writes, synchronous_commit on; no standby', guard: 'ceilings charged, out of reach; decoys, traces and journal on' } });
    keep({ delta: await deltaUnderLoad(stage) });
    say('the same rows unsealed, by COPY alone');
    const plain = await copyPlain(stage.owner, { folder: STATE, say });
    keep({ loadRatioToCopy: round(measure.seconds / (plain.copySeconds + plain.indexSeconds)),
      plainCopy: { rows: plain.rows, copySeconds: round(plain.copySeconds, 1), indexSeconds: round(plain.indexSeconds, 1), form: 'COPY FROM a text file, one transaction a shelf, then the same five indexes' } });
  } finally {
    await stage.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const thinned = <T>(points: readonly T[], most: number): T[] => points.filter((_, i) => i % Math.ceil(points.length / most) === 0 || i === points.length - 1);

/** When, of what, and on what a figure was taken. */
const taken = (): object => ({ date: new Date().toISOString().slice(0, 10), commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
  cores: availableParallelism(), memory: `${round(totalmem() / 2 ** 30, 1)} GiB`, loadAverageBefore: LOAD_BEFORE, settings: SETTINGS });

async function measureJournal(): Promise<object> {
  say(`a journal of ${journal} entries`);
  const counted = await measureCount(journal, { settings: SETTINGS, keep: values['keep-journal'], say });
  return { exposureSeconds: round(counted.exposureSeconds), exposureRatioToCount: round(counted.exposureWarmSeconds / counted.bareSeconds), exposureRatioToCountCold: round(counted.exposureSeconds / counted.bareColdSeconds), count: { ...counted, ...taken() } };
}

async function measureRegister(): Promise<void> {
  const points: Point[] = [];
  for (const size of values.smaller.split(',').map(Number).filter((one) => one < persons)) points.push(await pointAt(size));
  await measureWhole(points);
}

// The faults have a command of their own; its last figures stand here beside the others.
function readFaults(): { readonly faults: number | null; readonly entriesLost: number | null; readonly answersWithoutEntry: number | null } {
  const path = join(ROOT, 'bench/results/faults.json');
  if (!existsSync(path)) return { faults: null, entriesLost: null, answersWithoutEntry: null };
  const read = JSON.parse(readFileSync(path, 'utf8')) as { readonly faults?: Readonly<Record<string, number>>; readonly entriesLost?: number; readonly answersWithoutEntry?: number };
  return { faults: Object.values(read.faults ?? {}).reduce((sum, count) => sum + count, 0), entriesLost: read.entriesLost ?? null, answersWithoutEntry: read.answersWithoutEntry ?? null };
}

const RESULT = join(ROOT, 'bench/results/national.json');
const LOAD_BEFORE = loadavg().map((load) => round(load));

// What was measured stands beside what was measured before; written at once, so that a later failure loses nothing.
function keep(part: object): void {
  const before = existsSync(RESULT) ? JSON.parse(readFileSync(RESULT, 'utf8')) as Partial<Course> : {};
  const report: Partial<Course> = { ...before, ...(part as Partial<Course>), ...readFaults() };
  process.stdout.write(`${JSON.stringify(part, null, 2)}\n`);
  if (values['no-write']) return;
  writeFileSync(RESULT, `${JSON.stringify(report, null, 2)}\n`);
  if (!('sizes' in part)) return;
  writeFileSync(join(ROOT, 'bench/results/national-load.svg'), drawLoad(report as Course));
  writeFileSync(join(ROOT, 'bench/results/national-sizes.svg'), drawSizes(report as Course));
}

refuseWithoutRoom();
if (persons > 0) await measureRegister();
if (journal > 0) keep(await measureJournal());
