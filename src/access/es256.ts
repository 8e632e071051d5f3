import { verify, type KeyObject } from 'node:crypto';

// Writes one half of a raw signature as a DER integer, without leading zeros; returns where the next one goes.
function writeInteger(half: Buffer, der: Buffer, at: number): number {
  let start = 0;
  while (start < half.length - 1 && half[start] === 0) start += 1;
  const padding = (half[start] as number) >= 0x80 ? 1 : 0;
  const length = half.length - start + padding;
  der[at] = 2;
  der[at + 1] = length;
  der[at + 2] = 0;
  half.copy(der, at + 2 + padding, start);
  return at + 2 + length;
}

// A raw signature costs OpenSSL half as much again to verify; DER is two integers.
function derOfRaw(raw: Buffer): Buffer {
  const der = Buffer.allocUnsafe(72);
  const end = writeInteger(raw.subarray(32), der, writeInteger(raw.subarray(0, 32), der, 2));
  der[0] = 0x30;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/**
 * Whether an ES256 signature is genuine (RFC 7518, 3.4).
 * @param signed what was signed, in ASCII
 * @param signature raw, 64 bytes, base64url; of any other length it is false
 */
export function verifyEs256(key: KeyObject, signed: string, signature: string): boolean {
  const raw = Buffer.from(signature, 'base64url');
  return raw.length === 64 && verify('sha256', Buffer.from(signed, 'latin1'), key, derOfRaw(raw));
}
