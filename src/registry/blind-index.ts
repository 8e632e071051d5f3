import { createCipheriv } from 'node:crypto';
import sodium from 'sodium-native';
import { invariant, uuidOfBytes } from '../ground/index.ts';
import { deriveKey } from './derive-key.ts';

/** Who a rights row is about, as its blind indexes see it. The insurer is always part of it. */
export interface IndexedIdentity {
  readonly insurerId: number;
  readonly birthDate: string;
  readonly birthRank: number;
}

/** Keyed one-way values by which rows are found; useless without the key, which is not in the database. */
export interface BlindIndexer {
  /** By the insured's NIR (13 characters), birth date and rank. */
  byNir(nir: string, who: IndexedIdentity): string;
  /** By the insured's number at the insurer, birth date and rank. */
  byAdherent(adherentNumber: string, who: IndexedIdentity): string;
  beneficiary(insurerId: number, beneficiaryId: string): string;
  contract(insurerId: number, contractNumber: string): string;
  /** What the guard may know of who was asked about: "again" and "near", under labels of their own, so that none finds a row. */
  trace(asked: { readonly nir: string | undefined; readonly adherentNumber: string | undefined }, who: IndexedIdentity): { readonly who: string; readonly area: string; readonly root: string; readonly place?: string };
  /** The network that somebody asked from: the same again, and nothing else. */
  network(range: string): string;
  /** Tells this key from another one, and nothing else: kept beside the rows that were made with it. */
  fingerprint(): string;
  /** For values that may hold an identity and must only be compared: idempotency keys, digests of questions. */
  opaque(text: string): string;
}

/** A hash of bytes under a key; the result lies in one buffer, good until the next. */
type KeyedHash = (text: Buffer) => Buffer;
const INDEX_BYTES = 16;

// BLAKE2b with a key (RFC 7693): a third of an HMAC's time or less (docs/decisions/national.md).
function keyedBlake2b(key: Buffer): KeyedHash {
  const hashed = Buffer.alloc(INDEX_BYTES);
  return (text) => {
    sodium.crypto_generichash(hashed, text, key);
    return hashed;
  };
}

// Under a key that comes from the index key.
const indexUnder = (key: Buffer): KeyedHash => keyedBlake2b(deriveKey(key, 'idx:v1|'));

// A keyed hash of a text, in uuid form.
function inUuidForm(hash: KeyedHash): (text: string) => string {
  const bytes = Buffer.alloc(1024);
  return (text) => uuidOfBytes(hash(text.length * 3 <= bytes.length ? bytes.subarray(0, bytes.write(text)) : Buffer.from(text, 'utf8')));
}

const nirLabel = (insurerId: number): string => `nir:v1|${insurerId}|`;
const adherentLabel = (insurerId: number): string => `adh:v1|${insurerId}|`;
const beneficiaryLabel = (insurerId: number): string => `ben:v1|${insurerId}|`;
const contractLabel = (insurerId: number): string => `con:v1|${insurerId}|`;

/**
 * An indexer under one key: keyed BLAKE2b of 128 bits, in uuid form.
 * @param key 32 bytes
 */
export function createBlindIndexer(key: Buffer): BlindIndexer {
  const keyed = inUuidForm(indexUnder(key));
  return {
    byNir: (nir, who) => keyed(`${nirLabel(who.insurerId)}${nir}|${who.birthDate}|${who.birthRank}`),
    byAdherent: (adherentNumber, who) => keyed(`${adherentLabel(who.insurerId)}${adherentNumber}|${who.birthDate}|${who.birthRank}`),
    beneficiary: (insurerId, id) => keyed(`${beneficiaryLabel(insurerId)}${id}`),
    contract: (insurerId, contractNumber) => keyed(`${contractLabel(insurerId)}${contractNumber}`),
    trace: ({ nir, adherentNumber }, who) => {
      if (nir !== undefined) return { who: keyed(`trc:who|${nir}|${who.birthDate}|${who.birthRank}`), area: keyed(`trc:area|${nir.slice(0, 10)}`), root: keyed(`trc:root|${nir}`), place: keyed(`trc:place|${nir.slice(5, 10)}`) };
      const number = adherentNumber ?? '';
      return { who: keyed(`trc:adh|${who.insurerId}|${number}|${who.birthDate}|${who.birthRank}`), area: keyed(`trc:run|${who.insurerId}|${number.slice(0, -3)}`), root: keyed(`trc:number|${who.insurerId}|${number}`) };
    },
    network: (range) => keyed(`trc:network|${range}`),
    fingerprint: () => keyed('fpr:v1|'),
    opaque: (text) => keyed(`opq:v1|${text}`),
  };
}

/** Hashes the bytes of `source` from `from` to before `to`: 16 bytes, good until the same is called again. */
type RangeHash = (source: Buffer, from: number, to: number) => Buffer;

/**
 * The same values as a {@link BlindIndexer}'s, for a load of millions. Who is found is given in bytes: NIR or number, birth date and rank, a bar
 * between.
 */
export interface BlindWriter {
  readonly byNir: RangeHash;
  readonly byAdherent: RangeHash;
  readonly beneficiary: RangeHash;
  readonly contract: RangeHash;
  /** The references of persons that are new with this load, by their beneficiaries, 16 bytes each. */
  newPersons(beneficiaries: Buffer): Buffer;
}

/** What is hashed of a line is not longer. */
const TEXT_MOST = 256;

// Hashes label and value; there is one view for each length, made once. Copied byte by byte: so short a copy costs less than a call.
function writerUnder(hash: KeyedHash, label: string): RangeHash {
  const text = Buffer.alloc(TEXT_MOST);
  const start = text.write(label);
  const views = Array.from({ length: TEXT_MOST + 1 }, (_, length) => text.subarray(0, length));
  return (source, from, to) => {
    invariant(start + to - from <= TEXT_MOST, 'what is hashed of a line is short');
    for (let [i, at] = [from, start]; i < to; i += 1, at += 1) text[at] = source[i] as number;
    return hash(views[start + to - from] as Buffer);
  };
}

/**
 * A writer for one load of one insurer.
 * @param options.salt 32 random bytes of this load. They are forgotten when it takes effect; from then on the references
 * that they made are random numbers to everybody, whatever keys he holds.
 */
export function createBlindWriter(options: { readonly key: Buffer; readonly insurerId: number; readonly salt: Buffer }): BlindWriter {
  const { key, insurerId, salt } = options;
  // A block each: a keyed permutation gives different beneficiaries different references, and a slice's are one call.
  const references = createCipheriv('aes-256-ecb', deriveKey(key, `ref:v1|${salt.toString('hex')}`), null).setAutoPadding(false);
  return {
    byNir: writerUnder(indexUnder(key), nirLabel(insurerId)),
    byAdherent: writerUnder(indexUnder(key), adherentLabel(insurerId)),
    beneficiary: writerUnder(indexUnder(key), beneficiaryLabel(insurerId)),
    contract: writerUnder(indexUnder(key), contractLabel(insurerId)),
    newPersons: (beneficiaries) => {
      const made = references.update(beneficiaries);
      // As a random uuid is written: a reference made so cannot be told from one drawn.
      for (let at = 0; at < made.length; at += INDEX_BYTES) {
        made[at + 6] = ((made[at + 6] as number) & 0x0f) | 0x40;
        made[at + 8] = ((made[at + 8] as number) & 0x3f) | 0x80;
      }
      return made;
    },
  };
}
