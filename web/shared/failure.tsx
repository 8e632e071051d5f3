import type { ReactNode } from 'react';
import type { Words } from './language.tsx';
import { ApiProblem } from './problem.ts';
import { useShown } from './use-shown.ts';

/** What failed, for a page's own words. */
export interface FailureProps {
  readonly cause: unknown;
  /** Of what the page does by itself: said where it stands, without taking anybody away from what they do. */
  readonly unattended?: boolean;
}

interface ToldFailureProps extends FailureProps {
  readonly both: (words: Words) => string;
  /** What to say of a failure that no server told. */
  readonly say: (cause: unknown) => string;
  /** The line with the reference for support. */
  readonly reference: (id: string) => string;
}

/** What went wrong, in the words of who reads it, with the reference for support when there is one; brought before their eyes. */
export function ToldFailure({ cause, unattended, both, say, reference }: ToldFailureProps): ReactNode {
  const shown = useShown<HTMLDivElement>(unattended === true ? undefined : cause);
  if (cause === undefined) return null;
  const problem = cause instanceof ApiProblem ? cause.problem : undefined;
  const said = problem?.title !== undefined && problem.titleEn !== undefined ? both({ fr: problem.title, en: problem.titleEn }) : say(cause);
  return (
    <div className="failure" role="alert" ref={shown} tabIndex={-1}>
      <p>{said}</p>
      {problem?.faults?.map((fault) => <p key={`${fault.field}${fault.rule}`}>{said.startsWith(both(fault.message)) ? '' : both(fault.message)} {both(fault.remedy)}</p>)}
      {problem?.correlationId !== undefined && <p className="small">{reference(problem.correlationId)}</p>}
    </div>
  );
}
