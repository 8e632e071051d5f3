import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { callApi, createProof, generateClientKey, thumbprint, type ApiReply } from '../../src/access/index.ts';
import { uuidOfBytes } from '../../src/ground/index.ts';
import type { StandInLevel } from '../../src/sandbox/index.ts';
import { newSoftPasskey, touch, type SoftPasskey } from './soft-passkey.ts';
import type { World } from './world.ts';

type Key = ReturnType<typeof generateClientKey>;

/** A portal session of a test: its key, its token, its refresh token. */
export interface PortalSession {
  readonly key: Key;
  /** Thumbprint in uuid form. */
  readonly jkt: string;
  readonly token: string;
  readonly refreshToken: string;
}

interface Page { readonly status: number; readonly location: string; readonly text: string; readonly cookies: readonly string[] }

/** A browser's cookies and redirects, no more. */
export class Browser {
  readonly jar = new Map<string, { value: string; path: string; host: string }>();
  /** Which port answers for one: another where several processes stand behind one address. */
  readonly #answering: (port: string) => string;

  constructor(answering: (port: string) => string = (port) => port) {
    this.#answering = answering;
  }

  // Both hosts of the stand-in are loopback; the name only decides which cookies go along.
  async get(url: string): Promise<Page> {
    const { hostname, port, pathname, search } = new URL(url);
    const cookie = [...this.jar].filter(([, c]) => c.host === `${hostname}:${port}` && pathname.startsWith(c.path)).map(([name, c]) => `${name.split('|')[0]}=${c.value}`).join('; ');
    const page = await new Promise<Page>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port: this.#answering(port), path: pathname + search, headers: { host: `${hostname}:${port}`, ...(cookie === '' ? {} : { cookie }) } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; })
          .on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', text, cookies: response.headers['set-cookie'] ?? [] }));
      }).on('error', reject).end();
    });
    for (const line of page.cookies) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/';
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      this.jar.set(`${name}|${path}`, { value, path, host: `${hostname}:${port}` });
    }
    return page;
  }

  /** Follows redirects until a page, or until the portal's own origin. */
  async follow(url: string, stopAt: string): Promise<{ url: string; text: string }> {
    let at = url;
    for (let hops = 0; hops < 15 && !at.startsWith(stopAt); hops += 1) {
      const page = await this.get(at);
      if (page.location === '') return { url: at, text: page.text };
      at = new URL(page.location, at).href;
    }
    return { url: at, text: '' };
  }
}

async function form(world: World, key: Key, path: string, fields: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  const url = `${world.issuer}${path}`;
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: createProof({ key, method: 'POST', url }) }, body: new URLSearchParams({ client_id: 'rempart-portal', ...fields }) });
  return { status: response.status, body: await response.json() as Record<string, string> };
}

const verifierPair = (): { verifier: string; challenge: string } => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** Walks to the authorization code, as a person with a browser does. */
export async function walkToCode(world: World, options: { key: Key; challenge: string; nationalId: string; level?: StandInLevel; place?: string; browser?: Browser }): Promise<URL> {
  const browser = options.browser ?? new Browser();
  const { body } = await form(world, options.key, '/request', { response_type: 'code', scope: 'openid', redirect_uri: `${world.portalOrigin}/`, code_challenge: options.challenge, code_challenge_method: 'S256', state: 'test-state' });
  const choose = await browser.follow(`${world.issuer}/auth?client_id=rempart-portal&request_uri=${encodeURIComponent(body['request_uri'] ?? '')}`, world.portalOrigin);
  const back = await browser.follow(`${choose.url}/as?id=${options.nationalId}&level=${options.level ?? 'eidas1'}`, world.portalOrigin);
  if (back.url.startsWith(world.portalOrigin)) return new URL(back.url);
  // The page that asks for whom one acts.
  const link = [...back.text.matchAll(/href="([^"]*\?place=\d+)">([^<]*)</g)].find(([, , name]) => options.place === undefined || name?.includes(options.place));
  if (link?.[1] === undefined) throw new Error(`no way on from ${back.url}: ${back.text.slice(0, 300)}`);
  return new URL((await browser.follow(new URL(link[1], back.url).href, world.portalOrigin)).url);
}

export function newSessionKey(): { key: Key; jkt: string } {
  const key = generateClientKey();
  return { key, jkt: uuidOfBytes(thumbprint(key.jwk)) };
}

/** Exchanges a code. */
export async function redeem(world: World, options: { key: Key; jkt: string; code: string; verifier: string }): Promise<PortalSession> {
  const { status, body } = await form(world, options.key, '/token', { grant_type: 'authorization_code', code: options.code, code_verifier: options.verifier, redirect_uri: `${world.portalOrigin}/` });
  if (status !== 200) throw new Error(`token: ${status} ${JSON.stringify(body)}`);
  return { key: options.key, jkt: options.jkt, token: body['access_token'] ?? '', refreshToken: body['refresh_token'] ?? '' };
}

/** Refreshes the token of a session. */
export function refresh(world: World, session: PortalSession, key: Key = session.key): Promise<{ status: number; body: Record<string, string> }> {
  return form(world, key, '/token', { grant_type: 'refresh_token', refresh_token: session.refreshToken });
}

/** A token after a Pro Santé Connect sign-in; the session is not yet confirmed by the API. */
export async function signInUnconfirmed(world: World, nationalId: string, options: { level?: StandInLevel; place?: string; browser?: Browser } = {}): Promise<PortalSession> {
  const { verifier, challenge } = verifierPair();
  const { key, jkt } = newSessionKey();
  const url = await walkToCode(world, { key, challenge, nationalId, ...options });
  const code = url.searchParams.get('code');
  if (code === null) throw new Error(`refused: ${url.searchParams.get("error_description") ?? url.href}`);
  return redeem(world, { key, jkt, code, verifier });
}

/** Calls the API as this session. */
export function callAs(world: World, session: PortalSession, path: string, body?: unknown): Promise<ApiReply> {
  const url = `${world.apiUrl}${path}`;
  const proof = createProof({ key: session.key, method: body === undefined ? 'GET' : 'POST', url, accessToken: session.token });
  return fetch(url, { method: body === undefined ? 'GET' : 'POST', headers: { authorization: `DPoP ${session.token}`, dpop: proof, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    .then(async (response) => ({ status: response.status, body: await response.json(), headers: response.headers }));
}

/** Signs in and has the API confirm. */
export async function signIn(world: World, nationalId: string, options: { level?: StandInLevel; place?: string; invitation?: string } = {}): Promise<PortalSession> {
  const session = await signInUnconfirmed(world, nationalId, options);
  const { status, body } = await callAs(world, session, '/v1/session', options.invitation === undefined ? {} : { invitation: options.invitation });
  if (status !== 200) throw new Error(`open: ${status} ${JSON.stringify(body)}`);
  return session;
}

export async function newNonce(world: World): Promise<string> {
  return ((await (await fetch(`${world.apiUrl}/v1/passkeys/nonce`)).json()) as { nonce: string }).nonce;
}

/** A new session by a touch, as after a reload; not yet confirmed. */
export async function resume(world: World, passkey: SoftPasskey, options: { verified?: boolean } = {}): Promise<PortalSession> {
  const { verifier, challenge } = verifierPair();
  const { key, jkt } = newSessionKey();
  const touched = touch(passkey, { purpose: 'resume', nonce: await newNonce(world), jkt, ...options });
  const response = await fetch(`${world.issuer}/resume`, { method: 'POST', body: JSON.stringify({ ...touched, jkt: thumbprint(key.jwk).toString('base64url'), codeChallenge: challenge }) });
  const { code = '' } = await response.json() as { code?: string };
  return redeem(world, { key, jkt, code, verifier });
}

export { callApi, newSoftPasskey };
