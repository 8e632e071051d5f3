/** What is drawn, of a measured register. */
export interface Course {
  readonly persons: number;
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  /** Of the machine before the run: well under its cores, or the figures say more about what else ran. */
  readonly loadAverageBefore: readonly number[];
  readonly load: { readonly linesPerSecond: number; readonly course: readonly { readonly second: number; readonly lines: number }[] };
  readonly sizes: readonly { readonly persons: number; readonly checksPerSecond: number; readonly p99MsAt1000PerSecond: number; readonly cpuMicroseconds: number }[];
}

const WIDTH = 860;
const HEIGHT = 380;
const [LEFT, RIGHT, TOP, BOTTOM] = [90, 780, 90, 320];
const SHORT = new Intl.NumberFormat('en', { notation: 'compact' });

interface Axis {
  readonly label: string;
  readonly most: number;
}

function frame(title: string, subtitle: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1d2733">
<title>${title}</title><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="20" y="30" font-size="18" font-weight="600">${title}</text><text x="20" y="54" fill="#4a5866">${subtitle}</text>
<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#4a5866"/>
${content}
</svg>
`;
}

function ticks(axis: Axis, side: 'left' | 'right' | 'bottom', colour: string): string {
  const at = [0, 0.25, 0.5, 0.75, 1];
  const label = side === 'bottom' ? `<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 46}" text-anchor="middle" fill="${colour}">${axis.label}</text>`
    : `<text x="${side === 'left' ? LEFT - 60 : RIGHT + 60}" y="${TOP - 14}" text-anchor="${side === 'left' ? 'start' : 'end'}" fill="${colour}">${axis.label}</text>`;
  return label + at.map((share) => {
    const text = SHORT.format(Math.round(axis.most * share * 10) / 10);
    if (side === 'bottom') return `<text x="${LEFT + share * (RIGHT - LEFT)}" y="${BOTTOM + 22}" text-anchor="middle" fill="${colour}">${text}</text>`;
    return `<text x="${side === 'left' ? LEFT - 8 : RIGHT + 8}" y="${BOTTOM - share * (BOTTOM - TOP) + 5}" text-anchor="${side === 'left' ? 'end' : 'start'}" fill="${colour}">${text}</text>`;
  }).join('');
}

const line = (points: readonly (readonly [number, number])[], colour: string): string =>
  `<path d="M${points.map(([x, y]) => `${(LEFT + x * (RIGHT - LEFT)).toFixed(1)} ${(BOTTOM - y * (BOTTOM - TOP)).toFixed(1)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`
  + points.map(([x, y]) => `<circle cx="${(LEFT + x * (RIGHT - LEFT)).toFixed(1)}" cy="${(BOTTOM - y * (BOTTOM - TOP)).toFixed(1)}" r="3" fill="${colour}"/>`).join('');

const figures = (course: Course): string => `${SHORT.format(course.persons)} persons · ${course.cores} cores, load average ${course.loadAverageBefore[0]} before · ${course.date} (${course.commit})`;

/** Lines loaded a second over time; the indexes are counted as the lines that take as long. */
export function drawLoad(course: Course): string {
  // Over a sixtieth of the whole at least: slices are done in one go.
  const least = Math.max(1, (course.load.course.at(-1)?.second ?? 0) / 60);
  let before = course.load.course[0];
  const steps = course.load.course.slice(1).flatMap((point) => {
    if (before === undefined || point.second < before.second + least) return [];
    const rate = (point.lines - before.lines) / (point.second - before.second);
    before = point;
    return [{ second: point.second, rate }];
  });
  const [width, most] = [Math.max(1, steps.at(-1)?.second ?? 1), Math.max(1, ...steps.map((step) => step.rate))];
  return frame('Loading insurers’ files: lines a second over time', `${figures(course)} · ${course.load.linesPerSecond} lines a second from file to answer`,
    ticks({ label: 'lines a second', most }, 'left', '#20536b') + ticks({ label: 'seconds', most: width }, 'bottom', '#1d2733') + line(steps.map((step) => [step.second / width, Math.max(0, step.rate) / most] as const), '#20536b'));
}

/** Checks a second and latency against the number of persons (logarithmic). */
export function drawSizes(course: Course): string {
  const { sizes } = course;
  const [rate, latency] = [Math.max(...sizes.map((size) => size.checksPerSecond)) * 1.2, Math.max(...sizes.map((size) => size.p99MsAt1000PerSecond)) * 1.2];
  const [low, high] = [Math.log10(sizes[0]?.persons ?? 1), Math.log10(sizes.at(-1)?.persons ?? 10)];
  const x = (persons: number): number => (high > low ? (Math.log10(persons) - low) / (high - low) : 0.5);
  const names = sizes.map((size) => [`${SHORT.format(size.persons)} persons`, `${Math.round(size.cpuMicroseconds)} µs a check`].map((text, i) => `<text x="${LEFT + x(size.persons) * (RIGHT - LEFT)}" y="${BOTTOM + 22 + 20 * i}" text-anchor="middle">${text}</text>`).join('')).join('');
  return frame('Answering: checks a second and latency against persons', figures(course),
    ticks({ label: 'checks a second', most: rate }, 'left', '#20536b') + ticks({ label: 'p99 ms at 1,000/s', most: latency }, 'right', '#a2563f') + names
    + line(sizes.map((size) => [x(size.persons), size.checksPerSecond / rate] as const), '#20536b') + line(sizes.map((size) => [x(size.persons), size.p99MsAt1000PerSecond / latency] as const), '#a2563f'));
}
