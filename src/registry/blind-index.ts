import sodium from 'sodium-native';
import { uuidOfBytes } from '../ground/index.ts';

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

type Mac = (text: string) => Buffer;

// HMAC-SHA-512-256 (libsodium `crypto_auth`); the result lies in one buffer, good until the next.
function macUnder(key: Buffer): Mac {
  const out = Buffer.alloc(sodium.crypto_auth_BYTES);
  const text = Buffer.alloc(1024);
  return (value) => {
    sodium.crypto_auth(out, value.length * 3 <= text.length ? text.subarray(0, text.write(value)) : Buffer.from(value, 'utf8'), key);
    return out;
  };
}

const nirText = (nir: string, who: IndexedIdentity): string => `nir:v1|${who.insurerId}|${nir}|${who.birthDate}|${who.birthRank}`;
const adherentText = (number: string, who: IndexedIdentity): string => `adh:v1|${who.insurerId}|${number}|${who.birthDate}|${who.birthRank}`;
const beneficiaryText = (insurerId: number, id: string): string => `ben:v1|${insurerId}|${id}`;
const contractText = (insurerId: number, number: string): string => `con:v1|${insurerId}|${number}`;

/**
 * An indexer under one key: HMAC-SHA-512-256 (libsodium `crypto_auth`), first 128 bits, in uuid form.
 * @param key 32 bytes
 */
export function createBlindIndexer(key: Buffer): BlindIndexer {
  const bytes = macUnder(key);
  const mac = (text: string): string => uuidOfBytes(bytes(text));
  return {
    byNir: (nir, who) => mac(nirText(nir, who)),
    byAdherent: (number, who) => mac(adherentText(number, who)),
    beneficiary: (insurerId, id) => mac(beneficiaryText(insurerId, id)),
    contract: (insurerId, number) => mac(contractText(insurerId, number)),
    trace: ({ nir, adherentNumber }, who) => {
      if (nir !== undefined) return { who: mac(`trc:who|${nir}|${who.birthDate}|${who.birthRank}`), area: mac(`trc:area|${nir.slice(0, 10)}`), root: mac(`trc:root|${nir}`), place: mac(`trc:place|${nir.slice(5, 10)}`) };
      const number = adherentNumber ?? '';
      return { who: mac(`trc:adh|${who.insurerId}|${number}|${who.birthDate}|${who.birthRank}`), area: mac(`trc:run|${who.insurerId}|${number.slice(0, -3)}`), root: mac(`trc:number|${who.insurerId}|${number}`) };
    },
    network: (range) => mac(`trc:network|${range}`),
    fingerprint: () => mac('fpr:v1|'),
    opaque: (text) => mac(`opq:v1|${text}`),
  };
}

/** The same values as a {@link BlindIndexer}'s, for a load of millions: 16 bytes each, written to the start of `out`. */
export interface BlindWriter {
  byNir(nir: string, who: IndexedIdentity, out: Buffer): void;
  byAdherent(adherentNumber: string, who: IndexedIdentity, out: Buffer): void;
  beneficiary(beneficiaryId: string, out: Buffer): void;
  contract(contractNumber: string, out: Buffer): void;
  /** The reference of a person that is new with this load, by the beneficiary's 16 bytes. */
  newPerson(beneficiary: Buffer, out: Buffer): void;
}

/**
 * A writer for one load of one insurer.
 * @param options.salt 32 random bytes of this load. They are forgotten when it takes effect; from then on the references
 * that they made are random numbers to everybody, whatever keys he holds.
 */
export function createBlindWriter(options: { readonly key: Buffer; readonly insurerId: number; readonly salt: Buffer }): BlindWriter {
  const { key, insurerId, salt } = options;
  const mac = macUnder(key);
  const referenceKey = Buffer.from(mac(`ref:v1|${salt.toString('hex')}`));
  const reference = Buffer.alloc(sodium.crypto_auth_BYTES);
  return {
    byNir: (nir, who, out) => { mac(nirText(nir, who)).copy(out, 0, 0, 16); },
    byAdherent: (number, who, out) => { mac(adherentText(number, who)).copy(out, 0, 0, 16); },
    beneficiary: (id, out) => { mac(beneficiaryText(insurerId, id)).copy(out, 0, 0, 16); },
    contract: (number, out) => { mac(contractText(insurerId, number)).copy(out, 0, 0, 16); },
    newPerson: (beneficiary, out) => {
      sodium.crypto_auth(reference, beneficiary, referenceKey);
      // As a random uuid is written: a reference made so cannot be told from one drawn.
      reference[6] = ((reference[6] as number) & 0x0f) | 0x40;
      reference[8] = ((reference[8] as number) & 0x3f) | 0x80;
      reference.copy(out, 0, 0, 16);
    },
  };
}
