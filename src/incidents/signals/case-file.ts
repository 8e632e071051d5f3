import { randomBytes } from 'node:crypto';
import { CompactSign, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { AppError, type KeyRing, type Pool } from '../../ground/index.ts';
import { makeDocument } from '../document.ts';
import { listExposures } from '../exposure-store.ts';
import { getIncident, readScopes } from '../store.ts';
import { listScopeAccounts, type ScopeAccount } from './case-file-store.ts';
import type { PairKeys } from './pair-keys.ts';
import { makeBundle, type Bundle } from './stix.ts';
import type { SigningKey } from './token.ts';

/** For whom a case file is made, and with what. */
export interface CaseFileOrder {
  readonly by: string;
  readonly operator: string;
  readonly issuer: string;
  readonly key: SigningKey;
  readonly keyRing: KeyRing;
  readonly pairs: PairKeys;
  /** A peer's issuer: accounts bear the pseudonyms agreed with it. Left out (an authority, a CERT): random ones. */
  readonly peer?: string;
}

/** Signs a file apart from it: JWS with detached content (RFC 7515, appendix F), ES256, by the key that peers have pinned. */
export async function signDetached(key: SigningKey, content: Uint8Array): Promise<string> {
  const [header, , signature] = (await new CompactSign(content).setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'stix+jws' }).sign(key.privateKey)).split('.');
  return `${header}..${signature}`;
}

/** Whether a file is by one of these keys. */
export async function isDetachedBy(keys: JSONWebKeySet, content: Uint8Array, signature: string): Promise<boolean> {
  const [header, empty, end, ...more] = signature.split('.');
  if (empty !== '' || end === undefined || more.length > 0) return false;
  return compactVerify(`${header}.${Buffer.from(content).toString('base64url')}.${end}`, createLocalJWKSet(keys), { algorithms: ['ES256'] }).then(({ protectedHeader }) => protectedHeader.typ === 'stix+jws', () => false);
}

function pseudonymOf(account: ScopeAccount, order: CaseFileOrder): string {
  return order.peer === undefined ? `case.${randomBytes(16).toString('base64url')}` : order.pairs.pseudonymFor(order.peer, order.issuer, account.rpps);
}

async function readBundle(pool: Pool, incidentId: number, order: CaseFileOrder): Promise<Bundle> {
  const incident = await getIncident(pool, incidentId);
  const scope = (await readScopes(pool, incidentId)).at(-1);
  if (scope === undefined) throw new AppError({ code: 'conflict', publicText: { fr: 'Cet incident n’a pas encore de périmètre.', en: 'This incident has no scope yet.' } });
  const listed = (await listExposures(pool, incidentId)).findLast((one) => one.state === 'listed');
  const accounts = (await listScopeAccounts(pool, incidentId)).map((account) => ({ pseudonym: pseudonymOf(account, order), frozen: account.frozen }));
  const madeAt = new Date();
  return makeBundle({ issuer: order.issuer, operator: order.operator, incident: incidentId, drill: incident.drill, openedAt: incident.openedAt, madeAt, vector: incident.facts.vector ?? 'unknown',
    from: scope.from, to: listed?.to ?? scope.to ?? madeAt, accounts, counts: listed === undefined ? null : listed.totals });
}

/** The case file of an incident: a signed STIX 2.1 bundle, kept as a version of the document `case-file`. @returns document, bytes and detached signature */
export async function makeCaseFile(pool: Pool, incidentId: number, order: CaseFileOrder): Promise<{ readonly document: number; readonly content: Buffer; readonly signature: string }> {
  const content = Buffer.from(`${JSON.stringify(await readBundle(pool, incidentId, order), null, 2)}\n`);
  const document = await makeDocument(pool, incidentId, { by: order.by, kind: 'case-file', recipient: order.peer === undefined ? 'authority' : `peer:${order.peer}`, mediaType: 'application/stix+json;version=2.1', content, keyRing: order.keyRing });
  return { document, content, signature: await signDetached(order.key, content) };
}
