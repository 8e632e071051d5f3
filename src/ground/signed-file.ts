import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { createReadStream, createWriteStream, closeSync, openSync, readSync, renameSync } from 'node:fs';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import { AppError } from './error.ts';

/*
 * Signed files (docs/formats/signed-files.md): text lines of fields separated by `;`, plain or gzip.
 * First line `H;…`, last line `T;count;sha256;signature`: the hash is over every byte before the last line, the
 * Ed25519 signature over `magic`, header, count and hash, one a line.
 */

const LINE_MAX = 8192;
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** A whole file that was found complete and signed. */
export interface VerifiedFile {
  readonly header: readonly string[];
  readonly count: number;
  /** SHA-256 of everything before the last line. */
  readonly hash: Buffer;
}

function refuse(rule: string, fr: string, en: string): never {
  throw new AppError({ code: 'bad-input', detail: rule, publicText: { fr: `Fichier refusé en entier : ${fr}`, en: `File refused whole: ${en}` },
    faults: [{ field: 'file', rule, message: { fr, en }, remedy: { fr: 'Demandez à l’émetteur un fichier complet et signé.', en: 'Ask the sender for a complete, signed file.' } }] });
}

/** An Ed25519 public key from its 32 bytes. */
export function ed25519Key(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: 'der', type: 'spki' });
}

/** The 32 bytes of an Ed25519 public key. */
export function ed25519Bytes(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function open(path: string): Readable {
  const head = Buffer.alloc(2);
  const file = openSync(path, 'r');
  readSync(file, head, 0, 2, 0);
  closeSync(file);
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  if (head[0] !== 0x1f || head[1] !== 0x8b) return stream;
  const gunzip = createGunzip();
  stream.on('error', (cause) => gunzip.destroy(cause));
  gunzip.on('close', () => stream.destroy());
  return stream.pipe(gunzip);
}

/** The lines of a text that comes in pieces, in bounded memory; a line that is too long refuses it. @throws AppError `bad-input` (line-length, truncated) */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const piece of pieces) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() as string;
      if (rest.length > LINE_MAX || lines.some((line) => line.length > LINE_MAX)) refuse('line-length', `une ligne dépasse ${LINE_MAX} caractères.`, `a line is longer than ${LINE_MAX} characters.`);
      yield* lines;
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    refuse('truncated', 'il est tronqué ou illisible.', 'it is truncated or cannot be read.');
  }
  if (rest !== '') refuse('truncated', 'sa dernière ligne est incomplète.', 'its last line is incomplete.');
}

/** The lines of a file, plain or gzip, in bounded memory; a line that is too long refuses the file. */
export async function* readFileLines(path: string): AsyncGenerator<string> {
  const stream = open(path);
  stream.setEncoding('utf8');
  yield* splitLines(stream as AsyncIterable<string>);
}

/** A signed file by its path, or what gives its lines anew each time (an encrypted one). */
export type LineSource = string | (() => AsyncIterable<string>);
const linesOf = (source: LineSource): AsyncIterable<string> => (typeof source === 'string' ? readFileLines(source) : source());

const signed = (magic: string, header: string, rest: { count: number; hash: string }): Buffer => Buffer.from(`${magic}\n${header}\n${rest.count}\n${rest.hash}`);

/**
 * Reads a file to its end and verifies trailer, count, hash and signature.
 * @param options.keyFor the sender's key by the header's fields; it throws for a sender that is not known.
 * @throws AppError `bad-input`, its detail the rule: header, truncated, count, hash, signature.
 */
export async function verifySignedFile(source: LineSource, options: { readonly magic: string; readonly keyFor: (header: readonly string[]) => Promise<KeyObject> | KeyObject }): Promise<VerifiedFile> {
  const hash = createHash('sha256');
  let header: string | undefined;
  let count = 0;
  let trailer: string | undefined;
  for await (const line of linesOf(source)) {
    if (trailer !== undefined) refuse('truncated', 'il continue après sa dernière ligne.', 'it goes on after its last line.');
    if (line.startsWith('T;')) {
      trailer = line;
      continue;
    }
    hash.update(line).update('\n');
    if (header === undefined) header = line;
    else count += 1;
  }
  if (header === undefined || !header.startsWith('H;')) return refuse('header', 'la première ligne n’est pas un en-tête.', 'the first line is not a header.');
  if (trailer === undefined) return refuse('truncated', 'la dernière ligne manque.', 'the last line is missing.');
  const key = await options.keyFor(header.split(';'));
  const [, saidCount, saidHash = '', signature = ''] = trailer.split(';');
  const digest = hash.digest();
  if (Number(saidCount) !== count) refuse('count', 'le nombre de lignes ne correspond pas.', 'the number of lines does not match.');
  if (saidHash !== digest.toString('hex')) refuse('hash', 'son empreinte ne correspond pas.', 'its hash does not match.');
  if (!verify(null, signed(options.magic, header, { count, hash: saidHash }), key, Buffer.from(signature, 'base64'))) refuse('signature', 'sa signature n’est pas celle de son émetteur.', 'its signature is not its sender’s.');
  return { header: header.split(';'), count, hash: digest };
}

/**
 * The data lines of a file that was verified, read again and hashed again: what is loaded is what was signed.
 * @throws AppError `bad-input` (rule `swapped`), at the end, when the file has changed since.
 */
export async function* readVerifiedLines(source: LineSource, file: VerifiedFile): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let first = true;
  for await (const line of linesOf(source)) {
    if (line.startsWith('T;')) continue;
    hash.update(line).update('\n');
    if (!first) yield line;
    first = false;
  }
  if (!hash.digest().equals(file.hash)) refuse('swapped', 'il a changé pendant la lecture.', 'it has changed while it was read.');
}

interface Signing {
  readonly magic: string;
  readonly header: string;
  readonly lines: Iterable<string> | AsyncIterable<string>;
  readonly key: KeyObject;
}

const PIECE_LINES = 2000;

/** The text of a signed file, piece by piece; returns the number of its data lines. */
export async function* signLines(options: Signing): AsyncGenerator<string, number> {
  const hash = createHash('sha256');
  let count = 0;
  let waiting = [`${options.header}\n`];
  const piece = (): string => {
    const text = waiting.join('');
    waiting = [];
    hash.update(text);
    return text;
  };
  for await (const line of options.lines) {
    waiting.push(`${line}\n`);
    count += 1;
    if (waiting.length >= PIECE_LINES) yield piece();
  }
  yield piece();
  const digest = hash.digest('hex');
  yield `T;${count};${digest};${sign(null, signed(options.magic, options.header, { count, hash: digest }), options.key).toString('base64')}\n`;
  return count;
}

/** Writes a signed file line by line; it is there under its name once it is whole. The sandbox plays the senders with it; senders may use it too. */
export async function writeSignedFile(path: string, options: Signing): Promise<number> {
  const part = `${path}.part`;
  const out = createWriteStream(part, { mode: 0o600 });
  const pieces = signLines(options);
  let next = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) if (!out.write(next.value)) await once(out, 'drain');
  out.end();
  await once(out, 'close');
  renameSync(part, path);
  return next.value;
}
