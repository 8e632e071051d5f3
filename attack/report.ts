import type { Mix } from '../src/guard/index.ts';
import type { RunResult } from './rehearse.ts';
import type { AttackClass } from './script.ts';

/** Figures of one script, recomputed from its runs alone. */
export interface ScriptFigures {
  readonly name: string;
  readonly class: AttackClass;
  /** Share of honest questions with proof of presence; the ceilings without it go by that. */
  readonly cardShare: number;
  readonly runs: number;
  /** Runs that went over HTTP with real tokens and proofs. */
  readonly apiRuns: number;
  readonly sessions: number;
  readonly personsMedian: number;
  readonly personsP99: number;
  readonly questionsToFreezeMedian: number | null;
  readonly secondsToFreezeMedian: number | null;
  readonly neverFrozen: number;
  readonly answersAfterFreeze: number;
  readonly othersFrozen: number;
  readonly listedExactly: boolean;
  /** Persons told when the alarm over the platform was raised, the most of all runs; null where a run had none. */
  readonly personsAtAlarm: number | null;
  /** The same script against "2024" settings: persons told within as many questions as are allowed there. */
  readonly persons2024: number | null;
}

/** A script or probe, as the figures name it. */
export interface Played {
  readonly name: string;
  readonly class: AttackClass;
  readonly sessions?: number;
}

const at = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const median = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : at(known, 0.5);
};

/** The figures of one script. Runs that were never frozen leave the medians to freezing, and are counted apart. */
export function figuresOf(script: Played, mix: Mix, all: { readonly runs: readonly RunResult[]; readonly runs2024: readonly RunResult[] }): ScriptFigures {
  const mine = all.runs.filter((run) => run.script === script.name && run.mix === mix);
  const before = all.runs2024.filter((run) => run.script === script.name).map((run) => run.persons);
  return { name: script.name, class: script.class, cardShare: Number(mix) / 100, runs: mine.length, apiRuns: mine.filter((run) => run.api).length, sessions: script.sessions ?? 1,
    personsMedian: at(mine.map((run) => run.persons), 0.5), personsP99: at(mine.map((run) => run.persons), 0.99),
    questionsToFreezeMedian: median(mine.map((run) => run.questionsToFreeze)), secondsToFreezeMedian: median(mine.map((run) => run.secondsToFreeze)), neverFrozen: mine.filter((run) => run.questionsToFreeze === null).length,
    answersAfterFreeze: mine.reduce((sum, run) => sum + run.answersAfterFreeze, 0), othersFrozen: mine.reduce((sum, run) => Math.max(sum, run.othersFrozen), 0), listedExactly: mine.every((run) => run.listedExactly),
    personsAtAlarm: mine.length === 0 || mine.some((run) => run.personsAtAlarm === null) ? null : Math.max(...mine.map((run) => run.personsAtAlarm ?? 0)), persons2024: before.length === 0 ? null : at(before, 0.5) };
}

const COLUMNS = ['script', 'seed', 'mix', 'api', 'persons', 'questions', 'questionsToFreeze', 'secondsToFreeze', 'answersAfterFreeze', 'othersFrozen', 'listedExactly', 'personsAtAlarm'] as const;

/** Runs as lines: the first names the columns, each other one is a run, an array. */
export function writeRuns(runs: readonly RunResult[], runs2024: readonly RunResult[]): string {
  const lines = [['settings', ...COLUMNS], ...runs.map((run) => ['shipped', ...COLUMNS.map((column) => run[column])]), ...runs2024.map((run) => ['2024', ...COLUMNS.map((column) => run[column])])];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Reads what {@link writeRuns} wrote. */
export function readRuns(text: string): { runs: RunResult[]; runs2024: RunResult[] } {
  const [columns = [], ...lines] = text.trim().split('\n').map((line) => JSON.parse(line) as (string | number)[]);
  const all = lines.map((line) => Object.fromEntries(columns.map((column, i) => [column, line[i]])) as unknown as RunResult & { settings: string });
  const of = (wanted: string): RunResult[] => all.filter((run) => run.settings === wanted).map((run) => Object.fromEntries(COLUMNS.map((column) => [column, run[column]])) as unknown as RunResult);
  return { runs: of('shipped'), runs2024: of('2024') };
}
