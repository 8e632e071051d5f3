import { shareOf, type BasisPoints, type Cents } from './cents.ts';

/** What percentages are of: DR price charged, TR base, TM ticket modérateur, MRO compulsory amount, PMSS, RAC = DR − MRO. */
export type Base = 'DR' | 'TR' | 'TM' | 'MRO' | 'PMSS' | 'RAC';
export const BASES: readonly Base[] = ['DR', 'TR', 'TM', 'MRO', 'PMSS', 'RAC'];

/** A guarantee as a small expression; JSON as it stands. */
export type Formula =
  | { readonly op: 'cents'; readonly cents: Cents }
  | { readonly op: 'percent'; readonly of: Base; readonly basisPoints: BasisPoints }
  | { readonly op: 'min' | 'max' | 'sum'; readonly of: readonly Formula[] }
  | { readonly op: 'minus'; readonly from: Formula; readonly less: Formula };

/** The value of a formula, never below zero at any `minus`. */
export function evaluateFormula(formula: Formula, bases: Readonly<Record<Base, Cents>>): Cents {
  switch (formula.op) {
    case 'cents': return formula.cents;
    case 'percent': return shareOf(bases[formula.of], formula.basisPoints);
    case 'min': return Math.min(...formula.of.map((part) => evaluateFormula(part, bases)));
    case 'max': return Math.max(...formula.of.map((part) => evaluateFormula(part, bases)));
    case 'sum': return formula.of.reduce((sum, part) => sum + evaluateFormula(part, bases), 0);
    case 'minus': return Math.max(0, evaluateFormula(formula.from, bases) - evaluateFormula(formula.less, bases));
  }
}

const isCents = (value: unknown, max: number): value is number => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

/**
 * Reads a formula from JSON.
 * @returns the faults, each with its path; none when it is a formula.
 */
export function formulaFaults(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: a formula is an object`];
  const f = value as Record<string, unknown>;
  switch (f['op']) {
    case 'cents': return isCents(f['cents'], 100_000_000) ? [] : [`${path}.cents: whole cents`];
    case 'percent': return [...(BASES.includes(f['of'] as Base) ? [] : [`${path}.of: one of ${BASES.join(', ')}`]), ...(isCents(f['basisPoints'], 1_000_000) ? [] : [`${path}.basisPoints: hundredths of a percent`])];
    case 'min': case 'max': case 'sum':
      if (!Array.isArray(f['of']) || f['of'].length === 0 || f['of'].length > 10) return [`${path}.of: 1 to 10 formulas`];
      return f['of'].flatMap((part: unknown, i) => formulaFaults(part, `${path}.of[${i}]`));
    case 'minus': return [...formulaFaults(f['from'], `${path}.from`), ...formulaFaults(f['less'], `${path}.less`)];
    default: return [`${path}.op: cents, percent, min, max, sum or minus`];
  }
}
