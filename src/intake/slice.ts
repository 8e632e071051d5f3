import { uuidOfBytes } from '../ground/index.ts';
import { boundTo, createBlindWriter, SEAL_BYTES, type BlindWriter, type Sealer } from '../registry/index.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { ID, LineReader } from './line-reader.ts';
import type { LineFault, RightsLine, RightTerms } from './rights-line.ts';
import type { CoverRow, RejectedLine } from './store.ts';

const ROW_FIELDS = 17;
/** A line that means to end something: nobody keeps anything by it. */
export const DELETE_RULE = 'delete-in-full';
const DELETE_IN_FULL: LineFault = { field: 'action', rule: DELETE_RULE, remedy: { fr: 'Un fichier complet ne radie pas : omettez la ligne.', en: 'A full file does not strike off: leave the line out.' } };

/** What every slice of a load shares. */
export interface LoadFrame {
  readonly insurerId: number;
  readonly loadId: number;
  readonly kind: 'full' | 'delta';
  /** The rows of a slice begin at firstRow + 2 × its first line: decoys have room between. */
  readonly firstRow: number;
  readonly salt: Buffer;
  readonly sealKeyId: number;
}

/** A line that is taken, or a decoy that goes with them. */
export interface Taken {
  readonly line: RightsLine;
  /** Of a new decoy. */
  readonly reference?: string;
}

/** A slice read: its good lines, and those set aside. */
export interface ReadSlice {
  readonly taken: readonly RightsLine[];
  readonly rejected: readonly RejectedLine[];
}

/** 16 bytes a line each. */
export interface HashedLines {
  readonly beneficiaries: Buffer;
  readonly contracts: Buffer;
}

/** A slice ready to be written. */
export interface MadeSlice {
  /** Binary COPY rows, in the order of {@link RIGHT_COLUMNS}; good until the next slice is made. */
  readonly rows: Buffer;
  readonly persons: Buffer;
  readonly struckOff: number;
}

/** The columns that {@link SliceMaker} writes. */
export const RIGHT_COLUMNS = 'id, person, beneficiary, contract, by_nir, by_adherent, load_id, cover, seal_key, valid_from, valid_to, card_from, card_to, insurer_id, domain_from, domain_to, sealed';

const coverText = (cover: CoverRow): string => JSON.stringify(cover);

export function coverOf(terms: RightTerms): CoverRow {
  return { product: terms.product, csr: terms.csr, conventionType: terms.conventionType, order: terms.order, domains: terms.domains.map((domain) => domain.code), responsible: terms.responsible, c2s: terms.c2s, regime: terms.regime };
}

/** Makes rows of lines: reads, hashes, seals. One for each hand that writes; its sealer's key is its own. */
export class SliceMaker {
  readonly #frame: LoadFrame;
  readonly #writer: BlindWriter;
  readonly #sealer: Sealer;
  readonly #reader = new LineReader();
  readonly #covers = new Map<string, number>();
  readonly #coverByTerms = new Map<RightTerms, number>();
  readonly #rows = new CopyBuffer(1 << 20);
  readonly #record = Buffer.allocUnsafeSlow(4096);

  constructor(options: { readonly frame: LoadFrame; readonly indexKey: Buffer; readonly sealer: Sealer }) {
    this.#frame = options.frame;
    this.#sealer = options.sealer;
    this.#writer = createBlindWriter({ key: options.indexKey, insurerId: options.frame.insurerId, salt: options.frame.salt });
  }

  /** Reads lines; the last line of a person's contract wins. */
  read(bytes: Buffer, firstLine: number): ReadSlice {
    const rejected: RejectedLine[] = [];
    const taken = new Map<string, RightsLine>();
    let number = firstLine;
    for (const text of lines(bytes)) {
      const { line, faults } = this.#reader.read(text);
      const wrong = line === undefined ? faults : this.#frame.kind === 'full' && line.action === 'D' ? [DELETE_IN_FULL] : [];
      if (line !== undefined && wrong.length === 0) taken.set(`${line.beneficiaryId};${line.contract}`, line);
      if (wrong.length > 0) rejected.push(...this.#setAside(text, number, wrong));
      number += 1;
    }
    return { taken: [...taken.values()], rejected };
  }

  hash(entries: readonly Taken[]): HashedLines {
    const [beneficiaries, contracts] = [Buffer.allocUnsafe(entries.length * 16), Buffer.allocUnsafe(entries.length * 16)];
    let last = '';
    for (const [i, { line }] of entries.entries()) {
      this.#writer.beneficiary(line.beneficiaryId, beneficiaries.subarray(i * 16));
      // The lines of a household follow each other.
      if (line.contract === last) contracts.copy(contracts, i * 16, i * 16 - 16, i * 16);
      else this.#writer.contract(line.contract, contracts.subarray(i * 16));
      last = line.contract;
    }
    return { beneficiaries, contracts };
  }

  /** Terms whose cover is not known yet: {@link learn} it first. */
  unknownTerms(entries: readonly Taken[]): RightTerms[] {
    const unknown = new Set<RightTerms>();
    for (const { line } of entries) {
      if (this.#coverByTerms.has(line.terms)) continue;
      const id = this.#covers.get(coverText(coverOf(line.terms)));
      if (id === undefined) unknown.add(line.terms);
      else this.#coverByTerms.set(line.terms, id);
    }
    return [...unknown];
  }

  /** Says which cover terms have. */
  learn(terms: RightTerms, cover: number): void {
    if (this.#coverByTerms.size > 100_000) this.#coverByTerms.clear();
    this.#coverByTerms.set(terms, cover);
    this.#covers.set(coverText(coverOf(terms)), cover);
  }

  #setAside(text: string, number: number, faults: readonly LineFault[]): RejectedLine[] {
    const { insurerId, sealKeyId } = this.#frame;
    // Whose line it was, where it says so: they keep what the file before said (keepSetAside).
    const [, , beneficiaryId = '', contractId = ''] = text.split(';', 4);
    const named = { beneficiary: ID.test(beneficiaryId) ? this.#hashed((into) => this.#writer.beneficiary(beneficiaryId, into)) : null, contract: ID.test(contractId) ? this.#hashed((into) => this.#writer.contract(contractId, into)) : null };
    return faults.map((fault) => ({ line: number, field: fault.field, rule: fault.rule, remedy: fault.remedy, sealKeyId, ...named, sealed: this.#sealer.seal(Buffer.from(text), { insurerId, sealKeyId, row: `line ${number}` }) }));
  }

  #hashed(write: (into: Buffer) => void): string {
    const into = Buffer.allocUnsafe(16);
    write(into);
    return uuidOfBytes(into);
  }

  /**
   * Makes the rows, numbered from `firstRow` on.
   * @param known references of persons of earlier loads, by beneficiary.
   */
  make(entries: readonly Taken[], hashed: HashedLines, place: { readonly firstRow: number; readonly known: ReadonlyMap<string, Buffer> }): MadeSlice {
    const rows = this.#rows;
    rows.reset();
    const persons = this.#persons(entries, hashed, place.known);
    let struckOff = 0;
    for (const [i, { line }] of entries.entries()) {
      if (line.action === 'U') this.#writeRow(rows, line, { id: place.firstRow + i, keys: [persons, hashed.beneficiaries, hashed.contracts].map((list) => list.subarray(i * 16, i * 16 + 16)) as unknown as Keys });
      else struckOff += 1;
    }
    return { rows: rows.finish(), persons, struckOff };
  }

  #persons(entries: readonly Taken[], hashed: HashedLines, known: ReadonlyMap<string, Buffer>): Buffer {
    const persons = Buffer.allocUnsafe(entries.length * 16);
    for (const [i, { reference }] of entries.entries()) {
      const beneficiary = hashed.beneficiaries.subarray(i * 16, i * 16 + 16);
      const person = known.size === 0 ? undefined : known.get(uuidOfBytes(beneficiary));
      if (person !== undefined) person.copy(persons, i * 16);
      else if (reference === undefined) this.#writer.newPerson(beneficiary, persons.subarray(i * 16));
      else persons.write(reference.replaceAll('-', ''), i * 16, 'hex');
    }
    return persons;
  }

  #writeRow(rows: CopyBuffer, line: RightsLine, { id, keys }: { readonly id: number; readonly keys: Keys }): void {
    const { insurerId, loadId, sealKeyId } = this.#frame;
    const { terms } = line;
    const who = { insurerId, birthDate: line.birthDate, birthRank: line.birthRank };
    const dated = terms.domains.some((domain) => domain.from !== null || domain.to !== null);
    rows.startRow(ROW_FIELDS, 400 + line.identity.length * 3 + terms.domains.length * 16);
    rows.int64(id);
    for (const key of keys) rows.put(key);
    this.#writer.byNir(line.nir, who, rows.space(16));
    this.#writer.byAdherent(line.adherentNumber, who, rows.space(16));
    rows.int32(loadId);
    rows.int32(this.#coverByTerms.get(terms) as number);
    rows.int64(sealKeyId);
    for (const date of [terms.validFrom, terms.validTo, terms.cardFrom, terms.cardTo]) rows.date(date);
    rows.int16(insurerId);
    for (const end of ['from', 'to'] as const) {
      if (dated) rows.dates(terms.domains.map((domain) => domain[end]));
      else rows.skipNull();
    }
    this.#seal(rows, line.identity, keys);
  }

  #seal(rows: CopyBuffer, identity: string, [person, , contract]: Keys): void {
    const { insurerId, sealKeyId } = this.#frame;
    const record = this.#record.subarray(0, this.#record.write(identity));
    const bound = boundTo({ insurerId, sealKeyId, row: `${uuidOfBytes(person)}|${uuidOfBytes(contract)}` });
    this.#sealer.sealInto(record, bound, rows.space(record.length + SEAL_BYTES));
  }
}

/** A row's person, beneficiary and contract: 16 bytes each. */
type Keys = readonly [Buffer, Buffer, Buffer];

function lines(bytes: Buffer): string[] {
  const texts = bytes.toString('utf8').split('\n');
  texts.pop();
  return texts;
}
