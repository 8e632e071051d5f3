import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { AppError, log, uuidOfBytes, type Pool } from '../../ground/index.ts';
import { nonceForKey } from '../../access/index.ts';
import { findRppsOfIdnps } from '../../identifiers/index.ts';
import { failurePage, languageOf, PAGE_POLICY, placesPage } from './pages.ts';
import { listPlaces, openSignIn, type Place } from './portal-store.ts';
import { PscClient, type PscAccount, type PscReturn, type PscTrip } from './psc-client.ts';
import { deleteArtifact, findArtifact, upsertArtifact } from './store.ts';

/** The portal's client id at this authorization server. */
export const PORTAL_CLIENT = 'rempart-portal';

export interface PortalSettings {
  /** Origin of the portal's pages. */
  readonly origin: string;
  readonly psc: PscAccount;
  /** Signs the cookies of a sign-in under way: whichever process goes on with it must have the same. */
  readonly cookieKey: string;
}

interface SignInRoutes {
  readonly pool: Pool;
  readonly issuer: string;
  readonly provider: Provider;
  readonly settings: PortalSettings;
}

interface Trip extends PscTrip {
  readonly uid: string;
  readonly salt: string;
}

type Done = { readonly failed: string } | { readonly salt: string; readonly places: readonly Place[]; readonly returned: PscReturn };

const TRIP_S = 600;
const TRIP_COOKIE = 'rempart_trip';
const HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'content-security-policy': PAGE_POLICY };

function readCookie(request: IncomingMessage, name: string): string {
  const found = (request.headers.cookie ?? '').split(/;\s*/).find((cookie) => cookie.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? '';
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(html);
}

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response.writeHead(303, { ...HEADERS, location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) }).end();
}

/** The person's way from our authorization page to Pro Santé Connect and back. */
export class PortalSignIn {
  readonly #routes: SignInRoutes;
  readonly #psc: PscClient;

  constructor(routes: SignInRoutes) {
    this.#routes = routes;
    this.#psc = new PscClient(routes.settings.psc, `${routes.issuer}/psc/callback`);
  }

  /** Whether this path is one of ours. */
  takes(path: string): boolean {
    return path === '/psc/callback' || /^\/interaction\/[\w-]+(\/finish)?$/.test(path);
  }

  /** Answers one request; what goes wrong becomes a page in words with the way back. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#routes.issuer);
    try {
      if (url.pathname === '/psc/callback') await this.#comeBack(request, response, url);
      else if (url.pathname.endsWith('/finish')) await this.#finish(request, response, url);
      else await this.#leave(request, response);
    } catch (cause) {
      const error = cause instanceof AppError ? cause : new AppError({ code: 'bad-input', cause, publicText: {
        fr: 'Cette étape de la connexion a expiré ou a déjà servi. Recommencez depuis le portail.', en: 'This step of the sign-in has expired or was used. Start again from the portal.' } });
      log('warn', 'portal-sign-in-failed', { reason: error.detail ?? (cause instanceof Error ? cause.name : 'unknown') });
      sendPage(response, 400, failurePage(languageOf(request.headers['accept-language']), error.publicText, this.#routes.settings.origin));
    }
  }

  // The nonce that Pro Santé Connect will sign commits to the key that the browser pushed its request with.
  async #leave(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { uid, params } = await this.#routes.provider.interactionDetails(request, response);
    const salt = randomBytes(16).toString('base64url');
    const trip = this.#psc.newTrip(nonceForKey(salt, jktOf(params)));
    const id = randomBytes(24).toString('base64url');
    const payload: Trip = { ...trip, uid, salt };
    const location = await this.#psc.urlOf(trip);
    await upsertArtifact(this.#routes.pool, { kind: 'PscTrip', id, payload: { ...payload }, expiresInS: TRIP_S });
    redirect(response, location, `${TRIP_COOKIE}=${id}; Path=/psc; HttpOnly; SameSite=Lax; Max-Age=${TRIP_S}${this.#routes.issuer.startsWith('https:') ? '; Secure' : ''}`);
  }

  // Only the browser that left may come back, once.
  async #comeBack(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const id = readCookie(request, TRIP_COOKIE);
    const trip = await findArtifact(this.#routes.pool, { kind: 'PscTrip', id }) as Trip | undefined;
    if (trip === undefined) throw new AppError({ code: 'unauthenticated', detail: 'psc-trip', publicText: { fr: 'Cette connexion a expiré. Recommencez depuis le portail.', en: 'This sign-in has expired. Start again from the portal.' } });
    await deleteArtifact(this.#routes.pool, { kind: 'PscTrip', id });
    const done = await this.#exchange(trip, url);
    await upsertArtifact(this.#routes.pool, { kind: 'PscDone', id: trip.uid, payload: { ...done }, expiresInS: TRIP_S });
    redirect(response, `${this.#routes.issuer}/interaction/${trip.uid}/finish`, `${TRIP_COOKIE}=; Path=/psc; HttpOnly; SameSite=Lax; Max-Age=0`);
  }

  async #exchange(trip: Trip, url: URL): Promise<Done> {
    try {
      const returned = await this.#psc.finish(trip, url);
      const places = await listPlaces(this.#routes.pool, { rpps: findRppsOfIdnps(returned.nationalId), places: returned.places });
      return places.length === 0 ? { failed: 'unknown-person' } : { salt: trip.salt, places, returned };
    } catch (cause) {
      log('warn', 'psc-return-refused', { reason: cause instanceof AppError ? cause.detail : 'unknown' });
      return { failed: cause instanceof AppError && cause.code === 'unavailable' ? 'psc-unavailable' : 'psc-refused' };
    }
  }

  async #finish(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { pool, provider } = this.#routes;
    const { uid, params } = await provider.interactionDetails(request, response);
    const done = await findArtifact(pool, { kind: 'PscDone', id: uid }) as Done | undefined;
    if (done === undefined) throw new AppError({ code: 'bad-input', detail: 'psc-done', publicText: { fr: 'Cette connexion a expiré. Recommencez depuis le portail.', en: 'This sign-in has expired. Start again from the portal.' } });
    if ('failed' in done) {
      await deleteArtifact(pool, { kind: 'PscDone', id: uid });
      await provider.interactionFinished(request, response, { error: 'access_denied', error_description: done.failed });
      return;
    }
    const chosen = done.places.length === 1 ? done.places[0] : done.places.find((place) => String(place.id) === url.searchParams.get('place'));
    if (chosen === undefined) {
      sendPage(response, 200, placesPage(languageOf(request.headers['accept-language']), done.places, url.pathname));
      return;
    }
    await deleteArtifact(pool, { kind: 'PscDone', id: uid });
    const { idToken, shown } = done.returned;
    const signIn = await openSignIn(pool, { place: chosen.id, jkt: jktOf(params), evidence: { kind: 'psc', idToken, salt: done.salt, shown } });
    await provider.interactionFinished(request, response, { login: { accountId: signIn, remember: false } });
  }
}

function jktOf(params: Readonly<Record<string, unknown>>): string {
  const thumbprint = params['dpop_jkt'];
  if (typeof thumbprint !== 'string' || !/^[\w-]{43}$/.test(thumbprint)) throw new AppError({ code: 'bad-input', detail: 'no-dpop-key', publicText: { fr: 'La demande ne porte pas de clé de session, ou une clé mal formée.', en: 'The request carries no session key, or a malformed one.' } });
  return uuidOfBytes(Buffer.from(thumbprint, 'base64url'));
}
