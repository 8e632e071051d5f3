import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { OrderDialog, type OrderField } from '../parts/order-dialog.tsx';
import type { WholeIncident } from '../shapes.ts';
import type { Act } from './use-act.ts';
import { LEVEL_WORDS, SEVERITY_WORDS } from '../incident-words.ts';
import { type WordKey } from '../words.ts';

const CHOICES: Readonly<Record<string, WordKey>> = { category: 'category', identification: 'identification', confidentiality: 'confidentiality', malicious: 'malicious', nirRead: 'nirRead' };

/** The severity by ENISA's method: reckoned by the server, every choice justified. */
export function SeverityBlock({ incident, act, onOver, may }: { readonly incident: WholeIncident; readonly act: Act; readonly onOver: () => void; readonly may: boolean }): ReactNode {
  const { t, both, number } = useLanguage();
  const { severity, exposure } = incident;
  const persons = exposure === null ? null : exposure.insurers.reduce((all, line) => all + line.persons, 0);
  const fields: OrderField[] = [
    ...Object.entries(CHOICES).map(([name, label]): OrderField => ({ name, label: t(label), options: Object.entries(SEVERITY_WORDS[name] ?? {}).map(([id, words]) => [id, both(words)] as const) })),
    { name: 'data', label: t('whyData'), type: 'textarea' }, { name: 'ease', label: t('whyIdentification'), type: 'textarea' }, { name: 'circumstances', label: t('whyCircumstances'), type: 'textarea' },
  ];
  const order = (values: Readonly<Record<string, string>>, reason: string): Promise<void> => act('assess', { reason, input: {
    categories: [values['category']], identification: { general: values['identification'] }, confidentiality: values['confidentiality'], malicious: values['malicious'] === 'yes', nirRead: values['nirRead'] === 'yes', persons,
    justification: { data: values['data'], identification: values['ease'], circumstances: values['circumstances'] } } });
  return (
    <>
      {severity === null ? <p>{t('noSeverity')}</p> : (
        <>
          <p><strong>{both(LEVEL_WORDS[severity.level])}</strong> · {t('score', { score: number(severity.score) })} · {t(severity.tellPersons ? 'tellPersons' : 'tellNobody')}</p>
          <ul className="plain">{Object.entries(severity.inputs?.justification ?? {}).map(([which, why]) => <li key={which}>{why}</li>)}</ul>
        </>
      )}
      {may && <OrderDialog button={t(severity === null ? 'assess' : 'assessAgain')} title={t('assess')} explain={t('assessWhy')} confirm={t('assessNow')} fields={fields} onOver={onOver} onOrder={order} />}
    </>
  );
}
