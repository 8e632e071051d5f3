import { findNote, formatNote } from './note.ts';
import { countWitnesses, openCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { inclusionProof, leafHash, rootOfInclusion, type Hash } from './merkle.ts';
import type { NoteKey } from './note.ts';
import { subtreesOf, type ReadPublished } from './tiles.ts';

const MAGIC = 'c2sp.org/tlog-proof@v1';

/** A leaf's place under a checkpoint, as C2SP tlog-proof writes it. */
export interface LeafProof {
  readonly index: number;
  readonly path: readonly Hash[];
  /** The checkpoint, verbatim. */
  readonly checkpoint: string;
}

/** Writes a proof. */
export function formatProof({ index, path, checkpoint }: LeafProof): string {
  return [MAGIC, `index ${index}`, ...path.map((hash) => hash.toString('base64')), '', checkpoint].join('\n');
}

/** Reads a proof; undefined when it is malformed. */
export function findProof(text: string): LeafProof | undefined {
  const at = text.indexOf('\n\n');
  const [magic, ...lines] = text.slice(0, at).split('\n');
  const rest = (lines[0] ?? '').startsWith('extra ') ? lines.slice(1) : lines;
  const index = /^index (0|[1-9]\d{0,14})$/.exec(rest[0] ?? '');
  const path = rest.slice(1).map((line) => Buffer.from(line, 'base64'));
  if (at === -1 || magic !== MAGIC || index === null || path.length > 63 || path.some((hash) => hash.length !== 32)) return undefined;
  return { index: Number(index[1]), path, checkpoint: text.slice(at + 2) };
}

/** Makes the proof of a leaf from published tiles, under a checkpoint that holds it. @throws TileFault. */
export async function makeProof(read: ReadPublished, index: number, checkpoint: SignedCheckpoint): Promise<LeafProof> {
  const path = await inclusionProof(subtreesOf(read, checkpoint.size), index, checkpoint.size);
  return { index, path, checkpoint: formatNote(checkpoint.note) };
}

/** Whom a verifier believes: the log's key, and how many of which witnesses. */
export interface Trust {
  readonly key: NoteKey;
  readonly witnesses?: readonly NoteKey[];
  /** 0 when left out. */
  readonly quorum?: number;
}

/** What is wrong with a proof of `commitment`, or nothing. */
export function faultOfProof(proof: LeafProof, commitment: Buffer, trust: Trust): 'signature' | 'unwitnessed' | 'not-included' | undefined {
  const checkpoint = findNote(proof.checkpoint) === undefined ? undefined : openCheckpoint(proof.checkpoint, trust.key);
  if (checkpoint === undefined) return 'signature';
  if (countWitnesses(checkpoint, trust.witnesses ?? []) < (trust.quorum ?? 0)) return 'unwitnessed';
  const root = rootOfInclusion(leafHash(commitment), { index: proof.index, size: checkpoint.size }, proof.path);
  return root?.equals(checkpoint.root) === true ? undefined : 'not-included';
}
