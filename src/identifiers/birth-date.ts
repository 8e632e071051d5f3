import { fault, refuseErrors, warning, type Finding } from './finding.ts';
import { daysInMonth } from './plain-date.ts';

/** A birth date as cards print it, `YYYY-MM-DD`; 00 for a day or month that is not known. */
export type BirthDate = string & { readonly __brand: 'BirthDate' };
/** Rank among births of one day under one NIR: 1 but for twins (up to 9). */
export type BirthRank = number & { readonly __brand: 'BirthRank' };

const FORM = fault('birth-date-form',
  { fr: 'La date de naissance n’est pas lisible ou n’existe pas.', en: 'The birth date cannot be read or does not exist.' },
  { fr: 'Écrivez JJ/MM/AAAA ; 00 pour un jour ou un mois inconnu.', en: 'Write DD/MM/YYYY; 00 for an unknown day or month.' });
const LUNAR = warning('birth-date-lunar',
  { fr: 'Ce jour n’existe pas dans ce mois : date de naissance lunaire, ou faute de frappe.', en: 'This day does not exist in this month: a lunar birth date, or a slip.' },
  { fr: 'Comparez-la à la carte Vitale, qui peut porter une telle date.', en: 'Compare it with the carte Vitale, which may bear such a date.' });
const RANK = fault('birth-rank',
  { fr: 'Le rang de naissance va de 1 à 9.', en: 'The birth rank is from 1 to 9.' },
  { fr: 'Recopiez-le de la carte ; 1 s’il n’y a pas de jumeau.', en: 'Copy it from the card; 1 if there is no twin.' });

function toIso(typed: string): string | undefined {
  const text = typed.trim();
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? /^((?:18|19|20|21)\d{2})(0\d|1[0-2])(\d{2})$/.exec(text);
  if (iso !== null) return `${iso[1]}-${iso[2]}-${iso[3]}`;
  const french = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text);
  return french === null ? undefined : `${french[3]}-${(french[2] as string).padStart(2, '0')}-${(french[1] as string).padStart(2, '0')}`;
}

/**
 * All findings on a typed birth date: ISO, AAAAMMJJ, JJ/MM/AAAA or JJMMAAAA. A day up to 31 that its month lacks is a warning: persons
 * born under another calendar are registered so, and their date is only ever compared.
 */
export function checkBirthDate(typed: string): readonly Finding[] {
  const iso = toIso(typed);
  if (iso === undefined) return [FORM];
  const [year, month, day] = [Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), Number(iso.slice(8, 10))];
  const known = month >= 1 && month <= 12 && day <= 31;
  const unknownMonth = month === 0 && day === 0;
  if (year < 1850 || year > 2150 || (!known && !unknownMonth)) return [FORM];
  return known && day > daysInMonth(year, month) ? [LUNAR] : [];
}

/** @throws IdentifierError */
export function parseBirthDate(typed: string): BirthDate {
  refuseErrors('birth-date', checkBirthDate(typed));
  return toIso(typed) as BirthDate;
}

export function checkBirthRank(typed: number | string): readonly Finding[] {
  return /^[1-9]$/.test(String(typed)) ? [] : [RANK];
}

/** @throws IdentifierError */
export function parseBirthRank(typed: number | string): BirthRank {
  refuseErrors('birth-rank', checkBirthRank(typed));
  return Number(typed) as BirthRank;
}
