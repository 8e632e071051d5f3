import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Witness } from '../../journal/index.ts';

const BODY_MAX_BYTES = 65_536;

/** The witness's one call, `POST /add-checkpoint` (C2SP tlog-witness). It needs no database and knows of no entry. */
export function createWitnessServer(witness: Witness): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    if (request.url !== '/add-checkpoint' || request.method !== 'POST') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('POST /add-checkpoint\n');
      return;
    }
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_MAX_BYTES) request.destroy();
    });
    void text(request).then((body) => {
      const reply = witness.addCheckpoint(body);
      response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body);
    }).catch(() => response.destroy());
  });
}
