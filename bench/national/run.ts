// npm run bench:national -- [--persons N] [--smaller N,N] [--journal N [--no-tree] [--keep-journal]]: loads, answers and counts at the size of a country. Each of them is
// measured by itself, and stands in bench/results/national.json until it is measured again.
import '../own-state.ts';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, STATE } from '../../src/ground/index.ts';
import { runChecks } from '../checks.ts';
import { median } from '../median.ts';
import { openStage, type Stage } from '../stage.ts';
import { askInTurn, type Point } from './ask-in-turn.ts';
import { leftBefore, measureCount, type Grown } from './journal.ts';
import { loadDelta, MeasuredLoads } from './load.ts';
import { drawLoad, drawSizes, type Course } from './picture.ts';
import { copyPlain, hugePages, registerBytes, warmRegister } from './plain-copy.ts';

const { values } = parseArgs({ options: { persons: { type: 'string', default: '0' }, journal: { type: 'string', default: '0' }, seconds: { type: 'string', default: '12' }, connections: { type: 'string', default: '448' },
  'api-processes': { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' }, smaller: { type: 'string', default: '100000,1000000' }, 'no-write': { type: 'boolean', default: false }, 'keep-journal': { type: 'boolean', default: false },
  'no-tree': { type: 'boolean', default: false } } });
const [persons, journal, seconds, rounds] = [Number(values.persons), Number(values.journal), Number(values.seconds), Number(values.rounds)];
const connections = Number(values.connections);
/** Bytes a person takes in the register: rows, the indexes that questions probe, and a tenth beside for everything else. */
const CACHED_A_PERSON = 400;
/** Sizes below the whole: the smallest is asked in turn with it, the others each by itself. */
const [smallest, ...between] = values.smaller.split(',').map(Number).filter((one) => one > 0 && one < persons).toSorted((a, b) => a - b);
const cacheFor = (size: number, leastGb: number): string => `${Math.max(leastGb, Math.min(Math.floor((totalmem() * 5) / 2 ** 33), Math.ceil((size * CACHED_A_PERSON) / 2 ** 30)))}GB`;
/** PostgreSQL as it is set for a register of this size (docs/how-to/sizing.md): a cache that holds it, five eighths of the memory at most; durability as always. */
const SETTINGS = { shared_buffers: cacheFor(persons, 4), max_wal_size: '8GB', checkpoint_timeout: '15min' };
/** Of the smallest beside it: memory holds both. */
const SETTINGS_BESIDE = { ...SETTINGS, shared_buffers: cacheFor(smallest ?? 0, 1) };
/** Bytes a person takes at most: file, register, log, and the same rows unsealed beside it. */
const DISK_A_PERSON = 1700;
const DISK_AN_ENTRY = 480;
/** More than the picture shows. */
const COURSE_POINTS = 200;

const say = (line: string): void => { process.stderr.write(`${line}\n`); };
const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

function refuseWithoutRoom(): void {
  const disk = statfsSync(ROOT);
  const [free, needed] = [disk.bavail * disk.bsize, Math.max((persons + (smallest ?? 0)) * DISK_A_PERSON, values['keep-journal'] && leftBefore(journal) !== undefined ? 0 : journal * DISK_AN_ENTRY) + 4e9];
  if (free < needed) throw new Error(`the disk has ${round(free / 1e9, 1)} GB free, this run needs ${round(needed / 1e9, 1)} GB`);
}

async function open(size: number, options: { readonly loads: MeasuredLoads; readonly beside?: boolean }): Promise<Stage> {
  const { loads, beside = false } = options;
  say(`${size} persons`);
  return openStage({ persons: size, apiProcesses: Number(values['api-processes']), say, beside, settings: beside ? SETTINGS_BESIDE : SETTINGS, onMade: loads.made, load: loads.load, people: () => loads.people });
}

async function pointsAlone(size: number): Promise<readonly Point[]> {
  const stage = await open(size, { loads: new MeasuredLoads(say) });
  try {
    return (await askInTurn([{ persons: size, stage }], { connections, seconds, rounds, say })).points;
  } finally {
    await stage.close();
  }
}

// The last one opened is closed first: its database lies in the folder that the first one removes.
async function closeAll(stages: readonly Stage[]): Promise<void> {
  for (const stage of stages.toReversed()) await stage.close();
}

// The smallest register is opened only now: huge pages that are reserved are the large one's.
async function askBoth(stages: Stage[]): Promise<{ readonly points: readonly Point[]; readonly costRatioTo100k: number | null; readonly beside: object | null }> {
  const options = { connections, seconds, rounds, say };
  const whole = { persons, stage: stages[0] as Stage };
  if (smallest === undefined) return { points: (await askInTurn([whole], options)).points, costRatioTo100k: null, beside: null };
  const stage = await open(smallest, { loads: new MeasuredLoads(say), beside: true });
  stages.push(stage);
  await warmRegister(stage.owner);
  say('both asked in turn');
  const { points, costRatios } = await askInTurn([{ persons: smallest, stage }, whole], options);
  const beside = { persons: smallest, settings: SETTINGS_BESIDE, hugePages: await hugePages(stage.owner), costRatios };
  await stage.close();
  return { points, costRatioTo100k: round(median(costRatios)), beside };
}

async function deltaUnderLoad(stage: Stage): Promise<object> {
  say('a delta of one in a hundred, while 500 checks a second go on');
  const [delta, checks] = await Promise.all([loadDelta(stage, persons), runChecks(stage, { count: 500 * seconds + 500, perSecond: 500, connections, seconds, say })]);
  return { lines: delta.lines, seconds: round(delta.seconds, 1), p99MsAt500PerSecondMeanwhile: checks.p99Ms, notAnswered: checks.failed };
}

// Each part is kept as soon as it is known: hours of loading are not lost to what comes after.
async function measureWhole(alone: readonly Point[]): Promise<void> {
  const loads = new MeasuredLoads(say);
  const stage = await open(persons, { loads });
  const stages = [stage];
  const stop = (): void => { void closeAll(stages).finally(() => process.exit(130)); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { measure } = loads;
  try {
    const bytes = await registerBytes(stage.owner);
    keep({ persons, loadMinutes: round(measure.seconds / 60), loadRatioToCopy: null, ...taken(),
      load: { lines: measure.lines, linesPerSecond: round(measure.lines / measure.seconds, 0), loaderMemoryMb: measure.rssMb, populationLinesPerSecond: round(measure.madeLines / measure.madeSeconds, 0), course: thinned(measure.course, COURSE_POINTS) },
      bytesPerRow: { row: round(bytes.rows / measure.lines, 0), indexes: round(bytes.indexes / measure.lines, 0) } });
    const warmSeconds = round(await warmRegister(stage.owner), 1);
    say(`  the register was read once, in ${warmSeconds} s`);
    const { points, costRatioTo100k, beside } = await askBoth(stages);
    const point = points.at(-1) as Point;
    keep({ costRatioTo100k, p99MsAt1000PerSecond: point.p99MsAt1000PerSecond, checksPerSecond: point.checksPerSecond, sizes: [...alone, ...points].toSorted((one, other) => one.persons - other.persons),
      form: { apiProcesses: Number(values['api-processes']), connections, warmSeconds, hugePages: await hugePages(stage.owner), beside, durability: 'fsync, full_page_writes, synchronous_commit on; no standby', guard: 'ceilings charged, out of reach; decoys, traces and journal on' } });
    keep({ delta: await deltaUnderLoad(stage) });
    say('the same rows unsealed, by COPY alone');
    const plain = await copyPlain(stage.owner, { folder: STATE, say });
    keep({ loadRatioToCopy: round(measure.seconds / (plain.copySeconds + plain.indexSeconds)),
      plainCopy: { rows: plain.rows, copySeconds: round(plain.copySeconds, 1), indexSeconds: round(plain.indexSeconds, 1), form: 'COPY FROM a text file, one transaction a shelf, then the same five indexes' } });
  } finally {
    await closeAll(stages);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const thinned = <T>(points: readonly T[], most: number): T[] => points.filter((_, i) => i % Math.ceil(points.length / most) === 0 || i === points.length - 1);

/** When, of what, and on what a figure was taken. */
const taken = (): object => ({ date: new Date().toISOString().slice(0, 10), commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
  cores: availableParallelism(), memory: `${round(totalmem() / 2 ** 30, 1)} GiB`, loadAverageBefore: LOAD_BEFORE, settings: SETTINGS });

async function measureJournal(): Promise<object> {
  say(`a journal of ${journal} entries`);
  const onTree = values['no-tree'] ? undefined : (tree: Grown): void => { keep({ tree: { ...tree, ...taken() } }); };
  const counted = await measureCount(journal, { settings: SETTINGS, keep: values['keep-journal'], onTree, say });
  return { exposureSeconds: round(counted.exposureSeconds), exposureRatioToCount: round(counted.exposureWarmSeconds / counted.bareSeconds), exposureRatioToCountCold: round(counted.exposureSeconds / counted.bareColdSeconds), count: { ...counted, ...taken() } };
}

async function measureRegister(): Promise<void> {
  const alone: Point[] = [];
  for (const size of between) alone.push(...await pointsAlone(size));
  await measureWhole(alone);
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
