import type { ErrorCode } from '../ground/index.ts';

/** One table: code of an error, HTTP status, FHIR issue type. */
export const ERROR_STATUS: Readonly<Record<ErrorCode, { readonly status: number; readonly issue: string }>> = {
  'bad-input': { status: 422, issue: 'invalid' },
  'too-large': { status: 413, issue: 'too-long' },
  'not-found': { status: 404, issue: 'not-found' },
  'wrong-method': { status: 405, issue: 'not-supported' },
  unauthenticated: { status: 401, issue: 'login' },
  forbidden: { status: 403, issue: 'forbidden' },
  frozen: { status: 403, issue: 'suppressed' },
  ceiling: { status: 429, issue: 'throttled' },
  conflict: { status: 409, issue: 'conflict' },
  unavailable: { status: 503, issue: 'transient' },
  internal: { status: 500, issue: 'exception' },
};
