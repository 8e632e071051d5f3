import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, exportJWK, jwtVerify, SignJWT, type JSONWebKeySet, type JWTPayload } from 'jose';
import { AppError, readOrMake } from '../../ground/index.ts';
import { CREDENTIAL_TYPES, EVENTS, type SignalClaims } from './events.ts';

/** The key that signs our tokens, ES256, and its public half as peers pin it. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly kid: string;
  readonly publicKeys: JSONWebKeySet;
}

/** Error codes of RFC 8935 section 2.4, which RFC 8936 shares. */
export type SetError = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed' | 'access_denied';

const TOKEN_MAX = 16_384;
const FUTURE_S = 120;
const OLDEST_S = 30 * 86_400;
const REQUEST_S = 60;

/** The signing key of this machine, made on first use in `folder`. */
export async function openSigningKey(folder: string): Promise<SigningKey> {
  const privateKey = createPrivateKey(readOrMake(join(folder, 'signals-1.pem'), () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const jwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, kid, publicKeys: { keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] } };
}

/** Refuses a token with a code of RFC 8935; the detail is that code. */
export function refuseSet(code: SetError, description: string): never {
  throw new AppError({ code: code === 'authentication_failed' || code === 'access_denied' ? 'unauthenticated' : 'bad-input', detail: code, publicText: { fr: description, en: description } });
}

/** A Security Event Token (RFC 8417; SSF 1.0 section 4): typ, one event, `sub_id`, no `sub`, no `exp`. */
export function signToken(key: SigningKey, token: { readonly issuer: string; readonly audience: string; readonly jti: string; readonly at: Date; readonly txn?: string; readonly subject: string; readonly event: string; readonly members: object }): Promise<string> {
  const claims: JWTPayload = { sub_id: { format: 'opaque', id: token.subject }, events: { [token.event]: token.members } };
  if (token.txn !== undefined) claims['txn'] = token.txn;
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'secevent+jwt', kid: key.kid })
    .setIssuer(token.issuer).setAudience(token.audience).setJti(token.jti).setIssuedAt(Math.floor(token.at.getTime() / 1000)).sign(key.privateKey);
}

/** The issuer that a token says it is from, before anything is verified. @throws AppError with detail `invalid_request` */
export function readIssuer(token: string): string {
  if (token.length > TOKEN_MAX || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) refuseSet('invalid_request', 'Not a signed Security Event Token.');
  try {
    const { iss } = decodeJwt(token);
    decodeProtectedHeader(token);
    if (typeof iss === 'string') return iss;
  } catch {
    // Said below, in the same words.
  }
  return refuseSet('invalid_request', 'Not a signed Security Event Token with an issuer.');
}

function refuseCause(cause: unknown): never {
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'aud') refuseSet('invalid_audience', 'The token is for somebody else.');
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'iss') refuseSet('invalid_issuer', 'The issuer is not the one expected.');
  if (cause instanceof errors.JWTClaimValidationFailed) refuseSet('invalid_request', `The claim ${cause.claim} is missing or not as it must be.`);
  if (cause instanceof errors.JOSEError) refuseSet('invalid_key', 'The signature is not by a key of this issuer, or not ES256.');
  throw cause;
}

async function verifySigned(token: string, by: { readonly issuer: string; readonly keys: JSONWebKeySet; readonly audience: string; readonly typ: string }): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(by.keys), { issuer: by.issuer, audience: by.audience, typ: by.typ, algorithms: ['ES256'], requiredClaims: ['jti', 'iat'] });
    // One audience: a pseudonym is of one pair, and a token for many is for nobody here.
    if (Array.isArray(payload.aud) && payload.aud.length > 1) refuseSet('invalid_audience', 'The token must be for one audience.');
    return payload;
  } catch (cause) {
    return refuseCause(cause);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, max = 200): value is string => typeof value === 'string' && value.length > 0 && value.length <= max;

// SSF 1.0 sections 4.1.1 to 4.1.6 and 4.2.1: sub_id, one event, no sub, no exp.
function readEvent(payload: JWTPayload): Pick<SignalClaims, 'event' | 'subject' | 'members'> {
  if (payload.exp !== undefined || payload.sub !== undefined) refuseSet('invalid_request', 'A Security Event Token has neither exp nor sub (SSF 1.0, section 4).');
  const { sub_id: subject, events } = payload;
  if (!isObject(subject) || subject['format'] !== 'opaque' || !isText(subject['id'])) return refuseSet('invalid_request', 'sub_id must be opaque, with an id of at most 200 characters (RFC 9493, section 3.2.4).');
  if (!isObject(events) || Object.keys(events).length !== 1) return refuseSet('invalid_request', 'events must hold one event (SSF 1.0, section 4.2.1).');
  const [event, members] = Object.entries(events)[0] as [string, unknown];
  if (!Object.values<string>(EVENTS).includes(event) || !isObject(members)) return refuseSet('invalid_request', 'This event is not one of the stream.');
  if (event === EVENTS.compromise && !CREDENTIAL_TYPES.includes(members['credential_type'] as string)) refuseSet('invalid_request', 'credential_type is required (RISC 1.0, section 2.7).');
  if (members['event_timestamp'] !== undefined && typeof members['event_timestamp'] !== 'number') refuseSet('invalid_request', 'event_timestamp is a number (CAEP 1.0, section 2).');
  return { event, subject: subject['id'], members };
}

/** Verifies a Security Event Token of one peer. @throws AppError whose detail is a {@link SetError} */
export async function verifyToken(token: string, by: { readonly issuer: string; readonly keys: JSONWebKeySet; readonly audience: string; readonly nowMs: number }): Promise<SignalClaims> {
  const payload = await verifySigned(token, { ...by, typ: 'secevent+jwt' });
  const { jti, iat = 0 } = payload;
  if (!isText(jti)) return refuseSet('invalid_request', 'jti must be a text of at most 200 characters.');
  const age = by.nowMs / 1000 - iat;
  if (!Number.isInteger(iat) || age > OLDEST_S || age < -FUTURE_S) refuseSet('invalid_request', 'iat is older than 30 days, or in the future.');
  return { iss: by.issuer, jti, iat, ...readEvent(payload) };
}

const digestOf = (body: string): string => createHash('sha256').update(body).digest('base64url');

/** A request's own proof of who asks (RFC 7523 assertion, used once, for this address and this body). */
export function signRequest(key: SigningKey, request: { readonly issuer: string; readonly url: string; readonly body: string }): Promise<string> {
  return new SignJWT({ digest: digestOf(request.body) }).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid })
    .setIssuer(request.issuer).setSubject(request.issuer).setAudience(request.url).setJti(randomUUID()).setIssuedAt().setExpirationTime(`${REQUEST_S}s`).sign(key.privateKey);
}

/** Verifies it. @returns its jti, to be used once. @throws AppError with detail `authentication_failed` */
export async function verifyRequest(token: string, by: { readonly issuer: string; readonly keys: JSONWebKeySet; readonly url: string; readonly body: string }): Promise<string> {
  const payload = await verifySigned(token, { issuer: by.issuer, keys: by.keys, audience: by.url, typ: 'JWT' }).catch(() => refuseSet('authentication_failed', 'The assertion is not by a key of this peer for this address.'));
  if (payload.exp === undefined || payload.iat === undefined || payload.exp - payload.iat > REQUEST_S || payload.iat > Date.now() / 1000 + FUTURE_S || payload['digest'] !== digestOf(by.body) || !isText(payload.jti)) return refuseSet('authentication_failed', 'The assertion is too long-lived or not for this body.');
  return payload.jti;
}
