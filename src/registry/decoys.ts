import { randomBytes } from 'node:crypto';
import sodium from 'sodium-native';
import { invariant, uuidOfBytes } from '../ground/index.ts';

/** Every sealed decoy has this size, so that none is told from another by its length. */
const RECORD_BYTES = 2048;
const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
const TAG_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES;

/** Persons who do not exist, known to the key ring alone. */
export interface DecoyKeeper {
  /** What the gate compares: given with each question, a keyed hash of its blind index. */
  readonly tag: (index: string) => string;
  /** A new person's reference: random to anybody else, a decoy's to this key. */
  readonly newReference: () => string;
  /** Whether a reference (of an exposure list, a settlement, a count) is a decoy's. Says yes wrongly once in 2^62. */
  readonly isDecoy: (reference: string) => boolean;
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

/**
 * A keeper under one key (HMAC-SHA-512-256; XChaCha20-Poly1305).
 * @param key 32 bytes
 */
export function createDecoyKeeper(key: Buffer): DecoyKeeper {
  const out = Buffer.alloc(sodium.crypto_auth_BYTES);
  const mac = (text: string): Buffer => {
    sodium.crypto_auth(out, Buffer.from(text, 'utf8'), key);
    return out;
  };
  const sealKey = Buffer.from(mac('dcy:seal'));
  // A list of a million asks a million times: its text is written into one buffer.
  const asked = Buffer.from(`dcy:ref|${'0'.repeat(16)}`);
  // The second half of a decoy's reference is a keyed hash of the first.
  const referenceOf = (half: Buffer): string => {
    const bytes = asRandomUuid(Buffer.concat([half, Buffer.alloc(8)]));
    mac(`dcy:ref|${bytes.toString('hex', 0, 8)}`).copy(bytes, 8, 0, 8);
    return uuidOfBytes(asRandomUuid(bytes));
  };
  return {
    tag: (index) => uuidOfBytes(mac(`dcy:tag|${index}`)),
    newReference: () => referenceOf(randomBytes(8)),
    isDecoy: (reference) => {
      // Nothing but a random uuid of version 4 was ever made.
      if (reference[14] !== '4') return false;
      const text = reference.toLowerCase();
      asked.write(text.slice(0, 8), 8);
      asked.write(text.slice(9, 13), 16);
      asked.write(text.slice(14, 18), 20);
      sodium.crypto_auth(out, asked, key);
      out[0] = ((out[0] as number) & 0x3f) | 0x80;
      return out.toString('hex', 0, 8) === text.slice(19, 23) + text.slice(24);
    },
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
