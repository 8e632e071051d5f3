import type { Words } from './language.tsx';

/** A failure that a server tells in words: problem+json. */
export interface Problem {
  readonly status: number;
  readonly type?: string;
  readonly title?: string;
  readonly titleEn?: string;
  readonly correlationId?: string;
  readonly faults?: readonly { readonly field: string; readonly rule: string; readonly message: Words; readonly remedy: Words }[];
}

/** The server refused, and says why. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.titleEn ?? String(problem.status));
    this.problem = problem;
  }
}

/** Nobody answered: the network, or the server. */
export class Unreachable extends Error {}

/** The session is over: expired, ended, or frozen. What was typed is still here. */
export class SessionOver extends Error {}

/** Whether the person, or the device, declined a passkey's gesture. */
export function wasDeclined(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'NotAllowedError' || cause.name === 'AbortError');
}

/** The answer's body. @throws ApiProblem, and SessionOver on 401 where `endsSession`. */
export async function readAnswer<T>(response: Response, endsSession: boolean): Promise<T> {
  const body = await response.json().catch(() => ({ status: response.status })) as unknown;
  if (response.ok) return body as T;
  const problem = { ...(body as Problem), status: response.status };
  if (response.status === 401 && endsSession) throw new SessionOver(problem.titleEn);
  throw new ApiProblem(problem);
}

/** Whether a failure says that this access is frozen. */
export function isFrozen(cause: unknown): boolean {
  return cause instanceof ApiProblem && cause.problem.type === 'urn:rempart:error:frozen';
}
