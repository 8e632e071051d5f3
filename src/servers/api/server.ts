import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { undetermined } from '../../gate/index.ts';
import { AppError, isDatabaseGone, log } from '../../ground/index.ts';
import { newCorrelationId, sendReply, type Reply } from './reply.ts';
import type { Metrics } from './metrics.ts';

/** A route: method and path (a `*` takes one segment, at the end the rest), and what answers: `rest` begins at the first `*`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly answer: (request: IncomingMessage, rest: string, correlationId: string) => Promise<Reply> | Reply;
  /** How this route tells a failure: problem+json or OperationOutcome. */
  readonly fail: (error: AppError, correlationId: string) => Reply;
}

interface ServerOptions {
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  /** For paths that no route takes. */
  readonly fail: Route['fail'];
  /** While it stops, every answer tells its caller to close the connection. */
  readonly isStopping?: () => boolean;
  /** The one origin whose pages may call from a browser. */
  readonly browserOrigin?: string;
  /** What answers GET at paths that no route takes: pages of the same origin. */
  readonly pages?: (request: IncomingMessage, response: ServerResponse) => void;
}

const PREFLIGHT = { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'authorization, content-type, dpop, idempotency-key', 'access-control-max-age': '7200' };

const wrongMethod = (allowed: string): AppError => new AppError({ code: 'wrong-method', publicText: { fr: `Cette adresse ne prend que ${allowed}.`, en: `This address takes ${allowed} only.` } });
const notFound = (): AppError => new AppError({ code: 'not-found', publicText: { fr: "Cette adresse n'existe pas.", en: 'There is nothing at this address.' } });

function asAppError(cause: unknown, correlationId: string): AppError {
  if (cause instanceof AppError) return cause;
  if (isDatabaseGone(cause)) return undetermined(cause);
  log('error', 'unexpected', { correlationId, name: cause instanceof Error ? cause.name : 'unknown', at: cause instanceof Error ? (cause.stack ?? '').split('\n')[1]?.trim() : undefined });
  return new AppError({ code: 'internal', cause, publicText: { fr: 'Erreur interne.', en: 'Internal error.' } });
}

/** The HTTP server of the API: routing, correlation ids, limits on size and time; no rule of the domain. */
export function createApiServer(options: ServerOptions): Server {
  const exact = new Map(options.routes.filter((r) => !r.path.includes('*')).map((r) => [`${r.method} ${r.path}`, r]));
  const open = options.routes.filter((r) => r.path.includes('*')).map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(/\*$/, '.*').replaceAll(/\*(?=\/)/g, '[^/]+')}$`) }));
  const find = (method: string, path: string): Route | undefined =>
    exact.get(`${method} ${path}`) ?? open.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;
  const others = (path: string): Route[] => options.routes.filter((one) => find(one.method, path) === one);
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 8_000, keepAliveTimeout: 30_000, maxHeaderSize: 16_384 }, (request, response) => {
    const arrived = performance.now();
    if (options.browserOrigin !== undefined && request.headers.origin === options.browserOrigin) {
      response.setHeader('access-control-allow-origin', options.browserOrigin);
      response.setHeader('access-control-expose-headers', 'x-correlation-id, retry-after');
      response.setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') {
        response.writeHead(204, { ...PREFLIGHT, 'x-correlation-id': newCorrelationId() }).end();
        return;
      }
    }
    const correlationId = newCorrelationId();
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    const route = find(request.method ?? '', path);
    if (route === undefined && options.pages !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
      options.pages(request, response);
      return;
    }
    const beside = route === undefined ? others(path) : [];
    const allowed = beside.map(({ method }) => method).join(', ');
    if (allowed !== '') response.setHeader('allow', allowed);
    const work = async (): Promise<Reply> => {
      if (route === undefined) throw allowed === '' ? notFound() : wrongMethod(allowed);
      return route.answer(request, path.slice(Math.max(0, route.path.indexOf('*'))), correlationId);
    };
    void work().catch((cause: unknown) => {
      const error = asAppError(cause, correlationId);
      options.metrics.count('refusals', { code: error.code });
      return ((route ?? beside[0])?.fail ?? options.fail)(error, correlationId);
    }).then((reply) => {
      if (options.isStopping?.() === true) response.setHeader('connection', 'close');
      sendReply(response, reply, correlationId);
      if (!request.complete) request.resume();
      options.metrics.took(performance.now() - arrived);
    }, (cause: unknown) => {
      log('error', 'reply-failed', { correlationId, name: cause instanceof Error ? cause.name : 'unknown' });
      response.destroy();
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\nX-Correlation-Id: ${newCorrelationId()}\r\n\r\n`);
  });
  return server;
}
