import { sign, verify, type KeyObject } from 'node:crypto';

/** What a receipt promises: this entry's commitment will stand in the tree by that time. Nobody is named. */
export interface ReceiptClaims {
  /** Number of the entry. */
  readonly ent: number;
  /** The commitment, base64. */
  readonly leaf: string;
  /** When the answer was decided, in whole seconds since 1970. */
  readonly at: number;
  /** By when the tree holds it, in whole seconds since 1970. */
  readonly by: number;
}

/** How long after its answer an entry may at most be without a place: what a receipt promises. It takes a second. */
export const PLACED_WITHIN_S = 300;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const headers = new Map<string, string>();

/** Signs a receipt (compact JWS, EdDSA). The same answer told again has the same receipt. */
export function signReceipt(answer: { readonly entry: number; readonly leaf: string; readonly at: string }, by: { readonly key: KeyObject; readonly keyId: string }): string {
  const seconds = Math.floor(Date.parse(answer.at) / 1000);
  const header = headers.get(by.keyId) ?? encode({ alg: 'EdDSA', typ: 'rempart-receipt+jwt', kid: by.keyId });
  headers.set(by.keyId, header);
  const input = `${header}.${encode({ ent: answer.entry, leaf: answer.leaf, at: seconds, by: seconds + PLACED_WITHIN_S } satisfies ReceiptClaims)}`;
  return `${input}.${sign(null, Buffer.from(input), by.key).toString('base64url')}`;
}

/** Reads a receipt; undefined when this key did not sign it. */
export function findReceipt(token: string, key: KeyObject): ReceiptClaims | undefined {
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (!verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) return undefined;
  if ((JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { typ?: string }).typ !== 'rempart-receipt+jwt') return undefined;
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as ReceiptClaims;
}
