import { fault, refuseErrors, type Finding } from './finding.ts';

/** A NIR (or NNP, NIA): 13 characters, canonical (upper case, no spaces, without the key). */
export type Nir = string & { readonly __brand: 'Nir' };
export type NirKind = 'nir' | 'nia' | 'nnp';

const SHAPE = /^[1-478]\d{5}[\dAB]\d{6}(\d{2})?$/;
const FORM = fault('nir-form',
  { fr: 'Le NIR a 13 caractères, ou 15 avec sa clé.', en: 'A NIR has 13 characters, or 15 with its key.' },
  { fr: 'Recopiez-le de la carte Vitale ou de la carte de tiers payant.', en: 'Copy it from the carte Vitale or the insurance card.' });
const KEY = fault('nir-key',
  { fr: 'La clé du NIR ne correspond pas : un caractère est faux.', en: 'The NIR’s key does not match: a character is wrong.' },
  { fr: 'Relisez les 15 caractères un à un.', en: 'Read the 15 characters again, one by one.' });
const MONTH = fault('nir-month',
  { fr: 'Le mois du NIR (4e et 5e chiffres) n’existe pas.', en: 'The month in the NIR (4th and 5th digits) does not exist.' },
  { fr: 'Relisez le NIR : mois 01 à 12, 20, 30 à 42 ou 50 à 99.', en: 'Read the NIR again: month 01 to 12, 20, 30 to 42 or 50 to 99.' });
const DEPARTMENT = fault('nir-department',
  { fr: 'Le département du NIR (6e et 7e caractères) n’existe pas.', en: 'The department in the NIR (6th and 7th characters) does not exist.' },
  { fr: 'Relisez le NIR : 01 à 99, 2A ou 2B.', en: 'Read the NIR again: 01 to 99, 2A or 2B.' });

const clean = (text: string): string => text.replaceAll(/[\s.]/g, '').toUpperCase();

/**
 * The key of 13 canonical characters: 97 − (N mod 97), 2A read as 19 and 2B as 18.
 * Source: INSEE; assurance-maladie/nir-validation.
 */
export function nirKey(nir13: string): string {
  const digits = nir13.replace('2A', '19').replace('2B', '18');
  return String(97 - (Number(digits) % 97)).padStart(2, '0');
}

function checkMonth(text: string): Finding[] {
  const month = Number(text.slice(3, 5));
  // 20 and 30-42, 50-99: month unknown or registered abroad. A provisional number (7, 8) has no month.
  const real = (month >= 1 && month <= 12) || month === 20 || (month >= 30 && month <= 42) || month >= 50;
  return '78'.includes(text[0] as string) || real ? [] : [MONTH];
}

function checkDepartment(text: string): Finding[] {
  if ('78'.includes(text[0] as string)) return /^\d{2}$/.test(text.slice(5, 7)) ? [] : [DEPARTMENT];
  return /^(0[1-9]|[1-9]\d|2[AB])$/.test(text.slice(5, 7)) ? [] : [DEPARTMENT];
}

/** All faults of a typed NIR, in 13 or 15 characters, spaces ignored, either case. */
export function checkNir(typed: string): readonly Finding[] {
  const text = clean(typed);
  if (!SHAPE.test(text)) return [FORM];
  const faults = [...checkMonth(text), ...checkDepartment(text)];
  if (faults.length === 0 && text.length === 15 && text.slice(13) !== nirKey(text.slice(0, 13))) return [KEY];
  return faults;
}

/** The canonical NIR of a typed one. @throws IdentifierError */
export function parseNir(typed: string): Nir {
  refuseErrors('nir', checkNir(typed));
  return clean(typed).slice(0, 13) as Nir;
}

/** Whether the text is a NIR with no fault. */
export function isNir(typed: string): boolean {
  return checkNir(typed).length === 0;
}

/** NNP: provisional number given by a fund (7, 8). NIA: waiting number (3, 4), same shape as a NIR. */
export function kindOfNir(nir: Nir): NirKind {
  const first = nir[0] as string;
  if (first === '7' || first === '8') return 'nnp';
  return first === '3' || first === '4' ? 'nia' : 'nir';
}

/** Born outside France: department 99. */
export function isBornAbroad(nir: Nir): boolean {
  return kindOfNir(nir) !== 'nnp' && nir.slice(5, 7) === '99';
}

/** `1 80 01 27 512 345 · 42`, as printed. */
export function formatNir(nir: Nir): string {
  return `${nir[0]} ${nir.slice(1, 3)} ${nir.slice(3, 5)} ${nir.slice(5, 7)} ${nir.slice(7, 10)} ${nir.slice(10)} ${nirKey(nir)}`;
}
