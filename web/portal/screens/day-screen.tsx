import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { Button, Input, Label, ListBox, ListBoxItem, Meter, Popover, Select, SelectValue, TextField } from 'react-aria-components';
import type { Day } from '../answers.ts';
import type { SignedIn } from '../app.tsx';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { FrozenNotice } from '../parts/frozen-notice.tsx';
import { isFrozen } from '../../shared/problem.ts';
import { useWork } from '../../shared/use-work.ts';
import { stepUp } from '../session/passkey.ts';
import { DOMAIN_WORDS, OUTCOME_WORDS } from '../../shared/answer-words.ts';
import type { WordKey } from '../words.ts';

const CLASS_WORD: Readonly<Record<'u' | 'k' | 'c', WordKey>> = { u: 'classU', k: 'classK', c: 'classC' };
const REASONS: readonly (readonly [string, WordKey])[] = [['garde', 'reasonGarde'], ['affluence', 'reasonAffluence'], ['remplacement', 'reasonRemplacement'], ['autre', 'reasonAutre']];

/** One's own day: questions without identities, what is left, sign-ins, and the red button. */
export function DayScreen({ signedIn: { session, who }, onOver }: { readonly signedIn: SignedIn; readonly onOver: () => void }): ReactNode {
  const { t } = useLanguage();
  const work = useWork(onOver);
  const [day, setDay] = useState<Day>();
  const [frozen, setFrozen] = useState<number>();
  const { run } = work;
  const load = useCallback(async () => setDay(await session.call<Day>('GET', '/v1/my/day')), [session]);
  useEffect(() => { run(load); }, [run, load]);
  const freeze = (): void => run(async () => setFrozen((await session.call<{ entry: number }>('POST', '/v1/my/freeze', { body: {} })).entry));
  const raise = (reason: string): void => run(async () => {
    await stepUp(session);
    await session.call('POST', '/v1/my/ceiling', { body: { reason } });
    await load();
  });
  const confirmSoftware = (code: string, onDone: () => void): void => run(async () => {
    await stepUp(session);
    await session.call('POST', '/v1/my/touches', { body: { code } });
    onDone();
  });
  if (frozen !== undefined) return <section className="narrow" role="alert"><h1>{t('frozenTitle')}</h1><p>{t('frozenText', { entry: frozen })}</p></section>;
  return (
    <section aria-busy={work.busy}>
      <h1>{t('dayTitle')}</h1>
      <Failure cause={work.failure} />
      {isFrozen(work.failure) && <FrozenNotice session={session} onOver={onOver} />}
      {day !== undefined && (
        <div className="columns">
          <div><Questions day={day} /></div>
          <div>
            <Ceilings day={day} busy={work.busy} mayRaise={who.passkeys > 0} onRaise={raise} />
            {who.passkeys > 0 && !who.staff && <SoftwareTouch busy={work.busy} onConfirm={confirmSoftware} />}
            <SignIns day={day} />
            <Button className="danger" isDisabled={work.busy} onPress={freeze}>{t('notMe')}</Button>
            <p className="small">{t('notMeHelp')}</p>
          </div>
        </div>
      )}
    </section>
  );
}

function Questions({ day }: { readonly day: Day }): ReactNode {
  const { t, both, hour } = useLanguage();
  if (day.questions.length === 0) return <p>{t('dayEmpty')}</p>;
  return (
    <div className="scroll" role="region" aria-label={t('dayTitle')} tabIndex={0}>
      <table>
        <thead><tr><th scope="col">{t('time')}</th><th scope="col">{t('outcome')}</th><th scope="col">{t('domain')}</th><th scope="col">{t('guarantee')}</th></tr></thead>
        <tbody>
          {day.questions.map((question) => (
            <tr key={question.entry}>
              <td>{hour(question.at)}</td><td>{both(OUTCOME_WORDS[question.outcome] ?? { fr: question.outcome, en: question.outcome })}</td>
              <td>{both(DOMAIN_WORDS[question.domain] ?? { fr: question.domain, en: question.domain })}</td><td>{question.guarantee ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ceilings({ day, busy, mayRaise, onRaise }: { readonly day: Day; readonly busy: boolean; readonly mayRaise: boolean; readonly onRaise: (reason: string) => void }): ReactNode {
  const { t, moment } = useLanguage();
  const [reason, setReason] = useState('affluence');
  const raisedUntil = day.ceilings.find((ceiling) => ceiling.raisedUntil !== null)?.raisedUntil ?? undefined;
  return (
    <>
      <h2>{t('ceilingTitle')}</h2>
      {day.ceilings.map(({ class: each, perDay, used }) => {
        const left = Math.max(0, perDay - used);
        const said = t('ofCeiling', { left, of: perDay });
        return (
          <Meter key={each} className="meter" value={left} maxValue={perDay} valueLabel={said}>
            <Label>{t(CLASS_WORD[each])}</Label><span>{said}</span>
            <progress aria-hidden="true" value={left} max={perDay} />
          </Meter>
        );
      })}
      {raisedUntil !== undefined && <p>{t('raised', { until: moment(raisedUntil) })}</p>}
      {raisedUntil === undefined && mayRaise && (
        <div className="row">
          <Select value={reason} onChange={(key) => setReason(String(key))}>
            <Label>{t('raiseReason')}</Label><Button><SelectValue /> <span aria-hidden="true">▾</span></Button>
            <Popover><ListBox>{REASONS.map(([id, word]) => <ListBoxItem key={id} id={id}>{t(word)}</ListBoxItem>)}</ListBox></Popover>
          </Select>
          <Button isDisabled={busy} onPress={() => onRaise(reason)}>{t('raise')}</Button>
        </div>
      )}
    </>
  );
}

function SoftwareTouch({ busy, onConfirm }: { readonly busy: boolean; readonly onConfirm: (code: string, onDone: () => void) => void }): ReactNode {
  const { t } = useLanguage();
  const [code, setCode] = useState('');
  const [done, setDone] = useState(false);
  return (
    <>
      <h2>{t('softwareTitle')}</h2>
      <div className="row">
        <TextField value={code} onChange={setCode} autoComplete="off"><Label>{t('softwareCode')}</Label><Input /></TextField>
        <Button isDisabled={busy || code.trim() === ''} onPress={() => onConfirm(code, () => { setCode(''); setDone(true); })}>{t('softwareConfirm')}</Button>
      </div>
      {done && <p role="status">{t('softwareDone')}</p>}
    </>
  );
}

function SignIns({ day }: { readonly day: Day }): ReactNode {
  const { t, moment } = useLanguage();
  return (
    <>
      <h2>{t('signIns')}</h2>
      <ul className="plain">
        {day.signIns.map((signIn) => <li key={signIn.at}>{moment(signIn.at)}, {t(signIn.how === 'psc' ? 'byPsc' : 'byPasskey')}{signIn.current ? ` (${t('thisOne')})` : signIn.endedAt === null ? '' : ` (${t('ended')})`}</li>)}
      </ul>
    </>
  );
}
