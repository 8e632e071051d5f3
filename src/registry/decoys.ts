import { createCipheriv, randomBytes } from 'node:crypto';
import sodium from 'sodium-native';
import { invariant, uuidOfBytes } from '../ground/index.ts';
import { deriveKey } from './derive-key.ts';

/** Every sealed decoy has this size, so that none is told from another by its length. */
const RECORD_BYTES = 2048;
const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
const TAG_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES;
/** Of a reference, a uuid; an AES block is as long. */
const REFERENCE_BYTES = 16;
const HALF_BYTES = REFERENCE_BYTES / 2;
/** Where its last four bytes begin. */
const LAST_WORD = REFERENCE_BYTES - 4;

/** Persons who do not exist, known to the key ring alone. */
export interface DecoyKeeper {
  /** What the gate compares: given with each question, a keyed hash of its blind index. */
  readonly tag: (index: string) => string;
  /** A new person's reference: random to anybody else, a decoy's to this key. */
  readonly newReference: () => string;
  /** Whether a reference (of a settlement, a count) is a decoy's. Says yes wrongly once in 2^62. */
  readonly isDecoy: (reference: string) => boolean;
  /** Those of many references (16 bytes each, as of an exposure list) that are decoys', in uuid form. */
  readonly decoysAmong: (references: Buffer) => string[];
  /** What the decoy is, for the next file: sealed, all of one size. */
  readonly seal: (record: string) => Buffer;
  /** @throws when another key sealed it */
  readonly open: (sealed: Buffer) => string;
}

// A random uuid of version 4 has its version in byte 6 and its variant in byte 8.
function asRandomUuid(bytes: Buffer): Buffer {
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes;
}

// The second half of a decoy's reference is its first half under AES-256, a block each: of different blocks a keyed permutation is as good as
// random to whoever has no key, and a million of them are one call.
function secondHalvesUnder(key: Buffer): (references: Buffer) => Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  // Used again: a list has millions of references, and what is thrown away is collected while two processes wait.
  let blocks = Buffer.alloc(REFERENCE_BYTES);
  return (references) => {
    if (blocks.length < references.length) blocks = Buffer.alloc(references.length);
    references.copy(blocks);
    const halves = new BigInt64Array(blocks.buffer, 0, references.length / HALF_BYTES);
    for (let i = 1; i < halves.length; i += 2) halves[i] = 0n;
    return cipher.update(blocks.subarray(0, references.length));
  };
}

/**
 * A keeper under one key (keyed BLAKE2b, AES-256, XChaCha20-Poly1305), each use under a key of its own that comes from it by HMAC.
 * @param key 32 bytes
 */
export function createDecoyKeeper(key: Buffer): DecoyKeeper {
  const [sealKey, tagKey] = [deriveKey(key, 'dcy:seal'), deriveKey(key, 'dcy:tag')];
  const secondHalves = secondHalvesUnder(deriveKey(key, 'dcy:ref'));
  const tag = Buffer.alloc(REFERENCE_BYTES);
  const decoysAmong = (references: Buffer): string[] => {
    invariant(references.length % REFERENCE_BYTES === 0, 'a reference has 16 bytes');
    const halves = secondHalves(references);
    const decoys: string[] = [];
    for (let at = 0; at < references.length; at += REFERENCE_BYTES) {
      // Of four thousand million, one that is no decoy gets further.
      if (halves.readInt32LE(at + LAST_WORD - HALF_BYTES) !== references.readInt32LE(at + LAST_WORD)) continue;
      let differs = ((halves[at] as number) & 0x3f | 0x80) ^ (references[at + HALF_BYTES] as number);
      for (let i = 1; i < HALF_BYTES; i += 1) differs |= (halves[at + i] as number) ^ (references[at + HALF_BYTES + i] as number);
      if (differs === 0) decoys.push(uuidOfBytes(references.subarray(at, at + REFERENCE_BYTES)));
    }
    return decoys;
  };
  return {
    tag: (index) => {
      sodium.crypto_generichash(tag, Buffer.from(index), tagKey);
      return uuidOfBytes(tag);
    },
    newReference: () => {
      const reference = asRandomUuid(randomBytes(REFERENCE_BYTES));
      secondHalves(reference).copy(reference, HALF_BYTES, 0, HALF_BYTES);
      return uuidOfBytes(asRandomUuid(reference));
    },
    isDecoy: (reference) => decoysAmong(Buffer.from(reference.replaceAll('-', ''), 'hex')).length > 0,
    decoysAmong,
    seal: (record) => {
      const text = Buffer.from(record, 'utf8');
      invariant(text.length <= RECORD_BYTES, 'a decoy fits its record');
      const sealed = Buffer.alloc(NONCE_BYTES + RECORD_BYTES + TAG_BYTES);
      randomBytes(NONCE_BYTES).copy(sealed);
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.subarray(NONCE_BYTES), Buffer.concat([text, Buffer.alloc(RECORD_BYTES - text.length, ' ')]), null, null, sealed.subarray(0, NONCE_BYTES), sealKey);
      return sealed;
    },
    open: (sealed) => {
      const record = Buffer.alloc(sealed.length - NONCE_BYTES - TAG_BYTES);
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(record, null, sealed.subarray(NONCE_BYTES), null, sealed.subarray(0, NONCE_BYTES), sealKey);
      return record.toString('utf8').trimEnd();
    },
  };
}
