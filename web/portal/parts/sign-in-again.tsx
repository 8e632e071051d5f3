import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import type { PortalConfig } from '../config.ts';
import { useLanguage } from '../language.tsx';
import { leaveForPsc } from '../session/sign-in.ts';
import { Failure } from './failure.tsx';

/** Signing in again where that is the way on: it lifts a first automatic freeze, and is a confirmation for who has no passkey. */
export function SignInAgain({ config }: { readonly config: PortalConfig }): ReactNode {
  const { t, language } = useLanguage();
  const { busy, failure, run } = useWork();
  return (
    <>
      <Failure cause={failure} />
      <p><Button className="big primary" isDisabled={busy} onPress={() => run(() => leaveForPsc(config, { language }))}>{t('signInPsc')}</Button></p>
    </>
  );
}
