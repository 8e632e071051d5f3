import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errors, Provider } from 'oidc-provider';
import { AppError, log, withoutCookies, type Pool } from '../../ground/index.ts';
import { createAdapter } from './adapter.ts';
import { enrolKey } from './enrol.ts';
import { portalConfiguration } from './portal-provider.ts';
import { PortalSignIn, type PortalSettings } from './portal.ts';
import { resumeSignIn } from './resume.ts';
import { sweepExpired } from './store.ts';

/** Longest life of an access token, in seconds. */
export const TOKEN_LIFE_S = 600;
const SWEEP_MS = 60_000;
const BODY_MAX_BYTES = 8192;

interface AuthOptions {
  readonly pool: Pool;
  readonly issuer: string;
  /** Left out where there is no portal. */
  readonly portal?: PortalSettings;
}

/** The authorization server: `client_credentials` by `private_key_jwt` for software, the code flow for the portal; opaque tokens bound by DPoP. */
export function createProvider(options: AuthOptions): Provider {
  const { pool, issuer, portal } = options;
  const forPortal = portal === undefined ? { responseTypes: [], clientAuthMethods: ['private_key_jwt' as const] } : portalConfiguration({ pool, origin: portal.origin });
  const provider = new Provider(issuer, {
    adapter: createAdapter(pool),
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'] },
    scopes: [],
    ...forPortal,
    ttl: { ...('ttl' in forPortal ? forPortal.ttl : {}), ClientCredentials: TOKEN_LIFE_S },
    // Nothing is signed for anyone; the library wants keys all the same, fresh at each start.
    jwks: { keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    // Without a portal there is no cookie; the library wants a key all the same.
    cookies: { keys: [portal?.cookieKey ?? randomBytes(32).toString('base64url')] },
    features: {
      devInteractions: { enabled: false }, userinfo: { enabled: false }, rpInitiatedLogout: { enabled: false }, resourceIndicators: { enabled: false },
      clientCredentials: { enabled: true }, dPoP: { enabled: true, allowReplay: false }, pushedAuthorizationRequests: { enabled: portal !== undefined },
    },
    assertJwtClientAuthClaimsAndHeader(_ctx, claims) {
      if (claims['aud'] !== issuer) throw new errors.InvalidClient('the audience must be the issuer, alone');
    },
    renderError(ctx, out) {
      ctx.type = 'json';
      ctx.body = out;
    },
  });
  provider.on('server_error', (_ctx, error) => log('error', 'auth-server-error', { name: error.name }));
  return provider;
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_MAX_BYTES) throw new AppError({ code: 'too-large', publicText: { fr: 'Demande trop longue.', en: 'Request too long.' } });
  }
  return text;
}

async function answerTextPost(what: string, response: ServerResponse, answer: () => Promise<object>): Promise<void> {
  try {
    answerJson(response, 200, await answer());
  } catch (cause) {
    if (!(cause instanceof AppError)) {
      log('error', `${what}-failed`, { name: cause instanceof Error ? cause.name : 'unknown' });
      answerJson(response, 500, { error: 'server_error' });
      return;
    }
    log('warn', `${what}-refused`, { reason: cause.detail });
    answerJson(response, 400, { error: 'invalid_request', error_description: `${cause.publicText.fr} / ${cause.publicText.en}` });
  }
}

const PROVIDER_PATHS = /^\/(token|\.well-known\/(openid-configuration|oauth-authorization-server))$/;
const PORTAL_PATHS = /^\/(request|auth(\/[\w-]+)?)$/;

// A way of the portal's own besides the provider's: true when it was one.
function answerPortal(routes: { signIn: PortalSignIn; provider: Provider; options: AuthOptions & { readonly portal: PortalSettings } }, request: IncomingMessage, response: ServerResponse): boolean {
  const { signIn, provider, options: { pool, portal } } = routes;
  const path = (request.url ?? '').split('?', 1)[0] as string;
  if (signIn.takes(path) && request.method === 'GET') {
    void signIn.answer(request, response);
    return true;
  }
  if (path !== '/resume') return false;
  response.setHeader('access-control-allow-origin', portal.origin);
  response.setHeader('vary', 'origin');
  if (request.method === 'OPTIONS') response.writeHead(204, { 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type', 'access-control-max-age': '7200' }).end();
  else if (request.method === 'POST') void answerTextPost('resume', response, async () => ({ code: await resumeSignIn({ pool, provider, redirectUri: `${portal.origin}/` }, await readText(request)) }));
  else return false;
  return true;
}

/** The HTTP server: the provider's endpoints, `/enrol`, and the portal's ways when there is one. */
export function createAuthServer(options: AuthOptions): Server {
  const { pool, issuer, portal } = options;
  const provider = createProvider(options);
  provider.proxy = true;
  const callback = provider.callback();
  const routes = portal === undefined ? undefined : { signIn: new PortalSignIn({ pool, issuer, provider, settings: portal }), provider, options: { ...options, portal } };
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 8_000 }, (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    // A login of ours is not remembered from one request to the next: no cookie opens anything.
    if (request.headers.cookie !== undefined) request.headers.cookie = withoutCookies(request.headers.cookie, '_session');
    if (routes !== undefined && answerPortal(routes, request, response)) return;
    if (path === '/enrol' && request.method === 'POST') void answerTextPost('enrolment', response, async () => ({ client_id: await enrolKey({ pool, issuer, jwt: await readText(request) }), token_endpoint: `${issuer}/token` }));
    else if (path === '/healthz') answerJson(response, 200, { ok: true });
    else if (PROVIDER_PATHS.test(path) || (portal !== undefined && PORTAL_PATHS.test(path))) void callback(request, response);
    else answerJson(response, 404, { error: 'not_found' });
  });
  const sweeping = setInterval(() => { sweepExpired(pool).catch(() => log('warn', 'sweep-failed')); }, SWEEP_MS);
  server.on('close', () => clearInterval(sweeping));
  return server;
}
