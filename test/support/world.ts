import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { enrol, generateClientKey, obtainToken, createInstallation, type AccessToken, type Enrolled } from '../../src/access/index.ts';
import { createAuthServer } from '../../src/servers/auth/server.ts';
import type { TestDatabase } from './database.ts';

/** Listens on a free loopback port. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A free port, so that a server can be told its own public URL before it listens. */
export async function freeUrl(): Promise<{ url: string; port: number }> {
  const { createServer } = await import('node:http');
  const probe = createServer();
  const url = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return { url, port: Number(new URL(url).port) };
}

/** The authorization server on a free port. */
export async function startAuth(database: TestDatabase): Promise<{ issuer: string; server: Server }> {
  const { url, port } = await freeUrl();
  const server = createAuthServer({ pool: database.pool('rempart_auth'), issuer: url });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { issuer: url, server };
}

/** A fresh enrolled installation of an establishment, with a token. */
export async function enrolIn(database: TestDatabase, options: { issuer: string; establishment: string; responsibleRpps?: string }): Promise<{ enrolled: Enrolled; token: AccessToken }> {
  const { code } = await createInstallation(database.pool('rempart_desk'), { ...options, vendor: 'test', software: 'test' });
  const enrolled = await enrol({ issuer: options.issuer, code, key: generateClientKey() });
  return { enrolled, token: await obtainToken(enrolled) };
}
