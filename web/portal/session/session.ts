import * as oauth from 'oauth4webapi';
import type { PortalConfig } from '../config.ts';

/** A failure that the API tells in words: problem+json. */
export interface Problem {
  readonly status: number;
  readonly type?: string;
  readonly title?: string;
  readonly titleEn?: string;
  readonly correlationId?: string;
  readonly faults?: readonly { readonly field: string; readonly rule: string; readonly message: Words; readonly remedy: Words }[];
}
export interface Words { readonly fr: string; readonly en: string }

/** The API refused, and says why. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.titleEn ?? String(problem.status));
    this.problem = problem;
  }
}

/** Whether a failure asks for a touch of one's passkey before the question is looked at. */
export function wantsTouch(cause: unknown): boolean {
  return cause instanceof ApiProblem && (cause.problem.faults ?? []).some((fault) => fault.rule === 'step-up');
}

/** Nobody answered: the network, or the API. */
export class Unreachable extends Error {}

/** The session is over: expired, ended, or frozen. What was typed is still here. */
export class SessionOver extends Error {}

export const CLIENT: oauth.Client = { client_id: 'rempart-portal', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' };
/** A token this close to its end is renewed first. */
const MARGIN_MS = 30_000;
const TIMEOUT_MS = 12_000;

/** The authorization server's endpoints: ours, so not discovered. */
export function serverOf(config: PortalConfig): oauth.AuthorizationServer {
  const { auth } = config;
  return { issuer: auth, authorization_endpoint: `${auth}/auth`, token_endpoint: `${auth}/token`, pushed_authorization_request_endpoint: `${auth}/request`, id_token_signing_alg_values_supported: ['ES256'], dpop_signing_alg_values_supported: ['ES256'] };
}

/** Options of every request; plain HTTP is for loopback sandboxes alone. */
export function requestOptions(config: PortalConfig): { [oauth.allowInsecureRequests]?: boolean; signal: () => AbortSignal } {
  const loopback = new URL(config.auth).hostname === '127.0.0.1';
  return { signal: () => AbortSignal.timeout(TIMEOUT_MS), ...(loopback ? { [oauth.allowInsecureRequests]: true } : {}) };
}

/** A session's key: P-256, made here, never leaving this page. */
export function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/** First 128 bits of a thumbprint, as the API writes it. */
export function jktOf(thumbprint: string): string {
  const bytes = Uint8Array.from(atob(thumbprint.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
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
    const response = await oauth.authorizationCodeGrantRequest(server, CLIENT, oauth.None(), options.parameters, `${location.origin}/`, options.verifier, { DPoP: dpop, ...requestOptions(config) });
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
      response = await oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), refresh, { DPoP: this.#dpop, ...requestOptions(this.config) });
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
    const headers = new Headers({ 'content-type': 'application/json', ...options.headers });
    const token = await this.#freshToken();
    try {
      return await oauth.protectedResourceRequest(token, method, new URL(`${this.config.api}${path}`), headers, options.body === undefined ? null : JSON.stringify(options.body), { DPoP: this.#dpop, ...requestOptions(this.config) });
    } catch (cause) {
      if (cause instanceof oauth.WWWAuthenticateChallengeError) return cause.response;
      throw new Unreachable('api', { cause });
    }
  }

  /**
   * Calls the API.
   * @throws ApiProblem, SessionOver, Unreachable
   */
  async call<T>(method: 'GET' | 'POST', path: string, options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {}): Promise<T> {
    const response = await this.#send(method, path, options);
    const body = await response.json().catch(() => ({ status: response.status })) as unknown;
    if (response.ok) return body as T;
    const problem = { ...(body as Problem), status: response.status };
    if (response.status === 401 && !path.startsWith('/v1/session') && !path.startsWith('/v1/step-up') && !path.startsWith('/v1/passkeys')) throw new SessionOver(problem.titleEn);
    throw new ApiProblem(problem);
  }
}

function readTokens(answer: oauth.TokenEndpointResponse): Tokens {
  return { access: answer.access_token, refresh: answer.refresh_token, endsAt: Date.now() + (answer.expires_in ?? 0) * 1000 };
}
