import { readRightsLine, type RightsLine, type RightTerms } from './rights-line.ts';

const LAST_IDENTITY_FIELD = 11;
const TERMS_KEPT = 50_000;
/** A beneficiary's and a contract's own number. */
export const ID = /^[A-Za-z0-9-]{1,40}$/;
const ADHERENT = /^[A-Z0-9]{1,16}$/;
const PLAIN_NIR = /^[1-4]\d{2}(0[1-9]|1[0-2])(?!00)\d{8}\d{2}$/;

// A NIR of 15 digits with its key, of the usual kind; any other goes the long way.
const isPlainNir = (nir: string): boolean => PLAIN_NIR.test(nir) && 97 - (Number(nir.slice(0, 13)) % 97) === Number(nir.slice(13));

/** Reads the lines of one file: what {@link readRightsLine} says, without saying it millions of times anew. */
export class LineReader {
  readonly #terms = new Map<string, RightTerms>();
  readonly #birthDates = new Set<string>();

  read(text: string): ReturnType<typeof readRightsLine> {
    return this.#readKnown(text) ?? this.#readWhole(text);
  }

  #readWhole(text: string): ReturnType<typeof readRightsLine> {
    const read = readRightsLine(text);
    if (read.line === undefined) return read;
    const values = text.split(';');
    const last = values.slice(LAST_IDENTITY_FIELD).join(';');
    if (this.#terms.size >= TERMS_KEPT) this.#terms.clear();
    const terms = this.#terms.get(last) ?? read.line.terms;
    this.#terms.set(last, terms);
    if (read.line.birthDate === values[6]) this.#birthDates.add(read.line.birthDate);
    return { line: { ...read.line, terms } };
  }

  // The line, when its terms and birth date were read before and the rest is in its plainest form.
  #readKnown(text: string): { readonly line: RightsLine } | undefined {
    const ends: number[] = [];
    for (let at = text.indexOf(';'); ends.length < LAST_IDENTITY_FIELD && at !== -1; at = text.indexOf(';', at + 1)) ends.push(at);
    const field = (i: number): string => text.slice((ends[i - 1] as number) + 1, ends[i]);
    const terms = ends.length < LAST_IDENTITY_FIELD ? undefined : this.#terms.get(text.slice((ends[LAST_IDENTITY_FIELD - 1] as number) + 1));
    const action = text.slice(0, 4);
    if (terms === undefined || (action !== 'L;U;' && action !== 'L;D;')) return undefined;
    const [beneficiaryId, contract, adherentNumber, nir, birthDate, rank] = [field(2), field(3), field(4), field(5), field(6), field(7)];
    const [family, given] = [(ends[8] as number) - (ends[7] as number) - 1, (ends[9] as number) - (ends[8] as number) - 1];
    if (!ID.test(beneficiaryId) || !ID.test(contract) || !ADHERENT.test(adherentNumber) || !isPlainNir(nir) || !this.#birthDates.has(birthDate) || !/^[1-9]$/.test(rank)
      || family < 1 || family > 80 || given < 1 || given > 120) return undefined;
    const identity = `${text.slice((ends[7] as number) + 1, ends[10])};${text.slice((ends[4] as number) + 1, ends[7])};${adherentNumber};${text.slice((ends[1] as number) + 1, ends[3])}`;
    return { line: { action: action[2] as 'U' | 'D', beneficiaryId, contract, adherentNumber, nir: nir.slice(0, 13), birthDate, birthRank: Number(rank), identity, terms } };
  }
}
