import { Fragment, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Asked } from '../incident/asked.tsx';
import { ClocksBlock } from '../incident/clocks-block.tsx';
import { DocumentsBlock } from '../incident/documents-block.tsx';
import { ExposureBlock, isCurrent } from '../incident/exposure-block.tsx';
import { FactsBlock } from '../incident/facts-block.tsx';
import { StandingsBlock } from '../incident/standings-block.tsx';
import { VersionsBlock } from '../incident/versions-block.tsx';
import { SeverityBlock } from '../incident/severity-block.tsx';
import { useAct } from '../incident/use-act.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import { Until } from '../parts/until.tsx';
import type { WholeIncident } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { EVENT_WORDS, INCIDENT_WORDS, JOB_WORDS, LEFT_WORDS, MOVE_WORDS, SCOPE_ITEM_WORDS } from '../incident-words.ts';

const ORDER = ['suspected', 'confirmed', 'contained', 'closed'] as const;

/** One incident on one page: what is due next, clocks, scope, counts, severity, documents, who has acknowledged, what was done. */
export function IncidentScreen(props: DeskProps & { readonly id: number; readonly onBack: () => void }): ReactNode {
  const { t } = useLanguage();
  const { data: incident, failure, reload } = useReading<WholeIncident>(props, '/desk/v1/incidents/show', props.id);
  return (
    <section>
      <Button className="quiet" onPress={props.onBack}>{t('allIncidents')}</Button>
      <Failure cause={failure} unattended />
      {incident === undefined ? <p role="status">{t('working')}</p> : <Whole {...props} incident={incident} reload={reload} />}
    </section>
  );
}

type PartProps = DeskProps & { readonly incident: WholeIncident; readonly reload: () => Promise<void> };

function Whole(props: PartProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const { incident, session, reload, officer, onOver } = props;
  const act = useAct(session, incident.id, reload);
  const over = incident.state === 'closed' || incident.state === 'dismissed';
  const may = officer.powers.includes('incident') && !over;
  const block = { incident, act, onOver, may };
  return (
    <>
      <h1>{t('incidentNumber', { n: incident.id })} · {incident.title}</h1>
      <ol className="steps" aria-label={t('where')}>{(incident.state === 'dismissed' ? (['suspected', 'dismissed'] as const) : ORDER).map((state) => <li key={state} aria-current={state === incident.state ? 'step' : undefined}>{both(INCIDENT_WORDS[state])}</li>)}</ol>
      <NextDue {...props} />
      <div className="columns wide">
        <section className="block" aria-labelledby="clocks"><h2 id="clocks">{t('clocks')}</h2><p className="small">{incident.awareAt === null ? t('notAware') : t('awareAt', { at: moment(incident.awareAt) })}</p><ClocksBlock {...block} /></section>
        <section className="block" aria-labelledby="scope"><h2 id="scope">{t('scope')}</h2><Scope {...block} /></section>
      </div>
      <section className="block" aria-labelledby="exposure"><h2 id="exposure">{t('exposure')}</h2><ExposureBlock incident={incident} /><VersionsBlock incident={incident} session={session} onOver={onOver} />
        {may && <OrderDialog button={t('makeList')} title={t('makeList')} explain={t('makeListWhy')} confirm={t('makeList')} primary={!isCurrent(incident)} withoutReason onOver={onOver} onOrder={() => act('list', {})} />}
      </section>
      <div className="columns wide">
        <section className="block" aria-labelledby="severity"><h2 id="severity">{t('severity')}</h2><SeverityBlock {...block} /></section>
        <section className="block" aria-labelledby="decision"><h2 id="decision">{t('decision')}</h2><Decision {...props} may={may} /></section>
      </div>
      <section className="block" aria-labelledby="documents"><h2 id="documents">{t('documents')}</h2><DocumentsBlock incident={incident} /><Outgoing {...props} may={may} /></section>
      {incident.standings.length > 0 && <section className="block" aria-labelledby="standings"><h2 id="standings">{t('standings')}</h2><StandingsBlock {...block} /></section>}
      <section className="block" aria-labelledby="facts"><h2 id="facts">{t('facts')}</h2><FactsBlock {...block} session={session} /></section>
      <section className="block" aria-labelledby="events"><h2 id="events">{t('events')}</h2>
        <ul className="feed">{incident.events.map((event) => <li key={event.id}><time dateTime={event.at}>{moment(event.at)}</time> <strong>{both(EVENT_WORDS[event.kind] ?? { fr: event.kind, en: event.kind })}</strong> · {event.and === null ? event.by : `${event.by}, ${event.and}`} <span className="small">{typeof event.detail['reason'] === 'string' ? event.detail['reason'] : ''} ({t('entryNumber', { n: event.entry })})</span></li>)}</ul>
      </section>
    </>
  );
}

function NextDue({ incident, session, officer, onOver, reload }: PartProps): ReactNode {
  const { t, both } = useLanguage();
  const act = useAct(session, incident.id, reload);
  const working = incident.jobs.filter((job) => job.doneAt === null);
  const failed = incident.jobs[0]?.failure;
  return (
    <section className="block" aria-labelledby="next">
      <h2 id="next">{t('next')}</h2>
      {incident.nextDueAt !== null && <p><Until at={incident.nextDueAt} /></p>}
      {incident.state !== 'closed' && incident.state !== 'dismissed' && incident.leftToDo.length > 0 && <ul className="plain">{incident.leftToDo.map((left) => <li key={left}>{both(LEFT_WORDS[left] ?? { fr: left, en: left })}</li>)}</ul>}
      <p role="status">{working.map((job) => `${both(JOB_WORDS[job.kind])} ${job.progress ?? '…'}`).join(' · ')}</p>
      {failed !== null && failed !== undefined && <p className="failure">{both(JOB_WORDS[incident.jobs[0]?.kind ?? 'list'])} : {failed}</p>}
      {officer.powers.includes('incident') && (
        <p className="row">{incident.steps.map(({ to, two }) => (
          <Fragment key={to}><OrderDialog button={both(MOVE_WORDS[`${incident.state}-${to}`] ?? INCIDENT_WORDS[to])} title={both(MOVE_WORDS[`${incident.state}-${to}`] ?? INCIDENT_WORDS[to])} explain={t(two ? 'moveTwo' : 'moveOne')} confirm={t(two ? 'signAsk' : 'confirm')} primary={!two && !(incident.state === 'contained')} onOver={onOver}
            onOrder={async (_, reason) => {
              if (two) await session.askForTwo({ kind: 'incident-move', subject: { incident: incident.id, to }, reason });
              else await act('move', { to, reason });
              await reload();
            }} />{two && <Asked incident={incident} kind="incident-move" to={to} />}</Fragment>
        ))}</p>
      )}
    </section>
  );
}

interface BlockProps {
  readonly incident: WholeIncident;
  readonly act: ReturnType<typeof useAct>;
  readonly onOver: () => void;
  readonly may: boolean;
}

const local = (iso: string): string => {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

function Scope({ incident, act, onOver, may }: BlockProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const { scope } = incident;
  return (
    <>
      <p>{scope.items.map((item) => `${both(SCOPE_ITEM_WORDS[item.kind] ?? { fr: item.kind, en: item.kind })} ${item.id}`).join(', ')}</p>
      <p>{t('window', { from: moment(scope.from), to: scope.to === null ? t('untilList') : moment(scope.to) })}</p>
      <p className="small">{t('scopeVersion', { n: scope.version, by: scope.by })} {scope.reason}</p>
      {may && <OrderDialog button={t('scopeChange')} title={t('scopeChange')} explain={t('scopeWhy')} confirm={t('scopeChange')} onOver={onOver} fields={[{ name: 'from', label: t('from'), type: 'datetime-local', initial: local(scope.from) }, { name: 'to', label: t('to'), type: 'datetime-local', optional: true, initial: scope.to === null ? '' : local(scope.to) }]}
        onOrder={({ from = '', to = '' }, reason) => act('scope', { reason, from: new Date(from).toISOString(), ...(to === '' ? {} : { to: new Date(to).toISOString() }) })} />}
    </>
  );
}

function Decision({ incident, session, onOver, reload, may }: PartProps & { readonly may: boolean }): ReactNode {
  const { t } = useLanguage();
  const act = useAct(session, incident.id, reload);
  return (
    <>
      <p><strong>{t(incident.notification === 'undecided' ? 'undecided' : incident.notification === 'notify' ? 'notified' : 'notNotified')}</strong> {incident.notificationReason ?? ''}</p>
      {may && (
        <p className="row">
          <OrderDialog button={t('decideNotify')} title={t('decideNotify')} explain={t('decideNotifyWhy')} confirm={t('decideNotify')} primary={incident.notification === 'undecided'} onOver={onOver} onOrder={(_, reason) => act('notify', { reason })} />
          <OrderDialog button={t('decideNone')} title={t('decideNone')} explain={t('decideNoneWhy')} confirm={t('signAsk')} onOver={onOver} onOrder={async (_, reason) => { await session.askForTwo({ kind: 'incident-no-notice', subject: { incident: incident.id }, reason }); await reload(); }} />
          <Asked incident={incident} kind="incident-no-notice" />
        </p>
      )}
    </>
  );
}

function Outgoing({ incident, session, onOver, reload, officer, may }: PartProps & { readonly may: boolean }): ReactNode {
  const { t, number } = useLanguage();
  const { exposure } = incident;
  if (!may) return null;
  if (exposure === null || !isCurrent(incident)) return <p className="small">{t('listFirst')}</p>;
  // Both officers sign which list, and how many persons it names.
  const list = { n: exposure.id, persons: number(exposure.insurers.reduce((all, line) => all + line.persons, 0)) };
  const ask = (kind: string) => async (_: unknown, reason: string): Promise<void> => {
    await session.askForTwo({ kind, subject: { incident: incident.id, exposure: exposure.id }, reason });
    await reload();
  };
  return (
    <p className="row">
      {officer.powers.includes('list') && <OrderDialog button={t('makePacks')} title={t('makePacks')} explain={t('makePacksWhy', list)} confirm={t('signAsk')} reasonHelp={t('reasonLateHelp')} onOver={onOver} onOrder={ask('incident-packs')} />}
      <Asked incident={incident} kind="incident-packs" />
      {officer.powers.includes('send') && <OrderDialog button={t('send')} title={t('send')} explain={t(incident.drill ? 'sendDrillWhy' : 'sendWhy', list)} confirm={t('signAsk')} primary reasonHelp={t('reasonLateHelp')} onOver={onOver} onOrder={ask('incident-send')} />}
      <Asked incident={incident} kind="incident-send" />
    </p>
  );
}
