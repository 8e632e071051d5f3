import type { RightsLine, RightTerms } from './rights-line.ts';

/** Where the parts of a line lie: identity, NIR text, adhérent text (each ends where the next begins), beneficiary, contract. */
const SPANS = 8;
const [SEMICOLON, BAR] = [0x3b, 0x7c];
/** Characters of a NIR without its key. */
const NIR_LENGTH = 13;
/** Bytes that a line adds at most to its own: what is hashed of it, separators, and a decoy's ids. */
const MORE = 400;

type OfRange = (bytes: Buffer, from: number, to: number) => Buffer;
const viewOf: OfRange = (bytes, from, to) => bytes.subarray(from, to);

/** A line in its plainest form where it was read: `ends` are the places of the semicolons after its first eleven fields. */
export interface PlainLine {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  readonly terms: RightTerms;
}

/** Lines of a slice as bytes, ready to be hashed and sealed: millions of them make no object each. */
export class LineTable {
  #bytes = Buffer.allocUnsafeSlow(1 << 20);
  #end = 0;
  #spans = new Uint32Array(SPANS * 1024);
  #terms: RightTerms[] = [];
  readonly #struckOff = new Set<number>();
  readonly #references = new Map<number, string>();

  /** Empties it for the next slice. */
  reset(): void {
    [this.#end, this.#terms] = [0, []];
    this.#struckOff.clear();
    this.#references.clear();
  }

  /** What is sealed: familyName;givenNames;relationship;nir;birthDate;birthRank;adherentNumber;beneficiaryId;contract, as sent. */
  identity(line: number): Buffer {
    return this.#part(line, 0, viewOf);
  }

  /** Hashes what a row is found by: the insured's NIR (13 characters), birth date and rank, a bar between. */
  nir(line: number, hash: OfRange): Buffer {
    return this.#part(line, 1, hash);
  }

  /** Hashes the insured's number, birth date and rank, a bar between. */
  adherent(line: number, hash: OfRange): Buffer {
    return this.#part(line, 2, hash);
  }

  beneficiary(line: number, hash: OfRange): Buffer {
    return hash(this.#bytes, this.#spans[line * SPANS + 4] as number, this.#spans[line * SPANS + 5] as number);
  }

  contract(line: number, hash: OfRange): Buffer {
    return hash(this.#bytes, this.#spans[line * SPANS + 6] as number, this.#spans[line * SPANS + 7] as number);
  }

  /** Whether two lines are of one contract. */
  isSameContract(line: number, other: number): boolean {
    const [bytes, spans] = [this.#bytes, this.#spans];
    let [at, to] = [spans[line * SPANS + 6] as number, spans[other * SPANS + 6] as number];
    const end = spans[line * SPANS + 7] as number;
    if (end - at !== (spans[other * SPANS + 7] as number) - to) return false;
    for (; at < end; at += 1, to += 1) if (bytes[at] !== bytes[to]) return false;
    return true;
  }

  terms(line: number): RightTerms {
    return this.#terms[line] as RightTerms;
  }

  strikesOff(line: number): boolean {
    return this.#struckOff.size > 0 && this.#struckOff.has(line);
  }

  /** Of a new decoy. */
  reference(line: number): string | undefined {
    return this.#references.get(line);
  }

  /** Whose contract it is about: of two lines with one key the later counts. */
  key(line: number): string {
    return this.#bytes.toString('latin1', this.#spans[line * SPANS + 4], this.#spans[line * SPANS + 7]);
  }

  /** The line as it was read. */
  line(line: number): RightsLine {
    const [nir = '', birthDate = '', birthRank = ''] = this.nir(line, viewOf).toString().split('|');
    const [adherentNumber = ''] = this.adherent(line, viewOf).toString().split('|');
    return { action: this.strikesOff(line) ? 'D' : 'U', beneficiaryId: this.beneficiary(line, viewOf).toString(), contract: this.contract(line, viewOf).toString(), adherentNumber, nir, birthDate, birthRank: Number(birthRank), identity: this.identity(line).toString(), terms: this.terms(line) };
  }

  /** Adds a line by its fields. @returns its number. */
  add(line: RightsLine, reference?: string): number {
    const number = this.#begin(line.identity.length * 3 + MORE, line.terms);
    const at = number * SPANS;
    this.#text(line.identity, at + 1);
    this.#text(`${line.nir}|${line.birthDate}|${line.birthRank}`, at + 2);
    this.#text(`${line.adherentNumber}|${line.birthDate}|${line.birthRank}`, at + 3);
    this.#spans[at + 4] = this.#end;
    this.#text(line.beneficiaryId, at + 5);
    this.#bytes[this.#end] = SEMICOLON;
    this.#end += 1;
    this.#spans[at + 6] = this.#end;
    this.#text(line.contract, at + 7);
    if (line.action === 'D') this.#struckOff.add(number);
    if (reference !== undefined) this.#references.set(number, reference);
    return number;
  }

  /** Adds a line that was found to be plain. @returns its number. */
  addPlain({ bytes, ends, terms }: PlainLine): number {
    const end = (field: number): number => ends[field] as number;
    const number = this.#begin(end(10) - end(1) + MORE, terms);
    const [at, spans] = [number * SPANS, this.#spans];
    this.#copy(bytes, end(7) + 1, end(10));
    this.#separate(SEMICOLON);
    this.#copy(bytes, end(4) + 1, end(7));
    this.#separate(SEMICOLON);
    this.#copy(bytes, end(3) + 1, end(4));
    this.#separate(SEMICOLON);
    spans[at + 4] = this.#end;
    spans[at + 5] = this.#end + end(2) - end(1) - 1;
    spans[at + 6] = spans[at + 5] as number + 1;
    this.#copy(bytes, end(1) + 1, end(3));
    spans[at + 7] = this.#end;
    spans[at + 1] = this.#end;
    this.#copy(bytes, end(4) + 1, end(4) + 1 + NIR_LENGTH);
    this.#who(bytes, ends);
    spans[at + 2] = this.#end;
    this.#copy(bytes, end(3) + 1, end(4));
    this.#who(bytes, ends);
    spans[at + 3] = this.#end;
    return number;
  }

  #part(line: number, part: number, of: OfRange): Buffer {
    return of(this.#bytes, this.#spans[line * SPANS + part] as number, this.#spans[line * SPANS + part + 1] as number);
  }

  #begin(most: number, terms: RightTerms): number {
    const number = this.#terms.push(terms) - 1;
    if (this.#end + most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#end + most));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    if (this.#terms.length * SPANS > this.#spans.length) {
      const more = new Uint32Array(this.#spans.length * 2);
      more.set(this.#spans);
      this.#spans = more;
    }
    this.#spans[number * SPANS] = this.#end;
    return number;
  }

  #text(text: string, end: number): void {
    this.#end += this.#bytes.write(text, this.#end);
    this.#spans[end] = this.#end;
  }

  // Byte by byte: so short a copy costs less than a call that leaves JavaScript.
  #copy(from: Buffer, start: number, end: number): void {
    const to = this.#bytes;
    let at = this.#end;
    for (let i = start; i < end; i += 1, at += 1) to[at] = from[i] as number;
    this.#end = at;
  }

  #separate(by: number): void {
    this.#bytes[this.#end] = by;
    this.#end += 1;
  }

  // Birth date and rank, each after a bar.
  #who(bytes: Buffer, ends: Uint32Array): void {
    this.#separate(BAR);
    this.#copy(bytes, ends[5] as number + 1, ends[6] as number);
    this.#separate(BAR);
    this.#copy(bytes, ends[6] as number + 1, ends[7] as number);
  }
}
