import { hash } from 'node:crypto';

/** 16 bytes as PostgreSQL writes a uuid. Any 128 bits: version and variant bits mean nothing here. */
export function uuidOfBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** First 128 bits of SHA-256, in uuid form. For secrets of 128 bits and more only: never for an identity. */
export function hash128(text: string): string {
  return uuidOfBytes(hash('sha256', text, 'buffer'));
}
