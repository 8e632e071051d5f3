import { verify, type KeyObject } from 'node:crypto';
import { signEd25519 } from '../../ground/index.ts';
import { findEntryOfGuarantee } from '../guarantee-number.ts';

/** What a receipt promises: this entry's commitment will stand in the tree by that time. Nobody is named. */
export interface ReceiptClaims {
  /** Number of the entry. */
  readonly ent: number;
  /** The commitment, base64. */
  readonly leaf: string;
  /** By when the tree holds it, in whole seconds since 1970. */
  readonly by: number;
}

/** How long an entry may at most be without its place. It takes a second; the promise leaves room for a repair. */
const PLACED_WITHIN_S = 300;

/** By when the tree must hold an entry decided at `at` (ISO 8601), in whole seconds since 1970. */
export function placedBy(at: string): number {
  return Math.floor(Date.parse(at) / 1000) + PLACED_WITHIN_S;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
const headers = new Map<string, string>();

/** Signs the receipt of an answer without guarantee (compact JWS, EdDSA). The same answer told again has the same receipt. */
export function signReceipt(answer: { readonly entry: number; readonly leaf: string; readonly at: string }, by: { readonly key: KeyObject; readonly keyId: string }): string {
  const header = headers.get(by.keyId) ?? encode({ alg: 'EdDSA', typ: 'rempart-receipt+jwt', kid: by.keyId });
  headers.set(by.keyId, header);
  const input = `${header}.${encode({ ent: answer.entry, leaf: answer.leaf, by: placedBy(answer.at) } satisfies ReceiptClaims)}`;
  return `${input}.${signEd25519(Buffer.from(input), by.key).toString('base64url')}`;
}

/** Reads a receipt, or a guarantee's token, which is one too; undefined when this key did not sign it, or it promises nothing. */
export function findReceipt(token: string, key: KeyObject): ReceiptClaims | undefined {
  const [header = '', claims = '', signature = ''] = token.trim().split('.');
  if (!verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) return undefined;
  const said = decode(claims) as Partial<ReceiptClaims> & { readonly num?: string };
  const ent = (decode(header) as { typ?: string }).typ === 'rempart-guarantee+jwt' ? findEntryOfGuarantee(said.num ?? '') : said.ent;
  return ent === undefined || said.leaf === undefined || said.by === undefined ? undefined : { ent, leaf: said.leaf, by: said.by };
}
