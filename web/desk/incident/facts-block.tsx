import type { ReactNode } from 'react';
import { ApiProblem } from '../../shared/problem.ts';
import { FACT_WORDS } from '../incident-words.ts';
import { useLanguage } from '../language.tsx';
import { OrderDialog, Overtaken } from '../parts/order-dialog.tsx';
import type { DeskSession } from '../session/session.ts';
import type { WholeIncident } from '../shapes.ts';
import type { Act } from './use-act.ts';

/** As the server takes it (src/servers/desk/incident-routes.ts). */
const FACT_MAX = 4_000;

interface FactsBlockProps {
  readonly incident: WholeIncident;
  readonly session: DeskSession;
  readonly act: Act;
  readonly onOver: () => void;
  readonly may: boolean;
}

type Texts = Readonly<Record<string, string>>;

/** The officers' words for the form. Only what somebody changed is sent, and never over what another wrote meanwhile. */
export function FactsBlock({ incident, session, act, onOver, may }: FactsBlockProps): ReactNode {
  const { t, both } = useLanguage();
  const overtaken = async (names: readonly string[], was: Texts): Promise<Overtaken> => {
    const now = await session.call<WholeIncident>('POST', '/desk/v1/incidents/show', { body: { id: incident.id } });
    const others = names.filter((name) => (now.facts[name] ?? '') !== was[name]);
    return new Overtaken(Object.fromEntries(others.map((name) => [name, now.facts[name] ?? ''])), others.map((name) => {
      const label = both(FACT_WORDS[name] ?? { fr: name, en: name });
      const text = now.facts[name];
      return text === undefined ? t('factEmptied', { label, by: lastWriter(now, name) }) : t('factChanged', { label, by: lastWriter(now, name), text });
    }));
  };
  const change = async (values: Texts, _reason: string, was: Texts): Promise<void> => {
    const names = Object.keys(values).filter((name) => values[name]?.trim() !== was[name]?.trim());
    if (names.length === 0) return;
    const of = (texts: Texts): Readonly<Record<string, string | null>> => Object.fromEntries(names.map((name) => [name, texts[name] === '' ? null : texts[name] ?? null]));
    const typed = Object.fromEntries(names.map((name) => [name, values[name]?.trim() ?? '']));
    try {
      await act('facts', { facts: of(typed), was: of(was) });
    } catch (cause) {
      if (cause instanceof ApiProblem && cause.problem.status === 409) throw await overtaken(names, was);
      throw cause;
    }
  };
  return (
    <>
      <dl>{Object.entries(FACT_WORDS).map(([name, words]) => <div key={name}><dt>{both(words)}</dt><dd>{incident.facts[name] ?? t('unknown')}</dd></div>)}</dl>
      {may && <OrderDialog button={t('factsChange')} title={t('facts')} explain={t('factsWhy')} confirm={t('save')} withoutReason onOver={onOver} onOrder={change}
        fields={Object.entries(FACT_WORDS).map(([name, words]) => ({ name, label: both(words), type: 'textarea' as const, max: FACT_MAX, optional: true, initial: incident.facts[name] ?? '' }))} />}
    </>
  );
}

// Events come newest first.
function lastWriter({ events }: WholeIncident, name: string): string {
  return events.find(({ kind, detail }) => kind === 'facts' && Array.isArray(detail['keys']) && detail['keys'].includes(name))?.by ?? '?';
}
