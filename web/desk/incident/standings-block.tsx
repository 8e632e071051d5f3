import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import type { Standing, WholeIncident } from '../shapes.ts';
import { DUTY_WORDS } from '../incident-words.ts';
import type { useAct } from './use-act.ts';

interface StandingsProps {
  readonly incident: WholeIncident;
  readonly act: ReturnType<typeof useAct>;
  readonly onOver: () => void;
  readonly may: boolean;
}

/** Who has its pack, who acknowledged, how many persons each has told, and who wants a reminder: those first. */
export function StandingsBlock({ incident, act, onOver, may }: StandingsProps): ReactNode {
  const { t, number } = useLanguage();
  const { standings } = incident;
  if (standings.length === 0) return <p>{t('noList')}</p>;
  const count = (of: (one: Standing) => number): string => number(standings.reduce((sum, one) => sum + of(one), 0));
  const due = standings.reduce((sum, one) => sum + one.due.length, 0);
  const ordered = standings.toSorted((a, b) => Number(b.due.length > 0) - Number(a.due.length > 0));
  return (
    <>
      <p>{t('standingsSummary', { sent: count((one) => Number(one.sentAt !== null)), all: number(standings.length), acknowledged: count((one) => Number(one.acknowledgedAt !== null)), told: count((one) => one.told ?? 0), persons: count((one) => one.persons) })}</p>
      {due > 0 && <p className="notice">{t('remindersDue', { n: number(due) })}</p>}
      <div className="scroll" role="region" aria-label={t('standingsTable')} tabIndex={0}>
        <table>
          <thead><tr><th scope="col">{t('insurer')}</th><th scope="col">{t('sent')}</th><th scope="col">{t('acknowledged')}</th><th scope="col">{t('personsTold')}</th><th scope="col">{t('reminded')}</th></tr></thead>
          <tbody>{ordered.map((one) => <Row key={one.amc} one={one} act={act} onOver={onOver} may={may} />)}</tbody>
        </table>
      </div>
    </>
  );
}

function Row({ one, act, onOver, may }: Omit<StandingsProps, 'incident'> & { readonly one: Standing }): ReactNode {
  const { t, both, number, moment } = useLanguage();
  const told = one.told === null ? '–' : `${number(one.told)} / ${number(one.persons)}${one.means === null || one.means === '' ? '' : ` · ${one.means}`}`;
  return (
    <tr>
      <th scope="row">{one.name}</th>
      <td>{one.sentAt === null ? '–' : moment(one.sentAt)}</td>
      <td>{one.acknowledgedAt === null ? '–' : `${moment(one.acknowledgedAt)} · ${one.acknowledgedBy ?? ''}`}</td>
      <td className="wrap">{told}</td>
      <td className="wrap">
        {one.lastReminderAt !== null && <span>{t('remindedBy', { n: one.reminders, at: moment(one.lastReminderAt), by: one.lastReminderBy ?? '' })}</span>}
        {one.due.length > 0 && <p><strong>{one.due.map((kind) => both(DUTY_WORDS[kind])).join(', ')}{one.late ? ` (${t('late')})` : ''}</strong></p>}
        {one.due.length > 0 && may && <OrderDialog button={t('remindOf', { name: one.name })} title={t('remindOf', { name: one.name })} explain={t('remindWhy')} confirm={t('remind')} onOver={onOver}
          fields={[{ name: 'what', label: t('remindWhat'), options: one.due.map((kind) => [kind, both(DUTY_WORDS[kind])] as const) }]} onOrder={({ what }, reason) => act('remind', { amc: one.amc, what, reason })} />}
        {one.lastReminderAt === null && one.due.length === 0 && '–'}
      </td>
    </tr>
  );
}
