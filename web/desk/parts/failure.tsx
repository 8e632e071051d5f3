import type { ReactNode } from 'react';
import { ToldFailure } from '../../shared/failure.tsx';
import { Unreachable, wasDeclined } from '../../shared/problem.ts';
import { useLanguage } from '../language.tsx';

/** What went wrong, in the desk's words. */
export function Failure({ cause }: { readonly cause: unknown }): ReactNode {
  const { t, both } = useLanguage();
  return <ToldFailure cause={cause} both={both} say={(each) => t(each instanceof Unreachable ? 'unreachable' : wasDeclined(each) ? 'declined' : 'unexpected')} reference={(id) => t('correlation', { id })} />;
}
