import { availableParallelism } from 'node:os';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { createInstallation, enrol, generateClientKey } from '../access/index.ts';
import { invariant, log, migrate, openPool, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type Pool } from '../ground/index.ts';
import { hasRights } from '../registry/index.ts';
import { buildSandbox, describeSandbox, playSettlement, sampleHolder, type Sandbox } from '../sandbox/index.ts';
import { sampleHolderFile } from './card.ts';
import { keepClient, readClient } from './client-keys.ts';
import { machineKeyRing, openForRole, rolePasswords, writeRunning } from './context.ts';
import { drillFile } from './drill-attack.ts';
import { logFolder } from './log-settings.ts';
import { prepareDesk, prepareOfficers } from './sandbox-desk.ts';
import { writeDrill } from './sandbox-drill.ts';
import { preparePortal, startStandIn, watchPortal } from './sandbox-portal.ts';
import { rollOver } from './roll-over.ts';
import { choosePort, startProcess, stopProcess, type Served } from './supervise.ts';
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
  const bar = new SingleBar({ format: 'Population fictive [{bar}] {value}/{total} personnes · {insurer}', noTTYOutput: true, notTTYSchedule: 2000, hideCursor: true, stream: process.stderr });
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

// The sample installation, and the one that drills ask with, enrolled as any other: a one-time code, a key of its own.
async function prepareClient(name: 'sandbox' | 'drill', issuer: string, sandbox: Sandbox): Promise<void> {
  if (readClient(name, issuer) !== undefined) return;
  const pharmacy = sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  invariant(pharmacy !== undefined, 'the sandbox has a pharmacy');
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    const { code } = await createInstallation(pool, { establishment: pharmacy.identifier, responsibleRpps: pharmacy.professionals[0] ?? '', vendor: 'Rempart', software: name === 'sandbox' ? 'ligne de commande' : 'exercice' });
    keepClient(name, await enrol({ issuer, code, key: generateClientKey() }));
  } finally {
    await opened.close();
  }
}

// The sample person's contract, as its insurer's system would hand it to `rempart card issue`.
function writeSampleHolder(sandbox: Sandbox, { persons }: Settings): void {
  const [amc, person] = Object.entries(sandbox.persons)[0] as [string, Sandbox['persons'][string]];
  writeFileSync(sampleHolderFile(), JSON.stringify(sampleHolder(person, amc, { persons, seed: SEED, year: new Date().getUTCFullYear() }), null, 2), { mode: 0o600 });
}

// A terminal signals the whole group and the launcher passes signals on: one may come twice, and must not kill us midway.
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

const SETTLEMENT_EVERY_MS = 30_000;

// The insurers' side of the made-up world goes on while the platform runs.
function keepSettling(databaseUrl: string): () => Promise<void> {
  const owner = openPool({ url: databaseUrl, max: 1, applicationName: 'rempart sandbox' });
  const intake = openPool({ url: withUser(databaseUrl, { user: 'rempart_intake', password: rolePasswords().rempart_intake }), max: 1, applicationName: 'rempart sandbox intake' });
  const timer = setInterval(() => { playSettlement({ owner, intake, keyRing: machineKeyRing() }).catch(() => log('warn', 'sandbox-settlement-failed')); }, SETTLEMENT_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.allSettled([owner.end(), intake.end()]);
  };
}

type Cleanup = () => Promise<unknown>;

// The answering processes share one port. SIGUSR2 restarts them one after another, under load: no question is lost.
async function serveApis(all: readonly Served[], cleanups: Cleanup[]): Promise<void> {
  const starting = Promise.all(all.map((served) => startProcess(served)));
  let rolling: Promise<unknown> = Promise.resolve();
  const roll = (): void => {
    rolling = rolling.then(async () => rollOver(await starting, (i) => startProcess(all[i] as Served))).then(() => log('info', 'rolled-over'), () => log('error', 'roll-over-failed'));
  };
  cleanups.push(async () => { process.off('SIGUSR2', roll); await rolling; await Promise.all((await starting).map(stopProcess)); });
  await starting;
  process.on('SIGUSR2', roll);
}

// By name: where each listens unless the environment names another port, or any that is free (REMPART_PORTS=free).
const USUAL_PORTS = { api: 7320, auth: 7321, portal: 7322, psc: 7323, tiles: 7324, desk: 7325, signals: 7326, notice: 7327 } as const;

const usually = (port: number): number => (process.env['REMPART_PORTS'] === 'free' ? 0 : port);

async function choosePorts(): Promise<Readonly<Record<keyof typeof USUAL_PORTS, number>>> {
  const ports: Record<string, number> = {};
  for (const [name, usual] of Object.entries(USUAL_PORTS)) ports[name] = await choosePort(Number(process.env[`REMPART_${name.toUpperCase()}_PORT`] ?? usually(usual)));
  return ports as Record<keyof typeof USUAL_PORTS, number>;
}

async function runPlatform(settings: Settings, cleanups: Cleanup[]): Promise<void> {
  const embedded = process.env['DATABASE_URL'] === undefined ? startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres') }) : undefined;
  // What is still starting when we are interrupted is waited for, then stopped.
  cleanups.push(async () => (await embedded)?.stop());
  const databaseUrl = (await embedded)?.url ?? process.env['DATABASE_URL'] ?? '';
  await migrate(databaseUrl);
  await setRolePasswords(databaseUrl, rolePasswords());
  const ports = await choosePorts();
  const [authUrl, apiUrl, portalUrl, deskUrl] = [`http://127.0.0.1:${ports.auth}`, `http://127.0.0.1:${ports.api}`, `http://localhost:${ports.portal}`, `http://localhost:${ports.desk}`] as const;
  const metricsPorts = await Promise.all(Array.from({ length: settings.apiProcesses }, (_, i) => choosePort(usually(7329 + i))));
  const [sandbox, portalFolder, deskFolder] = await Promise.all([prepareWorld(databaseUrl, settings), preparePortal({ api: apiUrl, auth: authUrl }), prepareDesk()]);
  const standIn = await startStandIn(sandbox, { port: ports.psc, authUrl, portalOrigin: portalUrl });
  cleanups.push(standIn.stop);
  const serve = async (served: Omit<Parameters<typeof startProcess>[0], 'databaseUrl'>): Promise<void> => {
    const child = startProcess({ ...served, databaseUrl });
    cleanups.push(async () => stopProcess(await child));
    await child;
  };
  const logUrl = `http://127.0.0.1:${ports.tiles}`;
  const forPortal = { settings: { ...standIn.environment, REMPART_LOG: logUrl } };
  // None needs another to start: together they use every core.
  await Promise.all([
    serve({ what: 'log', role: 'rempart_log', publicUrl: logUrl, port: 0 }),
    serve({ what: 'tiles', publicUrl: logUrl, port: ports.tiles, settings: { REMPART_LOG_FOLDER: logFolder() } }),
    serve({ what: 'auth', role: 'rempart_auth', publicUrl: authUrl, port: ports.auth, ...forPortal }),
    serveApis(metricsPorts.map((metricsPort) => ({ what: 'api', role: 'rempart_check', databaseUrl, publicUrl: apiUrl, port: ports.api, metricsPort, ...forPortal })), cleanups),
    serve({ what: 'guard', role: 'rempart_guard', publicUrl: apiUrl, port: 0 }),
    serve({ what: 'portal', publicUrl: portalUrl, port: ports.portal, settings: { REMPART_PORTAL_FOLDER: portalFolder } }),
    serve({ what: 'desk', role: 'rempart_officer', publicUrl: deskUrl, port: ports.desk, settings: { REMPART_DESK_FOLDER: deskFolder } }),
    serve({ what: 'clerk', role: 'rempart_desk', publicUrl: deskUrl, port: 0, settings: { REMPART_DRILL: drillFile() } }),
  ]);
  const stopWatching = watchPortal(portalFolder, `http://127.0.0.1:${ports.portal}`);
  cleanups.push(() => Promise.resolve(stopWatching()));
  writeRunning({ databaseUrl, authUrl, apiUrl, portalUrl, deskUrl, metricsUrl: `http://127.0.0.1:${metricsPorts[0]}`, logUrl });
  for (const name of ['sandbox', 'drill'] as const) await prepareClient(name, authUrl, sandbox);
  writeDrill(settings, { seed: SEED, apiUrl, issuer: authUrl });
  writeSampleHolder(sandbox, settings);
  cleanups.push(keepSettling(databaseUrl));
  process.stdout.write(welcome({ apiUrl, authUrl, portalUrl, deskUrl, officerCodes: await prepareOfficers(databaseUrl, deskUrl), sandbox }));
  // What no question waits for: its code is loaded when everything answers.
  cleanups.push((await import('./start-later.ts')).startLater({ databaseUrl, signalsPort: ports.signals, noticePort: ports.notice }));
}

/** `rempart start`: everything on this machine, a made-up population, a ready question. Ends by Ctrl-C, at any moment. */
export async function start(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  const stopped = untilSignal();
  const cleanups: Cleanup[] = [];
  const running = runPlatform(settings, cleanups);
  try {
    await Promise.race([running.then(() => stopped), stopped]);
  } finally {
    // Interrupted midway, what is still under way fails against what is stopped here; the next start goes on from there.
    running.catch(() => undefined);
    while (cleanups.length > 0) await cleanups.pop()?.().catch(() => undefined);
  }
  process.exit(0);
}
