import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeHash, splitPoint, type Hash, type ReadSubtree } from './merkle.ts';

/* C2SP tlog-tiles: tiles of 256 hashes, by level and number; partial ones by width. */

export const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** One tile of the tree of some size. */
export interface TilePlace {
  /** 0 holds leaf hashes; `entries` the leaves themselves, each behind its length. */
  readonly level: number | 'entries';
  readonly number: number;
  /** 1 to 256. */
  readonly width: number;
}

function pathOfNumber(number: number): string {
  const groups = [String(number % 1000).padStart(3, '0')];
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return groups.join('/');
}

/** Path of a tile below the log's prefix. */
export function tilePath({ level, number, width }: TilePlace): string {
  return `tile/${level}/${pathOfNumber(number)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** How many hashes a level has in the tree of `size`. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Width of one tile in the tree of `size`; 0 when the tree has none there. */
export function tileWidth(level: number, number: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAt(level, size) - number * TILE_WIDTH));
}

/** The nth hash of a tile. */
export function hashOfTile(tile: Buffer, n: number): Hash {
  return tile.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES);
}

// A full tile, level by level: each two hashes stand side by side, as they are hashed.
function rootOfFullTile(tile: Buffer): Hash {
  const hashes = Buffer.from(tile);
  for (let width = TILE_WIDTH; width > 1; width /= 2) {
    for (let i = 0; i < width; i += 2) hashes.set(nodeHash(hashOfTile(hashes, i), hashOfTile(hashes, i + 1)), (i / 2) * HASH_BYTES);
  }
  return hashes.subarray(0, HASH_BYTES);
}

/** MTH over hashes `from` to `to` of a tile, taken as the leaves of a tree of their own. */
export function rootOfTile(tile: Buffer, from = 0, to = tile.length / HASH_BYTES): Hash {
  if (to - from === 1) return hashOfTile(tile, from);
  if (to - from === TILE_WIDTH) return rootOfFullTile(tile);
  const middle = from + splitPoint(to - from);
  return nodeHash(rootOfTile(tile, from, middle), rootOfTile(tile, middle, to));
}

/** Reads a published file by its path below the prefix; undefined when it is not there. */
export type ReadPublished = (path: string) => Promise<Buffer | undefined>;

/** Reads from a folder. */
export function fromFolder(folder: string): ReadPublished {
  return async (path) => {
    try {
      return await readFile(join(folder, path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw cause;
    }
  };
}

const FETCH_MS = 10_000;

/** Reads from a web server. @throws when it answers anything but 200, 404 or 410. */
export function fromUrl(prefix: string): ReadPublished {
  return async (path) => {
    const response = await fetch(`${prefix.replace(/\/$/, '')}/${path}`, { signal: AbortSignal.timeout(FETCH_MS) });
    if (response.status === 404 || response.status === 410) return undefined;
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
}

/** Reads from a folder or, when it begins so, from a web server. */
export function publishedAt(place: string): ReadPublished {
  return /^https?:\/\//.test(place) ? fromUrl(place) : fromFolder(place);
}

/** A tile that a proof needs is not there, or has not the size it must have. */
export class TileFault extends Error {
  readonly path: string;

  constructor(path: string, what: 'missing' | 'malformed') {
    super(`${path} is ${what}`);
    this.path = path;
  }
}

/** Reads one tile of a tree. A partial one may since have become full. @throws TileFault. */
export async function readTile(read: ReadPublished, place: TilePlace & { readonly level: number }): Promise<Buffer> {
  const path = tilePath(place);
  const bytes = await read(path) ?? (place.width === TILE_WIDTH ? undefined : await read(tilePath({ ...place, width: TILE_WIDTH })));
  if (bytes === undefined) throw new TileFault(path, 'missing');
  if (bytes.length !== place.width * HASH_BYTES && bytes.length !== TILE_WIDTH * HASH_BYTES) throw new TileFault(path, 'malformed');
  return bytes.subarray(0, place.width * HASH_BYTES);
}

const KEPT_TILES = 64;

/** Perfect subtrees of the tree of `size`, read from its tiles; the last tiles read are kept. */
export function subtreesOf(read: ReadPublished, size: number): ReadSubtree {
  const kept = new Map<string, Promise<Buffer>>();
  const tile = (level: number, number: number): Promise<Buffer> => {
    const key = `${level}/${number}`;
    const found = kept.get(key) ?? readTile(read, { level, number, width: tileWidth(level, number, size) });
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > KEPT_TILES) kept.delete(kept.keys().next().value as string);
    return found;
  };
  return async (start, width) => {
    const level = Math.floor(Math.log2(width) / 8);
    const [first, count] = [start / TILE_WIDTH ** level, width / TILE_WIDTH ** level];
    const number = Math.floor(first / TILE_WIDTH);
    return rootOfTile(await tile(level, number), first % TILE_WIDTH, (first % TILE_WIDTH) + count);
  };
}
