import { log, type Pool } from '../ground/index.ts';
import { readInsurers, type InsurerFacts } from '../gate/index.ts';

const REFRESH_MS = 5000;
/** An unknown number makes us look again, this often at most. */
const AGAIN_MS = 100;

/** Insurers' public facts, read again every few seconds. Whether an insurer is up to date is the gate's to say, each time. */
export class Insurers {
  readonly #pool: Pool;
  #byNumber = new Map<string, InsurerFacts>();
  #byId = new Map<number, InsurerFacts>();
  #timer: NodeJS.Timeout | undefined;
  #readAtMs = 0;
  #reading: Promise<void> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Reads them once and keeps them fresh until {@link close}. */
  async open(): Promise<void> {
    await this.#read();
    this.#timer = setInterval(() => { this.#read().catch(() => log('warn', 'insurers-not-read')); }, REFRESH_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  // One at a time: who comes meanwhile waits for it.
  #read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => { this.#reading = undefined; });
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    this.#readAtMs = performance.now();
    const all = await readInsurers(this.#pool);
    this.#byNumber = new Map(all.map((insurer) => [insurer.amcNumber, insurer]));
    this.#byId = new Map(all.map((insurer) => [insurer.id, insurer]));
  }

  find(amcNumber: string): InsurerFacts | undefined {
    return this.#byNumber.get(amcNumber);
  }

  /** Looks again in the database for a number that is not known yet. */
  async findAgain(amcNumber: string): Promise<InsurerFacts | undefined> {
    if (this.#reading !== undefined || performance.now() - this.#readAtMs > AGAIN_MS) await this.#read();
    return this.find(amcNumber);
  }

  all(): InsurerFacts[] {
    return [...this.#byNumber.values()];
  }

  findById(id: number): InsurerFacts | undefined {
    return this.#byId.get(id);
  }
}
