import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPackages } from '../peers/fetch-packages.ts';
import { POSTGRES_15 } from '../peers/packages.ts';

/** What a cluster needs of Debian: PostgreSQL 15, Patroni and etcd, unpacked aside. */
export const CLUSTER_PACKAGES = [...POSTGRES_15, 'patroni', 'etcd-server', 'python3-etcd', 'python3-psycopg2', 'python3-dateutil', 'python3-urllib3', 'python3-yaml', 'libyaml-0-2', 'python3-click', 'python3-prettytable', 'python3-wcwidth', 'python3-psutil', 'python3-six', 'python3-dnspython', 'libfaketime'];
const NODES = ['one', 'two', 'three'] as const;
export type NodeName = (typeof NODES)[number];

/** One PostgreSQL under its Patroni. */
export interface ClusterNode {
  readonly name: NodeName;
  readonly port: number;
  readonly restPort: number;
  readonly folder: string;
  /** The postmaster's process; undefined while it is down. */
  postmaster(): number | undefined;
}

/** A running cluster of three: one primary, two standbys of which one at a time is synchronous, strict. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  /** Connection string of the superuser, naming all three. */
  readonly url: string;
  /** Who takes writes by Patroni's word; undefined while nobody does. */
  primary(): Promise<ClusterNode | undefined>;
  /** The primary's synchronous standby. */
  synchronous(): Promise<ClusterNode | undefined>;
  /** Kills it all; its folder is for the caller to remove. Also done when this process exits. */
  stop(): void;
}

async function freePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

// Patroni's own file, JSON being YAML. Timings are as short as Patroni takes them, so that tests do not wait.
function patroniSettings(node: ClusterNode, options: { readonly etcd: number; readonly binaries: string; readonly password: string }): string {
  const account = (username: string): object => ({ username, password: options.password });
  return JSON.stringify({
    scope: 'rempart', name: node.name, etcd3: { host: `127.0.0.1:${options.etcd}` },
    restapi: { listen: `127.0.0.1:${node.restPort}`, connect_address: `127.0.0.1:${node.restPort}` },
    bootstrap: {
      dcs: {
        ttl: 20, loop_wait: 1, retry_timeout: 3, master_start_timeout: 0, synchronous_mode: true, synchronous_mode_strict: true,
        postgresql: { use_pg_rewind: true, use_slots: true, parameters: { synchronous_commit: 'on', fsync: 'on', full_page_writes: 'on', max_connections: 100, shared_buffers: '256MB', jit: 'off', wal_keep_size: '256MB', log_min_error_statement: 'panic', log_statement: 'none' } },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'],
      pg_hba: ['host all all 127.0.0.1/32 scram-sha-256', 'host replication all 127.0.0.1/32 scram-sha-256'],
    },
    postgresql: {
      listen: `127.0.0.1:${node.port}`, connect_address: `127.0.0.1:${node.port}`, data_dir: node.folder, bin_dir: options.binaries, pgpass: `${node.folder}.pgpass`,
      parameters: { unix_socket_directories: '' }, authentication: { superuser: account('postgres'), replication: account('replicator') },
    },
  });
}

interface Started { readonly children: ChildProcess[]; readonly root: string; readonly folder: string }

// PostgreSQL refuses to run as root: the whole of Patroni runs as another user, by a user namespace.
function start({ children, root, folder }: Started, name: string, command: readonly string[]): void {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const asOther = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--kill-child=SIGTERM', '--fork', '--'] : [];
  const [file = '', ...args] = [...asOther, ...command];
  children.push(spawn(file, args, { stdio: ['ignore', log, log], detached: true, cwd: folder, env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC',
    LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu'), PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') } }));
}

function postmasterOf(folder: string): number | undefined {
  const file = join(folder, 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  return pid > 0 && existsSync(`/proc/${pid}`) && !/^\d+ \(postgres\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) ? pid : undefined;
}

async function member(nodes: readonly ClusterNode[], role: 'primary' | 'synchronous'): Promise<ClusterNode | undefined> {
  const answers = await Promise.all(nodes.map((node) => fetch(`http://127.0.0.1:${node.restPort}/${role}`, { signal: AbortSignal.timeout(1500) }).then((reply) => (reply.status === 200 ? node : undefined), () => undefined)));
  return answers.find((node) => node !== undefined);
}

async function until<T>(look: () => Promise<T | undefined>, options: { readonly what: string; readonly timeoutMs: number }): Promise<T> {
  for (const end = performance.now() + options.timeoutMs; performance.now() < end; await sleep(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${options.what} within ${options.timeoutMs} ms`);
}

// All at once and without waiting, so that it also works while a process exits.
function end(children: readonly ChildProcess[], nodes: readonly ClusterNode[]): void {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
  // What Patroni started is in groups of its own.
  for (const node of nodes) {
    const pid = postmasterOf(node.folder);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

/** Starts a cluster in a folder of its own, on free loopback ports; or says why it cannot. */
export async function startCluster(folder: string): Promise<Cluster | { readonly notRun: string }> {
  // Fetched once for a whole run of tests, whatever their own state folders are.
  const ready = process.env['REMPART_CLUSTER'];
  const fetched = ready === undefined ? fetchPackages(CLUSTER_PACKAGES, 'cluster') : { folder: ready };
  if ('notRun' in fetched) return fetched;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [etcd = 0, etcdPeer = 0, ...ports] = await freePorts(2 + 2 * NODES.length);
  const password = crypto.randomUUID();
  const nodes = NODES.map((name, i): ClusterNode => ({ name, port: ports[2 * i] ?? 0, restPort: ports[2 * i + 1] ?? 0, folder: join(folder, name), postmaster: () => postmasterOf(join(folder, name)) }));
  const started: Started = { children: [], root: fetched.folder, folder };
  const [clients, peers] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${etcdPeer}`];
  start(started, 'etcd', [join(fetched.folder, 'usr/bin/etcd'), '--data-dir', join(folder, 'etcd'), '--listen-client-urls', clients, '--advertise-client-urls', clients, '--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`]);
  const binaries = join(fetched.folder, 'usr/lib/postgresql/15/bin');
  for (const node of nodes) {
    writeFileSync(`${node.folder}.yml`, patroniSettings(node, { etcd, binaries, password }), { mode: 0o600 });
    start(started, node.name, ['/usr/bin/python3', join(fetched.folder, 'usr/bin/patroni'), `${node.folder}.yml`]);
  }
  const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
  const cluster: Cluster = {
    nodes, url: `postgres://postgres:${password}@127.0.0.1:${first.port}/postgres?members=${others.map((node) => `127.0.0.1:${node.port}`).join(',')}`,
    primary: () => member(nodes, 'primary'), synchronous: () => member(nodes, 'synchronous'), stop: () => end(started.children, nodes),
  };
  process.once('exit', () => cluster.stop());
  try {
    await until(() => cluster.primary(), { what: 'no primary', timeoutMs: 60_000 });
    await until(() => cluster.synchronous(), { what: 'no synchronous standby', timeoutMs: 60_000 });
  } catch (cause) {
    cluster.stop();
    throw cause;
  }
  return cluster;
}
