import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import { Until } from '../parts/until.tsx';
import type { IncidentLine } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { INCIDENT_WORDS, LEVEL_WORDS } from '../incident-words.ts';
import { IncidentScreen } from './incident-screen.tsx';

interface IncidentsScreenProps extends DeskProps {
  /** The one on screen; undefined: the list. */
  readonly id: number | undefined;
  readonly onOpen: (id: number | undefined) => void;
}

/** Incidents that run, and the register of article 33(5): every one, notified or not, with why. */
export function IncidentsScreen(props: IncidentsScreenProps): ReactNode {
  if (props.id !== undefined) return <IncidentScreen {...props} id={props.id} onBack={() => props.onOpen(undefined)} />;
  return <List {...props} />;
}

function List(props: IncidentsScreenProps): ReactNode {
  const { t, both, moment, number } = useLanguage();
  const { session, officer, onOver, onOpen } = props;
  const { data, failure, reload } = useReading<readonly IncidentLine[]>(props, '/desk/v1/incidents');
  const running = data?.filter((each) => each.state !== 'closed' && each.state !== 'dismissed') ?? [];
  return (
    <section>
      <h1>{t('incidents')}</h1>
      <Failure cause={failure} unattended />
      {data !== undefined && running.length === 0 && <p>{t('noIncident')}</p>}
      <ul className="cards">
        {running.map((each) => (
          <li key={each.id} className={each.nextDueAt === null ? 'card' : 'card due'}>
            <h2>{each.drill ? `${t('drillWord')} · ` : ''}{t('incidentNumber', { n: each.id })} · {each.title}</h2>
            <p><span className="state">{both(INCIDENT_WORDS[each.state])}</span> {each.nextDueAt === null ? '' : <Until at={each.nextDueAt} />}</p>
            <p>{each.persons === null ? t('noList') : t('listLine', { persons: number(each.persons), insurers: each.insurers })}</p>
            {each.reminders > 0 && <p><strong>{t('remindersDue', { n: number(each.reminders) })}</strong></p>}
            <Button className="primary" aria-label={t('openOne', { n: each.id })} onPress={() => onOpen(each.id)}>{t('open')}</Button>
          </li>
        ))}
      </ul>
      {officer.powers.includes('incident') && (
        <p className="row">
          <OrderDialog button={t('newIncident')} title={t('newIncident')} explain={t('newIncidentWhy')} confirm={t('newIncident')} onOver={onOver}
            fields={[{ name: 'title', label: t('title') }, { name: 'rpps', label: t('whoseRpps') }, { name: 'from', label: t('from'), type: 'datetime-local' }, { name: 'to', label: t('to'), type: 'datetime-local', optional: true }]}
            onOrder={async ({ title, rpps, from = '', to = '' }, reason) => onOpen((await session.call<{ id: number }>('POST', '/desk/v1/incidents', { body: { title, rpps, reason, from: new Date(from).toISOString(), ...(to === '' ? {} : { to: new Date(to).toISOString() }) } })).id)} />
          <StartDrill {...props} onDone={reload} />
        </p>
      )}
      <h2>{t('register')}</h2>
      <p className="small">{t('registerWhy')}</p>
      {data !== undefined && data.length > 0 && (
        <div className="scroll" role="region" aria-label={t('register')} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('entry')}</th><th scope="col">{t('when')}</th><th scope="col">{t('what')}</th><th scope="col">{t('effects')}</th><th scope="col">{t('severity')}</th><th scope="col">{t('decision')}</th></tr></thead>
            <tbody>{data.map((each) => <tr key={each.id}><th scope="row"><Button className="quiet" aria-label={t('openOne', { n: each.id })} onPress={() => onOpen(each.id)}>{each.id}</Button></th><td>{moment(each.openedAt)}</td><td className="wrap">{each.drill ? `${t('drillWord')} · ` : ''}{each.title} · {both(INCIDENT_WORDS[each.state])}</td>
              <td>{each.persons === null ? t('unknown') : t('listLine', { persons: number(each.persons), insurers: each.insurers })}</td><td>{each.severity === null ? t('unknown') : both(LEVEL_WORDS[each.severity.level])}</td>
              <td className="wrap">{t(each.notification === 'undecided' ? 'undecided' : each.notification === 'notify' ? 'notified' : 'notNotified')} {each.notificationReason ?? ''}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function StartDrill({ session, onOver, onDone }: DeskProps & { readonly onDone: () => Promise<void> }): ReactNode {
  const { t } = useLanguage();
  const [started, setStarted] = useState(false);
  return (
    <>
      <OrderDialog button={t('drillStart')} title={t('drillStart')} explain={t('drillWhy')} confirm={t('drillStart')} onOver={onOver}
        onOrder={async (_, reason) => { await session.call('POST', '/desk/v1/incidents/act', { body: { id: null, act: 'drill', order: { reason } } }); setStarted(true); await onDone(); }} />
      <span role="status">{started ? t('drillStarted') : ''}</span>
    </>
  );
}
