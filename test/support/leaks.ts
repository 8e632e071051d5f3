import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Finds identities in bytes: as text, as hexadecimal digits, as base64 in any alignment. */
export class LeakFinder {
  readonly #texts: Set<string>;
  readonly #lengths: readonly number[];
  readonly #base64 = new Map<string, string>();

  /** @param needles digits and capital letters, 10 characters or more */
  constructor(needles: readonly string[]) {
    this.#texts = new Set(needles);
    this.#lengths = [...new Set(needles.map((needle) => needle.length))];
    for (const needle of needles) {
      for (const shift of [0, 1, 2]) {
        // Only whole groups of four characters within the needle are the same whatever surrounds it.
        const encoded = Buffer.from('x'.repeat(shift) + needle).toString('base64').replace(/=+$/, '');
        const core = encoded.slice(shift === 0 ? 0 : 4, Math.floor(((shift + needle.length) * 8) / 6 / 4) * 4);
        this.#base64.set(core.slice(0, 8), core);
      }
    }
  }

  #inText(text: string): boolean {
    for (const [run] of text.matchAll(/[0-9A-Z]{10,}/g)) {
      for (const length of this.#lengths) {
        for (let i = 0; i + length <= run.length; i += 1) if (this.#texts.has(run.slice(i, i + length))) return true;
      }
    }
    return false;
  }

  /** Whether the bytes hold an identity, and in which form. */
  find(bytes: Buffer): 'text' | 'hex' | 'base64' | undefined {
    const text = bytes.toString('latin1');
    if (this.#inText(text)) return 'text';
    for (const [run] of text.matchAll(/(?:3[0-9]|[45][0-9a-fA-F]){10,}/g)) if (this.#inText(Buffer.from(run, 'hex').toString('latin1'))) return 'hex';
    for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{8,}/g)) {
      for (let i = 0; i + 8 <= run.length; i += 1) {
        const core = this.#base64.get(run.slice(i, i + 8));
        if (core !== undefined && run.startsWith(core, i)) return 'base64';
      }
    }
    return undefined;
  }

  /** The files below a folder that hold an identity. */
  findInFolder(folder: string): string[] {
    const found: string[] = [];
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stat = statSync(path);
      if (stat.isDirectory()) found.push(...this.findInFolder(path));
      else if (stat.size > 0) {
        const form = this.find(readFileSync(path));
        if (form !== undefined) found.push(`${path} (${form})`);
      }
    }
    return found;
  }
}
