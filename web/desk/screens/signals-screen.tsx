import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import type { Signals } from '../shapes.ts';
import { EFFECT_WORDS, PEER_ALARM_WORDS, SIGNAL_WORDS, STREAM_WORDS } from '../signal-words.ts';
import { useReading, type DeskProps } from '../use-desk.ts';

type PartProps = DeskProps & { readonly signals: Signals; readonly reload: () => Promise<void> };

const named = (words: Readonly<Record<string, { fr: string; en: string }>>, name: string): { fr: string; en: string } => words[name] ?? { fr: name, en: name };

/** Signals of peers: what they said and what it did, what we said and who has it, what must be looked at. */
export function SignalsScreen(props: DeskProps): ReactNode {
  const { t } = useLanguage();
  const { data: signals, failure, reload } = useReading<Signals>(props, '/desk/v1/signals');
  return (
    <section>
      <h1>{t('signals')}</h1>
      <p>{t('signalsWhy')}</p>
      <Failure cause={failure} unattended />
      {signals === undefined ? <p role="status">{t('working')}</p> : (
        <>
          <Alarms {...props} signals={signals} reload={reload} />
          <Peers signals={signals} />
          <Received signals={signals} />
          <Sent {...props} signals={signals} reload={reload} />
        </>
      )}
    </section>
  );
}

function Alarms({ signals, session, officer, onOver, reload }: PartProps): ReactNode {
  const { t, both, number, moment } = useLanguage();
  if (signals.alarms.length === 0) return null;
  return (
    <>
      <h2>{t('peerAlarms')}</h2>
      <ul className="cards">
        {signals.alarms.map((alarm) => (
          <li key={alarm.id} className="card due">
            <p>{t('peerAlarmSays', { peer: alarm.peer, kind: both(named(PEER_ALARM_WORDS, alarm.kind)), count: number(alarm.count), at: moment(alarm.hour) })}</p>
            {officer.powers.includes('review') && <OrderDialog button={t('alarmSeen')} title={t('alarmSeen')} explain={t('alarmSeenWhy')} confirm={t('alarmSeen')} withoutReason onOver={onOver}
              onOrder={async () => { await session.call('POST', '/desk/v1/signals/seen', { body: { alarm: alarm.id } }); await reload(); }} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function Peers({ signals }: { readonly signals: Signals }): ReactNode {
  const { t, both, moment } = useLanguage();
  return (
    <>
      <h2>{t('peers')}</h2>
      {signals.peers.length === 0 ? <p>{t('noPeer')}</p> : (
        <div className="scroll" role="region" aria-label={t('peers')} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('peer')}</th><th scope="col">{t('peerState')}</th><th scope="col">{t('freezesLeft')}</th></tr></thead>
            <tbody>{signals.peers.map((peer) => <tr key={peer.issuer}><th scope="row">{peer.name} <span className="small">{peer.issuer}</span></th><td>{both(named(STREAM_WORDS, peer.status))}, {peer.verifiedAt === null ? t('peerUnverified') : t('peerVerified', { at: moment(peer.verifiedAt) })}</td><td className="number">{t('ofCeiling', { left: peer.freezesLeft, all: peer.freezesAnHour })}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Received({ signals }: { readonly signals: Signals }): ReactNode {
  const { t, both, moment } = useLanguage();
  return (
    <>
      <h2>{t('received')}</h2>
      {signals.received.length === 0 ? <p>{t('noReceived')}</p> : (
        <div className="scroll" role="region" aria-label={t('received')} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('when')}</th><th scope="col">{t('peer')}</th><th scope="col">{t('signalWhat')}</th><th scope="col">{t('signalDid')}</th></tr></thead>
            <tbody>{signals.received.map((each) => <tr key={each.id}><td>{moment(each.takenAt)}</td><td>{each.peer}</td><td>{both(named(SIGNAL_WORDS, each.event))}</td><td>{both(named(EFFECT_WORDS, each.state))}{each.freeze === null ? '' : ` (${t('freezeNumber', { n: each.freeze })})`}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Sent({ signals, session, officer, onOver, reload }: PartProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const may = officer.powers.includes('incident');
  return (
    <>
      <h2>{t('sentSignals')}</h2>
      {signals.sent.length === 0 ? <p>{t('noSent')}</p> : (
        <div className="scroll" role="region" aria-label={t('sentSignals')} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('when')}</th><th scope="col">{t('signalWhat')}</th><th scope="col">{t('delivered')}</th><th scope="col">{t('takeBack')}</th></tr></thead>
            <tbody>
              {signals.sent.map((each) => (
                <tr key={`${each.freeze} ${each.event}`}>
                  <td>{moment(each.at)}</td><td>{both(named(SIGNAL_WORDS, each.event))} ({t('freezeNumber', { n: each.freeze })})</td>
                  <td>{t('deliveredOf', { n: each.delivered, all: each.peers })}{each.givenUp > 0 ? `, ${t('givenUp', { n: each.givenUp })}` : ''}</td>
                  <td>{each.event === 'account-enabled' ? '–' : each.takenBack ? t('takenBack') : may && <OrderDialog button={t('takeBackOf', { n: each.freeze })} title={t('takeBackOf', { n: each.freeze })} explain={t('takeBackWhy')} confirm={t('takeBack')} onOver={onOver}
                    onOrder={async (_, reason) => { await session.call('POST', '/desk/v1/signals/retract', { body: { freeze: each.freeze, reason } }); await reload(); }} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {may && signals.tellable.length > 0 && signals.peers.length > 0 && <p className="row"><OrderDialog button={t('tell')} title={t('tell')} explain={t('tellWhy')} confirm={t('tell')} onOver={onOver}
        fields={[{ name: 'freeze', label: t('whichFreeze'), options: signals.tellable.map((n) => [String(n), t('freezeNumber', { n })] as const) }]}
        onOrder={async ({ freeze }, reason) => { await session.call('POST', '/desk/v1/signals/tell', { body: { freeze: Number(freeze), reason } }); await reload(); }} /></p>}
    </>
  );
}
