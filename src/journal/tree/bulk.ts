import type { KeyObject } from 'node:crypto';
import type { Pool } from '../../ground/index.ts';
import { finishBulk, placeRange, planBulk, withoutLeafIndexes } from './bulk-store.ts';
import { formatCheckpoint } from './checkpoint.ts';
import type { Head } from './merkle.ts';
import { formatNote, signNote } from './note.ts';
import { PUBLISHED, Publisher } from './publisher.ts';
import { GrowingTree } from './tree.ts';

const STEP = 100_000;
const COMMITMENT_BYTES = 32;

interface BulkOptions {
  /** As the database's owner. Uses `workers` connections. */
  readonly pool: Pool;
  readonly origin: string;
  readonly key: KeyObject;
  readonly folder: string;
  /** Runs hashed by PostgreSQL at once. */
  readonly workers?: number;
  readonly onProgress?: (leaves: number) => void;
}

/**
 * Gives every entry of a bulk-made journal its place, in order of numbers, and publishes the tree: the very leaves, tiles and
 * checkpoint that the sequencer would have made, which goes on from them. For large journals of drills and measures: nothing is
 * flushed one by one, no entry may be written meanwhile, and the tree must be empty.
 */
export function buildJournalTree(options: BulkOptions): Promise<Head> {
  const { pool, origin, key, folder } = options;
  const publisher = new Publisher(folder, false);
  const tree = new GrowingTree((tile) => publisher.writeTile(tile));
  return withoutLeafIndexes(pool, async () => {
    const ranges = await planBulk(pool, STEP);
    const ahead: Promise<Buffer>[] = [];
    for (let at = 0; at < ranges.length; at += 1) {
      for (const range of ranges.slice(at + ahead.length, at + (options.workers ?? 2))) ahead.push(placeRange(pool, range));
      const commitments = await ahead.shift() as Buffer;
      for (let i = 0; i < commitments.length; i += COMMITMENT_BYTES) tree.append(commitments.subarray(i, i + COMMITMENT_BYTES));
      options.onProgress?.(tree.size);
    }
    for (const tile of tree.partialTiles()) publisher.writeTile(tile);
    const head = tree.head();
    const text = formatCheckpoint({ origin, ...head });
    const note = formatNote({ text, signatures: [signNote(text, origin, key)] });
    await finishBulk(pool, head, note);
    publisher.write(PUBLISHED.checkpoint, note);
    return head;
  });
}
