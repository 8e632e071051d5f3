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

// An address that is no file's: said in both languages, with the way back, in the release's own style.
function missingPage(files: Manifest['files']): string {
  const styles = Object.keys(files).filter((path) => path.endsWith('.css')).map((path) => `<link rel="stylesheet" href="/${path}">`).join('');
  return `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Page introuvable · Rempart</title>${styles}</head>
<body><main class="narrow"><h1>Page introuvable</h1><p>Cette adresse ne mène nulle part. <a href="/">Revenir à l’accueil</a></p><p lang="en">Page not found: this address leads nowhere. <a href="/">Back to the first page</a></p></main></body></html>
`;
}

/** Answers with the files of one release, and nothing else. */
export function servePages(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const files = new Map([...Object.keys(manifest.files), 'manifest.json', 'manifest.sig'].map((path) => [`/${path}`, load(folder, path)]));
  const missing = missingPage(manifest.files);
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const file = files.get(path === '/' ? '/index.html' : path);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...manifest.headers, allow: 'GET, HEAD' }).end();
      return;
    }
    if (file === undefined) {
      response.writeHead(404, { ...manifest.headers, 'content-type': 'text/html; charset=utf-8' }).end(request.method === 'HEAD' ? undefined : missing);
      return;
    }
    const accepted = [request.headers['accept-encoding'] ?? ''].flat().join();
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    const body = encoding === undefined ? file.plain : file[encoding];
    response.writeHead(200, { ...manifest.headers, 'content-type': file.type, 'cache-control': file.cache, 'content-length': body.length, vary: 'accept-encoding', ...(encoding === undefined ? {} : { 'content-encoding': encoding }) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
