import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** What a route answers with: a status, a body already written, and its media type. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const COMMON = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  'referrer-policy': 'no-referrer',
};

/** A correlation id: on every answer, and in the log beside what went wrong. */
export function newCorrelationId(): string {
  return randomUUID();
}

/** Writes the reply; does nothing when the caller has gone. */
export function sendReply(response: ServerResponse, reply: Reply, correlationId: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(reply.status, { ...COMMON, ...reply.headers, 'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body), 'x-correlation-id': correlationId });
  // Text is left as it is, so that head and body leave in one piece.
  response.end(reply.body);
}
