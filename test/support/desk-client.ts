import { createHash } from 'node:crypto';
import { createProof, generateClientKey, thumbprint } from '../../src/access/index.ts';
import { uuidOfBytes } from '../../src/ground/index.ts';
import type { TestDesk } from './desk.ts';
import { enrolment, newSoftPasskey, touch, touchChallenge, type SoftPasskey } from './soft-passkey.ts';

/** An officer's open session, without a browser: key, token, passkey. */
export interface DeskSession {
  readonly key: ReturnType<typeof generateClientKey>;
  readonly token: string;
  readonly passkey: SoftPasskey;
}

export interface DeskReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function reply(response: Response): Promise<DeskReply> {
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}

/** Posts without any proof. */
export async function post(desk: TestDesk, path: string, body: object): Promise<DeskReply> {
  return reply(await fetch(`${desk.origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

export async function nonceOf(desk: TestDesk): Promise<string> {
  return (await (await fetch(`${desk.origin}/desk/v1/nonce`)).json() as { nonce: string }).nonce;
}

const jktOf = (key: DeskSession['key']): string => uuidOfBytes(thumbprint(key.jwk));

/** Makes a passkey by a one-time code. */
export async function enrolOfficer(desk: TestDesk, code: string, passkey: SoftPasskey = newSoftPasskey(desk.origin)): Promise<{ readonly passkey: SoftPasskey; readonly reply: DeskReply }> {
  const jkt = jktOf(generateClientKey());
  return { passkey, reply: await post(desk, '/desk/v1/enrol', { code, jkt, ...enrolment(passkey, { nonce: await nonceOf(desk), jkt }) }) };
}

/** Opens a session by a touch. */
export async function enter(desk: TestDesk, passkey: SoftPasskey, options: { readonly verified?: boolean } = {}): Promise<{ readonly session: DeskSession; readonly reply: DeskReply; readonly sent: object }> {
  const key = generateClientKey();
  const jkt = jktOf(key);
  const sent = { jkt, ...touch(passkey, { purpose: 'desk', nonce: await nonceOf(desk), jkt, ...options }) };
  const told = await post(desk, '/desk/v1/session', sent);
  return { session: { key, token: typeof told.body['token'] === 'string' ? told.body['token'] : '', passkey }, reply: told, sent };
}

/** A first officer at the desk: code, passkey, session. */
export async function seat(desk: TestDesk, index: number): Promise<DeskSession> {
  const { passkey, reply: enrolled } = await enrolOfficer(desk, desk.codes[index]?.code ?? '');
  if (enrolled.status !== 200) throw new Error(`enrol: ${enrolled.status} ${JSON.stringify(enrolled.body)}`);
  const { session, reply: entered } = await enter(desk, passkey);
  if (entered.status !== 200) throw new Error(`enter: ${entered.status} ${JSON.stringify(entered.body)}`);
  return session;
}

/** Calls the desk as this session. */
export async function callDesk(desk: TestDesk, session: DeskSession, path: string, body?: object): Promise<DeskReply> {
  const url = `${desk.origin}${path}`;
  const method = body === undefined ? 'GET' : 'POST';
  const proof = createProof({ key: session.key, method, url, accessToken: session.token });
  return reply(await fetch(url, { method, headers: { authorization: `DPoP ${session.token}`, dpop: proof, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }));
}

/** A touch on a request's text. */
export function touchOf(passkey: SoftPasskey, text: string): Record<string, unknown> {
  return touchChallenge(passkey, createHash('sha256').update(text).digest('base64url'));
}

/** Writes down what takes two and signs it. @returns its number and the reply of the signature. */
export async function askForTwo(desk: TestDesk, session: DeskSession, asked: { readonly kind: string; readonly subject: object; readonly reason: string }): Promise<{ readonly id: string; readonly reply: DeskReply }> {
  const made = await callDesk(desk, session, '/desk/v1/requests', asked);
  if (made.status !== 200) return { id: '', reply: made };
  const { id, text } = made.body as { id: string; text: string };
  return { id, reply: await callDesk(desk, session, '/desk/v1/requests/sign', { id, response: touchOf(session.passkey, text) }) };
}

/** Approves a request as another officer, signing the text that this officer is shown. */
export async function approve(desk: TestDesk, session: DeskSession, id: string): Promise<DeskReply> {
  const { body } = await callDesk(desk, session, '/desk/v1/requests');
  const text = (body as unknown as readonly { id: string; text: string }[]).find((each) => each.id === id)?.text ?? '';
  return callDesk(desk, session, '/desk/v1/requests/sign', { id, response: touchOf(session.passkey, text) });
}
