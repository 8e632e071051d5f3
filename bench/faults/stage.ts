import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { createInstallation, enrol, generateClientKey, type Enrolled } from '../../src/access/index.ts';
import { machineKeyRing, rolePasswords } from '../../src/cli/context.ts';
import { choosePort, startProcess, stopProcess, type Served } from '../../src/cli/supervise.ts';
import { migrate, openPool, setRolePasswords, stateFolder, withUser, type Pool } from '../../src/ground/index.ts';
import { buildSandbox, populationOf, SANDBOX_INSURERS, type Sandbox } from '../../src/sandbox/index.ts';
import { startCluster, type Cluster } from '../../tools/cluster/cluster.ts';
import type { Subject } from './asker.ts';
import { openProxy, type FaultProxy } from './proxy.ts';
import * as store from './store.ts';

const SEED = 1;
const API_PROCESSES = 2;
const SUBJECTS_MAX = 20_000;
const CLOSE_MS = 20_000;
const STATEMENT_MS = 30_000;

/** The platform on a cluster whose every line can be cut. */
export interface FaultStage {
  readonly cluster: Cluster;
  /** The answering processes' lines to each server, in the order of `cluster.nodes`. */
  readonly lines: readonly FaultProxy[];
  /** The published journal. */
  readonly logFolder: string;
  /** As superuser, past the lines. */
  readonly owner: Pool;
  readonly url: string;
  /** Pharmacies with ceilings out of reach, then one doctor with the ordinary ceiling. */
  readonly callers: readonly Enrolled[];
  /** The doctor among them. */
  readonly mayReach: ReadonlySet<number>;
  readonly subjects: readonly Subject[];
  readonly apis: ChildProcess[];
  /** Starts the i-th answering process anew, in place of one that was killed. */
  restartApi(i: number): Promise<void>;
  close(): Promise<void>;
}

function subjectsOf(persons: number): Subject[] {
  const year = new Date().getUTCFullYear();
  const careDate = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());
  const subjects: Subject[] = [];
  for (const insurer of SANDBOX_INSURERS.slice(0, 4)) {
    for (const person of populationOf(insurer, { persons, seed: SEED, insurers: SANDBOX_INSURERS, year })) {
      // Contracts of the whole year with every domain: what must be answered is beyond doubt.
      if (!person.line.includes(`;${year}-01-01;${year + 1}-01-31;`) || !person.line.includes(',MEDE,') || !person.line.includes(';assure;')) continue;
      const stranger = subjects.length % 10 === 9;
      subjects.push({ expected: stranger ? 'no' : 'yes', body: { reference: 'F', user: 'u', insurer: { amcNumber: insurer.amc }, nir: person.nir, birthDate: stranger ? '1901-02-03' : person.birthDate, birthRank: person.birthRank, domain: 'MEDE', careDate } });
      if (subjects.length === SUBJECTS_MAX) return subjects;
    }
  }
  return subjects;
}

async function enrolCallers(desk: Pool, issuer: string, sandbox: Sandbox): Promise<Enrolled[]> {
  const pharmacies = sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy').slice(0, 6);
  const doctor = sandbox.establishments.find((e) => e.peerGroup === 'doctor');
  const callers: Enrolled[] = [];
  for (const place of [...pharmacies, ...(doctor === undefined ? [] : [doctor])]) {
    const { code } = await createInstallation(desk, { establishment: place.identifier, responsibleRpps: place.professionals[0] ?? '', vendor: 'faults', software: 'faults' });
    callers.push(await enrol({ issuer, code, key: generateClientKey() }));
  }
  return callers;
}

// A statement that waits for a server that is gone fails rather than hangs.
function patient(url: string): string {
  const changed = new URL(url);
  changed.searchParams.set('query_timeout', String(STATEMENT_MS));
  return changed.toString();
}

/** Starts it, or says why it cannot. */
export async function openFaultStage(options: { readonly persons: number; readonly say: (line: string) => void }): Promise<FaultStage | { readonly notRun: string }> {
  const folder = join(stateFolder('faults'), 'cluster');
  options.say('starting three PostgreSQL with Patroni and etcd');
  const cluster = await startCluster(folder);
  if ('notRun' in cluster) return cluster;
  const children: ChildProcess[] = [];
  const logFolder = stateFolder('faults', 'log');
  rmSync(logFolder, { recursive: true, force: true });
  const lines = await Promise.all(cluster.nodes.map((node) => openProxy(node.port)));
  const owner = openPool({ url: patient(cluster.url), max: 3, applicationName: 'faults' });
  // Whatever hangs, it ends: everything that was started is killed once it had its time.
  const close = async (): Promise<void> => {
    const gracefully = async (): Promise<void> => {
      await Promise.all(children.map(stopProcess));
      await owner.end();
    };
    await Promise.race([gracefully().catch(() => undefined), sleep(CLOSE_MS)]);
    for (const child of children) child.kill('SIGKILL');
    for (const line of lines) line.close();
    cluster.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await migrate(cluster.url);
    await setRolePasswords(cluster.url, rolePasswords());
    const as = (role: 'rempart_intake' | 'rempart_desk'): Pool => openPool({ url: withUser(cluster.url, { user: role, password: rolePasswords()[role] }), max: 4, applicationName: 'faults' });
    const [intake, desk] = [as('rempart_intake'), as('rempart_desk')];
    options.say(`loading ${options.persons} made-up persons`);
    const sandbox = await buildSandbox({ owner, intake, keyRing: machineKeyRing(), persons: options.persons, professionals: 60, seed: SEED });
    await store.liftCeilings(owner, 'pharmacy');
    const throughLines = new URL(cluster.url);
    throughLines.port = String(lines[0]?.port);
    throughLines.searchParams.set('members', lines.slice(1).map((line) => `127.0.0.1:${line.port}`).join(','));
    const [authPort, apiPort] = [await choosePort(0), await choosePort(0)];
    const [issuer, publicUrl] = [`http://127.0.0.1:${authPort}`, `http://127.0.0.1:${apiPort}`];
    const start = async (served: Served): Promise<ChildProcess> => {
      const child = await startProcess({ ...served, output: 'pipe' });
      child.stderr?.pipe(createWriteStream(join(stateFolder('faults'), `${served.what}.log`), { flags: 'a' }));
      child.stdout?.resume();
      children.push(child);
      return child;
    };
    await start({ what: 'auth', role: 'rempart_auth', databaseUrl: cluster.url, publicUrl: issuer, port: authPort });
    // After a failover the gate stands once the sequencer has vouched for what the new primary holds.
    await start({ what: 'log', role: 'rempart_log', databaseUrl: cluster.url, publicUrl: '', port: 0, settings: { REMPART_LOG_FOLDER: logFolder } });
    const callers = await enrolCallers(desk, issuer, sandbox);
    await Promise.all([intake.end(), desk.end()]);
    const apis: ChildProcess[] = [];
    const restartApi = async (i: number): Promise<void> => {
      apis[i] = await start({ what: 'api', role: 'rempart_check', databaseUrl: throughLines.toString(), publicUrl, port: apiPort, metricsPort: await choosePort(0) });
    };
    for (let i = 0; i < API_PROCESSES; i += 1) await restartApi(i);
    return { cluster, lines, owner, logFolder, url: `${publicUrl}/v1/checks`, callers, mayReach: new Set([callers.length - 1]), subjects: subjectsOf(options.persons), apis, restartApi, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
