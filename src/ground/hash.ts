import { hash } from 'node:crypto';
import { invariant } from './error.ts';

const HEX = Buffer.from('0123456789abcdef');

/** Writes 16 bytes, from a place on, as PostgreSQL writes a uuid, to the start of `into`: where millions are written, without a string for each. */
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

const WRITTEN = Buffer.alloc(36);

/** The first 16 bytes as PostgreSQL writes a uuid. Any 128 bits: version and variant bits mean nothing here. @throws Error when there are fewer. */
export function uuidOfBytes(bytes: Buffer): string {
  invariant(bytes.length >= 16, 'a uuid has 16 bytes');
  writeUuid(bytes, 0, WRITTEN);
  return WRITTEN.toString('latin1');
}

/** First 128 bits of SHA-256, in uuid form. For secrets of 128 bits and more only: never for an identity. */
export function hash128(text: string): string {
  return uuidOfBytes(hash('sha256', text, 'buffer'));
}
