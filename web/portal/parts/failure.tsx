import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { ApiProblem, SessionOver, Unreachable } from '../session/session.ts';
import { SignInRefused } from '../session/sign-in.ts';
import type { WordKey } from '../words.ts';

const REFUSED: Readonly<Record<string, WordKey>> = { 'psc-refused': 'refusedLevel', 'unknown-person': 'refusedUnknown', 'psc-unavailable': 'pscDown', expired: 'refusedExpired', 'passkey-unknown': 'refusedPasskey' };

/** What went wrong, in the words of who reads it, with the reference for support when there is one. */
export function Failure({ cause }: { readonly cause: unknown }): ReactNode {
  const { t, both } = useLanguage();
  if (cause === undefined) return null;
  const problem = cause instanceof ApiProblem ? cause.problem : undefined;
  const said = problem?.title !== undefined && problem.titleEn !== undefined ? both({ fr: problem.title, en: problem.titleEn }) : t(keyOf(cause));
  return (
    <div className="failure" role="alert">
      <p>{said}</p>
      {problem?.faults?.map((fault) => <p key={`${fault.field}${fault.rule}`}>{both(fault.message)} {both(fault.remedy)}</p>)}
      {problem?.correlationId !== undefined && <p className="small">{t('correlation', { id: problem.correlationId })}</p>}
    </div>
  );
}

function keyOf(cause: unknown): WordKey {
  if (cause instanceof Unreachable) return 'unreachable';
  if (cause instanceof SignInRefused) return REFUSED[cause.why] ?? 'refused';
  if (cause instanceof SessionOver) return 'overTitle';
  return cause instanceof Error && (cause.name === 'NotAllowedError' || cause.name === 'AbortError') ? 'declined' : 'unexpected';
}
