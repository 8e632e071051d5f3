import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { createInstallation, enrol, generateClientKey, obtainToken } from '../src/access/index.ts';
import { choosePort, startProcess, stopProcess } from '../src/cli/supervise.ts';
import { machineKeyRing, rolePasswords } from '../src/cli/context.ts';
import { migrate, openPool, setRolePasswords, startEmbeddedPostgres, stateFolder, STATE, withUser, type Pool } from '../src/ground/index.ts';
import type { loadRights } from '../src/intake/index.ts';
import { buildSandbox, populationOf, SANDBOX_INSURERS, type Sandbox } from '../src/sandbox/index.ts';
import type { LoadCaller } from './load.ts';

const SEED = 1;
const DURABLE = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/** The real platform, started for measuring: PostgreSQL, `auth`, and `api` processes. */
export interface Stage {
  readonly owner: Pool;
  readonly databaseUrl: string;
  readonly postgresPid: number;
  readonly postgresVersion: string;
  readonly apiPort: number;
  readonly apiPids: readonly number[];
  /** Starts more `api` processes on the same port, up to this many. */
  growTo(apiProcesses: number): Promise<void>;
  readonly metricsPorts: readonly number[];
  readonly callers: readonly LoadCaller[];
  /** Questions in plain JSON about random persons, nine in ten of them to be answered yes. */
  questions(count: number): { readonly body: string; readonly caller: number }[];
  close(): Promise<void>;
}

/** @throws Error when a setting that durability rests on is off: a figure taken so would be worth nothing. */
export async function refuseUnlessDurable(pool: Pool): Promise<void> {
  for (const name of DURABLE) {
    const { rows } = await pool.query<Record<string, string>>(`show ${name}`);
    if (rows[0]?.[name] !== 'on') throw new Error(`${name} is ${rows[0]?.[name]}: the bench measures durable answers only`);
  }
}

async function enrolCallers(options: { readonly issuer: string; readonly databaseUrl: string; readonly sandbox: Sandbox }): Promise<LoadCaller[]> {
  const desk = openPool({ url: withUser(options.databaseUrl, { user: 'rempart_desk', password: rolePasswords().rempart_desk }), max: 2, applicationName: 'bench desk' });
  const callers: LoadCaller[] = [];
  for (const place of options.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy')) {
    const { code } = await createInstallation(desk, { establishment: place.identifier, responsibleRpps: place.professionals[0] ?? '', vendor: 'bench', software: 'bench' });
    const enrolled = await enrol({ issuer: options.issuer, code, key: generateClientKey() });
    const { value } = await obtainToken(enrolled);
    callers.push({ token: value, pem: enrolled.key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string });
  }
  await desk.end();
  return callers;
}

/** Somebody to ask about. */
export interface Asked {
  readonly amc: string;
  readonly nir: string;
  readonly birthDate: string;
  readonly birthRank: number;
}

// The insurer that sends too late is left out; of the others everybody.
function everybody(persons: number): Asked[] {
  const year = new Date().getUTCFullYear();
  return SANDBOX_INSURERS.slice(0, 4).flatMap((insurer) => [...populationOf(insurer, { persons, seed: SEED, insurers: SANDBOX_INSURERS, year })].map((person) => ({ amc: insurer.amc, ...person })));
}

function questionWriter(people: readonly Asked[], callers: number): Stage['questions'] {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());
  let asked = 0;
  return (count) => Array.from({ length: count }, () => {
    asked += 1;
    const person = people[Math.floor(Math.random() * people.length)] as Asked;
    const stranger = asked % 20 === 0;
    const body = { reference: `B${asked}`, user: `caisse-${asked % 3}`, insurer: { amcNumber: person.amc }, nir: person.nir, birthDate: stranger ? '1901-02-03' : person.birthDate, birthRank: person.birthRank,
      domain: 'PHAR', careDate: today, ...(asked % 3 === 0 ? { lines: [{ code: 'PH7', nomenclature: 'CIP13', priceCents: 1234 }] } : {}) };
    return { body: JSON.stringify(body), caller: asked % callers };
  });
}

interface StageOptions {
  readonly persons: number;
  readonly apiProcesses: number;
  readonly say: (line: string) => void;
  /** Settings of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onMade?: (made: { readonly lines: number; readonly seconds: number }) => void;
  readonly load?: typeof loadRights;
  /** Whom to ask about; everybody, unless there are too many for memory. */
  readonly people?: () => readonly Asked[];
  /** Beside a stage that is open, and closed before it: keys and what insurers hold are shared, the database is its own and all that it removes. */
  readonly beside?: boolean;
}

/** Starts it. `--api-processes` share one port. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = join(STATE, options.beside === true ? 'postgres-beside' : 'postgres');
  const clear = (): void => { for (const own of options.beside === true ? [folder, `${folder}.secret`] : [STATE]) rmSync(own, { recursive: true, force: true }); };
  clear();
  stateFolder();
  const postgres = await startEmbeddedPostgres({ folder, ...(options.settings === undefined ? {} : { settings: options.settings }) });
  const children: ChildProcess[] = [];
  const owner = openPool({ url: postgres.url, max: 4, applicationName: 'bench' });
  const end = async (): Promise<void> => {
    await Promise.all(children.map(stopProcess));
    await owner.end();
    await postgres.stop();
    clear();
  };
  // Once, however often it is asked for: a signal may come while it closes.
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => (ended ??= end());
  try {
    await refuseUnlessDurable(owner);
    await migrate(postgres.url);
    await setRolePasswords(postgres.url, rolePasswords());
    const intake = openPool({ url: withUser(postgres.url, { user: 'rempart_intake', password: rolePasswords().rempart_intake }), max: 4, applicationName: 'bench intake' });
    options.say(`loading ${options.persons} made-up persons`);
    const sandbox = await buildSandbox({ owner, intake, keyRing: machineKeyRing(), persons: options.persons, professionals: 400, seed: SEED,
      ...(options.load === undefined ? {} : { load: options.load }), ...(options.onMade === undefined ? {} : { onMade: options.onMade }) });
    await intake.end();
    // Ceilings are charged as always; here they stand out of reach, so that what is measured is answers.
    await owner.query(`insert into guard.ceiling select peer_group, scope, class, date '2026-01-02', 1e8::int, 1e8::int, 1e8::int, 1e8::int, 'bench' from guard.ceiling`);
    await owner.query('vacuum analyze');
    const [authPort, apiPort] = [await choosePort(0), await choosePort(0)];
    const databaseUrl = postgres.url;
    const issuer = `http://127.0.0.1:${authPort}`;
    children.push(await startProcess({ what: 'auth', role: 'rempart_auth', databaseUrl, publicUrl: issuer, port: authPort }));
    const apiPids: number[] = [];
    const metricsPorts: number[] = [];
    const growTo = async (apiProcesses: number): Promise<void> => {
      while (apiPids.length < apiProcesses) {
        const metricsPort = await choosePort(0);
        const child = await startProcess({ what: 'api', role: 'rempart_check', databaseUrl, publicUrl: `http://127.0.0.1:${apiPort}`, port: apiPort, metricsPort });
        children.push(child);
        apiPids.push(child.pid ?? 0);
        metricsPorts.push(metricsPort);
      }
    };
    await growTo(options.apiProcesses);
    const callers = await enrolCallers({ issuer, databaseUrl, sandbox });
    const { rows } = await owner.query<{ server_version: string }>('show server_version');
    return { owner, databaseUrl, postgresPid: postgres.pid, postgresVersion: rows[0]?.server_version ?? '', apiPort, apiPids, growTo, metricsPorts, callers, questions: questionWriter(options.people?.() ?? everybody(options.persons), callers.length), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
