import { createServer, type Server } from 'node:http';
import { servePages } from '../pages/files.ts';

/** The portal's server: the files of one release, and nothing else. It holds no key, no token, no data, and asks nobody anything. */
export function createPortalServer(folder: string): Server {
  return createServer({ requestTimeout: 15_000, headersTimeout: 8_000, maxHeaderSize: 16_384 }, servePages(folder));
}
