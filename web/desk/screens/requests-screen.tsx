import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { HandedCodes, makesCode, type CodesProps } from '../parts/handed-codes.tsx';
import { OrderDialog, type OrderField } from '../parts/order-dialog.tsx';
import { RequestSentence } from '../parts/request-sentence.tsx';
import { Until } from '../parts/until.tsx';
import type { TwoRequest } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { BECAUSE_WORDS, REFUSED_WORDS, STATE_WORDS } from '../event-words.ts';
import { type WordKey } from '../words.ts';

/** What takes two: codes to hand over and waiting ones first, then what was decided. */
export function RequestsScreen({ codes, onCodes, ...props }: DeskProps & CodesProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const { data, failure, reload } = useReading<readonly TwoRequest[]>(props, '/desk/v1/requests');
  const waiting = data?.filter((each) => each.state === 'asked') ?? [];
  const decided = data?.filter((each) => each.state !== 'asked') ?? [];
  const why = ({ result }: TwoRequest): string => {
    const words = REFUSED_WORDS[result?.refused ?? ''] ?? BECAUSE_WORDS[result?.because ?? ''];
    return words === undefined ? '' : ` : ${both(words)}`;
  };
  return (
    <section>
      <h1>{t('requests')}</h1>
      <p>{t('requestsWhy')}</p>
      <Failure cause={failure} unattended />
      <HandedCodes codes={codes} onCodes={onCodes} />
      {data !== undefined && waiting.length === 0 && <p>{t('noRequest')}</p>}
      <ul className="cards">{waiting.map((each) => <Waiting key={each.id} {...props} request={each} onCode={(code) => onCodes((before) => [...before, { request: each, code }])} onDone={reload} />)}</ul>
      <AskNew {...props} onDone={reload} />
      {decided.length > 0 && (
        <>
          <h2>{t('decided')}</h2>
          <ul className="feed">{decided.map((each) => <li key={each.id}><strong>{both(STATE_WORDS[each.state])}{why(each)}</strong> · <RequestSentence request={each} /> <span className="small">{each.reason} · {each.askedBy}{each.decidedBy === null ? '' : `, ${each.decidedBy}`} · {moment(each.decidedAt ?? each.expiresAt)}</span></li>)}</ul>
        </>
      )}
    </section>
  );
}

// What a second officer must know or check before approving.
const NOTICES: Readonly<Record<string, WordKey>> = { 'insurer-key': 'insurerKeyWhy', 'officer-recovery': 'recoveryNotice' };

function Waiting({ request, session, onOver, onCode, onDone }: DeskProps & { readonly request: TwoRequest; readonly onCode: (code: string) => void; readonly onDone: () => Promise<void> }): ReactNode {
  const { t } = useLanguage();
  const work = useWork(onOver);
  const notice = NOTICES[request.kind];
  const approve = (): void => work.run(async () => {
    const signed = await session.sign(request);
    if (makesCode(request)) onCode(signed.code);
    await onDone();
  });
  return (
    <li className="card due">
      <h2><RequestSentence request={request} /></h2>
      <p>{request.reason}</p>
      {notice !== undefined && <p className="notice">{t(notice)}</p>}
      <p className="small">{t('askedBy', { name: request.askedBy })} · <Until at={request.expiresAt} /></p>
      <Failure cause={work.failure} />
      <p className="row">
        {request.mine ? <span>{t('waitsForAnother')}</span> : <Button className="primary" isDisabled={work.busy} onPress={approve}>{t('approve')}</Button>}
        <OrderDialog button={t(request.mine ? 'withdraw' : 'refuse')} title={t(request.mine ? 'withdraw' : 'refuse')} explain={t('refuseWhy')} confirm={t(request.mine ? 'withdraw' : 'refuse')} onOver={onOver}
          onOrder={async (_, reason) => { await session.call('POST', '/desk/v1/requests/decline', { body: { id: request.id, reason } }); await onDone(); }} />
      </p>
      <details><summary>{t('exactText')}</summary><pre>{request.text}</pre></details>
    </li>
  );
}

const NEW: readonly { readonly kind: string; readonly power: string; readonly button: WordKey; readonly why: WordKey; readonly fields: readonly (Pick<OrderField, 'name' | 'type' | 'initial'> & { readonly label: WordKey })[] }[] = [
  { kind: 'ceilings', power: 'ceilings', button: 'ceilings', why: 'ceilingsWhy', fields: [{ name: 'share', label: 'share', type: 'number', initial: '0.5' }, { name: 'from', label: 'fromDay' }, { name: 'source', label: 'source' }] },
  { kind: 'decoys', power: 'decoys', button: 'decoys', why: 'decoysWhy', fields: [{ name: 'perMille', label: 'perMille', type: 'number', initial: '20' }] },
  { kind: 'insurer-key', power: 'key', button: 'insurerKey', why: 'insurerKeyWhy', fields: [{ name: 'amc', label: 'amc' }, { name: 'ageRecipient', label: 'ageRecipient' }] },
  { kind: 'forgive-passkeys', power: 'officers', button: 'forgive', why: 'forgiveWhy', fields: [{ name: 'rpps', label: 'whoseRpps' }] },
];

function AskNew({ session, officer, onOver, onDone }: DeskProps & { readonly onDone: () => Promise<void> }): ReactNode {
  const { t } = useLanguage();
  const mine = NEW.filter(({ power }) => officer.powers.includes(power));
  if (mine.length === 0) return null;
  return (
    <>
      <h2>{t('askNew')}</h2>
      <p className="row">{mine.map(({ kind, button, why, fields }) => (
        <OrderDialog key={kind} button={t(button)} title={t(button)} explain={t(why)} confirm={t('signAsk')} onOver={onOver} fields={fields.map((field) => ({ ...field, label: t(field.label) }))}
          onOrder={async (values, reason) => { await session.askForTwo({ kind, subject: { ...values }, reason }); await onDone(); }} />
      ))}</p>
    </>
  );
}
