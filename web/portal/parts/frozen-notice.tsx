import { useEffect, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import type { Session } from '../session/session.ts';
import { Failure } from './failure.tsx';
import { SignInAgain } from './sign-in-again.tsx';

interface Freeze {
  readonly freeze: number;
  readonly reasons: readonly { readonly fr: string; readonly en: string }[];
  /** Signing in again lifts it. */
  readonly selfLift: boolean;
  readonly appeal: { readonly dueAt: string; readonly answeredAt: string | null } | null;
}

/** Why one is frozen, in words, what became of each request for a look, and the ways out: signing in again where that lifts it, and a person's look. */
export function FrozenNotice({ session, onOver }: { readonly session: Session; readonly onOver?: () => void }): ReactNode {
  const { t, both, moment } = useLanguage();
  const { busy, failure, run } = useWork(onOver);
  const [freezes, setFreezes] = useState<readonly Freeze[]>([]);
  useEffect(() => { run(async () => setFreezes((await session.call<{ freezes: Freeze[] }>('POST', '/v1/freezes', { body: {} })).freezes)); }, [run, session]);
  const ask = (): void => run(async () => setFreezes((await session.call<{ freezes: Freeze[] }>('POST', '/v1/appeals', { body: { reason: 'autre' } })).freezes));
  // A freeze that was lifted is none of these: whatever was answered here is that it stays.
  const answerTo = ({ dueAt, answeredAt }: NonNullable<Freeze['appeal']>): string => (answeredAt === null ? t('frozenAppealed', { until: moment(dueAt) }) : t('frozenKept', { at: moment(answeredAt) }));
  if (freezes.length === 0) return <Failure cause={failure} unattended />;
  return (
    <div className="notice">
      <p>{t('frozenWhy')}</p>
      <ul>{freezes.map(({ freeze, reasons, appeal }) => <li key={freeze}>{reasons.map(both).join(' ')} <span role="status">{appeal === null ? '' : answerTo(appeal)}</span></li>)}</ul>
      <Failure cause={failure} />
      {freezes.some(({ selfLift }) => selfLift) && <SignInAgain config={session.config} />}
      {freezes.some(({ appeal }) => appeal === null) && <Button isDisabled={busy} onPress={ask}>{t('frozenAppeal')}</Button>}
    </div>
  );
}
