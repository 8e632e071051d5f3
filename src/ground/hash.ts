import { hash } from 'node:crypto';

/** 16 bytes as PostgreSQL writes a uuid. Any 128 bits: version and variant bits mean nothing here. */
export function uuidOfBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const HEX = Buffer.from('0123456789abcdef');

/** Writes 16 bytes, from a place on, in the same form, to the start of `into`: where millions are written, without a string for each. */
export function writeUuid(bytes: Buffer, from: number, into: Buffer): void {
  let at = 0;
  for (let i = 0; i < 16; i += 1) {
    if (i === 4 || i === 6 || i === 8 || i === 10) {
      into[at] = 0x2d;
      at += 1;
    }
    const byte = bytes[from + i] as number;
    into[at] = HEX[byte >> 4] as number;
    into[at + 1] = HEX[byte & 15] as number;
    at += 2;
  }
}

/** First 128 bits of SHA-256, in uuid form. For secrets of 128 bits and more only: never for an identity. */
export function hash128(text: string): string {
  return uuidOfBytes(hash('sha256', text, 'buffer'));
}
