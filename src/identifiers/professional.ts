import { fault, refuseErrors, warning, type Finding } from './finding.ts';
import { hasLuhnKey } from './luhn.ts';

/** National number of a professional: 11 digits. */
export type Rpps = string & { readonly __brand: 'Rpps' };
/** National number of an establishment: 9 characters (letters in Corsica). */
export type Finess = string & { readonly __brand: 'Finess' };
export type Siren = string & { readonly __brand: 'Siren' };
export type Siret = string & { readonly __brand: 'Siret' };

const again = { fr: 'Relisez-le chiffre à chiffre.', en: 'Read it again digit by digit.' };
const squeeze = (text: string): string => text.replaceAll(/\s/g, '').toUpperCase();
const LA_POSTE = '356000000';

/** A wrong key of a RPPS is a warning: a documented number fails it (domain notes, 3.3). */
export function checkRpps(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  if (!/^\d{11}$/.test(text)) return [fault('rpps-form', { fr: 'Le RPPS a 11 chiffres.', en: 'A RPPS has 11 digits.' }, again)];
  return hasLuhnKey(text) ? [] : [warning('rpps-key', { fr: 'La clé du RPPS semble fausse.', en: 'The RPPS key looks wrong.' }, again)];
}

/** @throws IdentifierError */
export function parseRpps(typed: string): Rpps {
  refuseErrors('rpps', checkRpps(typed));
  return squeeze(typed) as Rpps;
}

/** The RPPS within a national identifier of Pro Santé Connect ("8" + RPPS); undefined for other kinds. */
export function findRppsOfIdnps(idnps: string): Rpps | undefined {
  return /^8\d{11}$/.test(idnps) ? (idnps.slice(1) as Rpps) : undefined;
}

export function checkFiness(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  if (!/^(\d{9}|2[AB]\d{7})$/.test(text)) return [fault('finess-form', { fr: 'Le FINESS a 9 caractères.', en: 'A FINESS has 9 characters.' }, again)];
  if (/[AB]/.test(text) || hasLuhnKey(text)) return [];
  return [fault('finess-key', { fr: 'La clé du FINESS est fausse.', en: 'The FINESS key is wrong.' }, again)];
}

/** @throws IdentifierError */
export function parseFiness(typed: string): Finess {
  refuseErrors('finess', checkFiness(typed));
  return squeeze(typed) as Finess;
}

export function checkSiren(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  if (!/^\d{9}$/.test(text)) return [fault('siren-form', { fr: 'Le SIREN a 9 chiffres.', en: 'A SIREN has 9 digits.' }, again)];
  return hasLuhnKey(text) ? [] : [fault('siren-key', { fr: 'La clé du SIREN est fausse.', en: 'The SIREN key is wrong.' }, again)];
}

/** @throws IdentifierError */
export function parseSiren(typed: string): Siren {
  refuseErrors('siren', checkSiren(typed));
  return squeeze(typed) as Siren;
}

export function checkSiret(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  if (!/^\d{14}$/.test(text)) return [fault('siret-form', { fr: 'Le SIRET a 14 chiffres.', en: 'A SIRET has 14 digits.' }, again)];
  // La Poste's sites keep another rule: the sum of their digits is a multiple of five.
  const postal = text.startsWith(LA_POSTE) && Array.from(text).reduce((sum, digit) => sum + Number(digit), 0) % 5 === 0;
  return postal || hasLuhnKey(text) ? [] : [fault('siret-key', { fr: 'La clé du SIRET est fausse.', en: 'The SIRET key is wrong.' }, again)];
}

/** @throws IdentifierError */
export function parseSiret(typed: string): Siret {
  refuseErrors('siret', checkSiret(typed));
  return squeeze(typed) as Siret;
}
