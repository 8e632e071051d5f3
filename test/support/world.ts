import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callApi, createInstallation, enrol, generateClientKey, obtainToken, type AccessToken, type ApiReply, type Enrolled } from '../../src/access/index.ts';
import type { Answer, Checks } from '../../src/checks/index.ts';
import { openKeyRing, stateFolder, type KeyRing } from '../../src/ground/index.ts';
import type { PortalTrust } from '../../src/checks/index.ts';
import { buildSandbox, createStandIn, standInAddresses, standInPersons, type MadeUpPerson, type Sandbox } from '../../src/sandbox/index.ts';
import { createApi, createAuthServer, type PortalSettings } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from './database.ts';

/** Listens on a free loopback port. */
export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => { server.off('error', reject); resolve(); });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Below the ports that outgoing connections are given: one that is free now is not taken by the next of them. */
const OWN_PORTS = [20_000, 32_000] as const;

/** A free port, so that a server can be told its own public URL before it listens. */
export async function freeUrl(tries = 100): Promise<{ url: string; port: number }> {
  const probe = createServer();
  const port = randomInt(...OWN_PORTS);
  try {
    const url = await listen(probe, port);
    await new Promise((resolve) => probe.close(resolve));
    return { url, port };
  } catch (cause) {
    if (tries === 0) throw cause;
    return freeUrl(tries - 1);
  }
}

/** The authorization server, on a free port unless one is given. */
export async function startAuth(database: TestDatabase, options: { portal?: PortalSettings; at?: { url: string; port: number } } = {}): Promise<{ issuer: string; server: Server }> {
  const { url, port } = options.at ?? await freeUrl();
  const server = createAuthServer({ pool: database.pool('rempart_auth', 4), issuer: url, ...(options.portal === undefined ? {} : { portal: options.portal }) });
  await listen(server, port);
  return { issuer: url, server };
}

/** The stand-in of Pro Santé Connect on a free port, and what both servers must know of it and of the portal. */
async function startPsc(sandbox: Sandbox, options: { origin: string; authUrl: string; passkeyAlone?: string }): Promise<{ server: Server; settings: PortalSettings; trust: PortalTrust }> {
  const { port } = await freeUrl();
  const { issuer, discovery, jwksUri } = standInAddresses(port);
  const account = { clientId: 'rempart-test', clientSecret: randomBytes(24).toString('base64url') };
  const server = createStandIn({ port, ...account, redirectUri: `${options.authUrl}/psc/callback`, persons: standInPersons(sandbox.establishments) });
  await listen(server, port);
  return { server, settings: { origin: options.origin, psc: { discovery, issuer, ...account }, cookieKey: randomBytes(32).toString('base64url') },
    trust: { origin: options.origin, psc: { issuer, jwksUri, clientId: account.clientId }, ...(options.passkeyAlone === undefined ? {} : { passkeyAlone: options.passkeyAlone }) } };
}

/** An installation of a test with its token. */
export interface Signed {
  readonly enrolled: Enrolled;
  readonly token: AccessToken;
}

/** A fresh enrolled installation of an establishment (or an insurer), with a token. */
export async function enrolIn(database: TestDatabase, options: { issuer: string; establishment?: string; responsibleRpps?: string; insurerAmc?: string }): Promise<Signed> {
  const { issuer, ...holder } = options;
  const { code } = await createInstallation(database.pool('rempart_desk'), { ...holder, vendor: 'test', software: 'test' });
  const enrolled = await enrol({ issuer, code, key: generateClientKey() });
  return { enrolled, token: await obtainToken(enrolled) };
}

/** A small made-up world behind the real servers, in this process. */
export interface World {
  readonly database: TestDatabase;
  readonly keyRing: KeyRing;
  readonly sandbox: Sandbox;
  readonly issuer: string;
  readonly apiUrl: string;
  readonly checks: Checks;
  /** Origin of the portal's pages; nothing listens there unless the test makes it. */
  readonly portalOrigin: string;
  /** What the authorization server knows of the portal and of the stand-in of Pro Santé Connect. */
  readonly portal: PortalSettings;
  /** The pharmacy's installation. */
  readonly pharmacy: Signed;
  readonly amc: string;
  readonly person: MadeUpPerson;
  /** A question about the sample person, today. */
  question(change?: Record<string, unknown>): Record<string, unknown>;
  /** Asks in plain JSON as the pharmacy. */
  ask(change?: Record<string, unknown>, headers?: Record<string, string>): Promise<ApiReply & { body: Answer }>;
  close(): Promise<void>;
}

/** Today in Paris. */
export const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());

/** Builds the world. The file that calls it imports `own-state.ts` first. */
export async function startWorld(size: { readonly persons?: number; readonly professionals?: number; readonly passkeyAlone?: string; readonly log?: string; readonly trustedProxies?: readonly string[] } = {}): Promise<World> {
  const database = await freshDatabase();
  const keyRing = openKeyRing(stateFolder('keys'));
  const sandbox = await buildSandbox({ owner: database.pool('owner'), intake: database.pool('rempart_intake'), keyRing, persons: size.persons ?? 600, professionals: size.professionals ?? 30, seed: 1 });
  const { port: portalPort } = await freeUrl();
  const portalOrigin = `http://localhost:${portalPort}`;
  const at = await freeUrl();
  const psc = await startPsc(sandbox, { origin: portalOrigin, authUrl: at.url, ...size });
  const { issuer, server: auth } = await startAuth(database, { portal: psc.settings, at });
  const { url: apiUrl, port } = await freeUrl();
  const api = await createApi({ pool: database.pool('rempart_check', 4), keyRing, baseUrl: apiUrl, portal: psc.trust, trustedProxies: size.trustedProxies ?? [], ...(size.log === undefined ? {} : { log: size.log }) });
  await listen(api.server, port);
  const place = sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  const pharmacy = await enrolIn(database, { issuer, establishment: place?.identifier ?? '', responsibleRpps: place?.professionals[0] ?? '' });
  const [amc, person] = Object.entries(sandbox.persons)[0] as [string, MadeUpPerson];
  const question = (change: Record<string, unknown> = {}): Record<string, unknown> => ({ reference: 'R1', user: 'caisse-1', insurer: { amcNumber: amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank, domain: 'PHAR', careDate: today(), ...change });
  return { database, keyRing, sandbox, issuer, apiUrl, portalOrigin, portal: psc.settings, checks: api.checks, pharmacy, amc, person, question,
    ask: async (change, headers = {}) => (await callApi({ ...pharmacy, url: `${apiUrl}/v1/checks`, body: question(change), headers })) as ApiReply & { body: Answer },
    close: async () => {
      await api.close();
      await Promise.all([auth, psc.server].map((server) => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); })));
      await database.drop();
    } };
}
