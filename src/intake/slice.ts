import { uuidOfBytes, writeUuid } from '../ground/index.ts';
import { boundTo, createBlindWriter, SEAL_BYTES, type BlindWriter, type Sealer } from '../registry/index.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { ID, LineReader } from './line-reader.ts';
import { LineTable } from './line-table.ts';
import type { LineFault, RightTerms } from './rights-line.ts';
import type { CoverRow, RejectedLine } from './store.ts';

/** Row numbers that a shelf holds. */
export const ROWS_A_SHELF = 2 ** 32;
const ROW_FIELDS = 17;
/** Bytes of a row's number of fields, its first six fields, and the length of what is sealed. */
const KEYS_LENGTH = 2 + 12 + 5 * 20 + 4;
const UUID_LENGTH = 36;
/** Of what a row is found by, and of a reference. */
const KEY_BYTES = 16;
const LF = 0x0a;
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

/** A slice read: its good lines by their numbers in the table, and those set aside. */
export interface ReadSlice {
  readonly taken: readonly number[];
  readonly rejected: readonly RejectedLine[];
}

/** 16 bytes a line each; good until the next slice is hashed. */
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
  /** The lines of the slice under way, decoys with them. */
  readonly table = new LineTable();
  readonly #frame: LoadFrame;
  readonly #writer: BlindWriter;
  readonly #sealer: Sealer;
  readonly #reader = new LineReader(this.table);
  readonly #covers = new Map<string, number>();
  /** Both forget terms that nothing else holds: each decoy brings terms of its own. */
  readonly #coverByTerms = new WeakMap<RightTerms, number>();
  readonly #middles = new WeakMap<RightTerms, Buffer>();
  readonly #rows = new CopyBuffer(1 << 20);
  /** What a seal is bound to, with room for person and contract. */
  readonly #bound: Buffer;
  readonly #boundPerson: Buffer;
  readonly #boundContract: Buffer;
  #keys = roomFor(0);
  /** Of the slice's persons, 16 bytes each. */
  #references: Buffer = Buffer.alloc(0);

  constructor(options: { readonly frame: LoadFrame; readonly indexKey: Buffer; readonly sealer: Sealer }) {
    const { insurerId, sealKeyId, salt } = options.frame;
    this.#frame = options.frame;
    this.#sealer = options.sealer;
    this.#writer = createBlindWriter({ key: options.indexKey, insurerId, salt });
    this.#bound = boundTo({ insurerId, sealKeyId, row: `${'-'.repeat(UUID_LENGTH)}|${'-'.repeat(UUID_LENGTH)}` });
    this.#boundPerson = this.#bound.subarray(-2 * UUID_LENGTH - 1);
    this.#boundContract = this.#bound.subarray(-UUID_LENGTH);
  }

  /** Reads lines into the table, which is emptied first; the last line of a person's contract wins. */
  read(bytes: Buffer, firstLine: number): ReadSlice {
    const rejected: RejectedLine[] = [];
    const taken = new Map<string, number>();
    this.table.reset();
    let number = firstLine;
    for (let [from, to] = [0, bytes.indexOf(LF)]; to !== -1; [from, to, number] = [to + 1, bytes.indexOf(LF, to + 1), number + 1]) {
      const read = this.#reader.read(bytes, from, to);
      const wrong = typeof read !== 'number' ? read : this.#frame.kind === 'full' && this.table.strikesOff(read) ? [DELETE_IN_FULL] : [];
      if (typeof read === 'number' && wrong.length === 0) taken.set(this.table.key(read), read);
      else rejected.push(...this.#setAside(bytes.toString('utf8', from, to), number, wrong));
    }
    return { taken: [...taken.values()], rejected };
  }

  hash(entries: readonly number[]): HashedLines {
    const { table } = this;
    if (this.#keys.contracts.length < entries.length * KEY_BYTES) this.#keys = roomFor(entries.length * KEY_BYTES);
    const { beneficiaries, contracts } = this.#keys;
    const contract = Buffer.alloc(KEY_BYTES);
    for (const [i, line] of entries.entries()) {
      copyKey(table.beneficiary(line, this.#writer.beneficiary), beneficiaries, i);
      // The lines of a household follow each other.
      if (i === 0 || !table.isSameContract(line, entries[i - 1] as number)) table.contract(line, this.#writer.contract).copy(contract);
      copyKey(contract, contracts, i);
    }
    return { beneficiaries: beneficiaries.subarray(0, entries.length * KEY_BYTES), contracts: contracts.subarray(0, entries.length * KEY_BYTES) };
  }

  /** Terms whose cover is not known yet: {@link learn} it first. */
  unknownTerms(entries: readonly number[]): RightTerms[] {
    const unknown = new Set<RightTerms>();
    for (const line of entries) {
      const terms = this.table.terms(line);
      if (this.#coverByTerms.has(terms)) continue;
      const id = this.#covers.get(coverText(coverOf(terms)));
      if (id === undefined) unknown.add(terms);
      else this.#coverByTerms.set(terms, id);
    }
    return [...unknown];
  }

  /** Says which cover terms have. */
  learn(terms: RightTerms, cover: number): void {
    this.#coverByTerms.set(terms, cover);
    this.#covers.set(coverText(coverOf(terms)), cover);
  }

  #setAside(text: string, number: number, faults: readonly LineFault[]): RejectedLine[] {
    const { insurerId, sealKeyId } = this.#frame;
    // Whose line it was, where it says so: they keep what the file before said (keepSetAside).
    const [, , beneficiaryId = '', contractId = ''] = text.split(';', 4);
    const hashed = (id: string, hash: BlindWriter['beneficiary']): string | null => (ID.test(id) ? uuidOfBytes(hash(Buffer.from(id), 0, id.length)) : null);
    const named = { beneficiary: hashed(beneficiaryId, this.#writer.beneficiary), contract: hashed(contractId, this.#writer.contract) };
    return faults.map((fault) => ({ line: number, field: fault.field, rule: fault.rule, remedy: fault.remedy, sealKeyId, ...named, sealed: this.#sealer.seal(Buffer.from(text), { insurerId, sealKeyId, row: `line ${number}` }) }));
  }

  /**
   * Makes the rows, numbered from `firstRow` on.
   * @param known references of persons of earlier loads, by beneficiary.
   */
  make(entries: readonly number[], hashed: HashedLines, place: { readonly firstRow: number; readonly known: ReadonlyMap<string, Buffer> }): MadeSlice {
    const rows = this.#rows;
    rows.reset();
    const persons = this.#persons(entries, hashed, place.known);
    this.#references = persons;
    let struckOff = 0;
    for (const [i, line] of entries.entries()) {
      if (this.table.strikesOff(line)) struckOff += 1;
      else this.#writeRow(line, i, place.firstRow + i);
    }
    return { rows: rows.finish(), persons, struckOff };
  }

  #persons(entries: readonly number[], hashed: HashedLines, known: ReadonlyMap<string, Buffer>): Buffer {
    const persons = this.#writer.newPersons(hashed.beneficiaries);
    for (const [i, line] of entries.entries()) {
      const reference = this.table.reference(line);
      const person = known.size === 0 ? undefined : known.get(uuidOfBytes(hashed.beneficiaries.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES)));
      if (person !== undefined) person.copy(persons, i * KEY_BYTES);
      else if (reference !== undefined) persons.write(reference.replaceAll('-', ''), i * KEY_BYTES, 'hex');
    }
    return persons;
  }

  // The row of a line: the i-th of its slice.
  #writeRow(line: number, i: number, id: number): void {
    const rows = this.#rows;
    const table = this.table;
    const persons = this.#references;
    const { beneficiaries, contracts } = this.#keys;
    const middle = this.#middleOf(table.terms(line));
    const identity = table.identity(line);
    rows.startRow(ROW_FIELDS, KEYS_LENGTH + middle.length + identity.length + SEAL_BYTES);
    rows.int64(id);
    rows.putUuid(persons, i);
    rows.putUuid(beneficiaries, i);
    rows.putUuid(contracts, i);
    rows.putUuid(table.nir(line, this.#writer.byNir), 0);
    rows.putUuid(table.adherent(line, this.#writer.byAdherent), 0);
    rows.putFields(middle);
    writeUuid(persons, i * KEY_BYTES, this.#boundPerson);
    writeUuid(contracts, i * KEY_BYTES, this.#boundContract);
    this.#sealer.sealInto(identity, this.#bound, rows.space(identity.length + SEAL_BYTES));
  }

  // The fields from load_id to domain_to: all rows of the same terms have the same.
  #middleOf(terms: RightTerms): Buffer {
    const known = this.#middles.get(terms);
    if (known !== undefined) return known;
    const { insurerId, loadId, sealKeyId } = this.#frame;
    const dated = terms.domains.some((domain) => domain.from !== null || domain.to !== null);
    const fields = new CopyBuffer(1024 + terms.domains.length * 16);
    fields.int32(loadId);
    fields.int32(this.#coverByTerms.get(terms) as number);
    fields.int64(sealKeyId);
    for (const date of [terms.validFrom, terms.validTo, terms.cardFrom, terms.cardTo]) fields.date(date);
    fields.int16(insurerId);
    for (const end of ['from', 'to'] as const) {
      if (dated) fields.dates(terms.domains.map((domain) => domain[end]));
      else fields.skipNull();
    }
    const middle = fields.fields();
    this.#middles.set(terms, middle);
    return middle;
  }
}

function roomFor(bytes: number): HashedLines {
  return { beneficiaries: Buffer.alloc(bytes), contracts: Buffer.alloc(bytes) };
}

function copyKey(key: Buffer, keys: Buffer, number: number): void {
  for (let [i, at] = [0, number * KEY_BYTES]; i < KEY_BYTES; i += 1, at += 1) keys[at] = key[i] as number;
}
