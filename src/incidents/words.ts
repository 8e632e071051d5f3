import type { Facts, InsurerCount } from './types.ts';

/** How the credential was taken, as a French sentence. Unknown stays unknown. */
export const VECTOR_WORDS: Readonly<Record<NonNullable<Facts['vector']>, string>> = {
  phishing: 'Un professionnel a été trompé par un faux message et son accès a été détourné.',
  'stolen-device': 'Un appareil d’un professionnel a été volé ou pris en main.',
  'stolen-session': 'La session ouverte d’un professionnel a été détournée.',
  'stolen-key': 'La clé d’un logiciel de professionnel a été volée.',
  'abuse-by-user': 'Une personne qui avait le droit d’accès en a abusé.',
  unknown: 'La façon dont l’accès a été pris n’est pas encore connue.',
};

/** Professions as people call them, singular. */
export const GROUP_WORDS: Readonly<Record<string, string>> = { doctor: 'médecin', nurse: 'infirmier', physiotherapist: 'kinésithérapeute', dentist: 'dentiste', optician: 'opticien', transporter: 'transporteur sanitaire',
  pharmacy: 'pharmacie', laboratory: 'laboratoire', hospital: 'hôpital', centre: 'centre de santé' };

/** What an answer told, by bit of an entry's fields, in the words of a notice. */
export const FIELD_WORDS: readonly (readonly [bit: number, words: string])[] = [
  [1, 'la réponse à la question : êtes-vous couvert à cette date par votre complémentaire santé ?'],
  [2, 'les dates de votre couverture'],
  [4, 'la règle de remboursement de votre contrat'],
  [8, 'les montants remboursés pour un soin'],
  [16, 'un accord de prise en charge : son numéro, la sorte de soin (pharmacie, médecin…) et la date'],
  [32, 'la raison pour laquelle un soin n’est pas couvert'],
];

const PARIS = new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', day: 'numeric', month: 'long', year: 'numeric' });
const PARIS_TIME = new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', dateStyle: 'long', timeStyle: 'short' });

/** A day in Paris: `3 mars 2026`. */
export const dayWords = (at: Date | string): string => PARIS.format(new Date(at)).replace(/^1 /, '1er ');
/** A moment in Paris: `3 mars 2026 à 14:05`. */
export const timeWords = (at: Date | string): string => PARIS_TIME.format(new Date(at));

/** What happened, from the officers' words or, without them, from what the list itself shows. */
export function whatHappened(facts: Facts, count: Pick<InsurerCount, 'persons' | 'disclosures'>): string {
  return facts.description ?? `${VECTOR_WORDS[facts.vector ?? 'unknown']} Avec cet accès, ${count.disclosures} réponses ont été données sur les droits de ${count.persons} de vos assurés. Aucun nom, aucun numéro de Sécurité sociale et aucune adresse ne figure dans ces réponses : ils ne quittent jamais le registre.`;
}

/** What was done, or that it is not yet recorded. */
export function whatWasDone(facts: Facts, containedAt: Date | null): string {
  return [facts.measuresTaken, containedAt === null ? 'L’accès détourné n’est pas encore déclaré bloqué.' : `L’accès détourné est bloqué depuis le ${timeWords(containedAt)}.`].filter((part) => part !== undefined).join(' ');
}

/** Likely consequences for the insured. */
export function consequences(facts: Facts): string {
  return facts.consequences ?? 'Des inconnus peuvent savoir que la personne est assurée chez vous, et se servir de ce fait pour l’appeler ou lui écrire en se faisant passer pour vous, pour l’Assurance maladie ou pour un professionnel de santé.';
}
