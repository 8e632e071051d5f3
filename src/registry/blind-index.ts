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
  /** For values that may hold an identity and must only be compared: idempotency keys, digests of questions. */
  opaque(text: string): string;
}

/**
 * An indexer under one key: HMAC-SHA-512-256 (libsodium `crypto_auth`), first 128 bits, in uuid form.
 * @param key 32 bytes
 */
export function createBlindIndexer(key: Buffer): BlindIndexer {
  const out = Buffer.alloc(sodium.crypto_auth_BYTES);
  const mac = (text: string): string => {
    sodium.crypto_auth(out, Buffer.from(text, 'utf8'), key);
    return uuidOfBytes(out);
  };
  return {
    byNir: (nir, who) => mac(`nir:v1|${who.insurerId}|${nir}|${who.birthDate}|${who.birthRank}`),
    byAdherent: (number, who) => mac(`adh:v1|${who.insurerId}|${number}|${who.birthDate}|${who.birthRank}`),
    beneficiary: (insurerId, id) => mac(`ben:v1|${insurerId}|${id}`),
    contract: (insurerId, number) => mac(`con:v1|${insurerId}|${number}`),
    trace: ({ nir, adherentNumber }, who) => {
      if (nir !== undefined) return { who: mac(`trc:who|${nir}|${who.birthDate}|${who.birthRank}`), area: mac(`trc:area|${nir.slice(0, 10)}`), root: mac(`trc:root|${nir}`), place: mac(`trc:place|${nir.slice(5, 10)}`) };
      const number = adherentNumber ?? '';
      return { who: mac(`trc:adh|${who.insurerId}|${number}|${who.birthDate}|${who.birthRank}`), area: mac(`trc:run|${who.insurerId}|${number.slice(0, -3)}`), root: mac(`trc:number|${who.insurerId}|${number}`) };
    },
    opaque: (text) => mac(`opq:v1|${text}`),
  };
}
