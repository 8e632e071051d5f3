import { readFileSync } from 'node:fs';
import { perUnit, runChecks, type Checked } from '../checks.ts';
import { median } from '../median.ts';
import { verifyMicroseconds } from '../primitives.ts';
import type { Stage } from '../stage.ts';
import { countEntries, pagesRead } from './plain-copy.ts';

/** What the check cost at one size. */
export interface Point {
  readonly persons: number;
  readonly cpuMicroseconds: number;
  readonly checksPerSecond: number;
  readonly p50MsAt1000PerSecond: number;
  readonly p99MsAt1000PerSecond: number;
  /** Of one ES256 verification, before each round: how fast the machine was meanwhile. */
  readonly verifyMicroseconds: number;
  readonly apiMemoryMb: number;
  readonly pagesReadPerCheck: number;
  readonly answered: number;
  readonly notAnswered: number;
  readonly entries: number;
}

/** A stage that is open, and how many persons its register holds. */
export interface Sized {
  readonly persons: number;
  readonly stage: Stage;
}

interface Asking {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

interface Round {
  readonly checked: Checked;
  readonly verifyMicroseconds: number;
  readonly pagesRead: number;
}

const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;
const costOf = ({ checked }: Round): number => perUnit(checked, 'api') + perUnit(checked, 'postgres');
const sumOf = <T>(all: readonly T[], read: (one: T) => number): number => all.reduce((sum, one) => sum + read(one), 0);

function residentMb(pids: readonly number[]): number {
  return Math.max(...pids.map((pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000)));
}

/** One size: its runs so far, and the next one. */
class Asked {
  readonly rounds: Round[] = [];
  readonly #sized: Sized;
  readonly #options: Asking;
  readonly #all: Checked[] = [];

  constructor(sized: Sized, options: Asking) {
    this.#sized = sized;
    this.#options = options;
  }

  async #run(options: { readonly count: number; readonly perSecond?: number }): Promise<Checked> {
    const { connections, seconds, say } = this.#options;
    const checked = await runChecks(this.#sized.stage, { ...options, connections, seconds, say });
    this.#all.push(checked);
    return checked;
  }

  async warm(): Promise<void> {
    await this.#run({ count: 5000 });
  }

  async playRound(): Promise<void> {
    const { owner } = this.#sized.stage;
    const [verification, before] = [verifyMicroseconds(), await pagesRead(owner)];
    const checked = await this.#run({ count: this.#options.seconds * 4500 });
    this.rounds.push({ checked, verifyMicroseconds: verification, pagesRead: await pagesRead(owner) - before });
  }

  async finish(): Promise<Point> {
    const { persons, stage } = this.#sized;
    const { seconds, say } = this.#options;
    const fixed = await this.#run({ count: 1000 * seconds + 1000, perSecond: 1000 });
    const point = { persons, cpuMicroseconds: round(median(this.rounds.map(costOf)), 1), checksPerSecond: round(median(this.rounds.map(({ checked }) => checked.answered / checked.wallSeconds)), 0),
      p50MsAt1000PerSecond: fixed.p50Ms, p99MsAt1000PerSecond: fixed.p99Ms, verifyMicroseconds: round(median(this.rounds.map((one) => one.verifyMicroseconds)), 1), apiMemoryMb: residentMb(stage.apiPids),
      pagesReadPerCheck: round(sumOf(this.rounds, (one) => one.pagesRead) / Math.max(1, sumOf(this.rounds, ({ checked }) => checked.answered))),
      answered: sumOf(this.#all, (one) => one.answered), notAnswered: sumOf(this.#all, (one) => one.failed), entries: await countEntries(stage.owner) };
    say(`  ${persons} persons: ${point.checksPerSecond} checks/s, ${point.cpuMicroseconds} µs each (a verification ${point.verifyMicroseconds} µs), p99 at 1,000/s ${point.p99MsAt1000PerSecond} ms`);
    return point;
  }
}

/**
 * Asks each size in each round as fast as it answers, every round in the other order, and at last each at 1,000 a second; stages that are not asked
 * meanwhile wait. @returns a point a size, and for each round what a check cost at the last size against the first.
 */
export async function askInTurn(sizes: readonly Sized[], options: Asking): Promise<{ readonly points: Point[]; readonly costRatios: number[] }> {
  const all = sizes.map((sized) => new Asked(sized, options));
  for (const one of all) await one.warm();
  for (let i = 0; i < options.rounds; i += 1) {
    // The machine's speed changes: neither size is always asked first.
    for (const one of i % 2 === 0 ? all : all.toReversed()) await one.playRound();
  }
  const points: Point[] = [];
  for (const one of all) points.push(await one.finish());
  const costs = (asked: Asked | undefined): number[] => asked?.rounds.map(costOf) ?? [];
  const first = costs(all[0]);
  return { points, costRatios: costs(all.at(-1)).map((cost, i) => round(cost / (first[i] ?? cost))) };
}
