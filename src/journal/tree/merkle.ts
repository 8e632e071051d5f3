import { hash } from 'node:crypto';

/*
 * RFC 6962, section 2.1: a leaf is hashed behind 0x00, two nodes behind 0x01. Sizes and indexes are numbers below 2^53,
 * so halves are taken by division, never by 32-bit shifts.
 */

/** SHA-256: 32 bytes. */
export type Hash = Buffer;

// What is hashed is read at once: one piece of memory serves every call.
const LEAF = Buffer.alloc(1 + 32);
const NODE = Buffer.alloc(1 + 64, 1);

function sha256(bytes: Buffer): Hash {
  return hash('sha256', bytes, 'buffer');
}

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Hash = sha256(Buffer.alloc(0));

/** The hash of a leaf's 32 bytes. */
export function leafHash(commitment: Buffer): Hash {
  LEAF.set(commitment, 1);
  return sha256(LEAF);
}

/** The hash of two nodes. */
export function nodeHash(left: Hash, right: Hash): Hash {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return sha256(NODE);
}

/** The largest power of two below `n` (n > 1). */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Reads MTH(D[start : start + width]) for a width that is a power of two dividing `start`. */
export type ReadSubtree = (start: number, width: number) => Promise<Hash>;

const isPerfect = (width: number): boolean => Number.isInteger(Math.log2(width));

/** MTH(D[from : to]), from perfect subtrees. */
export async function subtreeHash(read: ReadSubtree, from: number, to: number): Promise<Hash> {
  if (to === from) return EMPTY_ROOT;
  if (isPerfect(to - from) && from % (to - from) === 0) return read(from, to - from);
  const middle = from + splitPoint(to - from);
  return nodeHash(await subtreeHash(read, from, middle), await subtreeHash(read, middle, to));
}

/**
 * The audit path of a leaf in the tree of `size` leaves, from the leaf's sibling upwards.
 * @throws RangeError when the leaf is not in that tree.
 */
export async function inclusionProof(read: ReadSubtree, index: number, size: number): Promise<Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
  const path = async (from: number, to: number): Promise<Hash[]> => {
    if (to - from === 1) return [];
    const middle = from + splitPoint(to - from);
    return index < middle ? [...(await path(from, middle)), await subtreeHash(read, middle, to)] : [...(await path(middle, to)), await subtreeHash(read, from, middle)];
  };
  return path(0, size);
}

/** The proof that the tree of `older` leaves is the beginning of the tree of `newer`. Empty when one is empty, or they are equal. */
export async function consistencyProof(read: ReadSubtree, older: number, newer: number): Promise<Hash[]> {
  if (older < 0 || older > newer) throw new RangeError(`no consistency from ${older} to ${newer}`);
  if (older === 0 || older === newer) return [];
  const proof = async (from: number, to: number, whole: boolean): Promise<Hash[]> => {
    if (older === to) return whole ? [] : [await subtreeHash(read, from, to)];
    const middle = from + splitPoint(to - from);
    return older <= middle ? [...(await proof(from, middle, whole)), await subtreeHash(read, middle, to)] : [...(await proof(middle, to, false)), await subtreeHash(read, from, middle)];
  };
  return proof(0, newer, true);
}

/** The root that a leaf and its audit path lead to (RFC 9162, section 2.1.3.2); undefined when the path has not the right length. */
export function rootOfInclusion(leaf: Hash, place: { readonly index: number; readonly size: number }, proof: readonly Hash[]): Hash | undefined {
  if (place.index >= place.size) return undefined;
  let [node, last] = [place.index, place.size - 1];
  let found = leaf;
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      found = nodeHash(sibling, found);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else found = nodeHash(found, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? found : undefined;
}

/** A tree's size and root. */
export interface Head {
  readonly size: number;
  readonly root: Hash;
}

/** Whether `proof` shows `older` to be the beginning of `newer` (RFC 9162, section 2.1.4.2). */
export function isConsistent(older: Head, newer: Head, proof: readonly Hash[]): boolean {
  if (older.size > newer.size) return false;
  if (older.size === 0) return proof.length === 0 && older.root.equals(EMPTY_ROOT);
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  const path = isPerfect(older.size) ? [older.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let [node, last] = [older.size - 1, newer.size - 1];
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let [fromOlder, fromNewer] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      fromOlder = nodeHash(sibling, fromOlder);
      fromNewer = nodeHash(sibling, fromNewer);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else fromNewer = nodeHash(fromNewer, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && fromOlder.equals(older.root) && fromNewer.equals(newer.root);
}
