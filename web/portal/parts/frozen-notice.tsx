import { useEffect, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import type { Session } from '../session/session.ts';
import { Failure } from './failure.tsx';

interface Freeze {
  readonly freeze: number;
  readonly reasons: readonly { readonly fr: string; readonly en: string }[];
  readonly reviewDueAt: string;
  readonly appeal: { readonly dueAt: string } | null;
}

/** Why one is frozen, in words, and one button that asks a person to look at it. */
export function FrozenNotice({ session, onOver }: { readonly session: Session; readonly onOver?: () => void }): ReactNode {
  const { t, both, moment } = useLanguage();
  const { busy, failure, run } = useWork(onOver);
  const [freezes, setFreezes] = useState<readonly Freeze[]>([]);
  useEffect(() => { run(async () => setFreezes((await session.call<{ freezes: Freeze[] }>('POST', '/v1/freezes', { body: {} })).freezes)); }, [run, session]);
  const ask = (): void => run(async () => setFreezes((await session.call<{ freezes: Freeze[] }>('POST', '/v1/appeals', { body: { reason: 'autre' } })).freezes));
  const appeal = freezes.find((freeze) => freeze.appeal !== null)?.appeal;
  if (freezes.length === 0) return <Failure cause={failure} />;
  return (
    <div className="notice">
      <p>{t('frozenWhy')}</p>
      <ul>{freezes.flatMap((freeze) => freeze.reasons.map((reason) => <li key={`${freeze.freeze}${reason.en}`}>{both(reason)}</li>))}</ul>
      <Failure cause={failure} />
      {appeal == null ? <Button isDisabled={busy} onPress={ask}>{t('frozenAppeal')}</Button> : <p role="status">{t('frozenAppealed', { until: moment(appeal.dueAt) })}</p>}
    </div>
  );
}
