import { randomInt } from 'node:crypto';
import { hash128, type Pool } from '../ground/index.ts';
import type { ProvenCaller } from '../access/index.ts';
import { offerTouch } from '../gate/index.ts';

/** Where the user of a software confirms that it is them, and the code that says for whom. */
export interface Touch {
  readonly address: string;
  /** Eight letters and digits, good once, for ten minutes. */
  readonly code: string;
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;
const CODE = new RegExp(`^[${LETTERS}]{${LENGTH}}$`);
/** The same code is shown again for so long: a software that asks on writes nothing. */
const SHOWN_MS = 5 * 60_000;
const SHOWN_MAX = 20_000;

/** Reads a code as somebody types it. @returns undefined when it cannot be one. */
export function readTouchCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return CODE.test(code) ? code : undefined;
}

/** Codes for users of software that reached a ceiling. */
export class Touches {
  readonly #pool: Pool;
  readonly #address: string;
  readonly #shown = new Map<string, { readonly code: string; readonly untilMs: number }>();

  constructor(options: { readonly pool: Pool; readonly address: string }) {
    this.#pool = options.pool;
    this.#address = options.address;
  }

  /** An address and a code for this user of the calling software; undefined where there is none to give. */
  async offer(caller: ProvenCaller, user: string): Promise<Touch | undefined> {
    const key = `${caller.session}|${user}`;
    const shown = this.#shown.get(key);
    if (shown !== undefined && shown.untilMs > Date.now()) return { address: this.#address, code: shown.code };
    const code = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    if (!(await offerTouch(this.#pool, caller, { user, codeHash: hash128(code) }))) return undefined;
    this.#shown.delete(key);
    this.#shown.set(key, { code, untilMs: Date.now() + SHOWN_MS });
    if (this.#shown.size > SHOWN_MAX) this.#shown.delete(this.#shown.keys().next().value as string);
    return { address: this.#address, code };
  }
}
