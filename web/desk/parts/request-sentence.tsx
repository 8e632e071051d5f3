import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import type { TwoRequest } from '../shapes.ts';
import { INCIDENT_WORDS } from '../incident-words.ts';
import { REQUEST_WORDS } from '../event-words.ts';
import { SCOPE_WORDS } from '../scope-words.ts';
import { ROLE_WORDS } from '../words.ts';

const KEPT_AT_EACH_END = 12;
const KEYS: ReadonlySet<string> = new Set(['ageRecipient', 'signingKey']);

// Long enough to be compared by voice and beyond making another key like it; the whole of it stands in the exact text.
const shortKey = (key: string): string => `${key.slice(0, KEPT_AT_EACH_END)}…${key.slice(-KEPT_AT_EACH_END)}`;

/** What a request would do, in one sentence. */
export function RequestSentence({ request }: { readonly request: Pick<TwoRequest, 'kind' | 'subject'> }): ReactNode {
  const { t, both } = useLanguage();
  const words = REQUEST_WORDS[request.kind] ?? { fr: request.kind, en: request.kind };
  const shown = (name: string): string => {
    const value = request.subject[name];
    if (name === 'scope' && typeof value === 'string' && value in SCOPE_WORDS) return both(SCOPE_WORDS[value as keyof typeof SCOPE_WORDS]);
    if (name === 'to' && typeof value === 'string' && value in INCIDENT_WORDS) return both(INCIDENT_WORDS[value as keyof typeof INCIDENT_WORDS]);
    if (name === 'role' && typeof value === 'string' && value in ROLE_WORDS) return both(ROLE_WORDS[value as keyof typeof ROLE_WORDS]);
    if (KEYS.has(name)) return typeof value === 'string' ? shortKey(value) : t('keyUnchanged');
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const unattributed = Number(request.subject['unattributed'] ?? 0);
  return <span>{request.subject['drill'] === true ? `${t('drillWord')} · ` : ''}{both(words).replaceAll(/\{(\w+)\}/g, (_, name: string) => shown(name))}{unattributed > 0 ? `. ${t('unattributed', { n: unattributed })}` : ''}</span>;
}
