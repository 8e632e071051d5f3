import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import type { DeskSession } from '../session/session.ts';
import type { Difference, WholeIncident } from '../shapes.ts';

/** Every complete list of an incident, and who was added or removed since an older one. */
export function VersionsBlock({ incident, session, onOver }: { readonly incident: WholeIncident; readonly session: DeskSession; readonly onOver: () => void }): ReactNode {
  const { t, moment, number } = useLanguage();
  const { failure, run } = useWork(onOver);
  const [difference, setDifference] = useState<Difference>();
  const [newest, ...older] = incident.lists;
  if (newest === undefined || older.length === 0) return null;
  const show = (before: number): void => run(async () => setDifference(await session.call<Difference>('POST', '/desk/v1/incidents/difference', { body: { id: incident.id, before, after: newest.id } })));
  return (
    <>
      <h3>{t('versions')}</h3>
      <ul className="plain">
        {incident.lists.map((list) => (
          <li key={list.id}>{t('versionLine', { n: list.id, at: moment(list.listedAt), scope: list.scopeVersion, persons: number(list.persons) })} {list.id === newest.id ? '' : <Button className="quiet" onPress={() => show(list.id)}>{t('differenceShow', { n: list.id })}</Button>}</li>
        ))}
      </ul>
      <Failure cause={failure} />
      {difference !== undefined && <DifferenceTable difference={difference} />}
    </>
  );
}

function DifferenceTable({ difference }: { readonly difference: Difference }): ReactNode {
  const { t, number } = useLanguage();
  const caption = t('differenceTable', { before: difference.before, after: difference.after });
  const sum = (of: 'added' | 'removed' | 'kept'): string => number(difference.insurers.reduce((all, one) => all + one[of], 0));
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead><tr><th scope="col">{t('insurer')}</th><th scope="col">{t('added')}</th><th scope="col">{t('removed')}</th><th scope="col">{t('kept')}</th></tr></thead>
        <tbody>
          {difference.insurers.map((one) => <tr key={one.name}><th scope="row">{one.name}</th><td className="number">{number(one.added)}</td><td className="number">{number(one.removed)}</td><td className="number">{number(one.kept)}</td></tr>)}
          <tr><th scope="row">{t('all')}</th><td className="number">{sum('added')}</td><td className="number">{sum('removed')}</td><td className="number">{sum('kept')}</td></tr>
        </tbody>
      </table>
    </div>
  );
}
