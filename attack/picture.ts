import type { ScriptFigures } from './report.ts';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const COLOURS: Readonly<Record<number, string>> = { 0: '#8fb8c2', 0.5: '#4f94a3', 0.95: '#1f6473' };
const [LEFT, SCALE, ROW] = [230, 430, 64];

/** Persons told per stolen session, by script and mix, and under "2024" settings, on a logarithmic scale. */
export function drawAttackPicture(figures: readonly ScriptFigures[], caption: string): string {
  const x = (persons: number): number => Math.max(2, Math.round((Math.log10(persons + 1) / Math.log10(20_001)) * SCALE));
  const bar = (y: number, options: { persons: number; colour: string; text: string }): string => `<rect x="${LEFT}" y="${y}" width="${x(options.persons)}" height="11" fill="${options.colour}"/><text x="${LEFT + x(options.persons) + 8}" y="${y + 10}" font-size="11">${escape(options.text)}</text>`;
  const names = [...new Set(figures.map((f) => f.name))];
  const rows = names.map((name, i) => {
    const y = 116 + i * ROW;
    const mine = figures.filter((f) => f.name === name);
    const bars = mine.map((f, n) => bar(y + n * 13, { persons: f.personsP99 / f.sessions, colour: COLOURS[f.cardShare] ?? '#000', text: `${f.cardShare * 100} %: median ${perSession(f.personsMedian, f)}, p99 ${perSession(f.personsP99, f)}` }));
    const before = mine[0]?.persons2024;
    return `<text x="${LEFT - 12}" y="${y + 24}" text-anchor="end">${escape(name)}</text>${bars.join('')}${before == null ? '' : bar(y + 39, { persons: before / (mine[0]?.sessions ?? 1), colour: '#a2563f', text: `2024 settings: ${perSession(before, mine[0] as ScriptFigures)}` })}`;
  });
  const height = 130 + names.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 ${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1d2733">
<title>Persons told of per stolen session</title><rect width="1000" height="${height}" fill="#fff"/><text x="20" y="30" font-size="18" font-weight="600">Persons told of per stolen session, by attack</text>
<text x="20" y="54" fill="#4a5866">${escape(caption)}</text><text x="20" y="74" fill="#4a5866">Share of honest questions with proof of presence: 0, 50, 95 % (light to dark) · bars: 99th percentile, logarithmic</text>
<text x="20" y="94" fill="#4a5866">Red: as in 2024, a password, no ceiling, no guard; at most 200 questions a session</text>
${rows.join('\n')}
</svg>
`;
}

/** Narrow enough for a telephone: one mix against "2024" settings, the 99th percentile of each script. */
export function drawShortPicture(figures: readonly ScriptFigures[], options: { readonly cardShare: number; readonly caption: string }): string {
  const mine = figures.filter((f) => f.cardShare === options.cardShare);
  const x = (persons: number): number => Math.max(2, Math.round((Math.log10(persons + 1) / Math.log10(20_001)) * 330));
  const bar = (y: number, persons: number, colour: string): string => `<rect x="16" y="${y}" width="${x(persons)}" height="14" fill="${colour}"/><text x="${24 + x(persons)}" y="${y + 12}">${Math.round(persons * 10) / 10}</text>`;
  const rows = mine.map((f, i) => {
    const y = 116 + i * 60;
    return `<text x="16" y="${y}" font-weight="600">${escape(f.name)}</text>${bar(y + 7, f.personsP99 / f.sessions, COLOURS[0.95] ?? '')}${f.persons2024 === null ? '' : bar(y + 24, f.persons2024 / f.sessions, '#a2563f')}`;
  });
  const height = 116 + mine.length * 60;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="480" viewBox="0 0 480 ${height}" role="img" font-family="system-ui, sans-serif" font-size="15" fill="#1d2733">
<title>Persons told of per stolen session, 99th percentile</title><rect width="480" height="${height}" fill="#fff"/><text x="16" y="28" font-size="17" font-weight="600">Persons told of per stolen session, by attack</text>
<text x="16" y="50" fill="#4a5866" font-size="13">${escape(options.caption)}</text>
<rect x="16" y="62" width="14" height="14" fill="${COLOURS[0.95]}"/><text x="36" y="74" font-size="14">here, 99th percentile</text><rect x="210" y="62" width="14" height="14" fill="#a2563f"/><text x="230" y="74" font-size="14">as in 2024, at most 200 questions</text>
${rows.join('\n')}
</svg>
`;
}

const perSession = (persons: number, f: ScriptFigures): string => {
  const each = persons / f.sessions;
  return Number.isInteger(each) ? String(each) : each.toFixed(1);
};

/** The table of scripts at one mix, in Markdown. */
export function tableOf(figures: readonly ScriptFigures[], cardShare: number): string {
  const lines = figures.filter((f) => f.cardShare === cardShare).map((f) => `| ${f.name} | ${f.class} | ${f.runs} | ${perSession(f.personsMedian, f)} | ${perSession(f.personsP99, f)} | ${f.questionsToFreezeMedian ?? '–'} | ${f.neverFrozen} | ${f.personsAtAlarm ?? '–'} | ${f.persons2024 === null ? '–' : perSession(f.persons2024, f)} |`);
  return ['| script | class | runs | persons per session, median | p99 | questions to freeze, median | never frozen | persons at the alarm | 2024 settings |', '| --- | --- | --- | --- | --- | --- | --- | --- | --- |', ...lines].join('\n');
}

/** The table of the README: one mix, the figures that matter most. */
export function shortTableOf(figures: readonly ScriptFigures[], cardShare: number): string {
  const lines = figures.filter((f) => f.cardShare === cardShare).map((f) => `| ${f.name} | ${f.class} | ${f.runs} | ${perSession(f.personsMedian, f)} / ${perSession(f.personsP99, f)} | ${f.questionsToFreezeMedian ?? '–'} | ${f.persons2024 === null ? '–' : perSession(f.persons2024, f)} |`);
  return [`| at ${cardShare * 100} % | class | runs | persons per session, median / p99 | questions to freeze | 2024 settings |`, '| --- | --- | --- | --- | --- | --- |', ...lines].join('\n');
}
