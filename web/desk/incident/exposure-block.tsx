import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import type { InsurerLine, WholeIncident } from '../shapes.ts';
import { FIELD_WORDS } from '../incident-words.ts';

/** Disclosures by field: a set is a sum of bits (docs/formats/journal-entry.md). */
export function byField(sets: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(FIELD_WORDS).map((bit) => [bit, Object.entries(sets).reduce((sum, [set, count]) => sum + ((Number(set) & Number(bit)) === 0 ? 0 : count), 0)]));
}

/** Whether the last list may be packed and sent: it is of the present scope, to its end, and names every period that was erased or lost. */
export function isCurrent({ exposure, scope }: WholeIncident): boolean {
  return exposure !== null && exposure.scopeVersion === scope.version && !exposure.endsEarly && !exposure.purgedSince;
}

const sum = (lines: readonly InsurerLine[], of: (line: InsurerLine) => number): number => lines.reduce((all, line) => all + of(line), 0);
const asked = (line: InsurerLine): number => Object.values(line.asked).reduce((all, count) => all + count, 0);

/** Who was disclosed, by insurer and field; what was only asked, apart. Persons are not records. */
export function ExposureBlock({ incident }: { readonly incident: WholeIncident }): ReactNode {
  const { t, both, number, moment } = useLanguage();
  const { exposure } = incident;
  if (exposure === null) return <p>{t('noList')}</p>;
  const told = exposure.insurers.filter((line) => line.persons > 0);
  const bits = Object.keys(FIELD_WORDS).filter((bit) => told.some((line) => (byField(line.fields)[bit] ?? 0) > 0));
  return (
    <>
      <p className="lead">{t('listSummary', { persons: number(sum(told, (l) => l.persons)), records: number(sum(told, (l) => l.records)), disclosures: number(sum(told, (l) => l.disclosures)), insurers: told.length })}</p>
      <p className="small">{t('listWindow', { from: moment(exposure.from), to: moment(exposure.to) })} {exposure.scopeVersion < incident.scope.version ? <strong>{t('listOld')}</strong> : exposure.endsEarly ? <strong>{t('listEndsEarly')}</strong> : exposure.purgedSince ? <strong>{t('listPurgedSince')}</strong> : ''}</p>
      {exposure.notDeterminable.map((period) => <p key={period.from} className="notice">{t('notDeterminable', { from: moment(period.from), to: moment(period.to) })}</p>)}
      {exposure.unattributed > 0 && <p className="notice">{t('unattributed', { n: number(exposure.unattributed) })}</p>}
      {told.length > 0 && (
        <div className="scroll" role="region" aria-label={t('disclosedTable')} tabIndex={0}>
          <table>
            <caption>{t('disclosedTable')}</caption>
            <thead><tr><th scope="col">{t('insurer')}</th><th scope="col">{t('persons')}</th><th scope="col">{t('records')}</th><th scope="col">{t('former')}</th>{bits.map((bit) => <th key={bit} scope="col">{both(FIELD_WORDS[bit] ?? { fr: bit, en: bit })}</th>)}</tr></thead>
            <tbody>{told.map((line) => <tr key={line.amc}><th scope="row">{line.name}</th><td className="number">{number(line.persons)}</td><td className="number">{number(line.records)}</td><td className="number">{number(line.former)}</td>{bits.map((bit) => <td key={bit} className="number">{number(byField(line.fields)[bit] ?? 0)}</td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
      <p>{t('askedOnlySummary', { asked: number(sum(exposure.insurers, asked)) })}</p>
    </>
  );
}
