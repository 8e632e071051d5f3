import { findNoticeStatus, NOTICE_STATUS_BYTES, type NoticeCode, type NoticeStatus } from '../../src/identifiers/index.ts';

/** What the publisher says of its buckets; the same for everybody. */
export interface Parameters {
  readonly version: 1;
  /** Hexadecimal digits of a bucket's name. */
  readonly digits: number;
  readonly entryBytes: number;
  readonly entriesPerBucket: number;
  /** Names by numéro AMC. */
  readonly insurers: Readonly<Record<string, string>>;
}

const LOCATOR = 12;
const NONCE = 12;
const SEALED = NOTICE_STATUS_BYTES + 16;
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function deriveKeys(code: NoticeCode): Promise<{ name: string; locator: Uint8Array; key: CryptoKey }> {
  const name = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(code))), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const secret = await crypto.subtle.importKey('raw', bytesOf(code), 'HKDF', false, ['deriveBits']);
  const derived = new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytesOf('rempart-notice-v1') }, secret, (LOCATOR + 32) * 8));
  return { name, locator: derived.subarray(0, LOCATOR), key: await crypto.subtle.importKey('raw', derived.slice(LOCATOR), 'AES-GCM', false, ['decrypt']) };
}

async function load(path: string): Promise<Response> {
  const response = await fetch(path, { credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

/** Every entry is looked at, whether or not one was found before: found and not found take the same work. */
function findEntry(bucket: Uint8Array<ArrayBuffer>, entryBytes: number, locator: Uint8Array): { found: boolean; entry: Uint8Array<ArrayBuffer> } {
  let [found, at] = [false, 0];
  for (let start = 0; start + entryBytes <= bucket.length; start += entryBytes) {
    let difference = 0;
    for (let i = 0; i < LOCATOR; i += 1) difference |= (bucket[start + i] ?? 0) ^ (locator[i] ?? 0);
    if (difference === 0) [found, at] = [true, start];
  }
  return { found, entry: bucket.slice(at, at + entryBytes) };
}

/** Reads the publisher's parameters. */
export async function loadParameters(): Promise<Parameters> {
  const parameters = (await (await load('/parameters.json')).json()) as Parameters;
  if (parameters.version !== 1 || !Number.isInteger(parameters.digits) || parameters.digits < 1 || parameters.digits > 5) throw new Error('unknown parameters');
  return parameters;
}

/**
 * What a code confirms; undefined when it is of no notice. The code stays here: what leaves is the first digits of its hash,
 * shared by hundreds of entries.
 * @throws when the bucket could not be read, or an entry that bears the code's locator does not open with it
 */
export async function lookUp(code: NoticeCode, parameters: Parameters): Promise<NoticeStatus | undefined> {
  const { name, locator, key } = await deriveKeys(code);
  const bucket = new Uint8Array(await (await load(`/buckets/${name.slice(0, parameters.digits)}`)).arrayBuffer());
  if (bucket.length !== parameters.entryBytes * parameters.entriesPerBucket) throw new Error('a bucket of another size');
  const { found, entry } = findEntry(bucket, parameters.entryBytes, locator);
  const opened = crypto.subtle.decrypt({ name: 'AES-GCM', iv: entry.slice(LOCATOR, LOCATOR + NONCE) }, key, entry.slice(LOCATOR + NONCE, LOCATOR + NONCE + SEALED));
  const status = await opened.then((bytes) => findNoticeStatus(new Uint8Array(bytes)), () => undefined);
  if (found && status === undefined) throw new Error('an altered entry');
  return found ? status : undefined;
}
