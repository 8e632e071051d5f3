import { randomInt } from 'node:crypto';
import { openPool, uuidOfBytes, type FileSlice, type Pool } from '../ground/index.ts';
import { Sealer } from '../registry/index.ts';
import { DecoyPlanter, type DecoyLine } from './decoys.ts';
import type { RightsLine } from './rights-line.ts';
import { coverOf, ROWS_A_SHELF, SliceMaker, type LoadFrame, type ReadSlice } from './slice.ts';
import * as store from './store.ts';

/** What a hand that writes slices needs to know; it can be handed to another thread. */
export interface WriterContext {
  readonly url: string;
  readonly frame: Omit<LoadFrame, 'sealKeyId' | 'salt'> & { readonly salt: Uint8Array };
  readonly shelf: number | null;
  readonly keys: { readonly indexKey: Uint8Array; readonly decoyKey: Uint8Array };
  readonly ageRecipient: string;
  readonly effectiveOn: string;
  /** Lines of the whole file. */
  readonly lines: number;
  /** The shelves that hold rows of this insurer: where its persons are known from. */
  readonly knownShelves: readonly number[];
  /** From which load on rows answer: a full load's own, or its base's. */
  readonly baseLoad: number;
  /** Of several. */
  readonly hand?: { readonly number: number; readonly of: number };
}

interface Parts {
  readonly context: WriterContext;
  readonly pool: Pool;
  readonly ownsPool: boolean;
  readonly sealer: Sealer;
  readonly maker: SliceMaker;
  readonly planter: DecoyPlanter;
}

/** Lines of a slice that decoys are made after, where it has many. */
const MODELS = 400;

// Each decoy at a place of its own among the lines: rows, seals and references are made in this order.
function mixedIn(lines: readonly number[], decoys: readonly number[]): number[] {
  const mixed = [...lines];
  for (const decoy of decoys) mixed.splice(randomInt(mixed.length + 1), 0, decoy);
  return mixed;
}

/** Reads, seals and writes slices of one load, under a data key of its own. */
export class SliceWriter {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes and records the data key. Without a pool it opens one of its own. */
  static async open(context: WriterContext, shared?: Pool): Promise<SliceWriter> {
    const pool = shared ?? openPool({ url: context.url, max: 1, applicationName: 'rempart intake' });
    const sealer = new Sealer();
    const { frame, keys } = context;
    const keyRing = { indexKey: Buffer.from(keys.indexKey), decoyKey: Buffer.from(keys.decoyKey) };
    const sealKeyId = await store.insertSealKey(pool, { insurerId: frame.insurerId, loadId: frame.loadId, wrapped: await sealer.wrapFor(context.ageRecipient) });
    const maker = new SliceMaker({ frame: { ...frame, salt: Buffer.from(frame.salt), sealKeyId }, indexKey: keyRing.indexKey, sealer });
    const planter = await DecoyPlanter.open({ pool, keyRing, insurerId: frame.insurerId, loadId: frame.loadId, full: frame.kind === 'full', effectiveOn: context.effectiveOn, lines: context.lines, shelves: context.knownShelves,
      ...(context.hand === undefined ? {} : { hand: context.hand }) });
    return new SliceWriter({ context, pool, ownsPool: shared === undefined, sealer, maker, planter });
  }

  /** Writes one slice, whole or not at all. */
  async write(slice: FileSlice): Promise<void> {
    const { maker, planter, context } = this.#parts;
    const read = maker.read(slice.bytes, slice.firstLine);
    const lines = this.#models(read.taken);
    const yielded = planter.yieldTo(lines);
    const last = context.shelf === null && slice.firstLine + slice.lines > context.lines;
    const decoys = await planter.forSlice({ count: read.taken.length, lines }, last);
    await this.#write({ slice: { ...slice, firstRow: context.frame.firstRow + 2 * slice.firstLine }, read, decoys, gone: yielded.map(({ line }) => ({ ...line, action: 'D' })), yielded: yielded.map(({ id }) => id) });
  }

  // One hand holds its decoys against every line; several hold theirs against all rows at the end, and need lines as models only.
  #models(taken: readonly number[]): RightsLine[] {
    const { context, maker } = this.#parts;
    const some = context.hand === undefined || taken.length <= MODELS ? taken : Array.from({ length: MODELS }, () => taken[randomInt(taken.length)] as number);
    return some.map((line) => maker.table.line(line));
  }

  /** On a shelf: the decoys that no slice had a place for. */
  async finish(): Promise<void> {
    const { context, planter, pool } = this.#parts;
    const decoys = context.shelf === null ? [] : await planter.forSlice({ count: 0, lines: [] }, true);
    if (decoys.length === 0) return;
    this.#parts.maker.table.reset();
    const firstRow = await store.reserveMore(pool, { shelf: context.shelf as number, rows: decoys.length });
    await this.#write({ slice: { firstLine: -firstRow, lines: 0, firstRow }, read: { taken: [], rejected: [] }, decoys, gone: [], yielded: [] });
  }

  async #write(work: { readonly slice: Omit<FileSlice, 'bytes'> & { readonly firstRow: number }; readonly read: ReadSlice; readonly decoys: readonly DecoyLine[]; readonly gone: readonly RightsLine[]; readonly yielded: readonly string[] }): Promise<void> {
    const { context, maker, pool } = this.#parts;
    const { frame, shelf, baseLoad } = context;
    const { slice, read, decoys, yielded } = work;
    const entries = [...mixedIn(read.taken, decoys.map(({ line, reference }) => maker.table.add(line, reference))), ...work.gone.map((line) => maker.table.add(line))];
    await this.#learn(entries);
    const hashed = maker.hash(entries);
    const made = maker.make(entries, hashed, { firstRow: slice.firstRow, known: await this.#known(hashed.beneficiaries, yielded.length > 0) });
    await store.writeSlice(pool, { insurerId: frame.insurerId, loadId: frame.loadId, baseLoad, shelf, ...slice,
      // On a shelf of its own nothing is replaced until all of it is there.
      replaced: shelf === null ? { persons: uuids(made.persons), contracts: uuids(hashed.contracts) } : { persons: [], contracts: [] },
      rows: made.rows, rowCount: entries.length - made.struckOff, rejected: read.rejected, accepted: read.taken.length, struckOff: made.struckOff - work.gone.length, decoys: decoys.map(({ planted }) => planted), yielded });
  }

  async #learn(entries: readonly number[]): Promise<void> {
    const { maker, pool, context } = this.#parts;
    const terms = maker.unknownTerms(entries);
    if (terms.length === 0) return;
    const ids = await store.findCovers(pool, context.frame.insurerId, terms.map(coverOf));
    for (const [i, each] of terms.entries()) maker.learn(each, ids[i] as number);
  }

  // A decoy that gives way may have been planted by an earlier slice of this very load.
  async #known(beneficiaries: Buffer, ownToo: boolean): Promise<Map<string, Buffer>> {
    const { pool, context } = this.#parts;
    const shelves = ownToo ? [...new Set([...context.knownShelves, Math.floor(context.frame.firstRow / ROWS_A_SHELF)])] : context.knownShelves;
    if (shelves.length === 0) return new Map();
    return store.findPersons(pool, { insurerId: context.frame.insurerId, shelves, beneficiaries: uuids(beneficiaries) });
  }

  /** Forgets the data key. */
  async close(): Promise<void> {
    this.#parts.sealer.forget();
    if (this.#parts.ownsPool) await this.#parts.pool.end();
  }
}

function uuids(bytes: Buffer): string[] {
  return Array.from({ length: bytes.length / 16 }, (_, i) => uuidOfBytes(bytes.subarray(i * 16, i * 16 + 16)));
}
