import { closeSync, globSync, openSync, read, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { NoticeParameters } from './publish.ts';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json' };

/** Nothing from elsewhere, no inline script or style, no string becomes code, nothing of the visit is told on. */
export const NOTICE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()', 'strict-transport-security': 'max-age=63072000; includeSubDomains',
};

const readAt = promisify(read);

function send(response: ServerResponse, status: number, sent: { readonly type: string; readonly body: Buffer; readonly cache?: string; readonly head: boolean }): void {
  response.writeHead(status, { ...NOTICE_HEADERS, 'content-type': sent.type, 'content-length': sent.body.length, 'cache-control': sent.cache ?? 'no-cache' }).end(sent.head ? undefined : sent.body);
}

/**
 * Serves one publication: page, parameters, and slices of one size of the file of buckets. It has no key and no code, keeps no log, and
 * cannot tell a bucket with somebody's notice from one without.
 */
export function createNoticeCheckServer(folder: string): Server {
  const parameters = JSON.parse(readFileSync(join(folder, 'parameters.json'), 'utf8')) as NoticeParameters;
  const size = parameters.entriesPerBucket * parameters.entryBytes;
  const bucketPath = new RegExp(`^/buckets/([0-9a-f]{${parameters.digits}})$`);
  const paths = globSync(['index.html', 'parameters.json', '*.svg', 'assets/*'], { cwd: folder });
  const files = new Map(paths.map((path) => [`/${path}`, { body: readFileSync(join(folder, path)), type: TYPES[extname(path)] ?? 'application/octet-stream', cache: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' }]));
  const buckets = openSync(join(folder, 'buckets.bin'), 'r');
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 8_000, maxHeaderSize: 16_384 }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const head = request.method === 'HEAD';
    if (request.method !== 'GET' && !head) return void response.writeHead(405, { ...NOTICE_HEADERS, allow: 'GET, HEAD' }).end();
    const file = files.get(path === '/' ? '/index.html' : path);
    if (file !== undefined) return send(response, 200, { ...file, head });
    const bucket = bucketPath.exec(path)?.[1];
    if (bucket === undefined) return send(response, 404, { type: 'text/plain; charset=utf-8', body: Buffer.from('Page introuvable. / Not found.\n'), head });
    const body = Buffer.alloc(size);
    readAt(buckets, body, 0, size, Number.parseInt(bucket, 16) * size).then(() => send(response, 200, { type: 'application/octet-stream', body, cache: 'public, max-age=600', head }), () => response.destroy());
    return undefined;
  });
  server.once('close', () => closeSync(buckets));
  return server;
}
