import type { SignalsContext } from './context.ts';
import { listProfessionals, type OpenSignal, type Peer } from './store.ts';

const KEPT_MS = 300_000;
/** Peers and weeks remembered at once: about 50 MB each with half a million professionals. */
const KEPT = 6;

/**
 * Whom a peer's pseudonyms mean here: every professional's is made once for a peer and week, then looked up. Whether one is
 * found changes nothing that the peer can see: this runs apart from the request.
 */
export class SubjectFinder {
  readonly #context: SignalsContext;
  readonly #books = new Map<string, { at: number; book: ReadonlyMap<string, number> }>();

  constructor(context: SignalsContext) {
    this.#context = context;
  }

  async #book(peer: Peer, week: number): Promise<ReadonlyMap<string, number>> {
    const name = `${peer.id}.${week}`;
    const kept = this.#books.get(name);
    if (kept !== undefined && Date.now() - kept.at < KEPT_MS) return kept.book;
    const make = this.#context.pairs.findPseudonyms(peer.issuer, { sender: peer.issuer, week });
    const professionals = make === undefined ? [] : await listProfessionals(this.#context.pool);
    const book = new Map(professionals.map(({ id, rpps }) => [make?.(rpps) ?? '', id]));
    this.#books.delete(name);
    this.#books.set(name, { at: Date.now(), book });
    if (this.#books.size > KEPT) this.#books.delete(this.#books.keys().next().value as string);
    return book;
  }

  /** The professionals that these signals name, by signal; one that names nobody is left out. */
  async find(signals: readonly OpenSignal[], peers: readonly Peer[]): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    for (const signal of signals) {
      const peer = peers.find((one) => one.id === signal.peerId);
      const week = Number(/^(\d{1,6})\.[\w-]{27}$/.exec(signal.subject)?.[1] ?? Number.NaN);
      if (peer === undefined || Number.isNaN(week) || signal.professionalId !== null) continue;
      const professional = (await this.#book(peer, week)).get(signal.subject);
      if (professional !== undefined) found.set(signal.id, professional);
    }
    return found;
  }
}
