import { fault, refuseErrors, type Finding } from './finding.ts';
import { addDays, dayNumber, type PlainDate } from './plain-date.ts';
import type { AmcNumber, ConventionType, Csr } from './insurer-route.ts';

/**
 * What our card code says: no identity, the route to an insurer and a random number that only it can tie to a person.
 * Layout and reasons: docs/formats/card-code.md.
 */
export interface CardFields {
  readonly amcNumber: AmcNumber;
  readonly conventionType: ConventionType;
  readonly csr: Csr;
  /** 128 random bits, in uuid form. */
  readonly cardId: string;
  readonly validFrom: PlainDate;
  readonly validTo: PlainDate;
}

/** A card code that was read: its fields, the bytes that are signed, and the Ed25519 signature (64 bytes), not yet verified. */
export interface CardCode extends CardFields {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const PREFIX = 'RMP1';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const DIGITS36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const VERSION = 1;
const EPOCH = '2000-01-01' as PlainDate;
const SIGNATURE_BYTES = 64;
const FIXED_BYTES = 1 + 5 + 2 + 1 + 16 + 4;
const CSR_MAX = 8;
const CHECK_LENGTH = 2;

const scanAgain = { fr: 'Scannez de nouveau le code, ou saisissez les quatre champs.', en: 'Scan the code again, or fill in the four fields.' };
const FORM = fault('card-form', { fr: 'Ce code n’est pas un code de carte Rempart entier.', en: 'This is not a whole Rempart card code.' }, scanAgain);
const CHECK = fault('card-check', { fr: 'Un caractère du code de la carte est faux.', en: 'A character of the card code is wrong.' }, scanAgain);

/** The two check characters of ISO 7064 MOD 1271-36 (A-Z and 0-9): any one wrong character and any two swapped neighbours show. */
export function checkCharacters(text: string): string {
  let rest = 0;
  for (const character of text) rest = ((rest + DIGITS36.indexOf(character)) * 36) % 1271;
  const check = (1272 - ((rest * 36) % 1271)) % 1271;
  return `${DIGITS36[Math.floor(check / 36)]}${DIGITS36[check % 36]}`;
}

function toBase32(bytes: Uint8Array): string {
  let text = '';
  let [value, bits] = [0, 0];
  for (const byte of bytes) {
    [value, bits] = [((value << 8) | byte) & 0xfff, bits + 8];
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >> bits) & 31];
    }
  }
  return bits === 0 ? text : text + (BASE32[(value << (5 - bits)) & 31] as string);
}

// Undefined when it holds a character that base32 has not, or bits that no byte accounts for.
function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let [value, bits] = [0, 0];
  for (const character of text) {
    const digit = BASE32.indexOf(character);
    if (digit === -1) return undefined;
    [value, bits] = [((value << 5) | digit) & 0xfff, bits + 5];
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
  }
  return bits >= 5 || (value & ((1 << bits) - 1)) !== 0 ? undefined : Uint8Array.from(bytes);
}

const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const bigEndian = (value: number, size: number): number[] => Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
const numberOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const daysSinceEpoch = (date: PlainDate): number => dayNumber(date) - dayNumber(EPOCH);

/** The bytes that the insurer signs: `rempart-card-v1`, a zero byte, then the fields. */
export function cardSignedBytes(fields: CardFields): Uint8Array {
  return Uint8Array.from([...ascii('rempart-card-v1'), 0, ...fieldBytes(fields)]);
}

function fieldBytes(fields: CardFields): number[] {
  const id = fields.cardId.replaceAll('-', '').match(/../g) ?? [];
  return [VERSION, ...bigEndian(Number(fields.amcNumber), 5), ...ascii(fields.conventionType), fields.csr.length, ...ascii(fields.csr),
    ...id.map((pair) => Number.parseInt(pair, 16)), ...bigEndian(daysSinceEpoch(fields.validFrom), 2), ...bigEndian(daysSinceEpoch(fields.validTo), 2)];
}

/** The code as it is printed: A-Z and 0-9 alone, about 160 characters. @param signature 64 bytes over {@link cardSignedBytes}. */
export function formatCardCode(fields: CardFields, signature: Uint8Array): string {
  const body = PREFIX + toBase32(Uint8Array.from([...fieldBytes(fields), ...signature]));
  return body + checkCharacters(body);
}

const squeeze = (text: string): string => text.replaceAll(/\s/g, '').toUpperCase();

// NOTE: a hand-held scanner types as if on an American keyboard; on a French one A and Q, Z and W, M and the digits come
// out as others, and with shift #, * and / do.
const FRENCH_TYPED: Readonly<Record<string, string>> = { '3': '#', '8': '*', '!': '/', a: 'q', q: 'a', z: 'w', w: 'z', ',': 'm', '?': 'm', '&': '1', 'é': '2', '"': '3', "'": '4', '(': '5', '-': '6', 'è': '7', '_': '8', 'ç': '9', 'à': '0', 'É': '2', 'È': '7', 'Ç': '9', 'À': '0' };

/** What a scanner set to QWERTY meant when it typed on an AZERTY keyboard. */
export function undoFrenchKeyboard(typed: string): string {
  return Array.from(typed, (character) => FRENCH_TYPED[character] ?? FRENCH_TYPED[character.toLowerCase()] ?? character).join('').toUpperCase();
}

/** The card code in what a scanner or camera gave, whichever keyboard it typed on; undefined when it is none. */
export function findCardCode(scanned: string): string | undefined {
  return [squeeze(scanned), squeeze(undoFrenchKeyboard(scanned))].find((text) => text.startsWith(PREFIX));
}

/** All faults of a card code's form and check characters. The signature is the insurer's key's to verify. */
export function checkCardCode(typed: string): readonly Finding[] {
  const text = squeeze(typed);
  if (!text.startsWith(PREFIX) || text.length < PREFIX.length + CHECK_LENGTH + 1 || !/^[A-Z0-9]+$/.test(text)) return [FORM];
  if (checkCharacters(text.slice(0, -CHECK_LENGTH)) !== text.slice(-CHECK_LENGTH)) return [CHECK];
  return readBytes(text) === undefined ? [FORM] : [];
}

function readBytes(text: string): Uint8Array | undefined {
  const bytes = fromBase32(text.slice(PREFIX.length, -CHECK_LENGTH));
  const csr = bytes?.[8] ?? CSR_MAX + 1;
  return bytes !== undefined && bytes[0] === VERSION && csr <= CSR_MAX && bytes.length === FIXED_BYTES + csr + SIGNATURE_BYTES ? bytes : undefined;
}

/** Reads a card code. @throws IdentifierError `card-form`, `card-check` */
export function parseCardCode(typed: string): CardCode {
  refuseErrors('card', checkCardCode(typed));
  const bytes = readBytes(squeeze(typed)) as Uint8Array;
  const csrEnd = 9 + (bytes[8] as number);
  const id = [...bytes.subarray(csrEnd, csrEnd + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const day = (at: number): PlainDate => addDays(EPOCH, numberOf(bytes.subarray(at, at + 2)));
  const fields: CardFields = {
    amcNumber: String(numberOf(bytes.subarray(1, 6))).padStart(8, '0') as AmcNumber, conventionType: textOf(bytes.subarray(6, 8)) as ConventionType, csr: textOf(bytes.subarray(9, csrEnd)) as Csr,
    cardId: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`, validFrom: day(csrEnd + 16), validTo: day(csrEnd + 18),
  };
  return { ...fields, signed: cardSignedBytes(fields), signature: bytes.slice(-SIGNATURE_BYTES) };
}
