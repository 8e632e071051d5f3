import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { syncFolder } from '../../ground/index.ts';
import { TILE_WIDTH, tilePath } from './tiles.ts';
import type { TileFile } from './tree.ts';

/** Names of the files beside the tiles. */
export const PUBLISHED = { checkpoint: 'checkpoint', witnessed: 'checkpoint.witnessed', minimum: 'minimum-index' } as const;

/** The folder that is published: tiles that never change, and a checkpoint that grows. */
export class Publisher {
  readonly folder: string;
  readonly #durable: boolean;
  /** The unfinished tile of each upper level that was flushed last. */
  readonly #edge = new Map<number, string>();

  /** @param durable false for a bulk-made tree: files are not flushed one by one. */
  constructor(folder: string, durable = true) {
    this.folder = folder;
    this.#durable = durable;
    mkdirSync(folder, { recursive: true });
  }

  /** Writes a file whole or not at all; flushed, it outlasts a power cut, and so does its name. */
  write(path: string, bytes: Buffer | string, flush = this.#durable): void {
    const target = join(this.folder, path);
    const part = `${target}.part`;
    const made = mkdirSync(dirname(target), { recursive: true });
    const file = openSync(part, 'w', 0o644);
    try {
      writeSync(file, Buffer.from(bytes));
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, target);
    // A folder that is made holds flushed files sooner or later: its name is flushed in any case.
    if (!flush && !(this.#durable && made !== undefined)) return;
    const top = resolve(made === undefined ? dirname(target) : dirname(made));
    let folder = resolve(dirname(target));
    syncFolder(folder);
    while (folder !== top && folder !== dirname(folder)) {
      folder = dirname(folder);
      syncFolder(folder);
    }
  }

  /**
   * A tile. A full one makes its partial forerunners superfluous. A partial one of the lowest level is made again from the database
   * if lost; one above stands for leaves that may be pruned, and is flushed as full ones are: once, it seldom changes.
   */
  writeTile(tile: TileFile): void {
    const path = tilePath(tile);
    const whole = tile.width === TILE_WIDTH;
    const upper = typeof tile.level === 'number' && tile.level > 0 ? tile.level : undefined;
    const target = join(this.folder, path);
    if (this.#durable && !whole && upper !== undefined && this.#edge.get(upper) === path && existsSync(target) && statSync(target).size === tile.bytes.length) return;
    this.write(path, tile.bytes, (whole || upper !== undefined) && this.#durable);
    if (upper !== undefined) this.#edge.set(upper, path);
    if (whole && this.#durable) rmSync(join(this.folder, `${path}.p`), { recursive: true, force: true });
  }

  /** A file's text, undefined when it is not there. */
  find(path: string): string | undefined {
    const target = join(this.folder, path);
    return existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  }

  /** Removes what lies wholly below the minimum index (tlog-tiles, pruning), from `below` on. @returns tiles removed. */
  prune(minimumIndex: number, below = 0): number {
    let removed = 0;
    for (const level of ['entries', 0, 1, 2, 3] as const) {
      const span = TILE_WIDTH ** (level === 'entries' ? 1 : level + 1);
      for (let number = Math.floor(below / span); (number + 1) * span <= minimumIndex; number += 1) {
        const target = join(this.folder, tilePath({ level, number, width: TILE_WIDTH }));
        if (!existsSync(target)) continue;
        rmSync(target);
        removed += 1;
      }
    }
    this.write(PUBLISHED.minimum, `${minimumIndex}\n`);
    return removed;
  }
}
