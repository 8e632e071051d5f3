import { OUTCOME_WORDS } from '../shared/answer-words.ts';
import type { Words } from '../shared/language.tsx';
import { HAPPENING_WORDS } from './event-words.ts';

/** Purposes of entries about one professional or person, besides those of the timeline (docs/formats/journal-entry.md). */
const PURPOSE_WORDS: Readonly<Record<string, Words>> = {
  ask: { fr: 'Question', en: 'Question' },
  guarantee: { fr: 'Accord consulté', en: 'Guarantee looked up' },
  settle: { fr: 'Accord facturé', en: 'Guarantee settled' },
  cancel: { fr: 'Accord annulé', en: 'Guarantee cancelled' },
  'sign-in': { fr: 'Connexion au portail', en: 'Portal sign-in' },
  passkey: { fr: 'Clé d’accès', en: 'Passkey' },
  'step-up': { fr: 'Confirmation par clé d’accès', en: 'Confirmed by passkey' },
  raise: { fr: 'Plafond relevé', en: 'Ceiling raised' },
  invite: { fr: 'Invitation', en: 'Invitation' },
  day: { fr: 'Sa journée consultée', en: 'Own day looked at' },
  review: { fr: 'Gel revu', en: 'Freeze reviewed' },
  refusals: { fr: 'Refus', en: 'Refusals' },
};

/** An entry's purpose and outcome in words; what has none is shown as it is written. */
export function entryWords({ purpose, outcome }: { readonly purpose: string; readonly outcome: string }): Words {
  const whole = HAPPENING_WORDS[`${purpose}/${outcome}`];
  if (whole !== undefined) return whole;
  const what = PURPOSE_WORDS[purpose] ?? HAPPENING_WORDS[purpose] ?? { fr: purpose, en: purpose };
  const came = purpose === 'ask' ? OUTCOME_WORDS[outcome] : undefined;
  return came === undefined ? what : { fr: `${what.fr} : ${came.fr.toLowerCase()}`, en: `${what.en}: ${came.en.toLowerCase()}` };
}
