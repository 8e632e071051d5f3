import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ACCOUNT_EVENTS, changeStream, METHODS, PeerBook, Receiver, refuseSet, streamIdOf, Transmitter, verifyRequest, type Peer, type SignalsContext } from '../../incidents/index.ts';
import { AppError, log } from '../../ground/index.ts';
import { readBody } from '../api/body.ts';

/** Largest body taken: a token is a few hundred bytes, a poll's acknowledgements a few thousand. */
const BODY_MAX_BYTES = 65_536;
/** Assertions of a peer used in the last minutes: a replay finds its jti here. */
const ASSERTIONS_MAX = 50_000;
const VERIFY_EVERY_S = 60;

interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (request: IncomingMessage, body: string) => Promise<Reply>;

/** The two directions of signals, and the peers they share. */
export interface SignalsParts {
  readonly context: SignalsContext;
  readonly peers: PeerBook;
  readonly receiver: Receiver;
  readonly transmitter: Transmitter;
}

/** What a transmitter says of itself (SSF 1.0 section 7.1), at `/.well-known/ssf-configuration`. */
export function ssfConfiguration(issuer: string): object {
  return { spec_version: '1_0', issuer, jwks_uri: `${issuer}/signals/jwks.json`, delivery_methods_supported: [METHODS.push, METHODS.poll], configuration_endpoint: `${issuer}/signals/stream`, status_endpoint: `${issuer}/signals/status`,
    verification_endpoint: `${issuer}/signals/verify`, authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:7523' }], default_subjects: 'ALL' };
}

const deliveryOf = (peer: Peer, issuer: string): object => (peer.sendsBy === 'push' ? { method: METHODS.push, endpoint_url: peer.pushUrl } : { method: METHODS.poll, endpoint_url: `${issuer}/signals/poll` });

function streamOf(peer: Peer, issuer: string): Record<string, unknown> {
  return { stream_id: streamIdOf(peer), iss: issuer, aud: peer.issuer, events_supported: ACCOUNT_EVENTS, events_requested: ACCOUNT_EVENTS, events_delivered: ACCOUNT_EVENTS, delivery: deliveryOf(peer, issuer), min_verification_interval: VERIFY_EVERY_S };
}

function parseBody(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  return refuseSet('invalid_request', 'The body must be a JSON object.');
}

/** Knows a peer by an assertion of its own key, for this address and body, used once. */
class Callers {
  readonly #parts: SignalsParts;
  // Of each peer apart: one that sends many pushes out none but its own.
  readonly #used = new Map<number, Set<string>>();

  constructor(parts: SignalsParts) {
    this.#parts = parts;
  }

  async know(request: IncomingMessage, body: string): Promise<Peer> {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    const url = this.#parts.context.issuer + (request.url ?? '');
    const unknown = (): never => refuseSet('authentication_failed', 'An assertion of a peer is needed (docs/formats/signals.md).');
    if (scheme !== 'Bearer') return unknown();
    for (const peer of await this.#parts.peers.all()) {
      const jti = await verifyRequest(token, { issuer: peer.issuer, keys: peer.keys, url, body }).catch(() => undefined);
      if (jti === undefined) continue;
      return this.#isFirstUse(peer.id, jti) ? peer : unknown();
    }
    return unknown();
  }

  #isFirstUse(peer: number, jti: string): boolean {
    const used = this.#used.get(peer) ?? new Set();
    this.#used.set(peer, used);
    if (used.has(jti)) return false;
    used.add(jti);
    if (used.size > ASSERTIONS_MAX) used.delete(used.values().next().value as string);
    return true;
  }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && /^[\w-]{1,64}$/.test(one)) : []).slice(0, 200);
const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);

function handlers(parts: SignalsParts): Readonly<Record<string, Handler>> {
  const { context: { issuer, key, pool }, receiver, transmitter } = parts;
  const callers = new Callers(parts);
  const asPeer = (work: (peer: Peer, body: Record<string, unknown>) => Promise<Reply> | Reply): Handler => async (request, body) => work(await callers.know(request, body), body === '' ? {} : parseBody(body));
  const status = (peer: Peer): Reply => ({ status: 200, body: { stream_id: streamIdOf(peer), status: peer.status } });
  return {
    'GET /.well-known/ssf-configuration': async () => ({ status: 200, body: ssfConfiguration(issuer) }),
    'GET /signals/jwks.json': async () => ({ status: 200, body: key.publicKeys }),
    'POST /signals/events': async (request, body) => {
      if (!/^application\/secevent\+jwt\b/.test(request.headers['content-type'] ?? '')) return refuseSet('invalid_request', 'Content-Type must be application/secevent+jwt (RFC 8935, section 2.1).');
      await receiver.take(body);
      return { status: 202 };
    },
    'POST /signals/poll': asPeer(async (peer, body) => {
      const max = typeof body['maxEvents'] === 'number' && body['maxEvents'] >= 0 ? Math.floor(body['maxEvents']) : Number.MAX_SAFE_INTEGER;
      const errors = Object.keys(body['setErrs'] ?? {}).filter(isUuid).slice(0, 200);
      return { status: 200, body: await transmitter.answerPoll(peer, { ack: texts(body['ack']).filter(isUuid), errors, max }) };
    }),
    'GET /signals/stream': asPeer((peer) => ({ status: 200, body: [streamOf(peer, issuer)] })),
    // One stream a peer, laid down by the operator: where it leads is not the peer's to choose.
    'POST /signals/stream': asPeer(() => ({ status: 409, body: { err: 'conflict', description: 'The stream exists; the operator sets its address.' } })),
    'GET /signals/status': asPeer(status),
    'POST /signals/status': asPeer(async (peer, body) => {
      const wanted = body['status'];
      if (wanted !== 'enabled' && wanted !== 'paused' && wanted !== 'disabled') return refuseSet('invalid_request', 'status is enabled, paused or disabled (SSF 1.0, section 8.1.2).');
      await changeStream(pool, peer.id, { status: wanted });
      return status({ ...peer, status: wanted });
    }),
    'POST /signals/verify': asPeer(async (peer, body) => {
      const { state } = body;
      if (state !== undefined && (typeof state !== 'string' || state.length > 200)) return refuseSet('invalid_request', 'state is a text of at most 200 characters.');
      return (await changeStream(pool, peer.id, { verify: state ?? '' })) ? { status: 204 } : { status: 429, headers: { 'retry-after': String(VERIFY_EVERY_S) } };
    }),
  };
}

function failure(cause: unknown): Reply {
  if (!(cause instanceof AppError)) {
    log('error', 'signals-failed', { code: (cause as { code?: string }).code ?? 'unknown' });
    return { status: 503, headers: { 'retry-after': '30' } };
  }
  const said = { body: { err: cause.detail ?? 'invalid_request', description: cause.publicText.en }, headers: { 'content-language': 'en' } };
  if (cause.code === 'too-large') return { status: 413 };
  if (cause.detail === 'too-many') return { status: 429, headers: { 'retry-after': String(cause.retryAfterSeconds ?? 600) } };
  if (cause.detail === 'authentication_failed') return { status: 401, ...said };
  return { status: 400, ...said };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...(text === '' ? {} : { 'content-type': 'application/json' }), 'content-length': Buffer.byteLength(text), ...headers }).end(text);
}

/** The signals server: metadata, keys, what peers push, what they poll, their stream. Peers prove their key; nobody else is answered. */
export function createSignalsServer(parts: SignalsParts): Server {
  const table = handlers(parts);
  return createServer({ requestTimeout: 15_000, headersTimeout: 8_000, maxHeaderSize: 16_384 }, (request, response) => {
    const handler = table[`${request.method} ${(request.url ?? '').split('?', 1)[0]}`];
    const answer = async (): Promise<Reply> => (handler === undefined ? { status: 404 } : handler(request, request.method === 'POST' ? await readBody(request, BODY_MAX_BYTES) : ''));
    answer().catch(failure).then((reply) => {
      // A body that is too large is not read to its end.
      if (reply.status === 413) response.setHeader('connection', 'close');
      send(response, reply);
    }, () => response.destroy());
  });
}
