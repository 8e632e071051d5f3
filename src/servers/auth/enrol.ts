import { createPublicKey, verify } from 'node:crypto';
import { AppError, type Pool } from '../../ground/index.ts';
import { spendCode } from './store.ts';

const FRESH_S = 120;

function refuse(detail: string): never {
  throw new AppError({ code: 'bad-input', detail, publicText: {
    fr: "Enrôlement refusé : code inconnu, déjà utilisé ou expiré, ou signature fausse. Demandez un nouveau code à l'opérateur.",
    en: 'Enrolment refused: the code is unknown, used or expired, or the signature is wrong. Ask the operator for a new code.' } });
}

function readJwt(jwt: string): { header: Record<string, unknown>; claims: Record<string, unknown>; input: string; signature: Buffer } {
  const [header = '', claims = '', signature = ''] = jwt.trim().split('.');
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  try {
    return { header: read(header), claims: read(claims), input: `${header}.${claims}`, signature: Buffer.from(signature, 'base64url') };
  } catch {
    return refuse('malformed');
  }
}

/**
 * Enrols a software's key: a JWT signed by that key (its public part in the header) carries the one-time code.
 * @returns the client id.
 * @throws AppError `bad-input`; the reason is in the log only.
 */
export async function enrolKey(options: { readonly pool: Pool; readonly issuer: string; readonly jwt: string }): Promise<string> {
  const { header, claims, input, signature } = readJwt(options.jwt);
  const jwk = header['jwk'] as Record<string, string> | undefined;
  if (header['alg'] !== 'ES256' || jwk?.['kty'] !== 'EC' || jwk['crv'] !== 'P-256' || 'd' in jwk) return refuse('key');
  const publicJwk = { kty: 'EC', crv: 'P-256', x: String(jwk['x']), y: String(jwk['y']) };
  try {
    const key = createPublicKey({ key: publicJwk, format: 'jwk' });
    if (!verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)) refuse('signature');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    return refuse('key');
  }
  const age = Date.now() / 1000 - Number(claims['iat']);
  if (claims['aud'] !== options.issuer || !(Math.abs(age) <= FRESH_S) || typeof claims['code'] !== 'string') return refuse('claims');
  const clientId = await spendCode(options.pool, claims['code'], publicJwk);
  return clientId ?? refuse('code');
}
