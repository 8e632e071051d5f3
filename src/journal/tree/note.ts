import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/*
 * C2SP signed-note v1 with Ed25519 (type 0x01), and tlog-cosignature v1 (type 0x04). Nothing here needs a database, so
 * that a verifier can be made of these files alone.
 */

const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const NAME = /^[^\s+]+$/u;

/** 0x01 signs a note, 0x04 is a witness's timestamped cosignature. */
export type SignatureType = 1 | 4;

/** A public key by name, as `name+id+base64` (a vkey) writes it. */
export interface NoteKey {
  readonly name: string;
  readonly type: SignatureType;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  readonly id: Buffer;
  /** What follows the id: 64 bytes, or timestamp and 64 bytes. */
  readonly signature: Buffer;
}

/** A note's text, with its last newline, and its signature lines. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** First four bytes of SHA-256 of name, newline, type and public key. */
export function keyId(key: NoteKey): Buffer {
  return createHash('sha256').update(key.name).update(Buffer.from([0x0a, key.type])).update(key.publicKey).digest().subarray(0, 4);
}

/** The key's name, id and bytes in one word, to be configured elsewhere. */
export function formatVkey(key: NoteKey): string {
  return `${key.name}+${keyId(key).toString('hex')}+${Buffer.concat([Buffer.from([key.type]), key.publicKey]).toString('base64')}`;
}

/** Reads a vkey; undefined when it is malformed, of another type, or its id is not its key's. */
export function findVkey(vkey: string): NoteKey | undefined {
  const [name = '', id = '', ...rest] = vkey.trim().split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const [type] = bytes;
  if (!NAME.test(name) || bytes.length !== 33 || (type !== 1 && type !== 4)) return undefined;
  const key: NoteKey = { name, type, publicKey: bytes.subarray(1) };
  return keyId(key).toString('hex') === id ? key : undefined;
}

/** The note key of an Ed25519 key pair. @throws when the name holds a space or a plus. */
export function noteKeyOf(name: string, key: KeyObject, type: SignatureType = 1): NoteKey {
  if (!NAME.test(name)) throw new RangeError('a key name holds no space and no plus');
  return { name, type, publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32) };
}

/** Reads a note; undefined when it is malformed. */
export function findNote(bytes: string): Note | undefined {
  const at = bytes.lastIndexOf('\n\n');
  if (at === -1 || !bytes.endsWith('\n') || bytes.length > 1_000_000) return undefined;
  const lines = bytes.slice(at + 2, -1).split('\n');
  const signatures = lines.map((line) => /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line)).map((match) => {
    const decoded = Buffer.from(match?.[2] ?? '', 'base64');
    return match === null || decoded.length < 5 ? undefined : { name: match[1] as string, id: decoded.subarray(0, 4), signature: decoded.subarray(4) };
  });
  return signatures.every((one) => one !== undefined) && signatures.length > 0 ? { text: bytes.slice(0, at + 1), signatures } : undefined;
}

/** One signature line, with its newline. */
export function formatSignature({ name, id, signature }: NoteSignature): string {
  return `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** A note as it is published. */
export function formatNote(note: Note): string {
  return `${note.text}\n${note.signatures.map(formatSignature).join('')}`;
}

/** Signs a note's text, which ends with a newline. */
export function signNote(text: string, name: string, key: KeyObject): NoteSignature {
  return { name, id: keyId(noteKeyOf(name, key)), signature: sign(null, Buffer.from(text), key) };
}

const cosigned = (text: string, seconds: number): Buffer => Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);

/** A witness's cosignature of a checkpoint's text at a time in seconds. */
export function cosign(text: string, by: { readonly name: string; readonly key: KeyObject; readonly seconds: number }): NoteSignature {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(by.seconds));
  return { name: by.name, id: keyId(noteKeyOf(by.name, by.key, 4)), signature: Buffer.concat([time, sign(null, cosigned(text, by.seconds), by.key)]) };
}

function holds(note: Note, key: NoteKey, signature: NoteSignature): boolean {
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_ED25519, key.publicKey]), format: 'der', type: 'spki' });
  if (key.type === 1) return signature.signature.length === 64 && verify(null, Buffer.from(note.text), publicKey, signature.signature);
  if (signature.signature.length !== 72) return false;
  const seconds = Number(signature.signature.readBigUInt64BE(0));
  return verify(null, cosigned(note.text, seconds), publicKey, signature.signature.subarray(8));
}

/** Whether this key signed (or cosigned) the note. Signatures of other keys are ignored. */
export function isSignedBy(note: Note, key: NoteKey): boolean {
  const id = keyId(key);
  return note.signatures.some((signature) => signature.name === key.name && signature.id.equals(id) && holds(note, key, signature));
}
