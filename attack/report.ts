import type { Mix } from '../src/guard/index.ts';
import type { RunResult } from './rehearse.ts';
import type { AttackScript } from './script.ts';

/** Figures of one script, recomputed from its runs alone. */
export interface ScriptFigures {
  readonly name: string;
  readonly class: AttackScript['class'];
  /** Share of honest questions with proof of presence; the ceilings without it go by that. The thief has no card. */
  readonly cardShare: number;
  readonly runs: number;
  readonly personsMedian: number;
  readonly personsP99: number;
  readonly questionsToFreezeMedian: number | null;
  readonly secondsToFreezeMedian: number | null;
  readonly neverFrozen: number;
  readonly othersFrozen: number;
  readonly listedExactly: boolean;
  /** The same script against "2024" settings: persons told within as many questions as are allowed there. */
  readonly persons2024: number;
}

const at = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** The figures of one script. Runs that were never frozen leave the medians to freezing, and are counted apart. */
export function figuresOf(script: Pick<AttackScript, 'name' | 'class'> & { readonly mix: Mix }, runs: readonly RunResult[], runs2024: readonly RunResult[]): ScriptFigures {
  const mine = runs.filter((run) => run.script === script.name && run.mix === script.mix);
  const frozen = mine.filter((run) => run.questionsToFreeze !== null);
  const median = (values: readonly (number | null)[]): number | null => (values.length === 0 ? null : at(values.filter((value) => value !== null), 0.5));
  return { name: script.name, class: script.class, cardShare: Number(script.mix) / 100, runs: mine.length, personsMedian: at(mine.map((run) => run.persons), 0.5), personsP99: at(mine.map((run) => run.persons), 0.99),
    questionsToFreezeMedian: median(frozen.map((run) => run.questionsToFreeze)), secondsToFreezeMedian: median(frozen.map((run) => run.secondsToFreeze)), neverFrozen: mine.length - frozen.length,
    othersFrozen: mine.reduce((sum, run) => sum + run.othersFrozen, 0), listedExactly: mine.every((run) => run.listedExactly),
    persons2024: at(runs2024.filter((run) => run.script === script.name).map((run) => run.persons), 0.5) };
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A picture: persons told, per script, under the guard and under "2024" settings, on a logarithmic scale. */
export function drawAttackPicture(figures: readonly ScriptFigures[], caption: string): string {
  const [left, scale] = [240, 460];
  const x = (persons: number): number => Math.round((Math.log10(persons + 1) / Math.log10(3001)) * scale);
  const rows = figures.map((f, i) => {
    const y = 84 + i * 46;
    return `<text x="${left - 12}" y="${y + 16}" text-anchor="end">${escape(f.name)}, ${f.cardShare * 100} %</text><rect x="${left}" y="${y}" width="${Math.max(2, x(f.personsP99))}" height="12" fill="#2f7d8c"><title>median ${f.personsMedian}, p99 ${f.personsP99}</title></rect>
<rect x="${left}" y="${y + 14}" width="${Math.max(2, x(f.persons2024))}" height="12" fill="#a2563f"><title>2024: ${f.persons2024}</title></rect><text x="${left + Math.max(x(f.personsP99), x(f.persons2024)) + 10}" y="${y + 18}">median ${f.personsMedian}, p99 ${f.personsP99} · 2024 settings ${f.persons2024}</text>`;
  });
  const height = 100 + figures.length * 46;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 ${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1d2733">
<title>Persons told of per stolen session</title><rect width="1000" height="${height}" fill="#fff"/><text x="20" y="30" font-size="18" font-weight="600">Persons told of per stolen session, by attack</text>
<text x="20" y="54" fill="#4a5866">${escape(caption)} · logarithmic</text>
<rect x="560" y="18" width="14" height="12" fill="#2f7d8c"/><text x="580" y="29">as shipped (99th percentile)</text><rect x="780" y="18" width="14" height="12" fill="#a2563f"/><text x="800" y="29">2024 settings</text>
${rows.join('\n')}
</svg>
`;
}
