import type { Pool } from '../../ground/index.ts';
import type { PairKeys } from './pair-keys.ts';
import { listPeers, type Peer } from './store.ts';
import type { SigningKey } from './token.ts';

/** What both directions need. */
export interface SignalsContext {
  readonly pool: Pool;
  /** Our own issuer: the public base URL of the signals server, without a trailing slash. */
  readonly issuer: string;
  readonly key: SigningKey;
  readonly pairs: PairKeys;
}

const PEERS_FRESH_MS = 1000;

/** The peers, read again every second: one that is removed is known no more. */
export class PeerBook {
  readonly #pool: Pool;
  #peers: readonly Peer[] = [];
  #readAt = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async all(): Promise<readonly Peer[]> {
    if (Date.now() - this.#readAt > PEERS_FRESH_MS) {
      this.#peers = await listPeers(this.#pool);
      this.#readAt = Date.now();
    }
    return this.#peers;
  }

  async find(issuer: string): Promise<Peer | undefined> {
    return (await this.all()).find((peer) => peer.issuer === issuer);
  }

  async findById(id: number): Promise<Peer | undefined> {
    return (await this.all()).find((peer) => peer.id === id);
  }
}

/** Does `work` again and again, `everyMs` after each end, until stopped; what fails is reported and tried again. */
export function repeat(everyMs: number, work: () => Promise<unknown>, failed: (cause: unknown) => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (): Promise<void> => {
    await work().catch(failed);
    if (!stopped) timer = setTimeout(() => { running = turn(); }, everyMs);
  };
  let running = turn();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
