import { startAuthentication } from '@simplewebauthn/browser';
import * as oauth from 'oauth4webapi';
import { isFrozen, Unreachable } from '../../shared/problem.ts';
import { challengeFor, jktOf, newKeys, requestOptions } from '../../shared/proof-key.ts';
import type { PortalConfig } from '../config.ts';
import { fetchNonce } from './passkey.ts';
import { CLIENT, serverOf, Session } from './session.ts';
import { clearStash, stash, unstash } from './stash.ts';

/** Who is signed in, as the API says. */
export interface Who {
  readonly shownAs: string | null;
  readonly establishment: string;
  readonly town: string;
  readonly peerGroup: string;
  readonly asksAsEstablishment: boolean;
  readonly how: 'psc' | 'passkey';
  readonly staff: boolean;
  readonly expiresAt: string;
  readonly passkeys: number;
  readonly lostUntil: string | null;
  readonly frozen: boolean;
}

/** Sign-in came back without a session; `why` is the authorization server's word. */
export class SignInRefused extends Error {
  readonly why: string;
  constructor(why: string, cause?: unknown) {
    super(why, { cause });
    this.why = why;
  }
}

/** Pro Santé Connect said who it is, and their accesses are frozen: this session may read why and ask for a review, nothing else. */
export class SignInFrozen extends Error {
  readonly session: Session;
  constructor(session: Session, cause: unknown) {
    super('frozen', { cause });
    this.session = session;
  }
}

/** Leaves for Pro Santé Connect. The key waits here under a one-time name, which comes back as `state`. */
export async function leaveForPsc(config: PortalConfig, options: { readonly invitation?: string; readonly language: string }): Promise<void> {
  const keys = await newKeys();
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const server = serverOf(config);
  const parameters = new URLSearchParams({ client_id: CLIENT.client_id, response_type: 'code', scope: 'openid', redirect_uri: `${location.origin}/`, state, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ui_locales: options.language });
  let pushed: oauth.PushedAuthorizationResponse;
  try {
    const response = await oauth.pushedAuthorizationRequest(server, CLIENT, oauth.None(), parameters, { DPoP: oauth.DPoP(CLIENT, keys), ...requestOptions(config.auth) });
    pushed = await oauth.processPushedAuthorizationResponse(server, CLIENT, response);
  } catch (cause) {
    throw new Unreachable('authorization server', { cause });
  }
  await stash(state, { keys, verifier, at: Date.now(), ...(options.invitation === undefined ? {} : { invitation: options.invitation }) });
  const url = new URL(server.authorization_endpoint as string);
  url.search = new URLSearchParams({ client_id: CLIENT.client_id, request_uri: pushed.request_uri }).toString();
  location.assign(url);
}

/** Comes back from Pro Santé Connect: undefined when this page was not returned to. @throws SignInRefused */
export async function comeBack(config: PortalConfig): Promise<{ session: Session; who: Who } | undefined> {
  const url = new URL(location.href);
  const state = url.searchParams.get('state');
  if (state === null) {
    await clearStash();
    return undefined;
  }
  history.replaceState(null, '', '/');
  const waiting = await unstash(state);
  if (waiting === undefined) throw new SignInRefused('expired');
  try {
    const parameters = oauth.validateAuthResponse(serverOf(config), CLIENT, url, state);
    const session = await Session.redeem(config, { keys: waiting.keys, parameters, verifier: waiting.verifier });
    const who = await session.call<Who>('POST', '/v1/session', { body: waiting.invitation === undefined ? {} : { invitation: waiting.invitation } })
      .catch((cause: unknown) => { throw isFrozen(cause) ? new SignInFrozen(session, cause) : cause; });
    return { session, who };
  } catch (cause) {
    if (cause instanceof oauth.AuthorizationResponseError) throw new SignInRefused(cause.error_description ?? cause.error, cause);
    throw cause;
  }
}

/** After a reload, or for the next user: one touch opens a session within the hours that Pro Santé Connect opened. */
export async function resumeByPasskey(config: PortalConfig): Promise<{ session: Session; who: Who }> {
  const keys = await newKeys();
  const thumbprint = await oauth.DPoP(CLIENT, keys).calculateThumbprint();
  const nonce = await fetchNonce(config);
  const response = await startAuthentication({ optionsJSON: { challenge: await challengeFor('resume', nonce, jktOf(thumbprint)), rpId: location.hostname, userVerification: 'required' } });
  const verifier = oauth.generateRandomCodeVerifier();
  const answer = await fetch(`${config.auth}/resume`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ response, nonce, jkt: thumbprint, codeChallenge: await oauth.calculatePKCECodeChallenge(verifier) }), signal: AbortSignal.timeout(12_000) })
    .catch((cause: unknown) => { throw new Unreachable('authorization server', { cause }); });
  const { code } = await answer.json() as { code?: string };
  if (code === undefined) throw new SignInRefused('passkey-unknown');
  const state = oauth.generateRandomState();
  const parameters = oauth.validateAuthResponse(serverOf(config), CLIENT, new URLSearchParams({ code, state, iss: config.auth }), state);
  const session = await Session.redeem(config, { keys, parameters, verifier });
  return { session, who: await session.call<Who>('POST', '/v1/session', { body: {} }) };
}
