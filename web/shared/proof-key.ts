import * as oauth from 'oauth4webapi';

const TIMEOUT_MS = 12_000;
const base64url = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** A session's key: P-256, made here, never leaving this page. */
export function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/** First 128 bits of a thumbprint, as our servers write it. */
export function jktOf(thumbprint: string): string {
  const bytes = Uint8Array.from(atob(thumbprint.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** SHA-256 of a text, base64url: a challenge that a passkey signs. */
export async function challengeOf(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

/** The challenge of a touch for one purpose: commits to a nonce of the server and this page's key (src/access/passkeys.ts). */
export function challengeFor(purpose: 'resume' | 'enrol' | 'step-up' | 'desk', nonce: string, jkt: string): Promise<string> {
  return challengeOf(`rempart-passkey-v1|${purpose}|${nonce}|${jkt}`);
}

/** Options of a passkey to be made: discoverable, the person verified, P-256. */
export function enrolmentOptions(challenge: string, name: string): { challenge: string; rp: { id: string; name: string }; user: { id: string; name: string; displayName: string }; pubKeyCredParams: { type: 'public-key'; alg: number }[]; authenticatorSelection: { residentKey: 'required'; userVerification: 'required' }; attestation: 'none' } {
  return { challenge, rp: { id: location.hostname, name: 'Rempart' }, user: { id: base64url(crypto.getRandomValues(new Uint8Array(16))), name, displayName: name }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' }, attestation: 'none' };
}

/** Options of every request; plain HTTP is for loopback sandboxes alone. */
export function requestOptions(base: string): { [oauth.allowInsecureRequests]?: boolean; signal: () => AbortSignal } {
  const loopback = ['127.0.0.1', 'localhost'].includes(new URL(base).hostname);
  return { signal: () => AbortSignal.timeout(TIMEOUT_MS), ...(loopback ? { [oauth.allowInsecureRequests]: true } : {}) };
}

interface ProvenRequest {
  readonly base: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly dpop: oauth.DPoPHandle;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request with a proof of this page's key. @throws whatever the network says; a refused proof is an answer. */
export async function sendProven(request: ProvenRequest): Promise<Response> {
  const { base, method, path, token, dpop, body } = request;
  try {
    return await oauth.protectedResourceRequest(token, method, new URL(`${base}${path}`), new Headers({ 'content-type': 'application/json', ...request.headers }), body === undefined ? null : JSON.stringify(body), { DPoP: dpop, ...requestOptions(base) });
  } catch (cause) {
    if (cause instanceof oauth.WWWAuthenticateChallengeError) return cause.response;
    throw cause;
  }
}
