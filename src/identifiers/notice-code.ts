import { fault, refuseErrors, type Finding } from './finding.ts';
import { addDays, dayNumber, type PlainDate } from './plain-date.ts';
import type { AmcNumber } from './insurer-route.ts';

/** The code on a notice, as it is hashed: 16 symbols of Crockford's base32 (80 random bits), no hyphen. */
export type NoticeCode = string & { readonly __brand: 'NoticeCode' };

/** What a code confirms: whose notice it is, of which day and incident. Names no person. */
export interface NoticeStatus {
  readonly amcNumber: AmcNumber;
  readonly sentOn: PlainDate;
  /** The incident's number, as the notice prints it; 0 when it prints none. */
  readonly incident: number;
}

/** Symbols of a code. */
export const NOTICE_CODE_LENGTH = 16;
/** Bytes of a status, always. */
export const NOTICE_STATUS_BYTES = 20;

// Crockford's alphabet: no I, L, O, U.
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const EPOCH = '2000-01-01' as PlainDate;
const VERSION = 1;

const FORM = fault('notice-code-form',
  { fr: 'Le code a 16 lettres et chiffres, par groupes de quatre.', en: 'The code has 16 letters and digits, in groups of four.' },
  { fr: 'Recopiez-le en entier, tel qu’il est imprimé sur le courrier.', en: 'Copy it whole, as it is printed on the letter.' });

// What people write for the symbols that look alike.
const squeeze = (typed: string): string => typed.toUpperCase().replaceAll(/[\s\-–—.]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

/** All faults of a typed code. The value is never in them. */
export function checkNoticeCode(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  return text.length === NOTICE_CODE_LENGTH && Array.from(text).every((symbol) => SYMBOLS.includes(symbol)) ? [] : [FORM];
}

/** Reads a code as people type it: any case, hyphens and spaces or none, O for 0, I and L for 1. @throws IdentifierError `notice-code-form` */
export function parseNoticeCode(typed: string): NoticeCode {
  refuseErrors('noticeCode', checkNoticeCode(typed));
  return squeeze(typed) as NoticeCode;
}

/** The code of 10 random bytes. */
export function noticeCodeOf(bytes: Uint8Array): NoticeCode {
  const bits = Array.from(bytes.subarray(0, 10), (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => SYMBOLS[Number.parseInt(five, 2)]).join('') as NoticeCode;
}

/** A code as it is printed: `ABCD-EFGH-JKMN-PQRS`. */
export function formatNoticeCode(code: NoticeCode): string {
  return (code.match(/.{4}/g) ?? []).join('-');
}

const bigEndian = (value: number, size: number): number[] => Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
const numberOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

/** A status as bytes (docs/formats/notice-code.md): version, numéro AMC (5), day since 2000-01-01 (2), incident (4), zeros. */
export function noticeStatusBytes(status: NoticeStatus): Uint8Array {
  const day = dayNumber(status.sentOn) - dayNumber(EPOCH);
  const bytes = new Uint8Array(NOTICE_STATUS_BYTES);
  bytes.set([VERSION, ...bigEndian(Number(status.amcNumber), 5), ...bigEndian(day, 2), ...bigEndian(status.incident, 4)]);
  return bytes;
}

/** The status in these bytes; undefined when they are none of ours. */
export function findNoticeStatus(bytes: Uint8Array): NoticeStatus | undefined {
  if (bytes.length !== NOTICE_STATUS_BYTES || bytes[0] !== VERSION) return undefined;
  return { amcNumber: String(numberOf(bytes.subarray(1, 6))).padStart(8, '0') as AmcNumber, sentOn: addDays(EPOCH, numberOf(bytes.subarray(6, 8))), incident: numberOf(bytes.subarray(8, 12)) };
}
