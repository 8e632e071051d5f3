import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { PortalConfig } from '../config.ts';
import { Unreachable, type Session } from './session.ts';

type Purpose = 'resume' | 'enrol' | 'step-up';

const base64url = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** The challenge that a passkey signs: commits to its purpose, a nonce of the API's and this page's key. */
export async function challengeFor(purpose: Purpose, nonce: string, jkt: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`rempart-passkey-v1|${purpose}|${nonce}|${jkt}`))));
}

/** A nonce, good for two minutes. @throws Unreachable */
export async function fetchNonce(config: PortalConfig): Promise<string> {
  try {
    const response = await fetch(`${config.api}/v1/passkeys/nonce`, { signal: AbortSignal.timeout(12_000) });
    return ((await response.json()) as { nonce: string }).nonce;
  } catch (cause) {
    throw new Unreachable('api', { cause });
  }
}

/** Makes a passkey for who is signed in. @throws when the person or the device declined, ApiProblem when refused. */
export async function enrolPasskey(session: Session, name: string): Promise<void> {
  const nonce = await fetchNonce(session.config);
  const response = await startRegistration({ optionsJSON: {
    challenge: await challengeFor('enrol', nonce, await session.jkt()), rp: { id: location.hostname, name: 'Rempart' },
    user: { id: base64url(crypto.getRandomValues(new Uint8Array(16))), name, displayName: name }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' }, attestation: 'none',
  } });
  await session.call('POST', '/v1/passkeys', { body: { nonce, response } });
}

/** A touch for this session: what follows within two minutes is confirmed by it. */
export async function stepUp(session: Session): Promise<void> {
  const nonce = await fetchNonce(session.config);
  const response = await startAuthentication({ optionsJSON: { challenge: await challengeFor('step-up', nonce, await session.jkt()), rpId: location.hostname, userVerification: 'required' } });
  await session.call('POST', '/v1/step-up', { body: { nonce, response } });
}
