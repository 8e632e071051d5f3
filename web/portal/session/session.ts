import * as oauth from 'oauth4webapi';
import { ApiProblem, readAnswer, SessionOver, Unreachable } from '../../shared/problem.ts';
import { jktOf, requestOptions, sendProven } from '../../shared/proof-key.ts';
import type { PortalConfig } from '../config.ts';

/** Whether a failure asks for a touch of one's passkey before the question is looked at. */
export function wantsTouch(cause: unknown): boolean {
  return cause instanceof ApiProblem && (cause.problem.faults ?? []).some((fault) => fault.rule === 'step-up');
}

/** Whether a failure says that as many persons were asked about as may be. */
export function isAtCeiling(cause: unknown): boolean {
  return cause instanceof ApiProblem && cause.problem.type === 'urn:rempart:error:ceiling';
}

export const CLIENT: oauth.Client = { client_id: 'rempart-portal', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' };
/** A token this close to its end is renewed first. */
const MARGIN_MS = 30_000;

/** The authorization server's endpoints: ours, so not discovered. */
export function serverOf(config: PortalConfig): oauth.AuthorizationServer {
  const { auth } = config;
  return { issuer: auth, authorization_endpoint: `${auth}/auth`, token_endpoint: `${auth}/token`, pushed_authorization_request_endpoint: `${auth}/request`, id_token_signing_alg_values_supported: ['ES256'], dpop_signing_alg_values_supported: ['ES256'] };
}

interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly endsAt: number;
}

/** One signed-in person: the key and its tokens, in memory alone. */
export class Session {
  readonly config: PortalConfig;
  readonly #dpop: oauth.DPoPHandle;
  #tokens: Tokens;
  #renewing: Promise<void> | undefined;

  private constructor(config: PortalConfig, dpop: oauth.DPoPHandle, tokens: Tokens) {
    this.config = config;
    this.#dpop = dpop;
    this.#tokens = tokens;
  }

  /** Exchanges an authorization code. @throws oauth errors when it was refused. */
  static async redeem(config: PortalConfig, options: { readonly keys: CryptoKeyPair; readonly parameters: URLSearchParams; readonly verifier: string }): Promise<Session> {
    const server = serverOf(config);
    const dpop = oauth.DPoP(CLIENT, options.keys);
    const response = await oauth.authorizationCodeGrantRequest(server, CLIENT, oauth.None(), options.parameters, `${location.origin}/`, options.verifier, { DPoP: dpop, ...requestOptions(config.auth) });
    return new Session(config, dpop, readTokens(await oauth.processAuthorizationCodeResponse(server, CLIENT, response)));
  }

  /** The key's thumbprint as the API writes it: passkey answers commit to it. */
  async jkt(): Promise<string> {
    return jktOf(await this.#dpop.calculateThumbprint());
  }

  async #renew(): Promise<void> {
    const { refresh } = this.#tokens;
    if (refresh === undefined) throw new SessionOver();
    const server = serverOf(this.config);
    let response: Response;
    try {
      response = await oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), refresh, { DPoP: this.#dpop, ...requestOptions(this.config.auth) });
    } catch (cause) {
      throw new Unreachable('authorization server', { cause });
    }
    try {
      this.#tokens = readTokens(await oauth.processRefreshTokenResponse(server, CLIENT, response));
    } catch (cause) {
      throw new SessionOver('not renewed', { cause });
    }
  }

  // Renewed when something is asked, never by itself: an unattended screen runs out.
  async #freshToken(): Promise<string> {
    if (this.#tokens.endsAt - Date.now() < MARGIN_MS) {
      this.#renewing ??= this.#renew().finally(() => { this.#renewing = undefined; });
      await this.#renewing;
    }
    return this.#tokens.access;
  }

  async #send(method: 'GET' | 'POST', path: string, options: { readonly body?: unknown; readonly headers?: Record<string, string> }): Promise<Response> {
    const token = await this.#freshToken();
    try {
      return await sendProven({ base: this.config.api, method, path, token, dpop: this.#dpop, ...options });
    } catch (cause) {
      throw new Unreachable('api', { cause });
    }
  }

  /**
   * Calls the API.
   * @throws ApiProblem, SessionOver, Unreachable
   */
  async call<T>(method: 'GET' | 'POST', path: string, options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {}): Promise<T> {
    const response = await this.#send(method, path, options);
    return readAnswer<T>(response, !path.startsWith('/v1/session') && !path.startsWith('/v1/step-up') && !path.startsWith('/v1/passkeys'));
  }
}

function readTokens(answer: oauth.TokenEndpointResponse): Tokens {
  return { access: answer.access_token, refresh: answer.refresh_token, endsAt: Date.now() + (answer.expires_in ?? 0) * 1000 };
}
