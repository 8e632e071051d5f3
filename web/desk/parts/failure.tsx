import type { ReactNode } from 'react';
import { ToldFailure, type FailureProps } from '../../shared/failure.tsx';
import { Unreachable, wasDeclined } from '../../shared/problem.ts';
import { useLanguage } from '../language.tsx';

/** What went wrong, in the desk's words. */
export function Failure(props: FailureProps): ReactNode {
  const { t, both } = useLanguage();
  return <ToldFailure {...props} both={both} say={(each) => t(each instanceof Unreachable ? 'unreachable' : wasDeclined(each) ? 'declined' : 'unexpected')} reference={(id) => t('correlation', { id })} />;
}
