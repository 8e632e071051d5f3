import type { Words } from '../shared/language.tsx';

/** What a stop or an alarm covers. */
export const SCOPE_WORDS = {
  establishment: { fr: 'un établissement', en: 'an establishment' },
  vendor: { fr: 'les logiciels d’un éditeur', en: 'a vendor’s software' },
  platform: { fr: 'toute la plateforme', en: 'the whole platform' },
} as const satisfies Readonly<Record<string, Words>>;

/** Spans of an alarm. */
export const SPAN_WORDS = {
  minute: { fr: 'une minute', en: 'a minute' },
  hour: { fr: 'une heure', en: 'an hour' },
  day: { fr: 'un jour', en: 'a day' },
  month: { fr: 'un mois', en: 'a month' },
} as const satisfies Readonly<Record<string, Words>>;
