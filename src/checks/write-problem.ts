import type { AppError } from '../ground/index.ts';
import { ERROR_STATUS } from './error-status.ts';

/** An error as problem+json (RFC 9457). From 500 on: a correlation id and nothing else. */
export function writeProblem(error: AppError, correlationId: string): { status: number; body: string } {
  const { status } = ERROR_STATUS[error.code];
  const mute = status >= 500 && error.code !== 'unavailable';
  const body = mute ? { status, correlationId }
    : { type: `urn:rempart:error:${error.code}`, title: error.publicText.fr, titleEn: error.publicText.en, status, correlationId, ...(error.faults.length > 0 ? { faults: error.faults } : {}), ...(error.touch === undefined ? {} : { touch: error.touch }),
        ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
        ...(error.code === 'unavailable' ? { verdict: 'undetermined' } : {}), ...(error.insurerRule === undefined ? {} : { insurerRule: error.insurerRule }) };
  return { status, body: JSON.stringify(body) };
}
