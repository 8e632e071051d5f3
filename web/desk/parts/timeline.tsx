import { useEffect, useRef, type ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import type { Happening, Now } from '../shapes.ts';
import type { WordKey } from '../words.ts';

const MINUTES = 60;
const [LEFT, WIDTH, BARS_TOP, BARS_HEIGHT, LANE] = [108, 780, 14, 112, 26];
const STEP = WIDTH / MINUTES;
const MINUTE_MS = 60_000;

type Band = 'yes' | 'no' | 'other';
const BANDS: readonly Band[] = ['yes', 'no', 'other'];
const BAND_WORD: Readonly<Record<Band, WordKey>> = { yes: 'bandYes', no: 'bandNo', other: 'bandOther' };
const NO = new Set(['no', 'unknown', 'not-in-force', 'domain-closed', 'no-convention']);

type Lane = 'signals' | 'freezes' | 'stops' | 'desk';
const LANES: readonly Lane[] = ['signals', 'freezes', 'stops', 'desk'];
const LANE_WORD: Readonly<Record<Lane, WordKey>> = { signals: 'laneSignals', freezes: 'laneFreezes', stops: 'laneStops', desk: 'laneDesk' };

/** The line that something belongs on; undefined when it is not drawn. */
export function laneOf(happening: Happening): Lane {
  if (happening.purpose === 'freeze' || happening.purpose === 'unfreeze') return 'freezes';
  if (happening.purpose === 'stop') return 'stops';
  return happening.purpose === 'desk' || happening.purpose === 'ceilings' || happening.purpose === 'incident' ? 'desk' : 'signals';
}

/** Questions of the last hour by minute: one row a minute, counts by band. */
export function readMinutes(now: Now): { readonly minute: string; readonly counts: Readonly<Record<Band, number>>; readonly total: number }[] {
  const since = new Date(now.since).getTime();
  return Array.from({ length: MINUTES + 1 }, (_, i) => {
    const minute = new Date(since + i * MINUTE_MS).toISOString();
    const counts = { yes: 0, no: 0, other: 0 };
    for (const each of now.minutes) if (new Date(each.minute).toISOString() === minute) counts[each.outcome === 'yes' ? 'yes' : NO.has(each.outcome) ? 'no' : 'other'] += each.count;
    return { minute, counts, total: counts.yes + counts.no + counts.other };
  });
}

function Mark({ lane, x, y }: { readonly lane: Lane; readonly x: number; readonly y: number }): ReactNode {
  if (lane === 'signals') return <circle className="mark signals" cx={x} cy={y} r="6" />;
  if (lane === 'freezes') return <path className="mark freezes" d={`M${x} ${y - 8}l8 8l-8 8l-8 -8z`} />;
  if (lane === 'stops') return <rect className="mark stops" x={x - 6} y={y - 6} width="12" height="12" />;
  return <path className="mark desk" d={`M${x} ${y - 7}l7 13h-14z`} />;
}

/** The last hour at a glance: a picture with a summary in words, and the same in a table. */
export function Timeline({ now }: { readonly now: Now }): ReactNode {
  const { t, number, hour } = useLanguage();
  const scroll = useRef<HTMLDivElement>(null);
  // On a narrow screen the latest minutes show first.
  useEffect(() => { scroll.current?.scrollTo({ left: scroll.current.scrollWidth }); }, []);
  const minutes = readMinutes(now);
  const most = Math.max(1, ...minutes.map(({ total }) => total));
  const since = new Date(now.since).getTime();
  const xOf = (at: string): number => LEFT + ((new Date(at).getTime() - since) / MINUTE_MS) * STEP;
  const lanesTop = BARS_TOP + BARS_HEIGHT + 16;
  const bottom = lanesTop + LANES.length * LANE;
  const drawn = now.events.filter((event) => new Date(event.at).getTime() >= since);
  const total = minutes.reduce((sum, each) => sum + each.total, 0);
  const count = (lane: Lane): number => drawn.filter((event) => laneOf(event) === lane).length;
  return (
    <figure className="timeline">
      <figcaption>
        {t('timelineSummary', { total: number(total), most: number(most), signals: count('signals'), freezes: count('freezes'), stops: count('stops') })}
      </figcaption>
      <div className="scroll" ref={scroll} role="region" aria-label={t('timeline')} tabIndex={0}>
        <svg viewBox={`0 0 ${LEFT + WIDTH + 24} ${bottom + 28}`} role="img" aria-label={t('timeline')}>
          {minutes.map(({ minute, counts }, i) => {
            let y = BARS_TOP + BARS_HEIGHT;
            return <g key={minute}>{BANDS.map((band) => {
              const height = (counts[band] / most) * BARS_HEIGHT;
              y -= height;
              return height === 0 ? null : <rect key={band} className={`bar-${band}`} x={LEFT + i * STEP + 1} y={y} width={STEP - 2} height={height} />;
            })}</g>;
          })}
          <line className="axis" x1={LEFT} x2={LEFT + WIDTH + STEP} y1={BARS_TOP + BARS_HEIGHT} y2={BARS_TOP + BARS_HEIGHT} />
          <text x={LEFT - 8} y={BARS_TOP + 10} textAnchor="end">{number(most)}</text>
          <text x={LEFT - 8} y={BARS_TOP + BARS_HEIGHT} textAnchor="end">0</text>
          {LANES.map((lane, i) => (
            <g key={lane}>
              <line className="lane" x1={LEFT} x2={LEFT + WIDTH + STEP} y1={lanesTop + i * LANE + LANE / 2} y2={lanesTop + i * LANE + LANE / 2} />
              <text x={LEFT - 8} y={lanesTop + i * LANE + LANE / 2 + 5} textAnchor="end">{t(LANE_WORD[lane])}</text>
              {drawn.filter((event) => laneOf(event) === lane).map((event) => <Mark key={event.entry} lane={lane} x={xOf(event.at)} y={lanesTop + i * LANE + LANE / 2} />)}
            </g>
          ))}
          {[0, 10, 20, 30, 40, 50, 60].map((minute) => <text key={minute} x={LEFT + minute * STEP} y={bottom + 20} textAnchor="middle">{hour(new Date(since + minute * MINUTE_MS).toISOString())}</text>)}
        </svg>
      </div>
      <ul className="legend" aria-label={t('legend')}>{BANDS.map((band) => <li key={band}><span className={`swatch bar-${band}`} aria-hidden="true" /> {t(BAND_WORD[band])}</li>)}</ul>
      <details>
        <summary>{t('sameInTable')}</summary>
        <div className="scroll" role="region" aria-label={t('sameInTable')} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('minute')}</th>{BANDS.map((band) => <th key={band} scope="col">{t(BAND_WORD[band])}</th>)}</tr></thead>
            <tbody>{minutes.filter((each) => each.total > 0).toReversed().map(({ minute, counts }) => <tr key={minute}><td>{hour(minute)}</td>{BANDS.map((band) => <td key={band} className="number">{number(counts[band])}</td>)}</tr>)}</tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
