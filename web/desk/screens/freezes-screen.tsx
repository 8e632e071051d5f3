import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import { Until } from '../parts/until.tsx';
import type { Freeze, Now } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { APPEAL_WORDS } from '../event-words.ts';

/** Freezes in force, those that a human must still look at first; and an officer's own freeze. */
export function FreezesScreen(props: DeskProps & { readonly onIncident: (id: number) => void }): ReactNode {
  const { t } = useLanguage();
  const { data, failure, reload } = useReading<Now>(props, '/desk/v1/now');
  const { session, officer, onOver } = props;
  return (
    <section>
      <h1>{t('freezes')}</h1>
      <p>{t('freezesWhy')}</p>
      <Failure cause={failure} unattended />
      {officer.powers.includes('freeze') && (
        <OrderDialog button={t('freeze')} title={t('freeze')} explain={t('freezeWhy')} confirm={t('freezeNow')} danger onOver={onOver}
          fields={[{ name: 'client', label: t('client'), help: t('clientHelp') }, { name: 'user', label: t('user'), help: t('userHelp'), optional: true }]}
          onOrder={async ({ client = '', user = '' }, reason) => { await session.call('POST', '/desk/v1/freezes', { body: { client: client.trim(), reason, ...(user.trim() === '' ? {} : { user: user.trim() }) } }); await reload(); }} />
      )}
      {data?.freezes.length === 0 && <p>{t('noFreeze')}</p>}
      <ul className="cards">{data?.freezes.map((freeze) => <FreezeCard key={freeze.id} {...props} freeze={freeze} onDone={reload} />)}</ul>
    </section>
  );
}

function FreezeCard({ freeze, session, officer, onOver, onDone, onIncident }: DeskProps & { readonly freeze: Freeze; readonly onDone: () => Promise<void>; readonly onIncident: (id: number) => void }): ReactNode {
  const { t, both, moment } = useLanguage();
  const by = freeze.by === 'guard' || freeze.by === 'decoy' ? t('byGuard') : freeze.by === 'person' ? t('byPerson') : t('byOfficer', { name: freeze.by });
  const review = (lift: boolean) => async (_: unknown, reason: string): Promise<void> => {
    await session.call('POST', '/desk/v1/freezes/review', { body: { freeze: freeze.id, lift, reason } });
    await onDone();
  };
  return (
    <li className={freeze.dueAt === null ? 'card' : 'card due'}>
      <h2>{t('freezeNumber', { n: freeze.id })} · {freeze.user || t(freeze.user === null ? 'wholeInstallation' : 'nameless')}</h2>
      <p>{freeze.establishment ?? ''}{freeze.town === null || freeze.town === '' ? '' : `, ${freeze.town}`} · {by} · {moment(freeze.at)}</p>
      <ul className="plain">{freeze.reasons.map((reason) => <li key={reason.code}>{both(reason)}</li>)}</ul>
      <p>{freeze.reviewedAt === null ? <>{t('reviewDue')} <Until at={freeze.reviewDueAt} /></> : t('reviewedBy', { by: freeze.reviewedBy ?? '', at: moment(freeze.reviewedAt) })}</p>
      {freeze.unproven && <p className="small">{t('onlyUnproven')}</p>}
      {freeze.appeal !== null && <p><strong>{t('appeal', { at: moment(freeze.appeal.at), why: both(APPEAL_WORDS[freeze.appeal.reason] ?? { fr: freeze.appeal.reason, en: freeze.appeal.reason }) })}</strong> {freeze.appeal.answeredAt === null && <Until at={freeze.appeal.dueAt} />}</p>}
      {freeze.onCallUntil !== null && <p>{t('liftedOnCall', { by: freeze.onCallBy ?? '' })} <Until at={freeze.onCallUntil} /></p>}
      {officer.powers.includes('review') && (
        <p className="row">
          <OrderDialog button={t('keep')} title={t('keep')} explain={t('keepWhy')} confirm={t('keep')} onOver={onOver} onOrder={review(false)} />
          <OrderDialog button={t('lift')} title={t('lift')} explain={t('liftWhy')} confirm={t('lift')} primary onOver={onOver} onOrder={review(true)} />
          {officer.powers.includes('freeze') && freeze.onCallBy === null && (freeze.by === 'guard' || freeze.by === 'decoy') && <OrderDialog button={t('onCallLift')} title={t('onCallLift')} explain={t('onCallLiftWhy')} confirm={t('onCallLift')} onOver={onOver}
            onOrder={async (_, reason) => { await session.call('POST', '/desk/v1/freezes/on-call', { body: { freeze: freeze.id, reason } }); await onDone(); }} />}
          {officer.powers.includes('incident') && <OrderDialog button={t('openIncident')} title={t('openIncident')} explain={t('openIncidentWhy')} confirm={t('openIncident')} onOver={onOver}
            onOrder={async (_, reason) => onIncident((await session.call<{ id: number }>('POST', '/desk/v1/incidents', { body: { freeze: freeze.id, reason } })).id)} />}
        </p>
      )}
    </li>
  );
}
