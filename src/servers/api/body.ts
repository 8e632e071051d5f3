import type { IncomingMessage } from 'node:http';
import { AppError } from '../../ground/index.ts';

/** Largest body taken, in bytes: a Bundle of 200 questions with their lines. */
export const BODY_MAX_BYTES = 1_048_576;
/** A body that takes longer is cut off. */
const BODY_MAX_MS = 10_000;

function tooLarge(maxBytes: number): AppError {
  return new AppError({ code: 'too-large', publicText: {
    fr: `La demande dépasse ${maxBytes} octets. Envoyez-en moins à la fois.`,
    en: `The request is larger than ${maxBytes} bytes. Send less at a time.` } });
}

function tooSlow(): AppError {
  return new AppError({ code: 'bad-input', publicText: {
    fr: 'La demande a mis plus de dix secondes à arriver. Renvoyez-la.', en: 'The request took more than ten seconds to arrive. Send it again.' } });
}

const cutOff = (cause?: Error): AppError => new AppError({ code: 'bad-input', cause, publicText: { fr: 'La demande a été interrompue.', en: 'The request was cut off.' } });

/**
 * Reads a whole body as UTF-8 text.
 * @throws AppError `too-large` above the limit, `bad-input` when it comes too slowly, is cut off or is not UTF-8.
 */
export function readBody(request: IncomingMessage, maxBytes = BODY_MAX_BYTES): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  // It may have gone while its proof was verified: nothing would say so any more.
  if (request.destroyed) return Promise.reject(cutOff());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => reject(tooSlow()), BODY_MAX_MS);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.on('end', () => {
      clearTimeout(timer);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer).toString('utf8') : Buffer.concat(chunks).toString('utf8'));
    });
    request.on('error', (cause) => {
      clearTimeout(timer);
      reject(cutOff(cause));
    });
    // After the end too: an error made then, with its trace, would be for nobody.
    request.on('close', () => {
      clearTimeout(timer);
      if (!request.readableEnded) reject(cutOff());
    });
  });
}
