import { hash } from 'node:crypto';
import { countWitnesses, openCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import type { FaultKind, TreeFault } from './faults.ts';
import { consistencyProof, isConsistent, leafHash, subtreeHash, type Hash } from './merkle.ts';
import type { Trust } from './proof.ts';
import { hashesAt, hashOfTile, readTile, rootOfTile, subtreesOf, TileFault, tilePath, TILE_WIDTH, tileWidth, type ReadPublished } from './tiles.ts';

/*
 * The verifier: published files and public keys, nothing else. It imports nothing that opens a database.
 */

const BUNDLED_BYTES = 34;
/** Faults named one by one; more are counted. */
const NAMED_MAX = 100;

/** What a verification found. */
export interface TreeReport {
  readonly checkpoint?: SignedCheckpoint;
  /** Leaves below it were not verified: the publisher says that their entries were erased. */
  readonly minimumIndex: number;
  /** Leaves verified, from the minimum index on. */
  leaves: number;
  /** Leaves not verified that neither the reader accepted nor a verified erasure names; while any are left, `faults` has one of kind `unverified`. */
  unverified: number;
  entries: number;
  readonly faults: TreeFault[];
  /** Faults beyond those named. */
  more: number;
}

interface Asked {
  readonly read: ReadPublished;
  readonly trust: Trust;
  /** A checkpoint seen before, verbatim. */
  readonly seenBefore?: string;
  /** Leaves below it may be unverified, by the reader's own decision; left out, none may. */
  readonly from?: number;
  readonly onProgress?: (leaves: number) => void;
}

interface Work {
  readonly asked: Asked;
  readonly report: TreeReport;
  readonly size: number;
}

function note(report: TreeReport, kind: FaultKind, where: string): void {
  if (report.faults.length < NAMED_MAX) report.faults.push({ kind, where });
  else report.more += 1;
}

async function readText(read: ReadPublished, path: string): Promise<string | undefined> {
  return (await read(path))?.toString('utf8');
}

/** The newest published checkpoint; with a quorum of witnesses, the newest that has it. */
export async function readCheckpoint(read: ReadPublished, trust: Trust): Promise<{ readonly checkpoint?: SignedCheckpoint; readonly fault?: FaultKind }> {
  const text = await readText(read, 'checkpoint');
  if (text === undefined) return { fault: 'missing' };
  const newest = openCheckpoint(text, trust.key);
  if (newest === undefined) return { fault: 'signature' };
  const witnessed = (checkpoint: SignedCheckpoint | undefined): boolean => checkpoint !== undefined && countWitnesses(checkpoint, trust.witnesses ?? []) >= (trust.quorum ?? 0);
  if (witnessed(newest)) return { checkpoint: newest };
  const older = openCheckpoint(await readText(read, 'checkpoint.witnessed') ?? '', trust.key);
  return older !== undefined && witnessed(older) ? { checkpoint: older } : { fault: 'unwitnessed', checkpoint: newest };
}

// Against what was seen before: the same beginning, and no shorter.
async function compareWithBefore(asked: Asked, checkpoint: SignedCheckpoint, report: TreeReport): Promise<void> {
  if (asked.seenBefore === undefined) return;
  const before = openCheckpoint(asked.seenBefore, asked.trust.key);
  if (before === undefined) note(report, 'signature', 'checkpoint seen before');
  else if (before.size > checkpoint.size) note(report, 'rolled-back', `${before.size} > ${checkpoint.size}`);
  else if (!isConsistent(before, checkpoint, await consistencyProof(subtreesOf(asked.read, checkpoint.size), before.size, checkpoint.size))) note(report, 'forked', `${before.size} / ${checkpoint.size}`);
}

function noteReadFault(report: TreeReport, cause: unknown): void {
  if (!(cause instanceof TileFault)) throw cause;
  note(report, cause.message.endsWith('missing') ? 'missing' : 'malformed', cause.path);
}

// Every full tile must hash to the hash that the level above has for it; the rest is the checkpoint's root.
async function checkTile(asked: Asked, place: { readonly level: number; readonly number: number; readonly size: number }, above: Buffer | undefined): Promise<{ readonly tile: Buffer; readonly fits: boolean }> {
  const { level, number, size } = place;
  const tile = await readTile(asked.read, { level, number, width: tileWidth(level, number, size) });
  return { tile, fits: above === undefined || rootOfTile(tile).equals(hashOfTile(above, number % TILE_WIDTH)) };
}

async function checkLevel({ asked, report, size }: Work, level: number): Promise<void> {
  const count = Math.ceil(hashesAt(level, size) / TILE_WIDTH);
  let above: { readonly number: number; readonly tile: Buffer } | undefined;
  for (let number = Math.floor(report.minimumIndex / TILE_WIDTH ** (level + 1)); number < count; number += 1) {
    try {
      const whole = tileWidth(level, number, size) === TILE_WIDTH;
      const parent = Math.floor(number / TILE_WIDTH);
      if (whole && above?.number !== parent) above = { number: parent, tile: await readTile(asked.read, { level: level + 1, number: parent, width: tileWidth(level + 1, parent, size) }) };
      const { tile, fits } = await checkTile(asked, { level, number, size }, whole ? above?.tile : undefined);
      if (!fits) note(report, 'changed', tilePath({ level, number, width: TILE_WIDTH }));
      if (level === 0) await checkBundle({ asked, report, size }, number, tile);
    } catch (cause) {
      noteReadFault(report, cause);
    }
  }
}

async function checkBundle({ asked, report }: Work, number: number, tile: Buffer): Promise<void> {
  const width = tile.length / 32;
  const path = tilePath({ level: 'entries', number, width });
  const bundle = await asked.read(path) ?? (width === TILE_WIDTH ? undefined : await asked.read(tilePath({ level: 'entries', number, width: TILE_WIDTH })));
  if (bundle === undefined) note(report, 'missing', path);
  else if (bundle.length < width * BUNDLED_BYTES) note(report, 'malformed', path);
  else {
    for (let i = 0; i < width; i += 1) {
      if (bundle.readUInt16BE(i * BUNDLED_BYTES) !== 32) {
        note(report, 'malformed', path);
        break;
      }
      const leaf = leafHash(bundle.subarray(i * BUNDLED_BYTES + 2, (i + 1) * BUNDLED_BYTES));
      if (leaf.equals(hashOfTile(tile, i))) continue;
      const elsewhere = Array.from({ length: width }, (_, n) => hashOfTile(tile, n)).some((other) => other.equals(leaf));
      note(report, elsewhere ? 'reordered' : 'changed', `leaf ${number * TILE_WIDTH + i}`);
    }
  }
  report.leaves += width - Math.max(0, report.minimumIndex - number * TILE_WIDTH);
  asked.onProgress?.(report.leaves);
}

const MINIMUM = 'minimum-index';

// Nobody signs this file: it must be a number of leaves that the signed tree has. Undefined for anything else.
function findMinimum(text: string, size: number): number | undefined {
  const minimum = /^(?:0|[1-9]\d{0,15})\n?$/.test(text) ? Number(text) : Infinity;
  return minimum <= size ? minimum : undefined;
}

// Leaves `from` to the minimum index: whoever takes them as erased must know it from elsewhere than this file.
function noteUnverified(report: TreeReport, from = 0): void {
  report.unverified = Math.max(0, report.minimumIndex - from);
  if (report.unverified > 0) note(report, 'unverified', `leaves ${from}-${report.minimumIndex - 1}`);
}

/**
 * Verifies the published tree: signature, witnesses, every tile up to the root, every leaf, and that it goes on from a
 * checkpoint seen before. Leaves that are no longer published are a fault until accepted (`from`) or explained by
 * {@link verifyEntries}. Faults are in the report; a log that cannot be reached throws.
 */
export async function verifyTree(asked: Asked): Promise<TreeReport> {
  const { checkpoint, fault } = await readCheckpoint(asked.read, asked.trust);
  const minimum = findMinimum(await readText(asked.read, MINIMUM) ?? '0', checkpoint?.size ?? 0);
  const report: TreeReport = { ...(checkpoint === undefined ? {} : { checkpoint }), minimumIndex: minimum ?? 0, leaves: 0, unverified: 0, entries: 0, faults: [], more: 0 };
  if (fault !== undefined) note(report, fault, 'checkpoint');
  if (checkpoint === undefined) return report;
  if (minimum === undefined) note(report, 'malformed', MINIMUM);
  noteUnverified(report, asked.from);
  try {
    const root = await subtreeHash(subtreesOf(asked.read, checkpoint.size), 0, checkpoint.size);
    if (!root.equals(checkpoint.root)) note(report, 'changed', `root of ${checkpoint.size} leaves`);
    await compareWithBefore(asked, checkpoint, report);
  } catch (cause) {
    noteReadFault(report, cause);
  }
  for (let level = 0; hashesAt(level, checkpoint.size) > 0; level += 1) await checkLevel({ asked, report, size: checkpoint.size }, level);
  return report;
}

/** A line of an export: a leaf's place and its entry's canonical bytes as text. */
export interface ExportedEntry {
  readonly leaf: number;
  readonly bytes: string;
}

/** Position of purpose and detail in an entry's canonical array (docs/formats/journal-entry.md). */
const [PURPOSE, DETAIL] = [9, 19];

function erasedRanges(bytes: string): (readonly [number, number])[] {
  const entry = JSON.parse(bytes) as unknown[];
  if (entry[PURPOSE] !== 'erase') return [];
  return [...String(entry[DETAIL]).matchAll(/(\d+)-(\d+)/g)].map((match) => [Number(match[1]), Number(match[2])] as const);
}

// Leaves whose entries fit nowhere are looked for in the whole tree: at another place, they were moved.
async function findElsewhere(asked: Asked, report: TreeReport, unfit: ReadonlyMap<string, number>): Promise<void> {
  const size = report.checkpoint?.size ?? 0;
  const moved = new Set<number>();
  for (let number = Math.floor(report.minimumIndex / TILE_WIDTH); unfit.size > 0 && number * TILE_WIDTH < size; number += 1) {
    const tile = await readTile(asked.read, { level: 0, number, width: tileWidth(0, number, size) });
    for (let i = 0; i < tile.length / 32; i += 1) {
      const leaf = unfit.get(hashOfTile(tile, i).toString('hex'));
      if (leaf !== undefined) moved.add(leaf);
    }
  }
  for (const leaf of unfit.values()) note(report, moved.has(leaf) ? 'reordered' : 'changed', `leaf ${leaf}`);
}

// Leaves that are no longer published are explained by erasures that stand in the verified part, and by nothing else.
function explainUnverified(report: TreeReport, erased: readonly (readonly [number, number])[], from = 0): void {
  let reached = from;
  for (const [first, last] of erased.toSorted((a, b) => a[0] - b[0])) if (first <= reached) reached = Math.max(reached, last + 1);
  if (report.unverified === 0 || reached < report.minimumIndex) return;
  report.unverified = 0;
  report.faults.splice(report.faults.findIndex(({ kind }) => kind === 'unverified'), 1);
}

/**
 * Verifies an export against a verified tree: each entry is the leaf at its place, and each leaf has its entry unless a
 * journalled erasure says so; erasures that name every leaf below the minimum index explain these too. Adds to `report`.
 */
export async function verifyEntries(asked: Asked, report: TreeReport, lines: AsyncIterable<ExportedEntry>): Promise<void> {
  const size = report.checkpoint?.size ?? 0;
  const unfit = new Map<string, number>();
  const absent: [number, number][] = [];
  const erased: (readonly [number, number])[] = [];
  let kept: { number: number; tile: Buffer } | undefined;
  let next = report.minimumIndex;
  for await (const { leaf, bytes } of lines) {
    if (leaf >= size || leaf < report.minimumIndex) continue;
    if (leaf < next) note(report, 'reordered', `leaf ${leaf}`);
    if (leaf > next) absent.push([next, leaf - 1]);
    next = Math.max(next, leaf + 1);
    const number = Math.floor(leaf / TILE_WIDTH);
    if (kept?.number !== number) kept = { number, tile: await readTile(asked.read, { level: 0, number, width: tileWidth(0, number, size) }) };
    const found: Hash = leafHash(hash('sha256', bytes, 'buffer'));
    if (found.equals(hashOfTile(kept.tile, leaf % TILE_WIDTH))) erased.push(...erasedRanges(bytes).filter(([, last]) => last < leaf));
    else unfit.set(found.toString('hex'), leaf);
    report.entries += 1;
  }
  if (next < size) absent.push([next, size - 1]);
  for (const [from, to] of absent) {
    for (let leaf = from; leaf <= to; leaf += 1) {
      const range = erased.find(([first, last]) => leaf >= first && leaf <= last);
      if (range === undefined) note(report, 'removed', `leaf ${leaf}`);
      else leaf = range[1];
    }
  }
  explainUnverified(report, erased, asked.from);
  await findElsewhere(asked, report, unfit);
}

/** Where a commitment stands in the published tree, from the newest leaf back; undefined when it does not. */
export async function findPlace(read: ReadPublished, checkpoint: SignedCheckpoint, commitment: Buffer): Promise<number | undefined> {
  const wanted = leafHash(commitment);
  for (let number = Math.ceil(checkpoint.size / TILE_WIDTH) - 1; number >= 0; number -= 1) {
    const tile = await readTile(read, { level: 0, number, width: tileWidth(0, number, checkpoint.size) });
    for (let i = tile.length / 32 - 1; i >= 0; i -= 1) if (hashOfTile(tile, i).equals(wanted)) return number * TILE_WIDTH + i;
  }
  return undefined;
}
