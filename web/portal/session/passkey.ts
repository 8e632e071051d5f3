import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import { Unreachable } from '../../shared/problem.ts';
import { challengeFor, enrolmentOptions } from '../../shared/proof-key.ts';
import type { PortalConfig } from '../config.ts';
import type { Session } from './session.ts';

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
  const response = await startRegistration({ optionsJSON: enrolmentOptions(await challengeFor('enrol', nonce, await session.jkt()), name) });
  await session.call('POST', '/v1/passkeys', { body: { nonce, response } });
}

/** A touch for this session: what follows within two minutes is confirmed by it. */
export async function stepUp(session: Session): Promise<void> {
  const nonce = await fetchNonce(session.config);
  const response = await startAuthentication({ optionsJSON: { challenge: await challengeFor('step-up', nonce, await session.jkt()), rpId: location.hostname, userVerification: 'required' } });
  await session.call('POST', '/v1/step-up', { body: { nonce, response } });
}
