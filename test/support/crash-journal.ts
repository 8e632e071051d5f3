// A PostgreSQL and a sequencer that a test may kill, with questions under way: what every crash rehearsal of the tree needs.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate, openLogKey, openPool, ROLES, ROOT, setRolePasswords, startEmbeddedPostgres, stateFolder, withUser, type EmbeddedPostgres, type Pool } from '../../src/ground/index.ts';
import { noteKeyOf, type NoteKey } from '../../src/journal/index.ts';
import type { TestDatabase } from './database.ts';
import { ORIGIN } from './journal.ts';
import { plant, type Planted } from './planted.ts';

const PASSWORD = 'crash';

/** What a client holds: the number and the commitment of its answer's entry. */
export interface HeldAnswer {
  readonly entry: number;
  readonly leaf: string;
}

export class CrashJournal {
  readonly folder = join(stateFolder('crash-tree'), 'published');
  readonly held: HeldAnswer[] = [];
  /** Every checkpoint that anybody could have read. */
  readonly seen = new Set<string>();
  readonly #data = join(stateFolder('crash-tree'), 'postgres');
  readonly #watching: NodeJS.Timeout;
  #server!: EmbeddedPostgres;
  #sequencer: ChildProcess | undefined;
  #planted!: Planted;
  #persons: string[] = [];

  constructor() {
    mkdirSync(this.folder, { recursive: true });
    this.#watching = setInterval(() => this.look(), 10);
  }

  get noteKey(): NoteKey {
    return noteKeyOf(ORIGIN, openLogKey(stateFolder('keys')));
  }

  /** Remembers the checkpoint as it is published now. */
  look(): void {
    const file = join(this.folder, 'checkpoint');
    if (existsSync(file)) this.seen.add(readFileSync(file, 'utf8'));
  }

  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ folder: this.#data });
    await migrate(this.#server.url);
    await setRolePasswords(this.#server.url, Object.fromEntries(ROLES.map((role) => [role, PASSWORD])));
    await this.withOwner(async (pool) => {
      this.#planted = await plant({ pool: () => pool } as unknown as TestDatabase);
      this.#persons = await this.#planted.more(500);
      await pool.query("insert into guard.ceiling select peer_group, scope, class, current_date, 1000000, 1000000, 1000000, 1000000, 'test' from guard.ceiling");
    });
  }

  url(user: string): string {
    return withUser(this.#server.url, { user, password: PASSWORD });
  }

  async withOwner<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    const pool = openPool({ url: this.#server.url, max: 2, applicationName: 'truth' });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }

  /** Starts the sequencer in a process of its own. */
  startSequencer(): void {
    this.#sequencer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/sequencer.ts')], { stdio: 'ignore',
      env: { ...process.env, REMPART_DATABASE_URL: this.url('rempart_log'), REMPART_LOG_FOLDER: this.folder, REMPART_LOG_ORIGIN: ORIGIN } });
  }

  /** Ends it; `SIGKILL` at whatever it was doing. */
  async endSequencer(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#sequencer;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Kills PostgreSQL and brings it back, on another port. */
  async killPostgres(): Promise<void> {
    process.kill(this.#server.pid, 'SIGKILL');
    await sleep(50);
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        this.#server = await startEmbeddedPostgres({ folder: this.#data });
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error('PostgreSQL did not come back');
  }

  /** Questions by a process of its own until it is ended; what it was told is kept in `held`. */
  startLoad(random: () => number): { readonly child: ChildProcess; readonly ended: Promise<unknown> } {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'test/support/asker.ts')], { stdio: ['pipe', 'pipe', 'ignore'] });
    const questions = Array.from({ length: 3000 }, () => ({ ...this.#planted.question(), byNir: this.#persons[Math.floor(random() * this.#persons.length)] as string }));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify({ url: this.url('rempart_check'), questions, parallel: 6, connections: 2 }));
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { entry, leaf } = JSON.parse(line) as Partial<HeldAnswer>;
        if (entry !== undefined && leaf !== undefined) this.held.push({ entry, leaf });
      }
    });
    return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
  }

  async stop(): Promise<void> {
    clearInterval(this.#watching);
    await this.endSequencer('SIGTERM');
    await this.#server.stop().catch(() => undefined);
    rmSync(join(this.#data, '..'), { recursive: true, force: true });
  }
}
