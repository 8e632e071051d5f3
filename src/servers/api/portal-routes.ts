import type { IncomingMessage } from 'node:http';
import type { ProvenCaller } from '../../access/index.ts';
import { readTouchCode, type Portal } from '../../checks/index.ts';
import { readObject, readPasskeyAnswer, readText } from './read-fields.ts';
import { jsonReply, problemReply, serveProven, type ApiContext } from './routes.ts';
import type { Route } from './server.ts';

const REASONS = ['garde', 'affluence', 'remplacement', 'autre'] as const;

const REASON = new RegExp(`^(${REASONS.join('|')})$`);

// What cannot be a code is one that was never given.
async function readTouchOrder(request: IncomingMessage): Promise<{ code: string; reason: string }> {
  const body = await readObject(request, ['code', 'reason']);
  return { code: readTouchCode(readText(body, 'code', { max: 20, pattern: /^[\w -]{1,20}$/ }) ?? '') ?? '', reason: readText(body, 'reason', { max: 20, pattern: REASON }) ?? 'autre' };
}

/** The routes of the portal: all but two demand the proof of a signed-in key. */
export function portalRoutes(context: ApiContext, portal: Portal): Route[] {
  const proven = (method: Route['method'], path: string, answer: (caller: ProvenCaller, request: IncomingMessage) => Promise<unknown>): Route => ({
    method, path, fail: problemReply,
    answer: (request) => serveProven(context, request, async (caller) => jsonReply(200, (await answer(caller, request)) ?? { done: true })),
  });
  return [
    { method: 'GET', path: '/v1/insurers', answer: () => jsonReply(200, context.checks.listInsurers(), { 'cache-control': 'public, max-age=300' }), fail: problemReply },
    { method: 'GET', path: '/v1/passkeys/nonce', answer: () => jsonReply(200, { nonce: portal.newNonce() }), fail: problemReply },
    proven('POST', '/v1/session', async (caller, request) => portal.open(caller, readText(await readObject(request, ['invitation']), 'invitation', { max: 64, pattern: /^[\w-]{16,64}$/ }))),
    proven('GET', '/v1/session', (caller) => portal.show(caller)),
    proven('POST', '/v1/session/end', (caller) => portal.end(caller)),
    proven('POST', '/v1/passkeys', async (caller, request) => portal.enrol(caller, await readPasskeyAnswer(request))),
    proven('POST', '/v1/passkeys/lost', (caller) => portal.lose(caller)),
    proven('POST', '/v1/step-up', async (caller, request) => portal.stepUp(caller, await readPasskeyAnswer(request))),
    proven('GET', '/v1/my/day', (caller) => portal.day(caller)),
    proven('POST', '/v1/my/ceiling', async (caller, request) => portal.raise(caller, readText(await readObject(request, ['reason']), 'reason', { max: 20, pattern: REASON }) ?? 'autre')),
    proven('POST', '/v1/my/touches', async (caller, request) => portal.touchFor(caller, await readTouchOrder(request))),
    proven('POST', '/v1/my/freeze', async (caller) => ({ entry: await portal.freeze(caller) })),
    proven('POST', '/v1/staff/invitations', async (caller) => ({ code: await portal.invite(caller) })),
  ];
}
