// The platform on a PostgreSQL of a test's own, behind a line that can be made to fail: everything may be killed here.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { Asker, type Subject } from '../../bench/faults/asker.ts';
import { openProxy, type FaultProxy } from '../../bench/faults/proxy.ts';
import { openPool, startEmbeddedPostgres, stateFolder, withUser, type EmbeddedPostgres, type Pool } from '../../src/ground/index.ts';
import { startProcess, stopProcess } from '../../src/cli/supervise.ts';
import { prepareTemplate } from './global-setup.ts';
import { enrolIn, freeUrl, startWorld, today, type Signed, type World } from './world.ts';

const SETTINGS = { shared_buffers: '64MB' };

export class OwnPlatform {
  readonly world: World;
  readonly signed: readonly Signed[];
  readonly subjects: readonly Subject[];
  readonly line: FaultProxy;
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #server: EmbeddedPostgres;
  #api: ChildProcess | undefined;

  private constructor(parts: { readonly folder: string; readonly server: EmbeddedPostgres; readonly world: World; readonly signed: readonly Signed[]; readonly subjects: readonly Subject[]; readonly url: string; readonly port: number; readonly line: FaultProxy }) {
    this.#folder = parts.folder;
    this.#server = parts.server;
    this.#port = parts.port;
    this.world = parts.world;
    this.signed = parts.signed;
    this.subjects = parts.subjects;
    this.line = parts.line;
    this.url = parts.url;
  }

  /** Its PostgreSQL, its made-up world, one answering process. */
  static async start(): Promise<OwnPlatform> {
    const folder = join(stateFolder('own-platform'), 'postgres');
    const server = await startEmbeddedPostgres({ folder, settings: SETTINGS });
    await prepareTemplate(server.url);
    const world = await startWorld({ persons: 400 });
    const owner = world.database.pool('owner');
    await owner.query("insert into guard.ceiling select peer_group, scope, class, date '2026-01-02', 1e8::int, 1e8::int, 1e8::int, 1e8::int, 'faults' from guard.ceiling where peer_group = 'pharmacy'");
    const pharmacies = world.sandbox.establishments.filter((place) => place.peerGroup === 'pharmacy');
    const signed = await Promise.all(Array.from({ length: 4 }, (_, i) => pharmacies[i % pharmacies.length]).map((place) => enrolIn(world.database, { issuer: world.issuer, establishment: place?.identifier ?? '', responsibleRpps: place?.professionals[0] ?? '' })));
    const subjects = Object.entries(world.sandbox.persons).slice(0, 4).flatMap(([amc, person]): Subject[] => {
      const body = { reference: 'F', user: 'u', insurer: { amcNumber: amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank, domain: 'MEDE', careDate: today() };
      return [{ body, expected: 'yes' }, { body: { ...body, birthDate: '1901-02-03' }, expected: 'no' }];
    });
    const { url, port } = await freeUrl();
    let platform: OwnPlatform | undefined;
    const line = await openProxy(() => Number(new URL((platform?.server ?? server).url).port));
    platform = new OwnPlatform({ folder, server, world, signed, subjects, url: `${url}/v1/checks`, port, line });
    await platform.startApi();
    return platform;
  }

  get clientIds(): readonly string[] {
    return this.signed.map(({ enrolled }) => enrolled.clientId);
  }

  get server(): EmbeddedPostgres {
    return this.#server;
  }

  /** As superuser, past the line, on whatever port the server is now. */
  async withOwner<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    const pool = openPool({ url: withUser(this.#server.url, { database: this.world.database.name }), max: 2, applicationName: 'truth' });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }

  #throughLine(): string {
    const through = new URL(this.world.database.urlFor('rempart_check'));
    through.port = String(this.line.port);
    return through.toString();
  }

  async startApi(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const publicUrl = new URL(this.url).origin;
    const child = await startProcess({ what: 'api', role: 'rempart_check', databaseUrl: this.world.database.ownerUrl, publicUrl, port: this.#port, metricsPort: 0, output: 'pipe',
      settings: { REMPART_DATABASE_URL: this.#throughLine(), ...settings } });
    child.stdout?.resume();
    child.stderr?.resume();
    this.#api = child;
  }

  async killApi(): Promise<void> {
    const ended = new Promise((resolve) => this.#api?.once('exit', resolve));
    this.#api?.kill('SIGKILL');
    await ended;
  }

  /** Kills PostgreSQL and brings it back, on another port. */
  async killPostgres(): Promise<void> {
    process.kill(this.#server.pid, 'SIGKILL');
    await this.restartPostgres();
  }

  async restartPostgres(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      await sleep(100);
      try {
        this.#server = await startEmbeddedPostgres({ folder: this.#folder, settings: SETTINGS });
        return;
      } catch {
        // Its last processes are still ending.
      }
    }
    throw new Error('PostgreSQL did not come back');
  }

  asker(parallel = 8): Asker {
    return new Asker({ url: this.url, callers: this.signed.map(({ enrolled }) => enrolled), tokens: this.signed.map(({ token }) => token), subjects: this.subjects, parallel, random: Math.random });
  }

  async close(): Promise<void> {
    this.line.close();
    if (this.#api !== undefined) await stopProcess(this.#api);
    await this.world.close().catch(() => undefined);
    await this.#server.stop().catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
