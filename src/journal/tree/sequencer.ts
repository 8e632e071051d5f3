import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyObject } from 'node:crypto';
import { log } from '../../ground/index.ts';
import { formatCheckpoint, openCheckpoint } from './checkpoint.ts';
import { formatNote, noteKeyOf, signNote, type NoteSignature } from './note.ts';
import { PUBLISHED, Publisher } from './publisher.ts';
import { subtreeHash, type Head } from './merkle.ts';
import { fromFolder, subtreesOf, TILE_WIDTH, TileFault, tilePath, type ReadPublished } from './tiles.ts';
import { GrowingTree, type TileFile } from './tree.ts';
import { TreeConnection, type TreeState } from './tree-store.ts';

/** The tree that was published is not the one of the database: nothing more is signed until a person has looked. */
export class TreeRefused extends Error {
  readonly reason: 'rolled-back' | 'changed';
  /** Leaves that this log signed and the database does not have: the gate is closed on that. */
  readonly signedSize: number | undefined;

  constructor(reason: 'rolled-back' | 'changed', detail: string, signedSize?: number) {
    super(`the database's journal is not the one that was published (${reason}): ${detail}`);
    this.reason = reason;
    this.signedSize = signedSize;
  }
}

/** Asks for cosignatures of a checkpoint; resolves with those it got, whether they are enough, and the most leaves, beyond these, that a witness claims to have cosigned (0: none claims more). */
export type AskWitnesses = (note: string, size: number) => Promise<{ readonly cosignatures: readonly NoteSignature[]; readonly enough: boolean; readonly claimed: number }>;

interface Options {
  /** Connection string, role `rempart_log`. */
  readonly url: string;
  readonly origin: string;
  /** Ed25519: signs checkpoints. */
  readonly key: KeyObject;
  /** Where tiles and checkpoint are published. */
  readonly folder: string;
  /** Left out: no checkpoint is cosigned. */
  readonly witnesses?: AskWitnesses;
  readonly everyMs?: number;
}

const BATCH = 20_000;
const EVERY_MS = 250;
const RETRY_MS = 1000;
/** Turns until what could not be vouched for is tried again, five seconds: a witness may behave again. */
const TRY_AGAIN_TURNS = 20;

/**
 * Gives entries their places and publishes the tree. Places are committed before a checkpoint that holds them is signed,
 * and a signed checkpoint is recorded before it is published: whenever this process or the database dies, the next one
 * goes on with the same tree.
 */
export class Sequencer {
  readonly #options: Options;
  readonly #publisher: Publisher;
  #connection: TreeConnection | undefined;
  #tree: GrowingTree;
  #finished: TileFile[] = [];
  /** Leaves of the checkpoint that was published, or could not be vouched for, last. */
  #tried = -1;
  #turnsToTry = Infinity;
  /** Leaves of the checkpoint that was found published at the start; undefined when what was signed could not be found. */
  #found: number | undefined;
  #stands = false;
  #pruned = 0;
  #stopping = false;
  #running: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#publisher = new Publisher(options.folder);
    this.#tree = this.#newTree();
  }

  #newTree(): GrowingTree {
    this.#finished = [];
    return new GrowingTree((tile) => this.#finished.push(tile));
  }

  /** Takes the lock and takes the tree up. @returns false while another sequencer runs. @throws TreeRefused. */
  async open(): Promise<boolean> {
    const connection = await TreeConnection.open(this.#options.url);
    if (connection === undefined) return false;
    this.#connection = connection;
    try {
      const state = await connection.readState();
      const published = this.#findPublished(state);
      this.#found = published?.size ?? (state.headRoot === null ? 0 : undefined);
      this.#stands = false;
      await this.#takeUp(connection, state, published);
    } catch (cause) {
      if (cause instanceof TreeRefused && cause.signedSize !== undefined) await connection.doubt(cause.signedSize);
      await this.close();
      throw cause;
    }
    return true;
  }

  // A database restored from an old copy must not sign another history over the one that was published.
  #findPublished(state: TreeState): Head | undefined {
    const text = this.#publisher.find(PUBLISHED.checkpoint);
    if (text === undefined) return undefined;
    const published = openCheckpoint(text, noteKeyOf(this.#options.origin, this.#options.key));
    if (published === undefined) throw new TreeRefused('changed', 'the published checkpoint is not of this key and origin');
    if (published.size > state.headSize) throw new TreeRefused('rolled-back', `published ${published.size} leaves, the database knows ${state.headSize}`, published.size);
    if (published.size === state.headSize && state.headRoot?.equals(published.root) !== true) throw new TreeRefused('changed', `another root at ${published.size} leaves`);
    return published;
  }

  async #takeUp(connection: TreeConnection, state: TreeState, published: Head | undefined): Promise<void> {
    this.#tree = this.#newTree();
    if (state.headRoot !== null && !(await this.#resumeFromTiles(connection, state, published))) await this.#rebuild(connection, state, published);
    while (this.#tree.size < state.size) await this.#append(connection, Math.min(BATCH, state.size - this.#tree.size));
    await this.#publish(connection);
  }

  async #resumeFromTiles(connection: TreeConnection, { headSize, headRoot }: TreeState, published: Head | undefined): Promise<boolean> {
    const read = fromFolder(this.#options.folder);
    const from = headSize - (headSize % TILE_WIDTH);
    const leaves = headSize === from ? [] : await connection.readLeaves(from, headSize - from);
    try {
      this.#tree = this.#newTree();
      await this.#tree.resume(read, headSize, leaves.map((leaf) => leaf.commitment));
      if (headRoot?.equals(this.#tree.head().root) !== true) return false;
      // The unfinished tiles as the tree has them: they lead to the signed root, whatever the folder holds.
      const edge = new Map(this.#tree.partialTiles().map((tile) => [tilePath(tile), tile.bytes]));
      const mended: ReadPublished = (path) => Promise.resolve(edge.get(path) ?? read(path));
      return published === undefined || (await subtreeHash(subtreesOf(mended, headSize), 0, published.size)).equals(published.root);
    } catch (cause) {
      if (cause instanceof TileFault) return false;
      throw cause;
    }
  }

  // Tiles that are lost or broken are made again from the leaves; nothing is written before these are known to lead to the
  // very roots that were published and signed.
  async #rebuild(connection: TreeConnection, { headSize, headRoot, minimumIndex }: TreeState, published: Head | undefined): Promise<void> {
    log('warn', 'log-rebuilds-its-tiles', { size: headSize });
    const remedy = published === undefined ? 'copy the folder tile/ of what was published here; for a new log, of the old one, without its checkpoint' : 'restore the published folder';
    if (minimumIndex > 0) throw new TreeRefused('changed', `tiles are missing or broken, and older leaves are erased: ${remedy}`);
    for (const write of [false, true]) {
      this.#tree = this.#newTree();
      for (const { size, root } of [...(published === undefined ? [] : [published]), { size: headSize, root: headRoot }]) {
        await this.#appendTo(connection, size, write);
        if (root?.equals(this.#tree.head().root) !== true) throw new TreeRefused('changed', `the leaves lead to another root at ${size}`);
      }
    }
  }

  async #appendTo(connection: TreeConnection, size: number, write: boolean): Promise<void> {
    while (this.#tree.size < size) {
      await this.#append(connection, Math.min(BATCH, size - this.#tree.size));
      for (const tile of this.#finished.splice(0)) if (write) this.#publisher.writeTile(tile);
    }
  }

  async #append(connection: TreeConnection, count: number): Promise<void> {
    const leaves = await connection.readLeaves(this.#tree.size, count);
    if (leaves.length === 0) throw new TreeRefused('changed', `leaf ${this.#tree.size} is missing`);
    for (const leaf of leaves) this.#take(leaf.index, leaf.commitment);
  }

  #take(index: number, commitment: Buffer): void {
    if (index !== this.#tree.size) throw new TreeRefused('changed', `leaf ${this.#tree.size} is missing`);
    this.#tree.append(commitment);
  }

  /** One turn: places what is unplaced and publishes it. @returns how many entries got their place. */
  async turn(): Promise<number> {
    const connection = this.#connection;
    if (connection === undefined || connection.lost !== undefined) throw new Error('the sequencer has no connection', { cause: connection?.lost });
    const leaves = await connection.place(BATCH);
    for (const leaf of leaves) this.#take(leaf.index, leaf.commitment);
    if (this.#tree.size !== this.#tried || --this.#turnsToTry === 0) await this.#publish(connection);
    await this.#prune(connection);
    return leaves.length;
  }

  async #publish(connection: TreeConnection): Promise<void> {
    const { origin, key } = this.#options;
    for (const tile of this.#finished.splice(0)) this.#publisher.writeTile(tile);
    for (const tile of this.#tree.partialTiles()) this.#publisher.writeTile(tile);
    const head = this.#tree.head();
    const text = formatCheckpoint({ origin, ...head });
    const signature = signNote(text, origin, key);
    const note = formatNote({ text, signatures: [signature] });
    if (!(await connection.recordHead(head, note))) throw new TreeRefused('changed', `the database does not take the checkpoint of ${head.size} leaves`);
    const { cosignatures, enough, claimed } = await this.#options.witnesses?.(note, head.size) ?? { cosignatures: [], enough: false, claimed: 0 };
    // A claim is a bare number that nobody signed: a quorum's cosignatures of this very checkpoint outweigh it.
    const claimHolds = claimed > 0 && !enough;
    this.#tried = head.size;
    this.#turnsToTry = TRY_AGAIN_TURNS;
    if ((claimHolds || this.#found === undefined) && !(await this.#vouchUnfound(connection, { size: head.size, claimed }))) return;
    const published = formatNote({ text, signatures: [signature, ...cosignatures] });
    this.#publisher.write(PUBLISHED.checkpoint, published);
    if (enough) this.#publisher.write(PUBLISHED.witnessed, published);
    this.#turnsToTry = Infinity;
    if (!this.#stands) this.#stands = await connection.vouch(this.#found, head.size);
  }

  // Where what was signed cannot be found, or a witness claims more, only a gate that stands anyway, or a gap that two persons signed, lets the
  // tree be published: a checkpoint written now would be found, and vouched for, at the next start.
  async #vouchUnfound(connection: TreeConnection, { size, claimed }: { readonly size: number; readonly claimed: number }): Promise<boolean> {
    this.#stands ||= await connection.vouch(undefined, size);
    if (this.#stands) return true;
    await connection.noteClaim(claimed);
    log('error', 'log-not-vouched', { size, claimed });
    return false;
  }

  async #prune(connection: TreeConnection): Promise<void> {
    const { minimumIndex } = await connection.readState();
    if (minimumIndex <= this.#pruned) return;
    const removed = this.#publisher.prune(minimumIndex, this.#pruned);
    this.#pruned = minimumIndex;
    log('info', 'log-pruned', { minimumIndex, removed });
  }

  /** Turns until {@link stop}; a database that fails is tried again, a tree that is refused is not. */
  start(refused: (cause: TreeRefused) => void): void {
    const run = async (): Promise<void> => {
      while (!this.#stopping) {
        try {
          if (this.#connection === undefined && !(await this.open())) await sleep(RETRY_MS);
          else if ((await this.turn()) < BATCH) await sleep(this.#options.everyMs ?? EVERY_MS);
        } catch (cause) {
          if (cause instanceof TreeRefused) {
            log('error', 'log-refused', { reason: cause.reason, detail: cause.message });
            refused(cause);
            return;
          }
          log('error', 'log-could-not-go-on', { code: (cause as { code?: string }).code ?? 'unknown' });
          await this.close();
          await sleep(RETRY_MS);
        }
      }
    };
    this.#running = run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.close();
  }

  /** Gives the lock back. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close().catch(() => undefined);
  }
}
