import * as oidc from 'openid-client';
import { AppError } from '../../ground/index.ts';
import { acceptsAcr } from '../../access/index.ts';

/** Our account at Pro Santé Connect. Endpoints come from the discovery document, the issuer from here. */
export interface PscAccount {
  /** URL of the discovery document: not at the standard path. */
  readonly discovery: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One way to Pro Santé Connect and back. */
export interface PscTrip {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What came back, checked by the library against the trip; the answering side verifies the id token again. */
export interface PscReturn {
  readonly idToken: string;
  readonly nationalId: string;
  readonly shown: string;
  /** FINESS and SIRET numbers of the activities it knows. */
  readonly places: readonly string[];
}

const SCOPE = 'openid scope_all';
const TIMEOUT_S = 8;

function refuse(detail: string, cause?: unknown): never {
  throw new AppError({ code: 'unauthenticated', detail, cause, publicText: {
    fr: "Pro Santé Connect n'a pas confirmé votre identité au niveau demandé. Recommencez avec votre e-CPS ou votre carte CPS.",
    en: 'Pro Santé Connect did not confirm your identity at the level asked for. Try again with your e-CPS or CPS card.' } });
}

function listPlaces(userInfo: Readonly<Record<string, unknown>>): string[] {
  const practices = ((userInfo['SubjectRefPro'] as { exercices?: unknown } | undefined)?.exercices ?? []) as readonly { activities?: readonly Record<string, unknown>[] }[];
  return practices.flatMap((practice) => practice.activities ?? []).flatMap((activity) => [activity['numeroFinessSite'], activity['numeroSiretSite']]).filter((place): place is string => typeof place === 'string' && place !== '');
}

/** Pro Santé Connect as a relying party sees it: code flow with PKCE, `acr_values=eidas1` demanded in the answer. */
export class PscClient {
  readonly #account: PscAccount;
  readonly #callback: string;
  #config: Promise<oidc.Configuration> | undefined;

  constructor(account: PscAccount, callback: string) {
    this.#account = account;
    this.#callback = callback;
  }

  // Looked up at the first sign-in and kept; a failed look-up is tried again.
  #discover(): Promise<oidc.Configuration> {
    const { discovery, issuer, clientId, clientSecret } = this.#account;
    this.#config ??= (async () => {
      const loopback = new URL(discovery).hostname === '127.0.0.1';
      const config = await oidc.discovery(new URL(discovery), clientId, undefined, oidc.ClientSecretBasic(clientSecret), { timeout: TIMEOUT_S, ...(loopback ? { execute: [oidc.allowInsecureRequests] } : {}) });
      if (config.serverMetadata().issuer !== issuer) throw new Error('the discovery document names another issuer');
      return config;
    })().catch((cause: unknown) => {
      this.#config = undefined;
      throw new AppError({ code: 'unavailable', retryAfterSeconds: 10, cause, detail: 'psc-discovery', publicText: {
        fr: 'Pro Santé Connect ne répond pas. Réessayez dans un instant.', en: 'Pro Santé Connect does not answer. Try again in a moment.' } });
    });
    return this.#config;
  }

  newTrip(nonce: string): PscTrip {
    return { state: oidc.randomState(), nonce, verifier: oidc.randomPKCECodeVerifier() };
  }

  /** Where to send the browser. */
  async urlOf(trip: PscTrip): Promise<string> {
    const config = await this.#discover();
    return oidc.buildAuthorizationUrl(config, { redirect_uri: this.#callback, scope: SCOPE, state: trip.state, nonce: trip.nonce, acr_values: 'eidas1', prompt: 'login',
      code_challenge: await oidc.calculatePKCECodeChallenge(trip.verifier), code_challenge_method: 'S256' }).href;
  }

  /** Exchanges the code. @throws AppError `unauthenticated`: refused, another nonce, a level missing or too low. */
  async finish(trip: PscTrip, returned: URL): Promise<PscReturn> {
    const config = await this.#discover();
    const url = new URL(this.#callback);
    url.search = returned.search;
    try {
      const tokens = await oidc.authorizationCodeGrant(config, url, { expectedState: trip.state, expectedNonce: trip.nonce, pkceCodeVerifier: trip.verifier, idTokenExpected: true });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) return refuse('psc-no-id-token');
      if (!acceptsAcr(claims['acr'], new Date().toISOString().slice(0, 10))) return refuse('psc-acr');
      const userInfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
      const nationalId = userInfo['SubjectNameID'];
      if (typeof nationalId !== 'string' || claims.sub.split(':').at(-1) !== nationalId) return refuse('psc-subject');
      return { idToken: tokens.id_token, nationalId, shown: [userInfo.given_name, userInfo.family_name].filter(Boolean).join(' ').slice(0, 80), places: listPlaces(userInfo) };
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      return refuse('psc-exchange', cause);
    }
  }
}
