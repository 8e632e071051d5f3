import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { createInstallation, enrol, generateClientKey } from '../access/index.ts';
import { invariant, migrate, openPool, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type Pool } from '../ground/index.ts';
import { hasRights } from '../registry/index.ts';
import { buildSandbox, describeSandbox, type Sandbox } from '../sandbox/index.ts';
import { keepClient, readClient } from './client-keys.ts';
import { machineKeyRing, openForRole, rolePasswords, writeRunning } from './context.ts';
import { choosePort, startProcess, stopProcess } from './supervise.ts';
import { welcome } from './welcome.ts';

const SEED = 1;

interface Settings {
  readonly persons: number;
  readonly professionals: number;
  readonly apiProcesses: number;
}

function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({ args: [...args], options: { persons: { type: 'string', default: '100000' }, professionals: { type: 'string', default: '400' }, 'api-processes': { type: 'string' } } });
  return { persons: Number(values.persons), professionals: Number(values.professionals), apiProcesses: Number(values['api-processes'] ?? Math.min(2, availableParallelism())) };
}

async function prepareWorld(databaseUrl: string, settings: Settings): Promise<Sandbox> {
  const owner = openPool({ url: databaseUrl, max: 2, applicationName: 'rempart start' });
  try {
    if (await hasRights(owner)) return describeSandbox({ ...settings, seed: SEED });
    return await loadWorld(owner, databaseUrl, settings);
  } finally {
    await owner.end();
  }
}

async function loadWorld(owner: Pool, databaseUrl: string, settings: Settings): Promise<Sandbox> {
  const intake = openPool({ url: withUser(databaseUrl, { user: 'rempart_intake', password: rolePasswords().rempart_intake }), max: 4, applicationName: 'rempart start intake' });
  const bar = new SingleBar({ format: 'Population fictive [{bar}] {value}/{total} personnes · {insurer}', noTTYOutput: false, hideCursor: true, stream: process.stderr });
  bar.start(settings.persons, 0, { insurer: '' });
  const done = new Map<string, number>();
  try {
    const sandbox = await buildSandbox({ owner, intake, keyRing: machineKeyRing(), ...settings, seed: SEED, onProgress: (insurer, lines) => {
      done.set(insurer, lines);
      bar.update(Math.min(settings.persons, [...done.values()].reduce((sum, n) => sum + n, 0)), { insurer });
    } });
    await owner.query('analyze');
    return sandbox;
  } finally {
    bar.stop();
    await intake.end();
  }
}

// The sample installation, enrolled as any other: a one-time code, a key of its own.
async function prepareClient(issuer: string, sandbox: Sandbox): Promise<void> {
  if (readClient('sandbox', issuer) !== undefined) return;
  const pharmacy = sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  invariant(pharmacy !== undefined, 'the sandbox has a pharmacy');
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    const { code } = await createInstallation(pool, { establishment: pharmacy.identifier, responsibleRpps: pharmacy.professionals[0] ?? '', vendor: 'Rempart', software: 'ligne de commande' });
    keepClient('sandbox', await enrol({ issuer, code, key: generateClientKey() }));
  } finally {
    await opened.close();
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** `rempart start`: everything on this machine, a made-up population, a ready question. Ends by Ctrl-C. */
export async function start(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  const stopped = untilSignal();
  const embedded = process.env['DATABASE_URL'] === undefined ? await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres') }) : undefined;
  const databaseUrl = embedded?.url ?? process.env['DATABASE_URL'] ?? '';
  const children: Awaited<ReturnType<typeof startProcess>>[] = [];
  try {
    await migrate(databaseUrl);
    await setRolePasswords(databaseUrl, rolePasswords());
    const [authPort, apiPort] = [await choosePort(Number(process.env['REMPART_AUTH_PORT'] ?? 7321)), await choosePort(Number(process.env['REMPART_API_PORT'] ?? 7320))];
    const [authUrl, apiUrl] = [`http://127.0.0.1:${authPort}`, `http://127.0.0.1:${apiPort}`];
    const metricsPorts = await Promise.all(Array.from({ length: settings.apiProcesses }, (_, i) => choosePort(7329 + i)));
    const sandbox = await prepareWorld(databaseUrl, settings);
    children.push(await startProcess({ what: 'auth', role: 'rempart_auth', databaseUrl, publicUrl: authUrl, port: authPort }));
    for (const metricsPort of metricsPorts) children.push(await startProcess({ what: 'api', role: 'rempart_check', databaseUrl, publicUrl: apiUrl, port: apiPort, metricsPort }));
    writeRunning({ databaseUrl, authUrl, apiUrl, metricsUrl: `http://127.0.0.1:${metricsPorts[0]}` });
    await prepareClient(authUrl, sandbox);
    process.stdout.write(welcome({ apiUrl, authUrl, sandbox }));
    await stopped;
  } finally {
    await Promise.all(children.map(stopProcess));
    await embedded?.stop();
  }
  return 0;
}
