import { closeSync, openSync, read, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { servePages } from '../pages/files.ts';
import type { Manifest } from '../pages/publish.ts';
import type { NoticeParameters } from './publish.ts';

const readAt = promisify(read);

/**
 * Serves one publication: page, parameters, and slices of one size of the file of buckets. It has no key and no code, keeps no log, and
 * cannot tell a bucket with somebody's notice from one without.
 */
export function createNoticeCheckServer(folder: string): Server {
  const parametersText = readFileSync(join(folder, 'parameters.json'));
  const parameters = JSON.parse(parametersText.toString('utf8')) as NoticeParameters;
  const { headers } = JSON.parse(readFileSync(join(folder, 'page', 'manifest.json'), 'utf8')) as Manifest;
  const pages = servePages(join(folder, 'page'));
  const size = parameters.entriesPerBucket * parameters.entryBytes;
  const bucketPath = new RegExp(`^/buckets/([0-9a-f]{${parameters.digits}})$`);
  const buckets = openSync(join(folder, 'buckets.bin'), 'r');
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 8_000, maxHeaderSize: 16_384 }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const bucket = bucketPath.exec(path)?.[1];
    if (request.method !== 'GET' || (bucket === undefined && path !== '/parameters.json')) return pages(request, response);
    const send = (type: string, body: Buffer): void => { response.writeHead(200, { ...headers, 'content-type': type, 'content-length': body.length, 'cache-control': bucket === undefined ? 'no-cache' : 'public, max-age=600' }).end(body); };
    if (bucket === undefined) return send('application/json', parametersText);
    const body = Buffer.alloc(size);
    readAt(buckets, body, 0, size, Number.parseInt(bucket, 16) * size).then(() => send('application/octet-stream', body), () => response.destroy());
    return undefined;
  });
  server.once('close', () => closeSync(buckets));
  return server;
}
