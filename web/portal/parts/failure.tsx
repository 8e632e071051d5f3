import type { ReactNode } from 'react';
import { ToldFailure, type FailureProps } from '../../shared/failure.tsx';
import { SessionOver, Unreachable, wasDeclined } from '../../shared/problem.ts';
import { useLanguage } from '../language.tsx';
import { SignInRefused } from '../session/sign-in.ts';
import type { WordKey } from '../words.ts';

const REFUSED: Readonly<Record<string, WordKey>> = { 'psc-refused': 'refusedLevel', 'unknown-person': 'refusedUnknown', 'psc-unavailable': 'pscDown', expired: 'refusedExpired', 'passkey-unknown': 'refusedPasskey' };

/** What went wrong, in the portal's words. */
export function Failure(props: FailureProps): ReactNode {
  const { t, both } = useLanguage();
  return <ToldFailure {...props} both={both} say={(each) => t(keyOf(each))} reference={(id) => t('correlation', { id })} />;
}

function keyOf(cause: unknown): WordKey {
  if (cause instanceof Unreachable) return 'unreachable';
  if (cause instanceof SignInRefused) return REFUSED[cause.why] ?? 'refused';
  if (cause instanceof SessionOver) return 'overTitle';
  return wasDeclined(cause) ? 'declined' : 'unexpected';
}
