import { isUtf8 } from 'node:buffer';
import type { LineTable } from './line-table.ts';
import { readRightsLine, type LineFault, type RightTerms } from './rights-line.ts';

const LAST_IDENTITY_FIELD = 11;
const TERMS_KEPT = 50_000;
const [SEMICOLON, DASH, ZERO, LETTER_L, LETTER_U] = [0x3b, 0x2d, 0x30, 0x4c, 0x55];
/** A beneficiary's and a contract's own number. */
export const ID = /^[A-Za-z0-9-]{1,40}$/;
const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}$/;

type OfRange<T> = (bytes: Buffer, from: number, to: number) => T;

// Whether a range has one byte at least, so many at most, and each of them fits.
function every(byte: RegExp, most: number): OfRange<boolean> {
  const fits = Uint8Array.from({ length: 256 }, (_, code) => (byte.test(String.fromCharCode(code)) ? 1 : 0));
  return (bytes, from, to) => {
    for (let at = from; at < to; at += 1) if (fits[bytes[at] as number] === 0) return false;
    return to > from && to - from <= most;
  };
}

const isId = every(/[A-Za-z0-9-]/, 40);
const isAdherent = every(/[A-Z0-9]/, 16);
const isDigits = every(/\d/, 15);
const isRank = every(/[1-9]/, 1);

const numberIn: OfRange<number> = (bytes, from, to) => {
  let number = 0;
  for (let at = from; at < to; at += 1) number = number * 10 + (bytes[at] as number) - ZERO;
  return number;
};

// A NIR of 15 digits with its key, of the usual kind (sex 1 to 4, month 1 to 12, a department); any other goes the long way.
const isPlainNir: OfRange<boolean> = (bytes, from, to) => {
  if (to - from !== 15 || !isDigits(bytes, from, to)) return false;
  const [sex, month, department] = [numberIn(bytes, from, from + 1), numberIn(bytes, from + 3, from + 5), numberIn(bytes, from + 5, from + 7)];
  return sex >= 1 && sex <= 4 && month >= 1 && month <= 12 && department > 0 && 97 - (numberIn(bytes, from, from + 13) % 97) === numberIn(bytes, from + 13, to);
};

// YYYY-MM-DD as a number of eight digits; -1: of another form.
const dayIn: OfRange<number> = (bytes, from, to) => {
  if (to - from !== 10 || bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return -1;
  if (!isDigits(bytes, from, from + 4) || !isDigits(bytes, from + 5, from + 7) || !isDigits(bytes, from + 8, to)) return -1;
  return (numberIn(bytes, from, from + 4) * 100 + numberIn(bytes, from + 5, from + 7)) * 100 + numberIn(bytes, from + 8, to);
};

/** Reads the lines of one file into a table: what {@link readRightsLine} says, without saying it millions of times anew. */
export class LineReader {
  readonly #table: LineTable;
  /** By the bytes of a line's last eleven fields. */
  readonly #terms = new Map<string, RightTerms>();
  readonly #birthDates = new Set<number>();
  /** Where the first eleven fields of the line at hand end. */
  readonly #ends = new Uint32Array(LAST_IDENTITY_FIELD);

  constructor(table: LineTable) {
    this.#table = table;
  }

  /** Reads the line that lies there. @returns its number in the table, or every fault. */
  read(bytes: Buffer, from: number, to: number): number | readonly LineFault[] {
    const terms = this.#split(bytes, from, to);
    return terms !== undefined && this.#isPlain(bytes, from) ? this.#table.addPlain({ bytes, ends: this.#ends, terms }) : this.#readWhole(bytes.toString('utf8', from, to));
  }

  #readWhole(text: string): number | readonly LineFault[] {
    const { line, faults } = readRightsLine(text);
    if (line === undefined) return faults;
    const values = text.split(';');
    const last = Buffer.from(values.slice(LAST_IDENTITY_FIELD).join(';')).toString('latin1');
    if (this.#terms.size >= TERMS_KEPT) this.#terms.clear();
    const terms = this.#terms.get(last) ?? line.terms;
    this.#terms.set(last, terms);
    if (line.birthDate === values[6] && PLAIN_DATE.test(line.birthDate)) this.#birthDates.add(Number(line.birthDate.replaceAll('-', '')));
    return this.#table.add({ ...line, terms });
  }

  // Finds where its first eleven fields end, and the terms that the others say, where they were read before.
  #split(bytes: Buffer, from: number, to: number): RightTerms | undefined {
    let [found, all, at] = [0, 0, from];
    for (; at < to && found < LAST_IDENTITY_FIELD; at += 1) {
      const byte = bytes[at] as number;
      all |= byte;
      if (byte !== SEMICOLON) continue;
      this.#ends[found] = at;
      found += 1;
    }
    // Names may have accents; what is no UTF-8 is replaced on the long way.
    return all >= 0x80 && !isUtf8(bytes.subarray(from, at)) ? undefined : this.#terms.get(bytes.toString('latin1', at, to));
  }

  // Whether everything before the terms is in its plainest form: taken on, its birth date read before, no field too long.
  #isPlain(bytes: Buffer, from: number): boolean {
    const end = (field: number): number => this.#ends[field] as number;
    const [family, given] = [end(8) - end(7) - 1, end(9) - end(8) - 1];
    return end(0) === from + 1 && bytes[from] === LETTER_L && end(1) === from + 3 && bytes[from + 2] === LETTER_U && isId(bytes, end(1) + 1, end(2)) && isId(bytes, end(2) + 1, end(3))
      && isAdherent(bytes, end(3) + 1, end(4)) && isPlainNir(bytes, end(4) + 1, end(5)) && this.#birthDates.has(dayIn(bytes, end(5) + 1, end(6))) && isRank(bytes, end(6) + 1, end(7))
      && family > 0 && family <= 80 && given > 0 && given <= 120;
  }
}
