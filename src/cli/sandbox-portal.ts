import { createPublicKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { log, stateFolder } from '../ground/index.ts';
import { createStandIn, standInAddresses, standInPersons, type Sandbox } from '../sandbox/index.ts';
import { buildPages, comparePortal, releaseKey } from '../servers/pages/index.ts';
import { publishPortal } from '../servers/portal/index.ts';
import type { PortalEnvironment } from './portal-settings.ts';

const WATCH_EVERY_MS = 60_000;

/** The stand-in of Pro Santé Connect in this process, and the environment of the servers that deal with it. */
export async function startStandIn(sandbox: Sandbox, options: { readonly port: number; readonly authUrl: string; readonly portalOrigin: string }): Promise<{ environment: PortalEnvironment; stop: () => Promise<void> }> {
  const { port, authUrl, portalOrigin } = options;
  const [clientId, clientSecret] = ['rempart-sandbox', randomBytes(24).toString('base64url')];
  const server = createStandIn({ port, clientId, clientSecret, redirectUri: `${authUrl}/psc/callback`, persons: standInPersons(sandbox.establishments) });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  const { issuer, discovery, jwksUri } = standInAddresses(port);
  return {
    environment: { REMPART_PORTAL_ORIGIN: portalOrigin, REMPART_PSC_DISCOVERY: discovery, REMPART_PSC_ISSUER: issuer, REMPART_PSC_JWKS: jwksUri, REMPART_PSC_CLIENT_ID: clientId, REMPART_PSC_CLIENT_SECRET: clientSecret },
    stop: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

/** Builds and publishes the portal of this machine. @returns its folder. */
export async function preparePortal(addresses: { readonly api: string; readonly auth: string }): Promise<string> {
  const target = join(stateFolder('portal'), 'release');
  publishPortal({ built: await buildPages('portal'), target, addresses, key: releaseKey() });
  return target;
}

/** Compares what the portal serves with its signed manifest, now and every minute; a difference is an alarm in the log. */
export function watchPortal(folder: string, url: string): () => void {
  const [manifest, signature] = ['manifest.json', 'manifest.sig'].map((file) => readFileSync(join(folder, file), 'utf8')) as [string, string];
  const key = createPublicKey(releaseKey());
  const watch = (): void => {
    comparePortal({ url, manifest, signature, key }).then((found) => {
      if (found.length > 0) log('error', 'portal-altered', { differences: found.length, first: `${found[0]?.what} ${found[0]?.path}` });
    }, () => log('error', 'portal-watch-failed'));
  };
  watch();
  const timer = setInterval(watch, WATCH_EVERY_MS);
  return () => clearInterval(timer);
}
