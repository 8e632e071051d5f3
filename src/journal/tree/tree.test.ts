import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCheckpoint, openCheckpoint } from './checkpoint.ts';
import { consistencyProof, EMPTY_ROOT, inclusionProof, isConsistent, leafHash, nodeHash, rootOfInclusion, splitPoint, subtreeHash, type Hash, type Head, type ReadSubtree } from './merkle.ts';
import { cosign, findNote, findVkey, formatNote, formatVkey, isSignedBy, noteKeyOf, signNote } from './note.ts';
import { findProof, formatProof } from './proof.ts';
import { subtreesOf, tilePath } from './tiles.ts';
import { GrowingTree } from './tree.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
process.stdout.write(`seed ${seed}\n`);
const check = <T extends unknown[]>(property: fc.IAsyncProperty<T>, numRuns = 60): Promise<void> => fc.assert(property, { seed, numRuns });

/** RFC 6962 by its definition, to compare with. */
function rootByDefinition(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0] as Hash;
  const k = splitPoint(leaves.length);
  return nodeHash(rootByDefinition(leaves.slice(0, k)), rootByDefinition(leaves.slice(k)));
}

function commitment(n: number): Buffer {
  const bytes = Buffer.alloc(32, 7);
  bytes.writeUInt32BE(n);
  return bytes;
}

interface Grown { readonly head: Head; readonly leaves: Hash[]; readonly read: ReadSubtree }

function grow(size: number): Grown {
  const files = new Map<string, Buffer>();
  const tree = new GrowingTree((tile) => files.set(tilePath(tile), tile.bytes));
  const leaves = Array.from({ length: size }, (_, n) => commitment(n));
  for (const leaf of leaves) tree.append(leaf);
  for (const tile of tree.partialTiles()) files.set(tilePath(tile), tile.bytes);
  return { head: tree.head(), leaves: leaves.map(leafHash), read: subtreesOf((path) => Promise.resolve(files.get(path)), size) };
}

const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1200 }), fc.constantFrom(255, 256, 257, 512));

test('a grown tree has the root of the definition, also when read from its tiles', () => check(fc.asyncProperty(size, async (n) => {
  const { head, leaves, read } = grow(n);
  assert.deepEqual(head.root, rootByDefinition(leaves));
  assert.deepEqual(await subtreeHash(read, 0, n), head.root);
})));

test('every leaf is proven, and no other leaf, place or path is', () => check(fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, a, b) => {
  const { head, leaves, read } = grow(n);
  const [index, other] = [a % n, b % n];
  const path = await inclusionProof(read, index, n);
  assert.deepEqual(rootOfInclusion(leaves[index] as Hash, { index, size: n }, path), head.root);
  if (other !== index) {
    assert.notDeepEqual(rootOfInclusion(leaves[other] as Hash, { index, size: n }, path), head.root);
    assert.notDeepEqual(rootOfInclusion(leaves[index] as Hash, { index: other, size: n }, path), head.root);
  }
  assert.notDeepEqual(rootOfInclusion(leaves[index] as Hash, { index, size: n }, [...path, head.root]), head.root);
  if (path.length > 0) assert.notDeepEqual(rootOfInclusion(leaves[index] as Hash, { index, size: n }, path.slice(0, -1)), head.root);
})));

test('every growth is proven, and no other beginning is', () => check(fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, a, b) => {
  const older = a % (n + 1);
  const { head, leaves, read } = grow(n);
  const before = { size: older, root: rootByDefinition(leaves.slice(0, older)) };
  const proof = await consistencyProof(read, older, n);
  assert.ok(isConsistent(before, head, proof));
  if (older > 0) {
    const forged = leaves.slice(0, older);
    forged[b % older] = leafHash(commitment(1_000_000));
    assert.equal(isConsistent({ size: older, root: rootByDefinition(forged) }, head, proof), false);
  }
  assert.equal(isConsistent(before, head, [...proof, head.root]), false);
  if (older < n && proof.length > 0) assert.equal(isConsistent(before, head, proof.slice(1)), false);
})));

test('a tree taken up from its tiles goes on as if nothing had happened', () => check(fc.asyncProperty(size, fc.integer({ min: 0, max: 600 }), async (n, more) => {
  const files = new Map<string, Buffer>();
  const keep = (tree: GrowingTree): void => { for (const tile of tree.partialTiles()) files.set(tilePath(tile), tile.bytes); };
  const first = new GrowingTree((tile) => files.set(tilePath(tile), tile.bytes));
  for (let i = 0; i < n; i += 1) first.append(commitment(i));
  keep(first);
  const second = new GrowingTree((tile) => files.set(tilePath(tile), tile.bytes));
  await second.resume((path) => Promise.resolve(files.get(path)), n, Array.from({ length: n % 256 }, (_, i) => commitment(n - (n % 256) + i)));
  for (let i = n; i < n + more; i += 1) second.append(commitment(i));
  assert.deepEqual(second.head(), grow(n + more).head);
}), 30));

test('tiles have the paths of the specification', () => {
  assert.equal(tilePath({ level: 0, number: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
  assert.equal(tilePath({ level: 1, number: 0, width: 17 }), 'tile/1/000.p/17');
  assert.equal(tilePath({ level: 'entries', number: 273, width: 112 }), 'tile/entries/273.p/112');
});

test('notes, keys and cosignatures are read back, and refused once a character is changed', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = noteKeyOf('rempart.example/journal', privateKey);
  assert.deepEqual(findVkey(formatVkey(key)), key);
  assert.equal(findVkey(formatVkey(key).replace('journal', 'journel')), undefined);
  const text = formatCheckpoint({ origin: key.name, size: 5, root: EMPTY_ROOT });
  const witness = noteKeyOf('w.example', privateKey, 4);
  const bytes = formatNote({ text, signatures: [signNote(text, key.name, privateKey), cosign(text, { name: 'w.example', key: privateKey, seconds: 1_800_000_000 })] });
  const opened = openCheckpoint(bytes, key);
  assert.equal(opened?.size, 5);
  assert.ok(opened !== undefined && isSignedBy(opened.note, witness));
  assert.equal(openCheckpoint(bytes.replace('\n5\n', '\n6\n'), key), undefined);
  assert.equal(findNote('text\n'), undefined);
  const proof = { index: 3, path: [EMPTY_ROOT], checkpoint: bytes };
  assert.deepEqual(findProof(formatProof(proof)), proof);
  assert.equal(findProof(formatProof(proof).replace('index 3', 'index 03')), undefined);
});
