import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import { Until } from '../parts/until.tsx';
import type { IncidentClock, WholeIncident } from '../shapes.ts';
import type { Act } from './use-act.ts';
import { DUTY_WORDS } from '../incident-words.ts';

/** One clock for each controller and duty; late ones demand their reasons. */
export function ClocksBlock({ incident, act, onOver, may }: { readonly incident: WholeIncident; readonly act: Act; readonly onOver: () => void; readonly may: boolean }): ReactNode {
  const { t, both } = useLanguage();
  if (incident.clocks.length === 0) return <p>{t('noClock')}</p>;
  const late = (clock: IncidentClock): boolean => new Date(clock.dueAt).getTime() < Date.now();
  return (
    <ul className="feed">
      {incident.clocks.map((clock) => (
        <li key={clock.id} className="row">
          <span><strong>{both(DUTY_WORDS[clock.kind])}</strong> · {clock.controller ?? t('operator')}{clock.list === null ? '' : ` · ${t('addedByList', { n: clock.list })}`} · <Until at={clock.dueAt} met={clock.metAt} />{clock.lateReason === null ? '' : ` (${clock.lateReason})`}</span>
          {may && clock.metAt === null && clock.kind === 'authority' && (
            <OrderDialog button={t('clockMeet')} title={both(DUTY_WORDS[clock.kind])} explain={t('clockMeetWhy')} confirm={t('clockMeet')} onOver={onOver}
              fields={late(clock) ? [{ name: 'lateReason', label: t('lateReason'), type: 'textarea' }] : []}
              onOrder={(values, reason) => act('clock', { clock: clock.id, reason, ...values })} />
          )}
        </li>
      ))}
    </ul>
  );
}
