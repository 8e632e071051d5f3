import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import type { KeyRing, Pool } from '../ground/index.ts';
import { draftDocument, putPart, sealDocument } from './document-store.ts';
import type { DocumentKind, Order } from './types.ts';

/** Bytes of a part, but for the last. */
export const PART_BYTES = 1_048_576;

/** What the operator signs of a document: its number, kind, recipient and SHA-256. */
function signedBytes(document: { readonly id: number; readonly kind: string; readonly recipient: string; readonly hash: string }): Buffer {
  return Buffer.from(`rempart-document-v1\n${document.id}\n${document.kind}\n${document.recipient}\n${document.hash}`);
}

/** Whether a document is the operator's, as it was made. */
export function isSignedDocument(document: Parameters<typeof signedBytes>[0] & { readonly signature: string }, key: KeyObject): boolean {
  return verify(null, signedBytes(document), key, Buffer.from(document.signature, 'base64'));
}

// Pieces of any size as parts of one MiB.
async function* inParts(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < PART_BYTES) continue;
    let all = Buffer.concat(waiting);
    for (; all.length >= PART_BYTES; all = all.subarray(PART_BYTES)) yield all.subarray(0, PART_BYTES);
    [waiting, size] = [[all], all.length];
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/** Stores the content of a drafted document, hashes, signs and seals it; from then on nothing of it changes. */
export async function completeDocument(pool: Pool, draft: { readonly id: number; readonly kind: string; readonly recipient: string }, made: { readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>; readonly keyRing: KeyRing }): Promise<void> {
  const sha = createHash('sha256');
  let [number, bytes] = [0, 0];
  for await (const content of inParts(made.content)) {
    sha.update(content);
    bytes += content.length;
    await putPart(pool, draft.id, { number, content });
    number += 1;
  }
  const hash = sha.digest('hex');
  const signature = sign(null, signedBytes({ ...draft, hash }), made.keyRing.signingKey).toString('base64');
  await sealDocument(pool, draft.id, { bytes, hash, signature, keyId: made.keyRing.signingKeyId });
}

/** A whole document from its bytes: a new version, signed. @returns its number */
export async function makeDocument(pool: Pool, incidentId: number, made: Order & { readonly kind: DocumentKind; readonly recipient: string; readonly mediaType: string; readonly insurer?: number; readonly exposure?: number; readonly content: Uint8Array; readonly keyRing: KeyRing }): Promise<number> {
  const { content, keyRing, ...order } = made;
  const id = await draftDocument(pool, incidentId, order);
  await completeDocument(pool, { id, kind: made.kind, recipient: made.recipient }, { content: [content], keyRing });
  return id;
}
