import { EMPTY_ROOT, leafHash, nodeHash, type Hash, type Head } from './merkle.ts';
import { hashesAt, hashOfTile, readTile, rootOfTile, TILE_WIDTH, TileFault, tilePath, tileWidth, type ReadPublished, type TilePlace } from './tiles.ts';

const HASH_BYTES = 32;
/** Entry bundles hold leaves of 32 bytes, each behind its length in two bytes. */
const BUNDLED_BYTES = 34;

/** A file of the tree, to be published. */
export interface TileFile extends TilePlace {
  readonly bytes: Buffer;
}

interface Level {
  readonly bytes: Buffer;
  /** Hashes in the last, unfinished tile. */
  width: number;
  /** Number of that tile. */
  number: number;
}

const newLevel = (): Level => ({ bytes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0, number: 0 });

/**
 * The right edge of a growing tree: the unfinished tile of each level. Leaves are appended in order; each finished tile is
 * handed to `finish` and forgotten, so that a tree of any size fits in a few kilobytes.
 */
export class GrowingTree {
  readonly #levels: Level[] = [newLevel()];
  readonly #bundle = Buffer.alloc(TILE_WIDTH * BUNDLED_BYTES);
  readonly #finish: (file: TileFile) => void;
  #size = 0;

  constructor(finish: (file: TileFile) => void) {
    this.#finish = finish;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends a leaf of 32 bytes: an entry's commitment. */
  append(commitment: Buffer): void {
    const level = this.#levels[0] as Level;
    const at = level.width * BUNDLED_BYTES;
    this.#bundle.writeUInt16BE(HASH_BYTES, at);
    commitment.copy(this.#bundle, at + 2);
    if (level.width === TILE_WIDTH - 1) this.#finish({ level: 'entries', number: level.number, width: TILE_WIDTH, bytes: Buffer.from(this.#bundle) });
    this.#size += 1;
    this.#push(0, leafHash(commitment));
  }

  #push(at: number, node: Hash): void {
    const level = this.#levels[at] ?? (this.#levels[at] = newLevel());
    node.copy(level.bytes, level.width * HASH_BYTES);
    level.width += 1;
    if (level.width < TILE_WIDTH) return;
    this.#finish({ level: at, number: level.number, width: TILE_WIDTH, bytes: Buffer.from(level.bytes) });
    level.width = 0;
    level.number += 1;
    this.#push(at + 1, rootOfTile(level.bytes));
  }

  /** Size and root as the tree stands. */
  head(): Head {
    let root: Hash | undefined;
    for (const { bytes, width } of this.#levels) {
      if (width === 0) continue;
      // From the right: the smaller perfect subtrees of this tile stand further right, and are hashed in first.
      const edge = edgeOfTile(bytes, width);
      for (const hash of edge.toReversed()) root = root === undefined ? hash : nodeHash(hash, root);
    }
    return { size: this.#size, root: Buffer.from(root ?? EMPTY_ROOT) };
  }

  /** The unfinished tiles as they stand. */
  partialTiles(): TileFile[] {
    const tiles = this.#levels.flatMap(({ bytes, width, number }, level): TileFile[] => (width === 0 ? [] : [{ level, number, width, bytes: Buffer.from(bytes.subarray(0, width * HASH_BYTES)) }]));
    const { width, number } = this.#levels[0] as Level;
    return width === 0 ? tiles : [...tiles, { level: 'entries', number, width, bytes: Buffer.from(this.#bundle.subarray(0, width * BUNDLED_BYTES)) }];
  }

  /**
   * Takes up the tree of `size` from its published tiles; `leaves` are those of the unfinished tile. An unfinished tile that is
   * missing or broken is made again from others: whoever calls compares the root.
   * @throws TileFault when that cannot be done.
   */
  async resume(read: ReadPublished, size: number, leaves: readonly Buffer[]): Promise<void> {
    for (let level = 1; hashesAt(level, size) > 0; level += 1) {
      const number = Math.floor(hashesAt(level, size) / TILE_WIDTH);
      const width = tileWidth(level, number, size);
      const bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
      if (width > 0) (await readOrRemake(read, { level, number, width })).copy(bytes);
      this.#levels[level] = { bytes, width, number };
    }
    this.#levels[0] = { ...newLevel(), number: Math.floor(size / TILE_WIDTH) };
    this.#size = size - (size % TILE_WIDTH);
    for (const leaf of leaves) this.append(leaf);
  }
}

type UpperTile = TilePlace & { readonly level: number };

async function findTile(read: ReadPublished, place: UpperTile): Promise<Buffer | undefined> {
  try {
    return await readTile(read, place);
  } catch (cause) {
    if (cause instanceof TileFault) return undefined;
    throw cause;
  }
}

// The nth hash of a tile: the root of the full tile below it or, when that is pruned, as an earlier and narrower state of the tile has it.
async function findHash(read: ReadPublished, place: UpperTile, n: number): Promise<Hash | undefined> {
  const below = await findTile(read, { level: place.level - 1, number: place.number * TILE_WIDTH + n, width: TILE_WIDTH });
  if (below !== undefined) return rootOfTile(below);
  for (let width = place.width - 1; width > n; width -= 1) {
    const earlier = await findTile(read, { ...place, width });
    if (earlier !== undefined) return hashOfTile(earlier, n);
  }
  return undefined;
}

async function readOrRemake(read: ReadPublished, place: UpperTile): Promise<Buffer> {
  const found = await findTile(read, place);
  if (found !== undefined) return found;
  const hashes: Hash[] = [];
  for (let n = 0; n < place.width; n += 1) {
    const hash = await findHash(read, place, n);
    if (hash === undefined) throw new TileFault(tilePath(place), 'missing');
    hashes.push(hash);
  }
  return Buffer.concat(hashes);
}

// The perfect subtrees of a tile's hashes, from the left.
function edgeOfTile(bytes: Buffer, width: number): Hash[] {
  const edge: Hash[] = [];
  let from = 0;
  for (let step = TILE_WIDTH / 2; step >= 1; step /= 2) {
    if (width - from < step) continue;
    edge.push(rootOfTile(bytes, from, from + step));
    from += step;
  }
  return edge;
}
