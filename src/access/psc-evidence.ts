import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { AppError, hash128 } from '../ground/index.ts';

/** Levels of Pro Santé Connect that open a session: dated, with the legal level each stands for (docs/decisions/portal-sign-in.md). */
export const ACCEPTED_ACR: readonly { readonly acr: string; readonly from: string; readonly level: string }[] = [
  { acr: 'eidas1', from: '2020-01-01', level: 'e-CPS or CPx card, as the sector’s identity framework asks (unverified wording)' },
];

/** What the authorization server leaves with a sign-in: Pro Santé Connect's own signed word about the browser's key. */
export interface PscEvidence {
  readonly kind: 'psc';
  readonly idToken: string;
  /** base64url, 16 bytes: with the key's thumbprint, what `nonce` was made of. */
  readonly salt: string;
  /** Name for the screen, from UserInfo. */
  readonly shown: string;
}

/** Where Pro Santé Connect's signature is verified; the issuer is pinned, never taken from a token. */
export interface PscTrust {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly clientId: string;
}

/** What verified evidence says. */
export interface PscIdentity {
  /** National id of the person: "8" and the RPPS, or another kind. */
  readonly nationalId: string;
  readonly acr: string;
  /** One value for each id token. */
  readonly evidenceId: string;
}

// Together below the time that spent evidence is remembered (gate.sweep, 5 minutes).
const FRESH_S = 240;
const TOLERANCE_S = 30;

/** The `nonce` that commits a sign-in to the browser's key: jkt in uuid form, salt in base64url. */
export function nonceForKey(salt: string, jkt: string): string {
  return createHash('sha256').update(`rempart-portal-session-v1|${salt}|${jkt}`).digest('base64url');
}

function refuse(detail: string): never {
  throw new AppError({ code: 'unauthenticated', detail, publicText: {
    fr: "Pro Santé Connect n'a pas confirmé cette connexion. Recommencez la connexion.", en: 'Pro Santé Connect did not confirm this sign-in. Sign in again.' } });
}

/** Whether a level opens a session on a day (YYYY-MM-DD). */
export function acceptsAcr(acr: unknown, day: string): acr is string {
  return ACCEPTED_ACR.some((accepted) => accepted.acr === acr && accepted.from <= day);
}

/** Verifies Pro Santé Connect's word; the answering side does, so that the authorization server's keys alone open nothing. */
export class PscVerifier {
  readonly #trust: PscTrust;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(trust: PscTrust) {
    this.#trust = trust;
    this.#keys = createRemoteJWKSet(new URL(trust.jwksUri), { timeoutDuration: 5000 });
  }

  async #claims(idToken: string): Promise<JWTPayload> {
    const { issuer, clientId } = this.#trust;
    try {
      return (await jwtVerify(idToken, this.#keys, { issuer, audience: clientId, algorithms: ['RS256', 'ES256', 'PS256'], clockTolerance: TOLERANCE_S, maxTokenAge: FRESH_S })).payload;
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)) {
        throw new AppError({ code: 'unavailable', retryAfterSeconds: 10, cause, detail: 'psc-keys', publicText: {
          fr: 'Pro Santé Connect ne répond pas. Réessayez dans un instant.', en: 'Pro Santé Connect does not answer. Try again in a moment.' } });
      }
      return refuse(`psc-${cause.code.toLowerCase().replaceAll('_', '-')}`.slice(0, 40));
    }
  }

  /** @throws AppError `unauthenticated` (detail: which rule), `unavailable` when its keys cannot be fetched. */
  async verify(evidence: PscEvidence, jkt: string): Promise<PscIdentity> {
    const claims = await this.#claims(evidence.idToken);
    if (claims['nonce'] !== nonceForKey(evidence.salt, jkt)) refuse('psc-nonce');
    const acr = claims['acr'];
    if (!acceptsAcr(acr, new Date().toISOString().slice(0, 10))) return refuse('psc-acr');
    // sub is f:<uuid>:<national id>
    const nationalId = claims.sub?.split(':').at(-1) ?? '';
    if (nationalId === '') refuse('psc-sub');
    return { nationalId, acr, evidenceId: hash128(evidence.idToken) };
  }
}
