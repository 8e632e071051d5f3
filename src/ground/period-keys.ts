import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = /^period-(\d{4}-\d{2})\.key$/;

/**
 * One 32-byte key a month, apart from the database and from its backups: destroying a month's key makes whatever was
 * encrypted under it unreadable wherever a copy lies. The folder must not be backed up longer than the month is kept.
 */
export class PeriodKeys {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  #file(period: string): string {
    return join(this.#folder, `period-${period}.key`);
  }

  /** The key of a month (`YYYY-MM`), made on first use. */
  get(period: string): Buffer {
    if (!existsSync(this.#file(period))) writeFileSync(this.#file(period), randomBytes(32), { mode: 0o600, flag: 'wx', flush: true });
    return readFileSync(this.#file(period));
  }

  /** The key of a month, undefined once it is destroyed or when it never was. */
  find(period: string): Buffer | undefined {
    return existsSync(this.#file(period)) ? readFileSync(this.#file(period)) : undefined;
  }

  /** The months that have a key. */
  list(): string[] {
    return readdirSync(this.#folder).map((name) => FILE.exec(name)?.[1]).filter((period) => period !== undefined).toSorted();
  }

  /** Overwrites and removes the key of a month. */
  destroy(period: string): void {
    const file = openSync(this.#file(period), 'r+');
    try {
      writeSync(file, randomBytes(statSync(this.#file(period)).size), 0, undefined, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    rmSync(this.#file(period));
  }
}
