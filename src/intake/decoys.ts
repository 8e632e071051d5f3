import { randomInt, randomUUID } from 'node:crypto';
import { uuidOfBytes, type KeyRing, type Pool } from '../ground/index.ts';
import { nirKey } from '../identifiers/index.ts';
import { createBlindIndexer, createDecoyKeeper, type BlindIndexer, type DecoyKeeper } from '../registry/index.ts';
import type { RightsLine } from './rights-line.ts';
import * as store from './store.ts';

/** Decoys stand together, as neighbours do in a register: this many around one real line. */
const TOGETHER = 3;
/** Of the lines of a delta at most one in twenty is a decoy's: a day of many new persons would be noticed. */
const OF_DELTA = 0.05;

/** Decoys read at once. */
const PAGE = 2000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** A decoy as a line of this load, with what is kept of it. */
export interface DecoyLine {
  readonly line: RightsLine;
  /** Its reference, where it is new. */
  readonly reference?: string;
  readonly planted: store.PlantedDecoy;
}

interface PlanterOptions {
  readonly pool: Pool;
  readonly keyRing: Pick<KeyRing, 'indexKey' | 'decoyKey'>;
  readonly insurerId: number;
  readonly loadId: number;
  readonly full: boolean;
  readonly effectiveOn: string;
  /** Lines of the whole file. */
  readonly lines: number;
  /** Where its decoys are on record: shelves of the insurer's rows. */
  readonly shelves: readonly number[];
  /** One of several hands that plant at once, on a shelf: its part of the decoys, which are held against the real lines at the end. */
  readonly hand?: { readonly number: number; readonly of: number };
}

type Kept = { readonly id: string; readonly line: RightsLine; readonly loadId: number };

const isMine = (id: string, hand: PlanterOptions['hand']): boolean => hand === undefined || Number.parseInt(id.slice(0, 4), 16) % hand.of === hand.number;
// Where a part of all ids begins: they are random.
const firstOf = (number: number, of: number): string => `${Math.floor((0x10000 * number) / of).toString(16).padStart(4, '0')}${FIRST_ID.slice(4)}`;
const pick = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;
const pad = (n: number, width: number): string => String(n).padStart(width, '0');

/** A decoy made after a longer line might not fit its sealed record. */
const MODEL_BYTES = 1800;

// A line whose NIR says when and where its person was born, in force, of usual length: what a decoy is made after.
function isModel(line: RightsLine, on: string): boolean {
  return line.action === 'U' && /^[12]\d{9,}/.test(line.nir) && line.nir.slice(1, 5) === line.birthDate.slice(2, 4) + line.birthDate.slice(5, 7)
    && line.terms.validFrom <= on && (line.terms.validTo === null || line.terms.validTo >= on) && Buffer.byteLength(JSON.stringify(line)) <= MODEL_BYTES;
}

// Another day of the same month: one typing mistake in a real person's identity never makes a decoy's.
function otherDay(birthDate: string): string {
  const day = Number(birthDate.slice(8));
  return `${birthDate.slice(0, 8)}${pad(((day - 1 + 1 + randomInt(26)) % 28) + 1, 2)}`;
}

function nearNumber(number: string, digits: number, within: number): string {
  const size = 10 ** digits;
  const moved = (Number(number.slice(-digits)) + (randomInt(2) === 0 ? 1 : -1) * (1 + randomInt(within)) + size) % size;
  return number.slice(0, -digits) + pad(moved === 0 ? 1 : moved, digits);
}

const otherDigits = (id: string): string => id.replaceAll(/\d/g, () => String(randomInt(10)));
const trailingDigits = (text: string): number => Math.min(3, /\d*$/.exec(text)?.[0].length ?? 0);

// What one identity is found by, within one insurer.
const namesOf = (line: RightsLine): readonly string[] => [`n|${line.nir}|${line.birthDate}|${line.birthRank}`, `a|${line.adherentNumber}|${line.birthDate}|${line.birthRank}`];

/** Makes and carries on the decoys of one load. They go through the same hands as the lines of the file. */
export class DecoyPlanter {
  readonly #options: PlanterOptions;
  readonly #indexer: BlindIndexer;
  readonly #keeper: DecoyKeeper;
  readonly #epoch: number;
  readonly #share: number;
  #kept: Kept[];
  #toCarry: Kept[];
  #room: number;
  #due = 0;
  #lastRead: string | undefined;

  private constructor(options: PlanterOptions, known: { readonly epoch: number; readonly perMille: number; readonly persons: number; readonly begun: number; readonly decoys: readonly store.StoredDecoy[] }) {
    this.#options = options;
    this.#lastRead = options.hand !== undefined && options.full ? FIRST_ID : undefined;
    this.#indexer = createBlindIndexer(options.keyRing.indexKey);
    this.#keeper = createDecoyKeeper(options.keyRing.decoyKey);
    this.#epoch = known.epoch;
    this.#kept = known.decoys.map((decoy) => this.#open(decoy));
    const current = new Set(known.decoys.filter((decoy) => decoy.epoch >= known.epoch && !decoy.hit).map((decoy) => decoy.id));
    // A full file carries on what is of this epoch and was never hit; a delta leaves what is there.
    this.#toCarry = options.full ? this.#kept.filter((decoy) => current.has(decoy.id) && decoy.loadId !== options.loadId) : [];
    const share = known.perMille / 1000;
    this.#share = options.full ? share : OF_DELTA;
    const { begun } = known;
    const hands = options.hand?.of ?? 1;
    // A delta plants only what is missing of the share.
    this.#room = options.full ? Math.round((options.lines * share - begun) / hands) : Math.max(0, Math.round(known.persons * share) - current.size);
  }

  static async open(options: PlanterOptions): Promise<DecoyPlanter> {
    const { pool, insurerId, loadId } = options;
    const decoys: store.StoredDecoy[] = [];
    // Several hands carry on page by page; one hand has all at hand, for a small file or a delta.
    for (let after: string | undefined = options.hand === undefined ? FIRST_ID : undefined; after !== undefined;) {
      const page: store.StoredDecoy[] = await store.readDecoys(pool, { insurerId, after, limit: PAGE });
      after = page.length < PAGE ? undefined : page.at(-1)?.id;
      decoys.push(...page);
    }
    return new DecoyPlanter(options, { ...await store.readDecoyEpoch(pool), persons: await store.countAccepted(pool, insurerId), begun: await store.countDecoys(pool, { insurerId, loadId }), decoys });
  }

  /** References of every decoy of this insurer, those that gave way too, for counts that must leave them out. */
  async references(): Promise<string[]> {
    const { pool, insurerId, shelves } = this.#options;
    const references: string[] = [];
    for (let after: string | undefined = FIRST_ID; after !== undefined;) {
      const page: store.StoredDecoy[] = await store.readDecoys(pool, { insurerId, after, limit: PAGE, retiredToo: true });
      after = page.length < PAGE ? undefined : page.at(-1)?.id;
      const found = await store.findPersons(pool, { insurerId, shelves, beneficiaries: page.map((decoy) => this.#indexer.beneficiary(insurerId, this.#open(decoy).line.beneficiaryId)) });
      references.push(...[...found.values()].map(uuidOfBytes));
    }
    return references;
  }

  // The next of its part of the decoys to be carried on; of one hand all were read at its start.
  async #carry(count: number): Promise<Kept[]> {
    const { pool, insurerId, loadId, hand } = this.#options;
    while (this.#toCarry.length < count && this.#lastRead !== undefined) {
      const page = await store.readDecoys(pool, { insurerId, after: this.#lastRead, limit: PAGE });
      this.#lastRead = page.length < PAGE ? undefined : page.at(-1)?.id;
      this.#toCarry.push(...page.filter((decoy) => decoy.epoch >= this.#epoch && !decoy.hit && decoy.loadId !== loadId && isMine(decoy.id, hand)).map((decoy) => this.#open(decoy)));
    }
    return this.#toCarry.splice(0, count);
  }

  #open({ id, loadId, sealed }: store.StoredDecoy): Kept {
    return { id, loadId, line: JSON.parse(this.#keeper.open(sealed)) as RightsLine };
  }

  /** A part of this load's decoys by what finds them, page by page: those whose identity a real line bears must give way once all lines are there. */
  async *identities({ number, of }: { readonly number: number; readonly of: number }): AsyncGenerator<store.FoundDecoy[]> {
    const { pool, insurerId, loadId } = this.#options;
    for (let after: string | undefined = firstOf(number, of); after !== undefined;) {
      const page: store.StoredDecoy[] = await store.readDecoys(pool, { insurerId, after, limit: PAGE, ...(number + 1 < of ? { until: firstOf(number + 1, of) } : {}) });
      after = page.length < PAGE ? undefined : page.at(-1)?.id;
      yield page.filter((decoy) => decoy.loadId === loadId).map((decoy) => this.#open(decoy)).map(({ id, line }) => ({ id, beneficiary: this.#indexer.beneficiary(insurerId, line.beneficiaryId), ...this.#indexesOf(line) }));
    }
  }

  #indexesOf(line: RightsLine): { readonly byNir: string; readonly byAdherent: string } {
    const who = { insurerId: this.#options.insurerId, birthDate: line.birthDate, birthRank: line.birthRank };
    return { byNir: this.#indexer.byNir(line.nir, who), byAdherent: this.#indexer.byAdherent(line.adherentNumber, who) };
  }

  /** Decoys whose identity one of these real lines bears: real ones win. */
  yieldTo(lines: readonly RightsLine[]): readonly Kept[] {
    if (this.#kept.length === 0 || this.#options.hand !== undefined) return [];
    const bearers = new Map(this.#kept.flatMap((decoy) => namesOf(decoy.line).map((name) => [name, decoy] as const)));
    const gone = new Set(lines.flatMap((line) => namesOf(line).map((name) => bearers.get(name)).filter((decoy) => decoy !== undefined)));
    this.#toCarry = this.#toCarry.filter((decoy) => !gone.has(decoy));
    this.#kept = this.#kept.filter((decoy) => !gone.has(decoy));
    return [...gone];
  }

  /**
   * The decoys that go with a slice of so many real lines: some carried on, some new, made after the lines given (several hands give some of
   * theirs, one hand all). `last`: what is still to be carried goes here.
   */
  async forSlice({ count, lines }: { readonly count: number; readonly lines: readonly RightsLine[] }, last: boolean): Promise<DecoyLine[]> {
    this.#due += count * this.#share;
    const wanted = Math.max(0, Math.min(Math.floor(this.#due), this.#room));
    const carried = await this.#carry(last ? Number.MAX_SAFE_INTEGER : wanted);
    const made = await this.#make(lines, wanted - carried.length);
    this.#due -= Math.floor(this.#due);
    this.#room -= carried.length + made.length;
    if (carried.length === 0) return made;
    const models = lines.filter((line) => isModel(line, this.#options.effectiveOn));
    return [...carried.map((decoy) => this.#carryOn(decoy, models)), ...made];
  }

  // A contract that ran out is renewed as others of the file are. The reference is for one whose rows a load that was given up took along: where
  // the register knows the decoy, it keeps the one it has.
  #carryOn({ id, line }: Kept, models: readonly RightsLine[]): DecoyLine {
    const { validTo } = line.terms;
    if (validTo === null || validTo >= this.#options.effectiveOn || models.length === 0) return { line, reference: this.#keeper.newReference(), planted: { id } };
    const renewed = { ...line, terms: { ...pick(models).terms, order: line.terms.order } };
    return { line: renewed, reference: this.#keeper.newReference(), planted: { id, sealed: this.#keeper.seal(JSON.stringify(renewed)) } };
  }

  async #make(lines: readonly RightsLine[], count: number): Promise<DecoyLine[]> {
    if (count <= 0) return [];
    const models = lines.filter((line) => isModel(line, this.#options.effectiveOn));
    if (models.length === 0) return [];
    const sameSex = Map.groupBy(lines, (line) => line.nir[0]);
    const drafts: RightsLine[] = [];
    while (drafts.length < count) {
      const model = pick(models);
      const namesakes = sameSex.get(model.nir[0]) as RightsLine[];
      for (let i = 0; i < TOGETHER && drafts.length < count; i += 1) drafts.push(this.#draft(model, { family: pick(lines), given: pick(namesakes) }));
    }
    const indexes = drafts.map((draft) => this.#indexesOf(draft));
    const taken = this.#options.hand !== undefined ? new Set<string>() : await store.findTaken(this.#options.pool, { byNir: indexes.map((i) => i.byNir), byAdherent: indexes.map((i) => i.byAdherent) });
    const wanted = new Set(drafts.flatMap((draft) => [draft.nir, draft.adherentNumber]));
    const borne = new Set(lines.filter((line) => wanted.has(line.nir) || wanted.has(line.adherentNumber)).flatMap(namesOf));
    return drafts.flatMap((line, at) => {
      const { byNir, byAdherent } = indexes[at] as (typeof indexes)[number];
      if (taken.has(byNir) || taken.has(byAdherent) || namesOf(line).some((name) => borne.has(name))) return [];
      for (const name of namesOf(line)) borne.add(name);
      const decoy = { id: randomUUID(), line, loadId: this.#options.loadId };
      if (this.#options.hand === undefined) this.#kept.push(decoy);
      return [{ line, reference: this.#keeper.newReference(), planted: { id: decoy.id, epoch: this.#epoch, sealed: this.#keeper.seal(JSON.stringify(line)), tags: [this.#keeper.tag(byNir), this.#keeper.tag(byAdherent)] as const } }];
    });
  }

  // Next to a real person: same sex, month and commune, a near order number, a near adhérent number, another day. What is
  // sealed is as long as a real one's; what is hashed (`|…`) is no id that an insurer may send.
  #draft(model: RightsLine, named: { readonly family: RightsLine; readonly given: RightsLine }): RightsLine {
    const [, , relationship = '', nirAsSent = '', , , , beneficiary = '', contract = ''] = model.identity.split(';');
    const family = named.family.identity.split(';')[0] ?? '';
    const given = named.given.identity.split(';')[1] ?? '';
    const digits = trailingDigits(model.adherentNumber);
    const [nir, adherentNumber, birthDate] = [nearNumber(model.nir, 3, 9), digits === 0 ? model.adherentNumber : nearNumber(model.adherentNumber, digits, 40), otherDay(model.birthDate)];
    return { ...model, beneficiaryId: `|${randomUUID()}`, contract: `|${randomUUID()}`, nir, adherentNumber, birthDate, birthRank: 1, terms: { ...model.terms, order: 1 },
      identity: [family, given, relationship, nirAsSent.length > 13 ? nir + nirKey(nir) : nir, birthDate, 1, adherentNumber, otherDigits(beneficiary), otherDigits(contract)].join(';') };
  }
}
