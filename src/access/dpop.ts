import { createHash, createPublicKey, hash, sign, type KeyObject } from 'node:crypto';
import { AppError, hash128, uuidOfBytes } from '../ground/index.ts';
import { verifyEs256 } from './es256.ts';
import { SignatureThread } from './signature-thread.ts';

/** Why a token or proof was refused; journalled, never shown. */
export type ProofFault =
  | 'bearer' | 'no-token' | 'no-proof' | 'proof-malformed' | 'proof-typ' | 'proof-alg' | 'proof-key' | 'proof-signature'
  | 'proof-htm' | 'proof-htu' | 'proof-iat' | 'proof-jti' | 'proof-ath';

/** What a valid proof shows. Who is calling stands in the session row, which only the gate reads. */
export interface ProvenCaller {
  /** hash128 of the access token. */
  readonly session: string;
  /** First 128 bits of the key's RFC 7638 thumbprint, in uuid form. */
  readonly jkt: string;
  /** One value for each proof, its first 32 bits the second it was signed in: seen twice, it is a replay. */
  readonly proofId: string;
}

interface Request {
  readonly authorization: string | undefined;
  readonly proof: string | readonly string[] | undefined;
  readonly method: string;
  /** Public URL of the request, without query and fragment. */
  readonly url: string;
}

const PAST_S = 60;
const FUTURE_S = 10;
const CACHE_MAX = 10_000;
const PROOF_MAX = 4096;

interface KnownKey {
  readonly key: KeyObject;
  readonly jkt: string;
}

function refuse(fault: ProofFault): never {
  throw new AppError({ code: 'unauthenticated', detail: fault, publicText: {
    fr: 'Jeton ou preuve de possession refusé. Demandez un nouveau jeton et signez une preuve pour chaque requête.',
    en: 'Token or proof of possession refused. Ask for a new token and sign a proof for each request.' } });
}

function readPart(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: refused below.
  }
  return refuse('proof-malformed');
}

/** The RFC 7638 SHA-256 thumbprint of a public P-256 key, as bytes. */
export function thumbprint(jwk: { readonly x: string; readonly y: string }): Buffer {
  return createHash('sha256').update(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`).digest();
}

function importKey(header: Record<string, unknown>): KnownKey {
  if (header['typ'] !== 'dpop+jwt') refuse('proof-typ');
  if (header['alg'] !== 'ES256') refuse('proof-alg');
  const jwk = header['jwk'] as Record<string, unknown> | undefined;
  if (typeof jwk !== 'object' || jwk === null || jwk['kty'] !== 'EC' || jwk['crv'] !== 'P-256' || 'd' in jwk
    || typeof jwk['x'] !== 'string' || typeof jwk['y'] !== 'string' || header['crit'] !== undefined) return refuse('proof-key');
  const { x, y } = jwk as { x: string; y: string };
  try {
    return { key: createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }), jkt: uuidOfBytes(thumbprint({ x, y })) };
  } catch {
    return refuse('proof-key');
  }
}

interface KnownToken {
  /** hash128 of the token. */
  readonly session: string;
  /** What a proof's `ath` must be. */
  readonly ath: string;
}

/** A request's token and proof, taken apart; nothing of it is believed yet. */
interface ReadProof {
  readonly request: Request;
  readonly token: string;
  readonly key: KeyObject;
  readonly jkt: string;
  readonly payload: string;
  readonly signed: string;
  readonly signature: string;
}

function hashToken(token: string): KnownToken {
  const digest = createHash('sha256').update(token).digest();
  return { session: uuidOfBytes(digest), ath: digest.toString('base64url') };
}

/**
 * Verifies DPoP proofs (RFC 9449, 4.3). Keys are remembered by their exact header, and a token's own
 * hashes; whether a token is good is never remembered.
 */
export class ProofVerifier {
  readonly #keys = new Map<string, KnownKey>();
  readonly #tokens = new Map<string, KnownToken>();
  readonly #thread = new SignatureThread();

  #token(token: string): KnownToken {
    const known = this.#tokens.get(token);
    if (known !== undefined) return known;
    const made = hashToken(token);
    if (this.#tokens.size >= CACHE_MAX) this.#tokens.delete(this.#tokens.keys().next().value as string);
    this.#tokens.set(token, made);
    return made;
  }

  #key(header: string): KnownKey {
    const known = this.#keys.get(header);
    if (known !== undefined) return known;
    const made = importKey(readPart(header));
    if (this.#keys.size >= CACHE_MAX) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(header, made);
    return made;
  }

  #read(request: Request): ReadProof {
    const [scheme = '', token = ''] = (request.authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer') refuse('bearer');
    if (scheme.toLowerCase() !== 'dpop' || token === '') refuse('no-token');
    if (typeof request.proof !== 'string' || request.proof.length > PROOF_MAX || request.proof.includes(',')) return refuse('no-proof');
    const parts = request.proof.split('.');
    if (parts.length !== 3) refuse('proof-malformed');
    const [header, payload, signature] = parts as [string, string, string];
    const { key, jkt } = this.#key(header);
    return { request, token, key, jkt, payload, signed: `${header}.${payload}`, signature };
  }

  #conclude({ request, token, jkt, payload }: ReadProof, genuine: boolean): ProvenCaller {
    if (!genuine) refuse('proof-signature');
    const { session, ath } = this.#token(token);
    const { jti, iat } = checkClaims(readPart(payload), request, ath);
    return { session, jkt, proofId: proofIdOf(iat, `${jkt}|${jti}`) };
  }

  /**
   * @throws AppError `unauthenticated`, its detail a {@link ProofFault}. Whether the token exists, is bound to this
   * key and the proof is fresh is for the gate to say.
   */
  verify(request: Request): ProvenCaller {
    const read = this.#read(request);
    return this.#conclude(read, verifyEs256(read.key, read.signed, read.signature));
  }

  /**
   * {@link verify} in a thread beside, or here should that one end: what else this process answers goes on meanwhile.
   */
  async verifyBeside(request: Request): Promise<ProvenCaller> {
    const read = this.#read(request);
    const genuine = await this.#thread.verify(read.key, read.signed, read.signature).catch(() => verifyEs256(read.key, read.signed, read.signature));
    return this.#conclude(read, genuine);
  }
}

function checkClaims(claims: Record<string, unknown>, request: Request, ath: string): { readonly jti: string; readonly iat: number } {
  if (claims['htm'] !== request.method) refuse('proof-htm');
  if (typeof claims['htu'] !== 'string' || claims['htu'].split(/[?#]/, 1)[0] !== request.url) refuse('proof-htu');
  const iat = claims['iat'];
  const now = Date.now() / 1000;
  if (typeof iat !== 'number' || !(iat >= now - PAST_S && iat <= now + FUTURE_S)) refuse('proof-iat');
  if (claims['ath'] !== ath) refuse('proof-ath');
  const jti = claims['jti'];
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) return refuse('proof-jti');
  return { jti, iat };
}

// Begins with the second it was signed in: what the gate keeps of proofs stands in order of time, and the same proof in the same place.
function proofIdOf(iat: number, text: string): string {
  const bytes = hash('sha256', text, 'buffer');
  bytes.writeUInt32BE(Math.floor(iat), 0);
  return uuidOfBytes(bytes);
}

/** One value for a part of a request, made of its proof's. */
export function partOfProof(proofId: string, part: string): string {
  const second = proofId.slice(0, 8);
  return `${second}${hash128(`${proofId}|${part}`).slice(second.length)}`;
}

/** A client's own key: private, and its public JWK. */
export interface ClientKey {
  readonly privateKey: KeyObject;
  readonly jwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };
}

/** A compact ES256 JWS. */
export function signJwt(header: object, claims: object, key: ClientKey): string {
  const input = `${Buffer.from(JSON.stringify({ alg: 'ES256', ...header })).toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** A proof for one request, bound to the token when there is one. */
export function createProof(options: { readonly key: ClientKey; readonly method: string; readonly url: string; readonly accessToken?: string }): string {
  const { key, method, url, accessToken } = options;
  const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
  return signJwt({ typ: 'dpop+jwt', jwk: key.jwk },
    { jti: crypto.randomUUID(), htm: method, htu: url.split(/[?#]/, 1)[0], iat: Math.floor(Date.now() / 1000), ...ath }, key);
}
