import { createCipheriv } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import { invariant } from '../ground/index.ts';
import { NOTICE_ENTRY_BYTES, type NoticeEntry } from './notice-code.ts';

/** How the buckets of one publication are laid out. */
export interface BucketLayout {
  /** Hexadecimal digits of a bucket's name. */
  readonly digits: number;
  readonly entriesPerBucket: number;
  readonly entryBytes: number;
}

const DIGITS_MAX = 5;
/** Entries that a bucket holds on average, at most: about 30 kB to download. */
const AVERAGE_MAX = 512;
const ENTRIES_MIN = 64;

/** A layout for so many entries by five-digit prefix: buckets of one size, in steps that say little of the count. */
export function layOut(counts: Uint32Array): BucketLayout {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let digits = 1;
  while (digits < DIGITS_MAX && total / 16 ** digits > AVERAGE_MAX) digits += 1;
  const width = 16 ** (DIGITS_MAX - digits);
  let fullest = 0;
  for (let bucket = 0; bucket < 16 ** digits; bucket += 1) fullest = Math.max(fullest, counts.subarray(bucket * width, (bucket + 1) * width).reduce((sum, count) => sum + count, 0));
  // At least an eighth are decoys, and the size doubles or stays.
  let entriesPerBucket = ENTRIES_MIN;
  while (entriesPerBucket * 7 / 8 < fullest) entriesPerBucket *= 2;
  return { digits, entriesPerBucket, entryBytes: NOTICE_ENTRY_BYTES };
}

// The bucket's number stands in the counter block's first half, so that no two buckets share a part of the stream.
const decoysOf = (key: Buffer, bucket: number, bytes: number): Buffer => createCipheriv('aes-256-ctr', key, Buffer.from(bucket.toString(16).padStart(16, '0').padEnd(32, '0'), 'hex')).update(Buffer.alloc(bytes));

// Real and made up in one order that says nothing: by locator, which is random.
async function finishBucket(file: FileHandle, at: { readonly bucket: number; readonly layout: BucketLayout; readonly real: number; readonly decoyKey: Buffer }): Promise<void> {
  const { layout: { entriesPerBucket, entryBytes }, bucket, real, decoyKey } = at;
  const bytes = Buffer.alloc(entriesPerBucket * entryBytes);
  if (real > 0) await file.read(bytes, 0, real * entryBytes, bucket * bytes.length);
  decoysOf(decoyKey, bucket, (entriesPerBucket - real) * entryBytes).copy(bytes, real * entryBytes);
  const entries = Array.from({ length: entriesPerBucket }, (_, i) => Buffer.from(bytes.subarray(i * entryBytes, (i + 1) * entryBytes))).toSorted((a, b) => Buffer.compare(a, b));
  await file.write(Buffer.concat(entries), 0, bytes.length, bucket * bytes.length);
}

/**
 * Writes all buckets into one file, bucket after bucket, each of one size and filled up with decoys that stay the same from one
 * publication to the next. Bounded memory; the file is there under its name once it is whole.
 * @param options.entries read twice: to lay out, then to write. They must be the same both times.
 * @param options.decoyKey 32 secret bytes of the publisher.
 */
export async function writeNoticeBuckets(path: string, options: { readonly entries: () => AsyncIterable<NoticeEntry> | Iterable<NoticeEntry>; readonly decoyKey: Buffer }): Promise<BucketLayout> {
  const counts = new Uint32Array(16 ** DIGITS_MAX);
  for await (const { prefix } of options.entries()) counts[Number.parseInt(prefix, 16)] = (counts[Number.parseInt(prefix, 16)] ?? 0) + 1;
  const layout = layOut(counts);
  const filled = new Uint32Array(16 ** layout.digits);
  const file = await open(`${path}.part`, 'w+', 0o644);
  try {
    for await (const { prefix, entry } of options.entries()) {
      const bucket = Number.parseInt(prefix.slice(0, layout.digits), 16);
      const place = filled[bucket] ?? 0;
      invariant(entry.length === layout.entryBytes && place < layout.entriesPerBucket, 'the entries are the same both times');
      await file.write(entry, 0, entry.length, (bucket * layout.entriesPerBucket + place) * layout.entryBytes);
      filled[bucket] = place + 1;
    }
    for (const [bucket, real] of filled.entries()) await finishBucket(file, { bucket, layout, real, decoyKey: options.decoyKey });
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(`${path}.part`, path);
  return layout;
}
