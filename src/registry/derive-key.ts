import sodium from 'sodium-native';

/** A key of its own for one use, 32 bytes (HMAC-SHA-512-256 of the use). @param key 32 bytes */
export function deriveKey(key: Buffer, use: string): Buffer {
  const made = Buffer.alloc(sodium.crypto_auth_BYTES);
  sodium.crypto_auth(made, Buffer.from(use), key);
  return made;
}
