import { createHash, createPublicKey, sign, verify, type Hash, type KeyObject } from 'node:crypto';
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
const LF = 0x0a;
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** A whole file that was found complete and signed. */
export interface VerifiedFile {
  readonly header: readonly string[];
  readonly count: number;
  /** SHA-256 of everything before the last line. */
  readonly hash: Buffer;
  /** SHA-256 of each thousand data lines, so that a second reading gives nothing that was not signed. */
  readonly units: readonly Buffer[];
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

/** A signed file by its path, or what gives its bytes anew each time (an encrypted one). */
export type FileSource = string | (() => AsyncIterable<Uint8Array>);

const bytesOf = (source: FileSource): AsyncIterable<Uint8Array> => (typeof source === 'string' ? open(source) as AsyncIterable<Buffer> : source());

/** A file's bytes in blocks of whole lines, plain or gzip, in bounded memory; a line that is too long refuses the file. */
async function* readBlocks(source: FileSource): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bytesOf(source)) {
      const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const end = piece.lastIndexOf(LF) + 1;
      const block = end === 0 ? undefined : rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([rest, piece.subarray(0, end)]);
      rest = end === 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece.subarray(end));
      if (rest.length > LINE_MAX) refuse('line-length', `une ligne dépasse ${LINE_MAX} octets.`, `a line is longer than ${LINE_MAX} bytes.`);
      if (block !== undefined) yield block;
    }
  } catch (cause) {
    // A path that leads nowhere is the reader's to mend, not the sender's.
    if (cause instanceof AppError || ['ENOENT', 'EACCES'].includes((cause as { code?: string }).code ?? '')) throw cause;
    refuse('truncated', 'il est tronqué ou illisible.', 'it is truncated or cannot be read.');
  }
  if (rest.length > 0) refuse('truncated', 'sa dernière ligne est incomplète.', 'its last line is incomplete.');
}

/** The lines of a file, plain or gzip, in bounded memory; a line that is too long refuses the file. */
export async function* readFileLines(path: FileSource): AsyncGenerator<string> {
  for await (const block of readBlocks(path)) {
    countLines(block);
    const lines = block.toString('utf8').split('\n');
    lines.pop();
    yield* lines;
  }
}

function countLines(block: Buffer): number {
  let count = 0;
  for (let from = 0, to = block.indexOf(LF); to !== -1; from = to + 1, to = block.indexOf(LF, from)) {
    if (to - from > LINE_MAX) refuse('line-length', `une ligne dépasse ${LINE_MAX} octets.`, `a line is longer than ${LINE_MAX} bytes.`);
    count += 1;
  }
  return count;
}

/** What is read of a file besides its lines. */
interface Envelope {
  readonly hash: Hash;
  trailer?: string;
}

// Header and data lines in blocks, hashed as they pass; the last line is put aside.
async function* readBody(path: FileSource, envelope: Envelope): AsyncGenerator<Buffer> {
  for await (const block of readBlocks(path)) {
    if (envelope.trailer !== undefined) refuse('truncated', 'il continue après sa dernière ligne.', 'it goes on after its last line.');
    const after = block.indexOf('\nT;');
    const end = block[0] === 0x54 && block[1] === 0x3b ? 0 : after === -1 ? block.length : after + 1;
    if (end > 0) {
      const body = block.subarray(0, end);
      envelope.hash.update(body);
      yield body;
    }
    if (end === block.length) continue;
    envelope.trailer = block.toString('utf8', end, block.length - 1);
    if (envelope.trailer.includes('\n')) refuse('truncated', 'il continue après sa dernière ligne.', 'it goes on after its last line.');
  }
}

const signed = (magic: string, header: string, rest: { count: number; hash: string }): Buffer => Buffer.from(`${magic}\n${header}\n${rest.count}\n${rest.hash}`);

// The end of the first `wanted` lines of a block, and how many there are.
function cut(block: Buffer, from: number, wanted: number): { readonly end: number; readonly lines: number } {
  let [end, lines] = [from, 0];
  while (lines < wanted && end < block.length) {
    end = block.indexOf(LF, end) + 1;
    lines += 1;
  }
  return { end, lines };
}

const UNIT_LINES = 1000;

// Data lines in units of a thousand, whatever blocks they come in; the header is left out.
class Units {
  #parts: Buffer[] = [];
  #lines = 0;
  #header = true;

  *add(body: Buffer): Generator<readonly Buffer[]> {
    let from = 0;
    if (this.#header) [from, this.#header] = [body.indexOf(LF) + 1, false];
    while (from < body.length) {
      const part = cut(body, from, UNIT_LINES - this.#lines);
      this.#parts.push(body.subarray(from, part.end));
      [from, this.#lines] = [part.end, this.#lines + part.lines];
      if (this.#lines === UNIT_LINES) yield* this.end();
    }
  }

  *end(): Generator<readonly Buffer[]> {
    if (this.#lines > 0) yield this.#parts;
    [this.#parts, this.#lines] = [[], 0];
  }
}

function digestOf(parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * Reads a file to its end and verifies trailer, count, hash and signature.
 * @param options.keyFor the sender's key by the header's fields; it throws for a sender that is not known.
 * @throws AppError `bad-input`, its detail the rule: header, truncated, count, hash, signature.
 */
export async function verifySignedFile(path: FileSource, options: { readonly magic: string; readonly keyFor: (header: readonly string[]) => Promise<KeyObject> | KeyObject; readonly onBytes?: (bytes: number) => void }): Promise<VerifiedFile> {
  const envelope: Envelope = { hash: createHash('sha256') };
  let header: string | undefined;
  let count = -1;
  const [units, digests]: [Units, Buffer[]] = [new Units(), []];
  for await (const body of readBody(path, envelope)) {
    header ??= body.toString('utf8', 0, body.indexOf(LF));
    count += countLines(body);
    for (const unit of units.add(body)) digests.push(digestOf(unit));
    options.onBytes?.(body.length);
  }
  for (const unit of units.end()) digests.push(digestOf(unit));
  const { trailer } = envelope;
  if (header === undefined || !header.startsWith('H;')) return refuse('header', 'la première ligne n’est pas un en-tête.', 'the first line is not a header.');
  if (trailer === undefined) return refuse('truncated', 'la dernière ligne manque.', 'the last line is missing.');
  const key = await options.keyFor(header.split(';'));
  const [, saidCount, saidHash = '', signature = ''] = trailer.split(';');
  const digest = envelope.hash.digest();
  if (Number(saidCount) !== count) refuse('count', 'le nombre de lignes ne correspond pas.', 'the number of lines does not match.');
  if (saidHash !== digest.toString('hex')) refuse('hash', 'son empreinte ne correspond pas.', 'its hash does not match.');
  if (!verify(null, signed(options.magic, header, { count, hash: saidHash }), key, Buffer.from(signature, 'base64'))) refuse('signature', 'sa signature n’est pas celle de son émetteur.', 'its signature is not its sender’s.');
  return { header: header.split(';'), count, hash: digest, units: digests };
}

/** Some of a file's data lines, each with its line end. */
export interface FileSlice {
  /** Of the first line: 1 for the file's first data line. */
  readonly firstLine: number;
  readonly lines: number;
  /** In memory of its own: may be handed to another thread. */
  readonly bytes: Buffer<ArrayBuffer>;
}

function join(parts: readonly Buffer[]): Buffer<ArrayBuffer> {
  const joined = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(joined, at);
  return joined;
}

const refuseSwapped = (): never => refuse('swapped', 'il a changé pendant la lecture.', 'it has changed while it was read.');

// The data lines of a file that was verified, read again: each unit is given once it is known to be what was signed.
async function* readUnits(path: FileSource, file: VerifiedFile): AsyncGenerator<Buffer> {
  const envelope: Envelope = { hash: createHash('sha256') };
  const units = new Units();
  let read = 0;
  const checked = (unit: readonly Buffer[]): Buffer => {
    const bytes = join(unit);
    if (file.units[read]?.equals(digestOf([bytes])) !== true) refuseSwapped();
    read += 1;
    return bytes;
  };
  for await (const body of readBody(path, envelope)) for (const unit of units.add(body)) yield checked(unit);
  for (const unit of units.end()) yield checked(unit);
  if (!envelope.hash.digest().equals(file.hash)) refuseSwapped();
}

/**
 * The data lines of a file that was verified, in slices of `size` lines, read again and compared as they are read: what is
 * loaded is what was signed. The same file gives the same slices.
 * @throws AppError `bad-input` (rule `swapped`) when the file has changed since, before any changed line is given.
 */
export async function* readVerifiedSlices(path: FileSource, file: VerifiedFile, size: number): AsyncGenerator<FileSlice> {
  let parts: Buffer[] = [];
  let [firstLine, lines] = [1, 0];
  for await (const unit of readUnits(path, file)) {
    let from = 0;
    while (from < unit.length) {
      const part = cut(unit, from, size - lines);
      parts.push(unit.subarray(from, part.end));
      [from, lines] = [part.end, lines + part.lines];
      if (lines < size) continue;
      yield { firstLine, lines, bytes: join(parts) };
      [parts, firstLine, lines] = [[], firstLine + lines, 0];
    }
  }
  if (lines > 0) yield { firstLine, lines, bytes: join(parts) };
}

/** The data lines of {@link readVerifiedSlices}, one by one. */
export async function* readVerifiedLines(path: FileSource, file: VerifiedFile): AsyncGenerator<string> {
  for await (const { bytes } of readVerifiedSlices(path, file, 1000)) {
    const lines = bytes.toString('utf8').split('\n');
    lines.pop();
    yield* lines;
  }
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
  const isFull = (line: string): boolean => {
    count += 1;
    return waiting.push(`${line}\n`) >= PIECE_LINES;
  };
  // A list is not waited for line by line: that would cost as much as writing it.
  if (Symbol.iterator in options.lines) {
    for (const line of options.lines) if (isFull(line)) yield piece();
  } else {
    for await (const line of options.lines) if (isFull(line)) yield piece();
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
