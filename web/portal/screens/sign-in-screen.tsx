import { useState, type ReactNode } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import type { PortalConfig } from '../config.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { FrozenNotice } from '../parts/frozen-notice.tsx';
import { useWork } from '../../shared/use-work.ts';
import type { Session } from '../session/session.ts';
import { leaveForPsc, resumeByPasskey, SignInFrozen, type Who } from '../session/sign-in.ts';

interface SignInScreenProps {
  readonly config: PortalConfig;
  /** A session was there and ended. */
  readonly over: boolean;
  /** Coming back from Pro Santé Connect is under way. */
  readonly arriving: boolean;
  readonly failure: unknown;
  readonly onOpened: (opened: { session: Session; who: Who }) => void;
}

/** "Who are you?": Pro Santé Connect, or one touch within the hours it opened. */
export function SignInScreen({ config, over, arriving, failure, onOpened }: SignInScreenProps): ReactNode {
  const { t, language } = useLanguage();
  const work = useWork();
  const [inviting, setInviting] = useState(false);
  const [invitation, setInvitation] = useState('');
  const busy = work.busy || arriving;
  return (
    <section className="narrow" aria-busy={busy}>
      <h1>{t(over ? 'overTitle' : 'signInTitle')}</h1>
      <p>{t(over ? 'overText' : 'signInWhy')}</p>
      <Failure cause={work.failure ?? (failure instanceof SignInFrozen ? failure.cause : failure)} />
      {failure instanceof SignInFrozen && <FrozenNotice session={failure.session} />}
      <p><Button className="big primary" isDisabled={busy} onPress={() => work.run(() => leaveForPsc(config, { language, ...(invitation === '' ? {} : { invitation }) }))}>{t('signInPsc')}</Button></p>
      <p><Button className="big" isDisabled={busy} onPress={() => work.run(async () => onOpened(await resumeByPasskey(config)))}>{t('signInPasskey')}</Button></p>
      <p className="small">{t('signInPasskeyHelp')}</p>
      {inviting ? <TextField value={invitation} onChange={setInvitation} autoComplete="off"><Label>{t('invitationCode')}</Label><Input /></TextField>
        : <Button className="quiet" onPress={() => setInviting(true)}>{t('invitation')}</Button>}
      <p role="status">{busy ? t('working') : ''}</p>
    </section>
  );
}
