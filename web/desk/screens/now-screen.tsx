import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import { readMinutes, Timeline } from '../parts/timeline.tsx';
import { Until } from '../parts/until.tsx';
import type { Alarm, Happening, Now, Stop } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { tellEntry } from '../entry-note.ts';
import { SCOPE_WORDS, SPAN_WORDS } from '../scope-words.ts';

/** What happens now, at a glance. */
export function NowScreen(props: DeskProps & { readonly onShow: (screen: 'freezes' | 'requests' | 'incidents') => void }): ReactNode {
  const { t, number, hour } = useLanguage();
  const { data: now, failure, reload } = useReading<Now>(props, '/desk/v1/now');
  return (
    <section>
      <h1>{t('now')}</h1>
      <Failure cause={failure} unattended />
      {now === undefined ? <p role="status">{t('working')}</p> : (
        <>
          <p className="lead">{summary(now, t)}</p>
          <ul className="tiles">
            <li><span className="figure">{number(readMinutes(now).at(-2)?.total ?? 0)}</span> {t('lastMinute')}</li>
            <li className={toReview(now) > 0 ? 'due' : ''}>
              <span className="figure">{toReview(now)}</span> {t('toReview')}
              {now.freezes[0]?.dueAt != null && <Until at={now.freezes[0].dueAt} />}
              {now.freezes.length > 0 && <Button className="quiet" onPress={() => props.onShow('freezes')}>{t('seeFreezes')}</Button>}
            </li>
            <li className={now.incidents.length > 0 ? 'due' : ''}><span className="figure">{now.incidents.length}</span> {t('openIncidents')}{now.incidents.length > 0 && <Button className="quiet" onPress={() => props.onShow('incidents')}>{t('seeIncidents')}</Button>}</li>
            <li className={reminders(now) > 0 ? 'due' : ''}><span className="figure">{number(reminders(now))}</span> {t('remindersTile')}</li>
            <li className={now.stops.length > 0 ? 'due' : ''}><span className="figure">{now.stops.length}</span> {t('stopsActing')}</li>
            <li className={now.waiting > 0 ? 'due' : ''}><span className="figure">{now.waiting}</span> {t('waitingForYou')}{now.waiting > 0 && <Button className="quiet" onPress={() => props.onShow('requests')}>{t('seeRequests')}</Button>}</li>
          </ul>
          <Timeline now={now} />
          <div className="columns wide">
            <div>
              {now.alarms.length > 0 && <><h2>{t('alarms')}</h2><ul className="cards">{now.alarms.map((alarm) => <AlarmCard key={alarm.id} {...props} alarm={alarm} onDone={reload} />)}</ul></>}
              <h2>{t('stops')}</h2>
              {now.stops.length === 0 ? <p>{t('noStop')}</p> : <ul className="cards">{now.stops.map((stop) => <StopCard key={stop.id} {...props} stop={stop} onDone={reload} />)}</ul>}
              {props.officer.powers.includes('stop') && <AskStop {...props} onDone={reload} />}
            </div>
            <div>
              <h2>{t('lastEvents')}</h2>
              {now.events.length === 0 ? <p>{t('noEvent')}</p> : <ul className="feed">{now.events.slice(0, 12).map((event) => <li key={event.entry}><time dateTime={event.at}>{hour(event.at)}</time> <Event event={event} /></li>)}</ul>}
            </div>
          </div>
        </>
      )}
    </section>
  );
}

const toReview = (now: Now): number => now.freezes.filter((freeze) => freeze.dueAt !== null).length;
const reminders = (now: Now): number => now.incidents.reduce((sum, incident) => sum + incident.reminders, 0);

function summary(now: Now, t: ReturnType<typeof useLanguage>['t']): string {
  const due = toReview(now);
  if (now.answers && due === 0 && now.stops.length === 0 && now.waiting === 0 && now.incidents.length === 0 && now.alarms.length === 0) return t('calm');
  return [now.answers ? '' : t('sumClosed'), due > 0 ? t('sumReview', { n: due }) : '', now.stops.length > 0 ? t('sumStops', { n: now.stops.length }) : '', now.alarms.length > 0 ? t('sumAlarms', { n: now.alarms.length }) : '', now.incidents.length > 0 ? t('sumIncidents', { n: now.incidents.length }) : '', now.waiting > 0 ? t('sumWaiting', { n: now.waiting }) : ''].filter((part) => part !== '').join(' ');
}

function Event({ event }: { readonly event: Happening }): ReactNode {
  const { both } = useLanguage();
  const { title, note } = tellEntry(event);
  return <span><strong>{both(title)}</strong>{event.establishment === null ? '' : `, ${event.establishment}`}{both(note) === '' ? '' : <span className="small"> {both(note)}</span>}</span>;
}

function StopCard({ stop, session, officer, onOver, onDone }: DeskProps & { readonly stop: Stop; readonly onDone: () => Promise<void> }): ReactNode {
  const { t, both } = useLanguage();
  return (
    <li className="card">
      <p><strong>{both(SCOPE_WORDS[stop.scope])}{stop.scope === 'platform' ? '' : ` ${stop.subject}`}</strong> <Until at={stop.until} /></p>
      <p>{stop.reason} <span className="small">{t('byTwo', { by: stop.by, and: stop.and })}</span></p>
      {officer.powers.includes('stop') && <OrderDialog button={t('endStop')} title={t('endStop')} explain={t('endStopWhy')} confirm={t('endStop')} withoutReason onOver={onOver}
        onOrder={async () => { await session.call('POST', '/desk/v1/stops/end', { body: { stop: stop.id } }); await onDone(); }} />}
    </li>
  );
}

function AlarmCard({ alarm, session, officer, onOver, onDone }: DeskProps & { readonly alarm: Alarm; readonly onDone: () => Promise<void> }): ReactNode {
  const { t, both, number, hour } = useLanguage();
  return (
    <li className="card due">
      <p><strong>{both(SCOPE_WORDS[alarm.scope])}{alarm.scope === 'platform' ? '' : ` ${alarm.subject}`}</strong> · {t('alarmSays', { told: number(alarm.told), ceiling: number(alarm.ceiling), span: both(SPAN_WORDS[alarm.span]), at: hour(alarm.at) })}</p>
      {officer.powers.includes('review') && <OrderDialog button={t('alarmSeen')} title={t('alarmSeen')} explain={t('alarmSeenWhy')} confirm={t('alarmSeen')} withoutReason onOver={onOver}
        onOrder={async () => { await session.call('POST', '/desk/v1/alarms/seen', { body: { alarm: alarm.id } }); await onDone(); }} />}
    </li>
  );
}

function AskStop({ session, onOver, onDone }: DeskProps & { readonly onDone: () => Promise<void> }): ReactNode {
  const { t, both } = useLanguage();
  return <OrderDialog button={t('askStop')} title={t('askStop')} explain={t('askStopWhy')} confirm={t('signAsk')} danger onOver={onOver}
    fields={[{ name: 'scope', label: t('stopScope'), options: Object.entries(SCOPE_WORDS).map(([id, words]) => [id, both(words)] as const) }, { name: 'subject', label: t('stopSubject'), help: t('stopSubjectHelp'), optional: true }, { name: 'hours', label: t('stopHours'), type: 'number', initial: '1' }]}
    onOrder={async (values, reason) => { await session.askForTwo({ kind: 'stop', subject: { scope: values['scope'], subject: values['subject'] ?? '', hours: Number(values['hours']) }, reason }); await onDone(); }} />;
}
