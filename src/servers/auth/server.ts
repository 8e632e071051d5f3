import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errors, Provider } from 'oidc-provider';
import { AppError, log, type Pool } from '../../ground/index.ts';
import { createAdapter } from './adapter.ts';
import { enrolKey } from './enrol.ts';
import { sweepExpired } from './store.ts';

/** Longest life of an access token, in seconds. */
export const TOKEN_LIFE_S = 600;
const SWEEP_MS = 60_000;
const JWT_MAX_BYTES = 8192;

/** The authorization server: `client_credentials` by `private_key_jwt`, opaque tokens bound by DPoP, nothing else. */
export function createProvider(options: { readonly pool: Pool; readonly issuer: string }): Provider {
  const { pool, issuer } = options;
  const provider = new Provider(issuer, {
    adapter: createAdapter(pool),
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'] },
    responseTypes: [],
    scopes: [],
    ttl: { ClientCredentials: TOKEN_LIFE_S },
    // Nothing is signed for anyone; the library wants keys all the same, fresh at each start.
    jwks: { keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: {
      devInteractions: { enabled: false }, userinfo: { enabled: false }, rpInitiatedLogout: { enabled: false }, resourceIndicators: { enabled: false },
      clientCredentials: { enabled: true }, dPoP: { enabled: true, allowReplay: false },
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

async function readJwt(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > JWT_MAX_BYTES) throw new AppError({ code: 'too-large', publicText: { fr: 'Demande trop longue.', en: 'Request too long.' } });
  }
  return text;
}

async function answerEnrolment(options: { pool: Pool; issuer: string }, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const clientId = await enrolKey({ ...options, jwt: await readJwt(request) });
    answerJson(response, 200, { client_id: clientId, token_endpoint: `${options.issuer}/token` });
  } catch (cause) {
    if (!(cause instanceof AppError)) {
      log('error', 'enrolment-failed', { name: cause instanceof Error ? cause.name : 'unknown' });
      answerJson(response, 500, { error: 'server_error' });
      return;
    }
    log('warn', 'enrolment-refused', { reason: cause.detail });
    answerJson(response, 400, { error: 'invalid_request', error_description: `${cause.publicText.fr} / ${cause.publicText.en}` });
  }
}

/** The HTTP server: the provider's token endpoint and metadata, and `/enrol`. */
export function createAuthServer(options: { readonly pool: Pool; readonly issuer: string }): Server {
  const provider = createProvider(options);
  provider.proxy = true;
  const callback = provider.callback();
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 8_000 }, (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/enrol' && request.method === 'POST') void answerEnrolment(options, request, response);
    else if (path === '/healthz') answerJson(response, 200, { ok: true });
    else if (path === '/token' || path === '/.well-known/openid-configuration' || path === '/.well-known/oauth-authorization-server') void callback(request, response);
    else answerJson(response, 404, { error: 'not_found' });
  });
  const sweeping = setInterval(() => { sweepExpired(options.pool).catch(() => log('warn', 'sweep-failed')); }, SWEEP_MS);
  server.on('close', () => clearInterval(sweeping));
  return server;
}
