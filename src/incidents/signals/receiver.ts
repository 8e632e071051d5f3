import { AppError, log } from '../../ground/index.ts';
import { PeerBook, type SignalsContext } from './context.ts';
import { EVENTS, PAIR_CHECK, type SignalClaims } from './events.ts';
import { SubjectFinder } from './subjects.ts';
import { applySignal, listOpenSignals, noteRefusals, raiseAlarm, sweepSignals, takeSignal, verifyPeer, type Peer } from './store.ts';
import { readIssuer, refuseSet, verifyToken } from './token.ts';

const BATCH = 500;

/** Takes peers' tokens and, apart from that, acts on them: whoever sends one learns nothing of whom it names. */
export class Receiver {
  readonly #context: SignalsContext;
  readonly #peers: PeerBook;
  readonly #subjects: SubjectFinder;
  readonly #refused = new Map<string, number>();

  constructor(context: SignalsContext, peers = new PeerBook(context.pool)) {
    this.#context = context;
    this.#peers = peers;
    this.#subjects = new SubjectFinder(context);
  }

  /**
   * Verifies a token and keeps it. A token that was taken before is taken again without effect (RFC 8935 section 2).
   * @param from set where it was fetched from one peer: nobody else's is taken there.
   * @returns the verified `jti`.
   * @throws AppError whose detail is a code of RFC 8935 section 2.4, or `too-many`.
   */
  async take(token: string, from?: Peer): Promise<string> {
    try {
      const issuer = readIssuer(token);
      const peer = await this.#peers.find(issuer);
      if (peer === undefined || (from !== undefined && from.id !== peer.id)) return refuseSet('invalid_issuer', 'This issuer is no peer here.');
      const claims = await verifyToken(token, { issuer, keys: peer.keys, audience: this.#context.issuer, nowMs: Date.now() });
      await this.#keep(peer, claims);
      return claims.jti;
    } catch (cause) {
      const detail = cause instanceof AppError ? (cause.detail ?? cause.code) : 'failed';
      this.#refused.set(`signal-${detail}`, (this.#refused.get(`signal-${detail}`) ?? 0) + 1);
      throw cause;
    }
  }

  async #keep(peer: Peer, claims: SignalClaims): Promise<void> {
    if (claims.event === EVENTS.verification) return this.#verification(peer, claims);
    if (claims.event === EVENTS.updated) return undefined;
    const taken = await takeSignal(this.#context.pool, peer.id, claims);
    if (taken === 'unverified') refuseSet('access_denied', 'This peer has not sent its verification event yet.');
    if (taken === 'old') refuseSet('invalid_request', 'iat is older than 30 days, or in the future.');
    if (taken === 'too-many') throw new AppError({ code: 'unavailable', detail: 'too-many', retryAfterSeconds: 600, publicText: { fr: 'Trop de signaux en une heure.', en: 'Too many signals in an hour.' } });
  }

  // A verification event that shows a pair key must show ours: else its subjects would mean nobody, unseen.
  async #verification(peer: Peer, { members }: SignalClaims): Promise<void> {
    const proof = members[PAIR_CHECK];
    if (proof !== undefined && (typeof proof !== 'string' || !this.#context.pairs.accepts(peer.issuer, peer.issuer, proof))) {
      await raiseAlarm(this.#context.pool, peer.id, 'pair-key');
      refuseSet('access_denied', 'The pair key is not the one agreed.');
    }
    const { state } = members;
    if (!(await verifyPeer(this.#context.pool, peer.id, typeof state === 'string' ? state : null))) refuseSet('invalid_request', 'The state is not the one that was asked for.');
  }

  /** Acts on what was taken. @returns how many. */
  async applyOpen(): Promise<number> {
    const open = await listOpenSignals(this.#context.pool, BATCH);
    const professionals = await this.#subjects.find(open, await this.#peers.all());
    let acted = 0;
    for (const signal of open) {
      const professional = signal.professionalId ?? professionals.get(signal.id) ?? null;
      const outcome = await applySignal(this.#context.pool, signal.id, professional);
      if (outcome !== 'waiting') acted += 1;
      if (outcome === 'frozen' || outcome === 'step-up') log('warn', 'peer-signal-acted-on', { peer: signal.peerId, outcome });
    }
    return acted;
  }

  /** Writes down what was refused since the last time. */
  async flushRefusals(): Promise<void> {
    if (this.#refused.size === 0) return;
    const counts = new Map(this.#refused);
    this.#refused.clear();
    await noteRefusals(this.#context.pool, counts);
  }

  /** Ends what is 30 days old. */
  async sweep(): Promise<void> {
    await sweepSignals(this.#context.pool);
  }
}
