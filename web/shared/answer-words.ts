import type { Words } from './language.tsx';

/** Domains of tiers payant, as cards print them. */
export const DOMAIN_WORDS: Readonly<Record<string, Words>> = {
  PHAR: { fr: 'Pharmacie', en: 'Pharmacy' }, PHNO: { fr: 'Pharmacie, vignette orange et bleue', en: 'Pharmacy, lower rates' }, MEDE: { fr: 'Médecins', en: 'Doctors' }, AUXM: { fr: 'Auxiliaires médicaux', en: 'Nurses, physiotherapists' },
  LABO: { fr: 'Laboratoire', en: 'Laboratory' }, RADL: { fr: 'Radiologie', en: 'Radiology' }, DENT: { fr: 'Dentaire', en: 'Dental' }, OPTI: { fr: 'Optique', en: 'Optics' }, AUDI: { fr: 'Audioprothèse', en: 'Hearing aids' },
  TRAN: { fr: 'Transport', en: 'Transport' }, HOSP: { fr: 'Hospitalisation', en: 'Hospital' }, EXTE: { fr: 'Soins externes', en: 'Outpatient care' }, SAGE: { fr: 'Sage-femme', en: 'Midwife' }, CSTE: { fr: 'Centre de santé', en: 'Health centre' },
};

/** Outcomes of questions, as lists show them. */
export const OUTCOME_WORDS: Readonly<Record<string, Words>> = {
  yes: { fr: 'Oui', en: 'Yes' }, no: { fr: 'Non', en: 'No' }, unknown: { fr: 'Non', en: 'No' }, 'not-in-force': { fr: 'Non : droits fermés', en: 'No: not in force' }, 'domain-closed': { fr: 'Non : domaine fermé', en: 'No: domain closed' },
  'no-convention': { fr: 'Pas de convention', en: 'No convention' }, undetermined: { fr: 'Indéterminé', en: 'Undetermined' },
};
