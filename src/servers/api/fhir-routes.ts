import type { IncomingMessage } from 'node:http';
import { AppError } from '../../ground/index.ts';
import { parseJson } from '../../checks/index.ts';
import { capabilityStatement, FHIR_TYPE, openSubmission, readRequest, writeOutcome, writeResponse } from '../../fhir/index.ts';
import { readBody } from './body.ts';
import type { Reply } from './reply.ts';
import { failureHeaders, idempotencyKeyOf, originOf, parisToday, proveCaller, type ApiContext } from './routes.ts';
import type { Route } from './server.ts';

/** A failure as an OperationOutcome. */
function outcomeReply(error: AppError, correlationId: string): Reply {
  const { status, body } = writeOutcome(error, correlationId);
  return { status, type: FHIR_TYPE, body: JSON.stringify(body), headers: failureHeaders(error) };
}

async function submit(context: ApiContext, request: IncomingMessage, correlationId: string): Promise<Reply> {
  const arrivedAtMs = performance.now();
  const caller = await proveCaller(context, request);
  const { single, resources } = openSubmission(parseJson(await readBody(request)));
  const today = parisToday();
  const callerOf = single ? () => caller : await context.checks.beginBatch(caller);
  const ask = async (resource: unknown, index?: number): Promise<{ body: Record<string, unknown>; retryAfter?: number }> => {
    const { question, purposes, requestKey } = readRequest(resource, { today });
    // The request's own identifier serves as idempotency key when no header gives one.
    const key = { ...(requestKey === undefined ? {} : { idempotencyKey: `request|${requestKey}` }), ...idempotencyKeyOf(request, index) };
    const answer = await context.checks.ask({ caller: callerOf(index ?? 0), question, arrivedAtMs, bundled: !single, ...originOf(context, request), ...key });
    context.metrics.count('answers', { verdict: answer.verdict });
    return { body: writeResponse(answer, { amcNumber: question.insurer.amcNumber, purposes }), ...(answer.retryAfterSeconds === undefined ? {} : { retryAfter: answer.retryAfterSeconds }) };
  };
  if (single) {
    const { body, retryAfter } = await ask(resources[0]);
    return { status: 200, type: FHIR_TYPE, body: JSON.stringify(body), headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) } };
  }
  const entry = await Promise.all(resources.map((one, i) => ask(one, i).then(({ body }) => ({ resource: body, response: { status: '200' } }), (cause: unknown) => {
    if (!(cause instanceof AppError)) throw cause;
    const { status, body } = writeOutcome(cause, correlationId);
    return { response: { status: String(status), outcome: body } };
  })));
  return { status: 200, type: FHIR_TYPE, body: JSON.stringify({ resourceType: 'Bundle', type: 'batch-response', entry }) };
}

/** The FHIR routes: `$submit` and the capability statement. */
export function fhirRoutes(context: ApiContext): Route[] {
  return [
    { method: 'POST', path: '/fhir/CoverageEligibilityRequest/$submit', answer: (request, _rest, correlationId) => submit(context, request, correlationId), fail: outcomeReply },
    { method: 'GET', path: '/fhir/metadata', answer: () => ({ status: 200, type: FHIR_TYPE, body: JSON.stringify(capabilityStatement()) }), fail: outcomeReply },
  ];
}
