import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import { useSeat } from '../use-desk.ts';
import { Failure } from './failure.tsx';
import { useNow } from './until.tsx';

const WARNING_MS = 120_000;
const TICK_MS = 5_000;

/** Two minutes before the session ends, says so; one press lets it go on, unless its longest time is over (WCAG 2.2.1). */
export function SessionEnding(): ReactNode {
  const { t, hour } = useLanguage();
  const { session, officer, over, onOver } = useSeat();
  const { busy, failure, run } = useWork(onOver);
  const now = useNow(TICK_MS);
  const idleEnd = session.attendedAt + officer.idleMinutes * 60_000;
  const lastEnd = new Date(officer.endsAt).getTime();
  const end = Math.min(idleEnd, lastEnd);
  const ending = !over && end - now < WARNING_MS;
  return (
    <div role="alert" className="ending">
      {ending && (
        <div className="notice">
          <p>{t(end === lastEnd ? 'endsForGood' : 'endsSoon', { at: hour(new Date(end).toISOString()) })}</p>
          <Failure cause={failure} />
          {end !== lastEnd && <p><Button isDisabled={busy} onPress={() => run(() => session.stay())}>{t('stay')}</Button></p>}
        </div>
      )}
    </div>
  );
}
