import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto';
import sodium from 'sodium-native';
import { findNoticeStatus, noticeCodeOf, noticeStatusBytes, NOTICE_STATUS_BYTES, type NoticeCode, type NoticeStatus } from '../identifiers/index.ts';

/** What the verification page needs of one notice; the code itself is nowhere in it, and need not be kept. */
export interface NoticeEntry {
  /** First five hex digits of SHA-256 of the code: which bucket. */
  readonly prefix: string;
  /** {@link NOTICE_ENTRY_BYTES} bytes: locator, nonce, sealed status. Random to whoever has not the code. */
  readonly entry: Buffer;
}

const LOCATOR_BYTES = 12;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes of an entry, always: locator 12, nonce 12, status 20, tag 16. */
export const NOTICE_ENTRY_BYTES = LOCATOR_BYTES + NONCE_BYTES + NOTICE_STATUS_BYTES + TAG_BYTES;

// A million notices: libsodium's random bytes cost a third of node's.
function randomBytes(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  sodium.randombytes_buf(bytes);
  return bytes;
}

/** A fresh code of 80 random bits. */
export function newNoticeCode(): NoticeCode {
  return noticeCodeOf(randomBytes(10));
}

function keysOf(code: NoticeCode): { prefix: string; locator: Buffer; key: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', code, '', 'rempart-notice-v1', LOCATOR_BYTES + 32));
  return { prefix: hash('sha256', code).slice(0, 5), locator: derived.subarray(0, LOCATOR_BYTES), key: derived.subarray(LOCATOR_BYTES) };
}

/** Seals a notice's status under its code (docs/formats/notice-code.md). Keep the result, put the code on the notice, forget it. */
export function sealNotice(code: NoticeCode, status: NoticeStatus): NoticeEntry {
  const { prefix, locator, key } = keysOf(code);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(noticeStatusBytes(status)), cipher.final(), cipher.getAuthTag()]);
  return { prefix, entry: Buffer.concat([locator, nonce, sealed]) };
}

/** What a code confirms among a bucket's entries; undefined when it is in none. The page does the same in the browser. */
export function findNotice(code: NoticeCode, bucket: Buffer): NoticeStatus | undefined {
  const { locator, key } = keysOf(code);
  for (let at = 0; at + NOTICE_ENTRY_BYTES <= bucket.length; at += NOTICE_ENTRY_BYTES) {
    const entry = bucket.subarray(at, at + NOTICE_ENTRY_BYTES);
    if (!entry.subarray(0, LOCATOR_BYTES).equals(locator)) continue;
    const decipher = createDecipheriv('aes-256-gcm', key, entry.subarray(LOCATOR_BYTES, LOCATOR_BYTES + NONCE_BYTES)).setAuthTag(entry.subarray(-TAG_BYTES));
    return findNoticeStatus(Buffer.concat([decipher.update(entry.subarray(LOCATOR_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  }
  return undefined;
}
