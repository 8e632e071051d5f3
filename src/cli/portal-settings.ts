import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError, readOrMake, stateFolder } from '../ground/index.ts';
import type { PortalTrust } from '../checks/index.ts';
import type { PortalSettings } from '../servers/auth/index.ts';

/** The environment variables that say where the portal and Pro Santé Connect are (docs/how-to/run-the-portal.md). */
export interface PortalEnvironment {
  readonly REMPART_PORTAL_ORIGIN: string;
  readonly REMPART_PSC_DISCOVERY: string;
  readonly REMPART_PSC_ISSUER: string;
  readonly REMPART_PSC_JWKS: string;
  readonly REMPART_PSC_CLIENT_ID: string;
  readonly REMPART_PSC_CLIENT_SECRET: string;
}

function read(name: keyof PortalEnvironment): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new AppError({ code: 'bad-input', publicText: { fr: `La variable ${name} manque : le portail en a besoin.`, en: `The variable ${name} is missing: the portal needs it.` } });
}

const hasPortal = (): boolean => process.env['REMPART_PORTAL_ORIGIN'] !== undefined;

const COOKIE_KEY_MIN = 32;

// The processes of one machine share a file of the state folder; those of several are given one key.
function readCookieKey(): string {
  const given = process.env['REMPART_AUTH_COOKIE_KEY'] ?? '';
  if (given === '') return readOrMake(join(stateFolder('auth'), 'cookie.key'), () => randomBytes(32).toString('base64url')).toString();
  if (given.length >= COOKIE_KEY_MIN) return given;
  throw new AppError({ code: 'bad-input', publicText: { fr: `REMPART_AUTH_COOKIE_KEY : ${COOKIE_KEY_MIN} caractères au moins, tirés au hasard.`, en: `REMPART_AUTH_COOKIE_KEY: at least ${COOKIE_KEY_MIN} random characters.` } });
}

/** What the authorization server must know; undefined where there is no portal. */
export function readPortalSettings(): PortalSettings | undefined {
  if (!hasPortal()) return undefined;
  return { origin: read('REMPART_PORTAL_ORIGIN'), psc: { discovery: read('REMPART_PSC_DISCOVERY'), issuer: read('REMPART_PSC_ISSUER'), clientId: read('REMPART_PSC_CLIENT_ID'), clientSecret: read('REMPART_PSC_CLIENT_SECRET') }, cookieKey: readCookieKey() };
}

/** What the answering side must know; it has no secret of ours at Pro Santé Connect. */
export function readPortalTrust(): PortalTrust | undefined {
  if (!hasPortal()) return undefined;
  const alone = process.env['REMPART_PASSKEY_ALONE_HOMOLOGATION'];
  return { origin: read('REMPART_PORTAL_ORIGIN'), psc: { issuer: read('REMPART_PSC_ISSUER'), jwksUri: read('REMPART_PSC_JWKS'), clientId: read('REMPART_PSC_CLIENT_ID') }, ...(alone === undefined || alone === '' ? {} : { passkeyAlone: alone }) };
}
