import { openPool, uuidOfBytes, type FileSlice, type Pool } from '../ground/index.ts';
import { Sealer } from '../registry/index.ts';
import { coverOf, SliceMaker, type LoadFrame, type MadeSlice, type ReadSlice } from './slice.ts';
import * as store from './store.ts';

/** What a hand that writes slices needs to know; it can be handed to another thread. */
export interface WriterContext {
  readonly url: string;
  readonly frame: Omit<LoadFrame, 'sealKeyId'>;
  readonly shelf: number | null;
  readonly indexKey: Uint8Array;
  readonly ageRecipient: string;
  /** Where persons of this insurer may be known from: the first row of each shelf that holds some of its rows. */
  readonly knownShelves: readonly number[];
  /** From which load on rows answer: a full load's own, or its base's. */
  readonly baseLoad: number;
}

/** Reads, seals and writes slices of one load, under a data key of its own. */
export class SliceWriter {
  readonly #pool: Pool;
  readonly #ownsPool: boolean;
  readonly #context: WriterContext;
  readonly #sealer: Sealer;
  readonly #maker: SliceMaker;
  readonly #sealKeyId: number;

  private constructor(options: { readonly context: WriterContext; readonly pool: Pool; readonly ownsPool: boolean; readonly sealer: Sealer; readonly sealKeyId: number }) {
    const { context, sealer, sealKeyId } = options;
    this.#pool = options.pool;
    this.#ownsPool = options.ownsPool;
    this.#context = context;
    this.#sealer = sealer;
    this.#sealKeyId = sealKeyId;
    this.#maker = new SliceMaker({ frame: { ...context.frame, salt: Buffer.from(context.frame.salt), sealKeyId }, indexKey: Buffer.from(context.indexKey), sealer });
  }

  /** Makes and records the data key. Without a pool it opens one of its own. */
  static async open(context: WriterContext, shared?: Pool): Promise<SliceWriter> {
    const pool = shared ?? openPool({ url: context.url, max: 1, applicationName: 'rempart intake' });
    const sealer = new Sealer();
    const sealKeyId = await store.insertSealKey(pool, { insurerId: context.frame.insurerId, loadId: context.frame.loadId, wrapped: await sealer.wrapFor(context.ageRecipient) });
    return new SliceWriter({ context, pool, ownsPool: shared === undefined, sealer, sealKeyId });
  }

  /** Writes one slice, whole or not at all. */
  async write(slice: FileSlice): Promise<void> {
    const read = this.#maker.read(slice.bytes, slice.firstLine);
    const { frame } = this.#context;
    if (read.newTerms.length > 0) {
      const ids = await store.findCovers(this.#pool, frame.insurerId, read.newTerms.map(coverOf));
      for (const [i, terms] of read.newTerms.entries()) this.#maker.learn(terms, ids[i] as number);
    }
    const made = this.#maker.make(read, await this.#known(read));
    await store.writeSlice(this.#pool, this.#toStore(slice, read, made));
  }

  async #known(read: ReadSlice): Promise<Map<string, Buffer>> {
    const { knownShelves, frame } = this.#context;
    if (knownShelves.length === 0) return new Map();
    return store.findPersons(this.#pool, { insurerId: frame.insurerId, shelves: knownShelves, beneficiaries: uuids(read.beneficiaries) });
  }

  #toStore(slice: FileSlice, read: ReadSlice, made: MadeSlice): store.Slice {
    const { frame, shelf, baseLoad } = this.#context;
    return { insurerId: frame.insurerId, loadId: frame.loadId, baseLoad, shelf, firstRow: frame.firstRow, firstLine: slice.firstLine, lines: slice.lines,
      // On a shelf of its own nothing is replaced until all of it is there.
      replaced: shelf === null ? { persons: uuids(made.persons), contracts: uuids(read.contracts) } : { persons: [], contracts: [] },
      rows: made.rows, rowCount: read.taken.length - made.struckOff, rejected: read.rejected, accepted: read.taken.length, struckOff: made.struckOff };
  }

  /** Forgets the data key. */
  async close(): Promise<void> {
    this.#sealer.forget();
    if (this.#ownsPool) await this.#pool.end();
  }

  /** Its data key's number. */
  get sealKeyId(): number {
    return this.#sealKeyId;
  }
}

function uuids(bytes: Buffer): string[] {
  return Array.from({ length: bytes.length / 16 }, (_, i) => uuidOfBytes(bytes.subarray(i * 16, i * 16 + 16)));
}
