import sodium from 'sodium-native';
import { invariant } from '../ground/index.ts';

// Loaded with the first key that is wrapped: a check needs none.
const age = () => import('age-encryption');

const AEAD_KEY_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
const TAG_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES;

/** What a sealed record is bound to: it opens nowhere else. */
export interface SealedPlace {
  readonly insurerId: number;
  readonly sealKeyId: number;
  /** The person's reference and contract, or a line number for a line set aside. */
  readonly row: string;
}

/** How much longer a sealed record is: 8 bytes of nonce and the tag. */
export const SEAL_BYTES = 8 + TAG_BYTES;

/** A place as the seal is bound to it. */
export const boundTo = (place: SealedPlace): Buffer => Buffer.from(`rempart-seal-v1|${place.insurerId}|${place.sealKeyId}|${place.row}`);

/** Seals identities of one load under a key that lives as long as the load's process does. */
export class Sealer {
  readonly #key = sodium.sodium_malloc(AEAD_KEY_BYTES) as Buffer;
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  #count = 0;

  constructor() {
    sodium.randombytes_buf(this.#key);
  }

  /** The key, wrapped to the insurer's age recipient: only the insurer can open it. */
  async wrapFor(ageRecipient: string): Promise<Buffer> {
    const { Encrypter } = await age();
    const encrypter = new Encrypter();
    encrypter.addRecipient(ageRecipient);
    return Buffer.from(await encrypter.encrypt(Uint8Array.from(this.#key)));
  }

  /**
   * Seals one record (XChaCha20-Poly1305). The nonce is a counter: the key is fresh, this object is its only
   * user, so none comes twice.
   */
  seal(record: Buffer, place: SealedPlace): Buffer {
    const sealed = Buffer.allocUnsafe(record.length + SEAL_BYTES);
    this.sealInto(record, boundTo(place), sealed);
    return sealed;
  }

  /**
   * Seals one record where it is wanted.
   * @param bound what {@link boundTo} makes of its place.
   * @param sealed {@link SEAL_BYTES} longer than the record.
   */
  sealInto(record: Buffer, bound: Buffer, sealed: Buffer): void {
    const nonce = this.#nonce;
    nonce.writeUInt32LE(this.#count % 0x1_0000_0000, 0);
    nonce.writeUInt32LE(Math.floor(this.#count / 0x1_0000_0000), 4);
    this.#count += 1;
    nonce.copy(sealed, 0, 0, 8);
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.subarray(8), record, bound, null, nonce, this.#key);
  }

  /** Forgets the key. */
  forget(): void {
    sodium.sodium_memzero(this.#key);
  }
}

/** The insurer's side: opens the data key of a load with its age identity. */
export async function unwrapSealKey(wrapped: Buffer, ageIdentity: string): Promise<Buffer> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addIdentity(ageIdentity);
  const key = Buffer.from(await decrypter.decrypt(Uint8Array.from(wrapped)));
  invariant(key.length === AEAD_KEY_BYTES, 'a seal key has 32 bytes');
  return key;
}

/** Opens one sealed record. @throws when key, place or bytes are not those it was sealed with. */
export function openSealed(sealed: Buffer, key: Buffer, place: SealedPlace): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  sealed.copy(nonce, 0, 0, 8);
  const record = Buffer.allocUnsafe(sealed.length - 8 - TAG_BYTES);
  sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(record, null, sealed.subarray(8), boundTo(place), nonce, key);
  return record;
}
