import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TILE_WIDTH, tilePath } from './tiles.ts';
import type { TileFile } from './tree.ts';

/** Names of the files beside the tiles. */
export const PUBLISHED = { checkpoint: 'checkpoint', witnessed: 'checkpoint.witnessed', minimum: 'minimum-index' } as const;

/** The folder that is published: tiles that never change, and a checkpoint that grows. */
export class Publisher {
  readonly folder: string;
  readonly #durable: boolean;

  /** @param durable false for a bulk-made tree: files are not flushed one by one. */
  constructor(folder: string, durable = true) {
    this.folder = folder;
    this.#durable = durable;
    mkdirSync(folder, { recursive: true });
  }

  /** Writes a file whole or not at all. */
  write(path: string, bytes: Buffer | string, flush = this.#durable): void {
    const target = join(this.folder, path);
    const part = `${target}.part`;
    mkdirSync(dirname(target), { recursive: true });
    const file = openSync(part, 'w', 0o644);
    try {
      writeSync(file, Buffer.from(bytes));
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, target);
  }

  /** A tile. A full one makes its partial forerunners superfluous; a partial one is made again from the database if lost. */
  writeTile(tile: TileFile): void {
    const path = tilePath(tile);
    const whole = tile.width === TILE_WIDTH;
    this.write(path, tile.bytes, whole && this.#durable);
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
