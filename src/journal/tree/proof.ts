import { countWitnesses, findCheckpoint, openCheckpoint } from './checkpoint.ts';
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

/**
 * Makes the proof of a leaf from published tiles: under the newest checkpoint with enough witnesses when that holds it, else
 * under the newest. Whoever gets it verifies its signatures. Undefined while no checkpoint holds the leaf. @throws TileFault.
 */
export async function makeProof(read: ReadPublished, index: number): Promise<LeafProof | undefined> {
  for (const name of ['checkpoint.witnessed', 'checkpoint']) {
    const text = (await read(name))?.toString('utf8');
    const size = text === undefined ? 0 : findCheckpoint(text)?.size ?? 0;
    if (text !== undefined && index < size) return { index, path: await inclusionProof(subtreesOf(read, size), index, size), checkpoint: text };
  }
  return undefined;
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
  const checkpoint = openCheckpoint(proof.checkpoint, trust.key);
  if (checkpoint === undefined) return 'signature';
  if (countWitnesses(checkpoint, trust.witnesses ?? []) < (trust.quorum ?? 0)) return 'unwitnessed';
  const root = rootOfInclusion(leafHash(commitment), { index: proof.index, size: checkpoint.size }, proof.path);
  return root?.equals(checkpoint.root) === true ? undefined : 'not-included';
}
