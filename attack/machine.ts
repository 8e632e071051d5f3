import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { machineKeyRing, rolePasswords } from '../src/cli/context.ts';
import { migrate, openPool, setRolePasswords, startEmbeddedPostgres, STATE, stateFolder, withUser, type Pool, type Role } from '../src/ground/index.ts';
import { createApi, createAuthServer } from '../src/servers/index.ts';
import { askOverApi } from './asking.ts';
import { enrolVictims, openRehearsal, type Rehearsal, type Victim } from './open.ts';
import type { Servers } from './probes.ts';
import type { PlayOptions } from './rehearse.ts';
import type { StolenFrom } from './script.ts';

/** How large a world is played in. */
export interface WorldSize {
  readonly persons: number;
  readonly doctors: number;
  readonly pharmacies: number;
  readonly hospitals: number;
}

/** A database, its servers, and everything to play with. */
export interface Machine {
  readonly rehearsal: Rehearsal;
  readonly servers: Servers;
  /** How runs on this kind of practice go over HTTP. */
  readonly api: (peerGroup: StolenFrom) => NonNullable<PlayOptions['api']>;
  close(): Promise<void>;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await listen(probe, 0);
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => { probe.close(resolve); });
  return port;
}

/** The real API and authorization server on a rehearsal's database; loopback only. */
export async function startServers(rehearsal: Rehearsal): Promise<Pick<Machine, 'servers' | 'api'> & { close(): Promise<void> }> {
  const [apiPort, authPort] = [await freePort(), await freePort()];
  const [apiUrl, issuer] = [`http://127.0.0.1:${apiPort}`, `http://127.0.0.1:${authPort}`];
  const api = await createApi({ pool: rehearsal.pools.check, keyRing: rehearsal.keyRing, baseUrl: apiUrl, rehearsal: true });
  const auth = createAuthServer({ pool: rehearsal.pools.auth, issuer });
  await listen(api.server, apiPort);
  await listen(auth, authPort);
  const victims = { doctor: await enrolVictims(rehearsal, { issuer, peerGroup: 'doctor' }), pharmacy: await enrolVictims(rehearsal, { issuer, peerGroup: 'pharmacy' }), hospital: await enrolVictims(rehearsal, { issuer, peerGroup: 'hospital' }) };
  return { servers: { apiUrl, issuer, portalOrigin: 'http://localhost:7322', victim: victims.doctor[0] as Victim }, api: (peerGroup) => ({ victims: victims[peerGroup], ask: askOverApi(apiUrl) }),
    close: async () => {
      await api.close();
      await new Promise((resolve) => { auth.close(resolve); auth.closeAllConnections(); });
    } };
}

/** Starts a PostgreSQL of its own and everything on it; `close` leaves nothing behind. What a crash would lose is not kept durable: no rehearsal crashes. */
export async function startMachine(size: WorldSize): Promise<Machine> {
  rmSync(STATE, { recursive: true, force: true });
  const postgres = await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres'), settings: { fsync: 'off', full_page_writes: 'off' } });
  const pools: Pool[] = [];
  const open = (role: Role | 'owner', max = 2): Pool => {
    const pool = openPool({ url: role === 'owner' ? postgres.url : withUser(postgres.url, { user: role, password: rolePasswords()[role] }), max, applicationName: `attack ${role}` });
    pools.push(pool);
    return pool;
  };
  const end = async (): Promise<void> => {
    await Promise.allSettled(pools.map((pool) => pool.end()));
    await postgres.stop();
    rmSync(STATE, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { void end().finally(() => process.exit(130)); });
  try {
    await migrate(postgres.url);
    await setRolePasswords(postgres.url, rolePasswords());
    const rehearsal = await openRehearsal({ ...size, owner: open('owner', 4), keyRing: machineKeyRing(), pools: { intake: open('rempart_intake', 4), desk: open('rempart_desk'), check: open('rempart_check', 4), guard: open('rempart_guard'), auth: open('rempart_auth') } });
    const servers = await startServers(rehearsal);
    return { rehearsal, servers: servers.servers, api: servers.api, close: async () => {
      await servers.close();
      rehearsal.close();
      await end();
    } };
  } catch (cause) {
    await end();
    throw cause;
  }
}
