import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AppError } from '../ground/index.ts';
import { createProof, signJwt, type ClientKey } from './dpop.ts';

/** An enrolled installation, as its software keeps it. */
export interface Enrolled {
  readonly clientId: string;
  readonly issuer: string;
  readonly key: ClientKey;
}

/** A token and when to ask for the next one. */
export interface AccessToken {
  readonly value: string;
  readonly expiresAtMs: number;
}

function clientKey(privateKey: KeyObject): ClientKey {
  const { x, y } = privateKey.export({ format: 'jwk' }) as { x: string; y: string };
  return { privateKey, jwk: { kty: 'EC', crv: 'P-256', x, y } };
}

/** A fresh P-256 key. */
export function generateClientKey(): ClientKey {
  return clientKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** The key in a PEM (PKCS#8). */
export function readClientKey(pem: string): ClientKey {
  return clientKey(createPrivateKey(pem));
}

async function post(url: string, init: { headers: Record<string, string>; body: string }): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', ...init });
  const body = (await response.json()) as Record<string, unknown>;
  if (response.ok) return body;
  const { error = '', error_description: why = error } = body as { error?: string; error_description?: string };
  throw new AppError({ code: 'unauthenticated', detail: `${response.status} ${error}`, publicText: {
    fr: `L'autorisation a été refusée (${response.status}) : ${why}`, en: `Authorization was refused (${response.status}): ${why}` } });
}

/** Spends a one-time code: the authorization server learns the public key, and that we hold the private one. */
export async function enrol(options: { readonly issuer: string; readonly code: string; readonly key: ClientKey }): Promise<Enrolled> {
  const { issuer, code, key } = options;
  const jwt = signJwt({ typ: 'rempart-enrol+jwt', jwk: key.jwk }, { aud: issuer, code, iat: Math.floor(Date.now() / 1000) }, key);
  const body = await post(`${issuer}/enrol`, { headers: { 'content-type': 'application/jwt' }, body: jwt });
  return { clientId: String(body['client_id']), issuer, key };
}

/** A DPoP-bound access token by `private_key_jwt` (RFC 7523). */
export async function obtainToken(enrolled: Enrolled): Promise<AccessToken> {
  const now = Math.floor(Date.now() / 1000);
  const assertion = signJwt({ typ: 'JWT' }, { iss: enrolled.clientId, sub: enrolled.clientId, aud: enrolled.issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60 }, enrolled.key);
  const url = `${enrolled.issuer}/token`;
  const body = await post(url, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: createProof({ key: enrolled.key, method: 'POST', url }) },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: enrolled.clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion }).toString() });
  return { value: String(body['access_token']), expiresAtMs: Date.now() + Number(body['expires_in']) * 1000 };
}

/** What the API answered: status, headers, and the body read as JSON. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** One request to the API with a fresh proof. */
export async function callApi(options: { readonly enrolled: Enrolled; readonly token: AccessToken; readonly url: string; readonly body?: unknown; readonly headers?: Record<string, string> }): Promise<ApiReply> {
  const { enrolled, token, url, body, headers } = options;
  const method = body === undefined ? 'GET' : 'POST';
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }), headers: {
    authorization: `DPoP ${token.value}`, dpop: createProof({ key: enrolled.key, method, url, accessToken: token.value }), 'content-type': 'application/json', ...headers } });
  return { status: response.status, headers: response.headers, body: await response.json().catch(() => undefined) };
}
