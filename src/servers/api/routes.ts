import type { IncomingMessage } from 'node:http';
import { AppError } from '../../ground/index.ts';
import type { ProofVerifier, ProvenCaller } from '../../access/index.ts';
import { parseJson, readBatch, readQuestion, writeProblem, type Answer, type Checks } from '../../checks/index.ts';
import { findEntryOfGuarantee, formatGuaranteeNumber, formatProof, makeProof, type ReadPublished } from '../../journal/index.ts';
import type { PlainDate } from '../../identifiers/index.ts';
import { readBody } from './body.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import type { Reply } from './reply.ts';
import type { Route } from './server.ts';

/** What the routes work with. */
export interface ApiContext {
  readonly checks: Checks;
  readonly proofs: ProofVerifier;
  readonly metrics: Metrics;
  /** Public base URL: proofs name it. */
  readonly baseUrl: string;
  /** From which network a request came, where that can be told. */
  readonly networkOf: (request: IncomingMessage) => string | undefined;
  /** The published journal; left out where none is. */
  readonly published?: ReadPublished;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const OPENAPI = JSON.stringify(openApiDocument());

/** An answer in JSON with its status; an undetermined one says when to ask again. */
export function jsonReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: JSON_TYPE, body: JSON.stringify(body), headers };
}

/** A failure as problem+json. */
export function problemReply(error: AppError, correlationId: string): Reply {
  const { status, body } = writeProblem(error, correlationId);
  return { status, type: 'application/problem+json; charset=utf-8', body, headers: failureHeaders(error) };
}

/** Headers that go with a failure, whatever its format. */
export function failureHeaders(error: AppError): Record<string, string> {
  return { ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'DPoP algs="ES256"' } : {}) };
}

const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });
let paris: { minute: number; day: PlainDate } | undefined;

/** Today in Paris, where care dates are counted. Formatted once a minute: civil days there begin on one. */
export function parisToday(): PlainDate {
  const now = Date.now();
  const minute = Math.floor(now / 60_000);
  if (paris?.minute !== minute) paris = { minute, day: PARIS.format(now) as PlainDate };
  return paris.day;
}

/** The caller of a request, or its refusal: journalled before it is told. */
export async function proveCaller(context: ApiContext, request: IncomingMessage): Promise<ProvenCaller> {
  const url = `${context.baseUrl}${(request.url ?? '').split('?', 1)[0]}`;
  try {
    return await context.proofs.verifyBeside({ authorization: request.headers.authorization, proof: request.headers['dpop'], method: request.method ?? '', url });
  } catch (cause) {
    if (cause instanceof AppError) await context.checks.gate.refuse(null, cause.detail ?? 'unauthenticated');
    throw cause;
  }
}

/** Serves a request to its proven caller; that somebody may not is journalled before it is told. */
export async function serveProven<T>(context: ApiContext, request: IncomingMessage, work: (caller: ProvenCaller) => Promise<T>): Promise<T> {
  const caller = await proveCaller(context, request);
  try {
    return await work(caller);
  } catch (cause) {
    if (cause instanceof AppError && (cause.code === 'unauthenticated' || cause.code === 'forbidden' || cause.code === 'frozen')) await context.checks.gate.refuse(caller.session, cause.detail ?? cause.code);
    throw cause;
  }
}

/** Where a question came from, for {@link Checks.ask}. */
export function originOf(context: ApiContext, request: IncomingMessage): { readonly network?: string } {
  const network = context.networkOf(request);
  return network === undefined ? {} : { network };
}

/** The idempotency key of a request; a batch's questions each get their own. */
export function idempotencyKeyOf(request: IncomingMessage, index?: number): { idempotencyKey?: string } {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return {};
  if (typeof key !== 'string' || !/^[\x21-\x7e]{8,128}$/.test(key)) {
    throw new AppError({ code: 'bad-input', publicText: { fr: 'Idempotency-Key : 8 à 128 caractères visibles.', en: 'Idempotency-Key: 8 to 128 visible characters.' },
      faults: [{ field: 'Idempotency-Key', rule: 'form', message: { fr: '8 à 128 caractères visibles.', en: '8 to 128 visible characters.' }, remedy: { fr: 'Utilisez un UUID.', en: 'Use a UUID.' } }] });
  }
  return { idempotencyKey: index === undefined ? key : `${key}#${index}` };
}

async function answerChecks(context: ApiContext, request: IncomingMessage, correlationId: string): Promise<Reply> {
  const arrivedAtMs = performance.now();
  const caller = await proveCaller(context, request);
  const body = parseJson(await readBody(request));
  const today = parisToday();
  if (!Array.isArray(body)) {
    const answer = await context.checks.ask({ caller, question: readQuestion(body, { today }), ...idempotencyKeyOf(request), ...originOf(context, request), arrivedAtMs });
    context.metrics.count('answers', { verdict: answer.verdict });
    return jsonReply(200, answer, answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) });
  }
  const batch = readBatch(body, '');
  const callerOf = await context.checks.beginBatch(caller);
  const answers = await Promise.all(batch.map(async (one, i): Promise<Answer | object> => {
    try {
      const answer = await context.checks.ask({ caller: callerOf(i), question: readQuestion(one, { today }), ...idempotencyKeyOf(request, i), ...originOf(context, request), bundled: true, arrivedAtMs });
      context.metrics.count('answers', { verdict: answer.verdict });
      return answer;
    } catch (cause) {
      return problemOfItem(cause, correlationId);
    }
  }));
  return jsonReply(200, answers);
}

function problemOfItem(cause: unknown, correlationId: string): object {
  if (cause instanceof AppError) return JSON.parse(writeProblem(cause, correlationId).body) as object;
  throw cause;
}

async function answerGuarantee(context: ApiContext, request: IncomingMessage, typed: string): Promise<Reply> {
  const caller = await proveCaller(context, request);
  const entry = findEntryOfGuarantee(typed.replaceAll('%20', ' '));
  if (entry === undefined) {
    throw new AppError({ code: 'bad-input', publicText: { fr: 'Numéro de garantie mal formé.', en: 'Malformed guarantee number.' },
      faults: [{ field: 'number', rule: 'guarantee-number', message: { fr: 'RG-, 12 chiffres, une clé.', en: 'RG-, 12 digits, a key.' }, remedy: { fr: 'Relisez le numéro.', en: 'Read the number again.' } }] });
  }
  const { record, insurer, reckoning } = await context.checks.showGuarantee(caller, entry);
  return jsonReply(200, { number: formatGuaranteeNumber(record.entry), state: record.state, insurer: insurer?.amcNumber, domain: record.domain, careDate: record.careDate,
    expiresOn: record.expiresOn, givenAt: record.givenAt, usedOn: record.usedOn, usedAmountCents: record.usedAmountCents, cancelledAt: record.cancelledAt,
    ...(reckoning === undefined ? {} : { amcCents: reckoning.totals.amcCents, authorizationRequired: reckoning.authorizationRequired }), entry: record.lookUp });
}

async function answerReceipt(context: ApiContext, request: IncomingMessage, typed: string): Promise<Reply> {
  const caller = await proveCaller(context, request);
  if (!/^\d{1,15}$/.test(typed)) {
    throw new AppError({ code: 'bad-input', publicText: { fr: 'Numéro d’écriture mal formé.', en: 'Malformed entry number.' },
      faults: [{ field: 'entry', rule: 'entry-number', message: { fr: 'Un nombre, comme `entry` dans la réponse.', en: 'A number, as `entry` in the answer.' }, remedy: { fr: 'Relisez la réponse reçue.', en: 'Read the answer again.' } }] });
  }
  const { leaf, index } = await context.checks.findLeaf(caller, Number(typed));
  const proof = index === null || context.published === undefined ? undefined : await makeProof(context.published, index);
  if (proof === undefined) return jsonReply(200, { entry: Number(typed), leaf, state: 'waiting' }, { 'retry-after': '1' });
  return jsonReply(200, { entry: Number(typed), leaf, state: 'placed', index, proof: formatProof(proof) });
}

/** The routes in plain JSON, and the open ones. */
export function jsonRoutes(context: ApiContext, ready: () => Promise<boolean>): Route[] {
  const open = (path: string, answer: () => Promise<Reply> | Reply): Route => ({ method: 'GET', path, answer, fail: problemReply });
  return [
    { method: 'POST', path: '/v1/checks', answer: (request, _rest, correlationId) => answerChecks(context, request, correlationId), fail: problemReply },
    { method: 'POST', path: '/v1/cards', answer: (request) => serveProven(context, request, async (caller) => jsonReply(200, await context.checks.cards.register(caller, parseJson(await readBody(request))))), fail: problemReply },
    { method: 'POST', path: '/v1/cards/revocations', answer: (request) => serveProven(context, request, async (caller) => jsonReply(200, await context.checks.cards.revoke(caller, parseJson(await readBody(request))))), fail: problemReply },
    { method: 'GET', path: '/v1/guarantees/*', answer: (request, rest) => answerGuarantee(context, request, rest), fail: problemReply },
    { method: 'GET', path: '/v1/receipts/*', answer: (request, rest) => answerReceipt(context, request, rest), fail: problemReply },
    open('/openapi.json', () => ({ status: 200, type: JSON_TYPE, body: OPENAPI })),
    open('/healthz', () => jsonReply(200, { ok: true })),
    open('/readyz', async () => ((await ready()) ? jsonReply(200, { ready: true }) : jsonReply(503, { ready: false }, { 'retry-after': '5' }))),
  ];
}
