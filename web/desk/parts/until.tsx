import { useEffect, useState, type ReactNode } from 'react';
import { useLanguage } from '../language.tsx';

const TICK_MS = 15_000;
const MINUTE_MS = 60_000;

/** The time now, moving on by itself, every `tickMs`. */
export function useNow(tickMs = TICK_MS): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [tickMs]);
  return now;
}

/** A deadline: how long is left, or since when it is over, and the hour itself. Late is said in words, not by colour alone. */
export function Until({ at, met }: { readonly at: string; readonly met?: string | null }): ReactNode {
  const { t, moment } = useLanguage();
  const now = useNow();
  if (met !== undefined && met !== null) return <span className="clock met">{t('metAt', { at: moment(met) })}</span>;
  const left = new Date(at).getTime() - now;
  const minutes = Math.floor(Math.abs(left) / MINUTE_MS);
  const hours = Math.floor(minutes / 60);
  const span = minutes < 120 ? t('minutes', { n: minutes }) : hours < 48 ? t('hours', { n: hours, m: minutes % 60 }) : t('days', { n: Math.floor(hours / 24), m: hours % 24 });
  return <span className={left < 0 ? 'clock late' : left < 30 * MINUTE_MS ? 'clock soon' : 'clock'}><strong>{t(left < 0 ? 'lateBy' : 'leftOf', { span })}</strong> <span className="small">({moment(at)})</span></span>;
}
