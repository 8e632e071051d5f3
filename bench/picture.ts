interface Report {
  readonly cpuMicrosecondsPerCheck: { readonly api: number; readonly postgres: number };
  readonly primitivesMicroseconds: Readonly<Record<string, number>>;
  readonly pgbench: { readonly postgresCpuMicroseconds: number } | 'absent';
  readonly checksPerSecond: number;
  readonly p99MsAt500PerSecond: number;
  readonly persons: number;
  readonly cores: number;
  readonly date: string;
  readonly commit: string;
}

interface Part {
  readonly name: string;
  readonly us: number;
  readonly colour: string;
}

const WIDTH = 860;
const LEFT = 210;
const SCALE_TO = 560;

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const LETTER = 8.5;
const fits = (part: Part, width: number): boolean => width > part.name.length * LETTER + 8;

function bar(parts: readonly Part[], place: { readonly label: string; readonly y: number; readonly scale: number }): string {
  const { label, y, scale } = place;
  let x = LEFT;
  const pieces = parts.map((part) => {
    const width = part.us * scale;
    const text = fits(part, width) ? `<text x="${x + width / 2}" y="${y + 22}" text-anchor="middle" fill="#fff">${escape(part.name)}</text>` : '';
    const piece = `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="34" fill="${part.colour}"><title>${escape(part.name)}: ${part.us} µs</title></rect>${text}`;
    x += width;
    return piece;
  });
  const sum = Math.round(parts.reduce((total, part) => total + part.us, 0));
  // Parts too narrow for their names are all said below.
  const said = parts.every((part) => fits(part, part.us * scale)) ? '' : `<text x="${LEFT}" y="${y + 49}" font-size="12" fill="#4a5866">${escape(parts.map((part) => `${part.name} ${Math.round(part.us)}`).join(' · '))}</text>`;
  return `<text x="${LEFT - 12}" y="${y + 22}" text-anchor="end">${escape(label)}</text>${pieces.join('')}<text x="${x + 8}" y="${y + 22}">${sum} µs</text>${said}`;
}

/** A picture of what one check costs in processor time, beside its primitives and beside pgbench's transaction. */
export function drawPicture(report: Report): string {
  const { cpuMicrosecondsPerCheck: cost, primitivesMicroseconds: primitives, pgbench } = report;
  const colours = ['#20536b', '#2f7d8c', '#5b8f6b', '#8a7a3c', '#a2563f'];
  const rows: { label: string; parts: Part[] }[] = [
    { label: 'One check', parts: [{ name: 'api', us: cost.api, colour: '#20536b' }, { name: 'PostgreSQL', us: cost.postgres, colour: '#a2563f' }] },
    { label: 'Its primitives alone', parts: Object.entries(primitives).map(([name, us], i) => ({ name, us, colour: colours[i % colours.length] as string })) },
    ...(pgbench === 'absent' ? [] : [{ label: 'pgbench transaction', parts: [{ name: 'PostgreSQL', us: pgbench.postgresCpuMicroseconds, colour: '#a2563f' }] }]),
  ];
  const widest = Math.max(...rows.map((row) => row.parts.reduce((sum, part) => sum + part.us, 0)));
  const drawn = rows.map((row, i) => bar(row.parts, { label: row.label, y: 74 + i * 62, scale: SCALE_TO / widest }));
  const height = 92 + rows.length * 62;
  const figures = `${report.checksPerSecond} checks a second · p99 at 500 a second ${report.p99MsAt500PerSecond} ms · ${report.persons} persons · ${report.cores} cores · ${report.date} (${report.commit})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1d2733">
<title>Processor time of one check</title><rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="20" y="30" font-size="18" font-weight="600">Processor time of one check, in microseconds</text><text x="20" y="54" fill="#4a5866">${escape(figures)}</text>
${drawn.join('\n')}
</svg>
`;
}
