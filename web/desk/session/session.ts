import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import * as oauth from 'oauth4webapi';
import { readAnswer, Unreachable } from '../../shared/problem.ts';
import { challengeFor, challengeOf, enrolmentOptions, jktOf, newKeys, sendProven } from '../../shared/proof-key.ts';
import type { TwoRequest } from '../shapes.ts';

/** Who sits at the desk, and what they may do. */
export interface Officer {
  readonly id: number;
  readonly name: string;
  readonly role: 'security' | 'data-protection' | 'on-call' | 'auditor';
  readonly powers: readonly string[];
  readonly endsAt: string;
  readonly idleMinutes: number;
}

const TIMEOUT_MS = 12_000;
// Only the proofs' author needs a name; there is no authorization server here.
const CLIENT: oauth.Client = { client_id: 'rempart-desk' };

async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS) })
    .catch((cause: unknown) => { throw new Unreachable('desk', { cause }); });
  return readAnswer<T>(response, false);
}

async function fetchNonce(): Promise<string> {
  const response = await fetch('/desk/v1/nonce', { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => { throw new Unreachable('desk', { cause }); });
  return (await readAnswer<{ nonce: string }>(response, false)).nonce;
}

const touch = (challenge: string): ReturnType<typeof startAuthentication> => startAuthentication({ optionsJSON: { challenge, rpId: location.hostname, userVerification: 'required' } });

/** An officer's open session: the key and its token, in memory alone. A reload asks for the touch again. */
export class DeskSession {
  readonly #dpop: oauth.DPoPHandle;
  readonly #token: string;
  #attendedAt = Date.now();

  private constructor(dpop: oauth.DPoPHandle, token: string) {
    this.#dpop = dpop;
    this.#token = token;
  }

  /** Opens one by a touch of a passkey. @throws ApiProblem, Unreachable, or what the device says. */
  static async open(): Promise<{ session: DeskSession; officer: Officer }> {
    const dpop = oauth.DPoP(CLIENT, await newKeys());
    const jkt = jktOf(await dpop.calculateThumbprint());
    const nonce = await fetchNonce();
    const response = await touch(await challengeFor('desk', nonce, jkt));
    const { token } = await post<{ token: string }>('/desk/v1/session', { nonce, jkt, response });
    const session = new DeskSession(dpop, token);
    return { session, officer: await session.call<Officer>('GET', '/desk/v1/me') };
  }

  /** When the server was last asked for something by a gesture, in ms: it counts the idle time from there. */
  get attendedAt(): number {
    return this.#attendedAt;
  }

  /** Says that somebody is here. @throws ApiProblem, SessionOver, Unreachable */
  async stay(): Promise<void> {
    await this.call('GET', '/desk/v1/me');
  }

  /**
   * Calls the desk's server. `unattended`: the screen refreshes itself, which keeps nobody signed in.
   * @throws ApiProblem, SessionOver, Unreachable
   */
  async call<T>(method: 'GET' | 'POST', path: string, options: { readonly body?: unknown; readonly unattended?: boolean } = {}): Promise<T> {
    const headers = options.unattended === true ? { 'rempart-unattended': '1' } : {};
    const askedAt = Date.now();
    const response = await sendProven({ base: location.origin, method, path, token: this.#token, dpop: this.#dpop, headers, ...(options.body === undefined ? {} : { body: options.body }) })
      .catch((cause: unknown) => { throw new Unreachable('desk', { cause }); });
    const answer = await readAnswer<T>(response, path !== '/desk/v1/requests/sign');
    if (options.unattended !== true) this.#attendedAt = askedAt;
    return answer;
  }

  /** Signs a request by a touch on its very text. @returns this officer's half of the one-time code that two signatures may make. */
  async sign(request: { readonly id: string; readonly text: string }): Promise<{ code: string }> {
    const response = await touch(await challengeOf(request.text));
    return this.call('POST', '/desk/v1/requests/sign', { body: { id: request.id, response } });
  }

  /** Writes down what takes two, and signs it as the first. @returns it, with the asker's half of the code. */
  async askForTwo(asked: { readonly kind: string; readonly subject: object; readonly reason: string }): Promise<{ readonly request: TwoRequest; readonly code: string }> {
    const request = await this.call<TwoRequest>('POST', '/desk/v1/requests', { body: asked });
    return { request, ...(await this.sign(request)) };
  }
}

/** Whose one-time code this is. @throws ApiProblem */
export async function nameOfCode(code: string): Promise<string> {
  return (await post<{ name: string }>('/desk/v1/code', { code })).name;
}

/** Makes a passkey by a one-time code. @throws ApiProblem, or what the device says. */
export async function enrolByCode(code: string, name: string): Promise<void> {
  const nonce = await fetchNonce();
  const jkt = jktOf(await oauth.DPoP(CLIENT, await newKeys()).calculateThumbprint());
  const response = await startRegistration({ optionsJSON: enrolmentOptions(await challengeFor('enrol', nonce, jkt), name) });
  await post('/desk/v1/enrol', { code, nonce, jkt, response });
}
