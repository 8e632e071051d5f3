import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Manifest } from './publish.ts';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.json': 'application/json', '.sig': 'text/plain' };

interface Served {
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
  readonly type: string;
  readonly cache: string;
}

function load(folder: string, path: string): Served {
  const plain = readFileSync(join(folder, path));
  const hashed = path.startsWith('assets/');
  return { plain, br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }), gzip: gzipSync(plain), type: TYPES[extname(path)] ?? 'application/octet-stream', cache: hashed ? 'public, max-age=31536000, immutable' : 'no-cache' };
}

/** Answers with the files of one release, and nothing else. */
export function servePages(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const files = new Map([...Object.keys(manifest.files), 'manifest.json', 'manifest.sig'].map((path) => [`/${path}`, load(folder, path)]));
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const file = files.get(path === '/' ? '/index.html' : path);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...manifest.headers, allow: 'GET, HEAD' }).end();
      return;
    }
    if (file === undefined) {
      response.writeHead(404, { ...manifest.headers, 'content-type': 'text/plain; charset=utf-8' }).end('Page introuvable. / Not found.\n');
      return;
    }
    const accepted = [request.headers['accept-encoding'] ?? ''].flat().join();
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    const body = encoding === undefined ? file.plain : file[encoding];
    response.writeHead(200, { ...manifest.headers, 'content-type': file.type, 'cache-control': file.cache, 'content-length': body.length, vary: 'accept-encoding', ...(encoding === undefined ? {} : { 'content-encoding': encoding }) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
