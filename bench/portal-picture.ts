interface Measured { readonly p50Ms: number; readonly p95Ms: number; readonly maxMs: number; readonly apiP50Ms: number }
interface Report { readonly ours: Measured; readonly todays: Measured; readonly date: string; readonly commit: string; readonly cores: number; readonly persons: number }

const AIM_MS = 300;
const [LEFT, WIDTH, SCALE] = [190, 860, 600];

/** A picture of the time from scan to verdict, beside the aim of 300 ms at the 95th percentile. */
export function drawPortalPicture(report: Report): string {
  const longest = Math.max(AIM_MS, report.ours.maxMs, report.todays.maxMs);
  const x = (ms: number): number => Math.round((ms / longest) * SCALE);
  const row = (label: string, m: Measured, y: number): string => `<text x="${LEFT - 12}" y="${y + 22}" text-anchor="end">${label}</text>
<rect x="${LEFT}" y="${y}" width="${x(m.p95Ms)}" height="34" fill="#9cc3d3"><title>p95 ${m.p95Ms} ms</title></rect><rect x="${LEFT}" y="${y}" width="${x(m.p50Ms)}" height="34" fill="#2f7d8c"><title>p50 ${m.p50Ms} ms</title></rect>
<rect x="${LEFT}" y="${y + 26}" width="${x(m.apiP50Ms)}" height="8" fill="#20536b"><title>of it the API: ${m.apiP50Ms} ms</title></rect><text x="${LEFT + x(m.p95Ms) + 8}" y="${y + 22}">p50 ${m.p50Ms} ms · p95 ${m.p95Ms} ms · API ${m.apiP50Ms} ms</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 230" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1d2733">
<title>From scan to verdict</title><rect width="${WIDTH}" height="230" fill="#fff"/><text x="20" y="30" font-size="18" font-weight="600">From the card’s code to the verdict on screen</text>
<text x="20" y="54" fill="#4a5866">${report.persons} persons · ${report.cores} cores · ${report.date} (${report.commit})</text>
${row('Rempart card', report.ours, 80)}
${row('Today’s card', report.todays, 134)}
<line x1="${LEFT + x(AIM_MS)}" x2="${LEFT + x(AIM_MS)}" y1="68" y2="184" stroke="#8f1d1d" stroke-dasharray="5 4"/><text x="${LEFT + x(AIM_MS)}" y="204" text-anchor="middle" fill="#8f1d1d">aim 300 ms</text>
</svg>
`;
}
