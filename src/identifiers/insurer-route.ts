import { fault, refuseErrors, type Finding } from './finding.ts';

/** Number of a complementary insurer: digits, padded with zeros to 8 (field sizes: unverified, docs/glossary.md). */
export type AmcNumber = string & { readonly __brand: 'AmcNumber' };
export type ConventionType = string & { readonly __brand: 'ConventionType' };
export type Csr = string & { readonly __brand: 'Csr' };
/** The insured's number at the insurer: 1 to 16 letters or digits, upper case. */
export type AdherentNumber = string & { readonly __brand: 'AdherentNumber' };

const card = { fr: 'Recopiez-le du pavé normalisé de la carte.', en: 'Copy it from the card’s normalised block.' };
const AMC = fault('amc-form', { fr: 'Le numéro d’AMC a 8 à 10 chiffres.', en: 'The insurer’s number has 8 to 10 digits.' }, card);
const CONVENTION = fault('convention-form', { fr: 'Le type de convention a 2 lettres.', en: 'The convention type has 2 letters.' }, card);
const CSR = fault('csr-form', { fr: 'Le CSR a au plus 8 lettres ou chiffres.', en: 'The CSR has at most 8 letters or digits.' }, card);
const ADHERENT = fault('adherent-form', { fr: 'Le numéro d’adhérent a 1 à 16 lettres ou chiffres.', en: 'The adhérent number has 1 to 16 letters or digits.' }, card);

const squeeze = (text: string): string => text.replaceAll(/[\s.-]/g, '').toUpperCase();

export function checkAmcNumber(typed: string): readonly Finding[] {
  return /^\d{1,10}$/.test(squeeze(typed)) && Number(squeeze(typed)) > 0 ? [] : [AMC];
}

/** @throws IdentifierError */
export function parseAmcNumber(typed: string): AmcNumber {
  refuseErrors('amc', checkAmcNumber(typed));
  return squeeze(typed).replace(/^0+/, '').padStart(8, '0') as AmcNumber;
}

export function checkConventionType(typed: string): readonly Finding[] {
  return /^[A-Z]{2}$/.test(squeeze(typed)) ? [] : [CONVENTION];
}

/** @throws IdentifierError */
export function parseConventionType(typed: string): ConventionType {
  refuseErrors('convention-type', checkConventionType(typed));
  return squeeze(typed) as ConventionType;
}

export function checkCsr(typed: string): readonly Finding[] {
  return /^[A-Z0-9]{0,8}$/.test(squeeze(typed)) ? [] : [CSR];
}

/** @throws IdentifierError */
export function parseCsr(typed: string): Csr {
  refuseErrors('csr', checkCsr(typed));
  return squeeze(typed) as Csr;
}

export function checkAdherentNumber(typed: string): readonly Finding[] {
  return /^[A-Z0-9]{1,16}$/.test(squeeze(typed)) ? [] : [ADHERENT];
}

/** @throws IdentifierError */
export function parseAdherentNumber(typed: string): AdherentNumber {
  refuseErrors('adherent', checkAdherentNumber(typed));
  return squeeze(typed) as AdherentNumber;
}
