import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';

/** What may be asked for, and nothing else of the folder: tiles never change, the rest is a moment's. */
const TILE = /^\/tile\/(?:entries|[0-9]|[1-5][0-9]|6[0-3])\/(?:x[0-9]{3}\/)*[0-9]{3}(?:\.p\/[1-9][0-9]{0,2})?$/;
const TEXTS = new Set(['/checkpoint', '/checkpoint.witnessed', '/minimum-index']);
const HEADERS = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' };

async function send(response: ServerResponse, file: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end('Not published, or no longer.\n');
    return;
  }
  response.writeHead(200, { ...HEADERS, ...headers, 'content-length': found.size });
  createReadStream(file).on('error', () => response.destroy()).pipe(response);
}

/** Serves the published journal (C2SP tlog-tiles): static files that name nobody, without a database or a key. */
export function createTileServer(folder: string): Server {
  return createServer({ requestTimeout: 15_000, headersTimeout: 8_000, maxHeaderSize: 16_384 }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (request.method !== 'GET') response.writeHead(405, { ...HEADERS, allow: 'GET' }).end();
    else if (TEXTS.has(path)) void send(response, join(folder, path), { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' });
    else if (TILE.test(path)) void send(response, join(folder, path), { 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=31536000, immutable' });
    else void send(response, '', {});
  });
}
