import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { SignedIn } from '../app.tsx';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { FrozenNotice } from '../parts/frozen-notice.tsx';
import { isFrozen } from '../../shared/problem.ts';
import { useWork } from '../../shared/use-work.ts';
import { enrolPasskey, stepUp } from '../session/passkey.ts';
import type { Who } from '../session/sign-in.ts';

interface AccessScreenProps {
  readonly signedIn: SignedIn;
  readonly onOver: () => void;
  readonly onWho: (who: Who) => void;
}

/** One's own passkeys, and invitations for one's staff. */
export function AccessScreen({ signedIn: { session, who }, onOver, onWho }: AccessScreenProps): ReactNode {
  const { t, moment } = useLanguage();
  const work = useWork(onOver);
  const [done, setDone] = useState('');
  const [code, setCode] = useState('');
  const create = (): void => work.run(async () => {
    if (who.passkeys > 0) await stepUp(session);
    await enrolPasskey(session, who.shownAs ?? who.establishment);
    onWho(await session.call<Who>('GET', '/v1/session'));
    setDone(t('passkeyCreated'));
  });
  const lose = (): void => work.run(async () => {
    await session.call('POST', '/v1/passkeys/lost', { body: {} });
    onWho(await session.call<Who>('GET', '/v1/session'));
  });
  const invite = (): void => work.run(async () => {
    await stepUp(session);
    setCode((await session.call<{ code: string }>('POST', '/v1/staff/invitations', { body: {} })).code);
  });
  const confirm = (): void => work.run(async () => {
    await stepUp(session);
    setDone(t('confirmed'));
  });
  return (
    <section className="narrow" aria-busy={work.busy}>
      <h1>{t('access')}</h1>
      <Failure cause={work.failure} />
      {isFrozen(work.failure) && <FrozenNotice session={session} onOver={onOver} />}
      <p role="status">{done}</p>
      <h2>{t('passkeys')}</h2>
      <p>{t('passkeyWhy')}</p>
      <p>{who.lostUntil !== null ? t('passkeyLostUntil', { until: moment(who.lostUntil) }) : who.passkeys === 0 ? t('passkeyNone') : who.passkeys === 1 ? t('passkeyOne') : t('passkeySome', { n: who.passkeys })}</p>
      <p className="row">
        <Button className="primary" isDisabled={work.busy || who.lostUntil !== null} onPress={create}>{t('passkeyCreate')}</Button>
        {who.passkeys > 0 && <Button isDisabled={work.busy} onPress={confirm}>{t('confirmTouch')}</Button>}
        {who.passkeys > 0 && <Button className="quiet" isDisabled={work.busy} onPress={lose}>{t('passkeyLost')}</Button>}
      </p>
      {!who.staff && (
        <>
          <h2>{t('staff')}</h2>
          <p>{t('staffWhy')}</p>
          <Button isDisabled={work.busy || who.passkeys === 0} onPress={invite}>{t('invite')}</Button>
          {code !== '' && <p className="code">{t('inviteCode')} <code>{code}</code></p>}
        </>
      )}
    </section>
  );
}
