import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callApi, createInstallation, enrol, generateClientKey, obtainToken, type AccessToken, type ApiReply, type Enrolled } from '../../src/access/index.ts';
import type { Answer, Checks } from '../../src/checks/index.ts';
import { openKeyRing, stateFolder, type KeyRing } from '../../src/ground/index.ts';
import { buildSandbox, type MadeUpPerson, type Sandbox } from '../../src/sandbox/index.ts';
import { createApi, createAuthServer } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from './database.ts';

/** Listens on a free loopback port. */
export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A free port, so that a server can be told its own public URL before it listens. */
export async function freeUrl(): Promise<{ url: string; port: number }> {
  const probe = createServer();
  const url = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return { url, port: Number(new URL(url).port) };
}

/** The authorization server on a free port. */
export async function startAuth(database: TestDatabase): Promise<{ issuer: string; server: Server }> {
  const { url, port } = await freeUrl();
  const server = createAuthServer({ pool: database.pool('rempart_auth'), issuer: url });
  await listen(server, port);
  return { issuer: url, server };
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
export async function startWorld(size: { readonly persons?: number; readonly professionals?: number } = {}): Promise<World> {
  const database = await freshDatabase();
  const keyRing = openKeyRing(stateFolder('keys'));
  const sandbox = await buildSandbox({ owner: database.pool('owner'), intake: database.pool('rempart_intake'), keyRing, persons: size.persons ?? 600, professionals: size.professionals ?? 30, seed: 1 });
  const { issuer, server: auth } = await startAuth(database);
  const { url: apiUrl, port } = await freeUrl();
  const api = await createApi({ pool: database.pool('rempart_check'), keyRing, baseUrl: apiUrl });
  await listen(api.server, port);
  const place = sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  const pharmacy = await enrolIn(database, { issuer, establishment: place?.identifier ?? '', responsibleRpps: place?.professionals[0] ?? '' });
  const [amc, person] = Object.entries(sandbox.persons)[0] as [string, MadeUpPerson];
  const question = (change: Record<string, unknown> = {}): Record<string, unknown> => ({ reference: 'R1', user: 'caisse-1', insurer: { amcNumber: amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank, domain: 'PHAR', careDate: today(), ...change });
  return { database, keyRing, sandbox, issuer, apiUrl, checks: api.checks, pharmacy, amc, person, question,
    ask: async (change, headers = {}) => (await callApi({ ...pharmacy, url: `${apiUrl}/v1/checks`, body: question(change), headers })) as ApiReply & { body: Answer },
    close: async () => {
      await api.close();
      await new Promise((resolve) => { auth.close(resolve); auth.closeAllConnections(); });
      await database.drop();
    } };
}
