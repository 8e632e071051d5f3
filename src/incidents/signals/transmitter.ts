import { log } from '../../ground/index.ts';
import { PeerBook, type SignalsContext } from './context.ts';
import { EVENTS, PAIR_CHECK } from './events.ts';
import type { Receiver } from './receiver.ts';
import { claimDue, endDelivery, type DueSignal, type Peer } from './store.ts';
import { signRequest, signToken } from './token.ts';

const BATCH = 50;
const REQUEST_MS = 10_000;
const REPLY_MAX = 1_000_000;

/** An address that may be called: https, or loopback for trials. */
export function isPeerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.hash === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)));
}

/** Makes our tokens, pushes them (RFC 8935), hands them to peers that poll, and polls those that want it (RFC 8936). */
export class Transmitter {
  readonly #context: SignalsContext;
  readonly #peers: PeerBook;

  constructor(context: SignalsContext, peers = new PeerBook(context.pool)) {
    this.#context = context;
    this.#peers = peers;
  }

  // Made anew at each try, with this week's pseudonym; the jti stays, so that it acts once.
  #token(peer: Peer, due: DueSignal): Promise<string> {
    const { issuer, pairs, key } = this.#context;
    const seconds = Math.floor(due.at.getTime() / 1000);
    const common = { issuer, audience: peer.issuer, jti: due.jti, at: due.at, event: due.event };
    if (due.event === EVENTS.verification || due.rpps === null) {
      const proof = pairs.proof(peer.issuer, issuer);
      return signToken(key, { ...common, subject: streamIdOf(peer), members: { ...(due.stateText === null ? {} : { state: due.stateText }), ...(proof === undefined ? {} : { [PAIR_CHECK]: proof }) } });
    }
    const said = due.reason === null ? {} : { reason_admin: { fr: due.reason.fr, en: due.reason.en } };
    // RISC reasons are one text; CAEP's are by language (RISC 1.0 section 2.7, CAEP 1.0 section 2).
    const members = { [EVENTS.compromise]: { credential_type: 'app', event_timestamp: seconds, ...(due.reason === null ? {} : { reason_admin: due.reason.en }) }, [EVENTS.revoked]: { event_timestamp: seconds, initiating_entity: 'policy', ...said } }[due.event] ?? {};
    return signToken(key, { ...common, txn: String(due.id), subject: pairs.pseudonymFor(peer.issuer, issuer, due.rpps), members });
  }

  /** Pushes what is due. @returns how many peers have taken. */
  async pushDue(): Promise<number> {
    const due = await claimDue(this.#context.pool, null, BATCH);
    const ends = await Promise.all(due.map(async (one) => {
      const fault = await this.#push(one).catch((cause: unknown) => (cause instanceof Error ? cause.name : 'failed'));
      await endDelivery(this.#context.pool, one.peerId, { jti: one.jti, fault });
      if (fault !== null) log('warn', 'signal-not-delivered', { peer: one.peerId, fault });
      return fault;
    }));
    return ends.filter((fault) => fault === null).length;
  }

  // 202 taken; 400 refused for good, but for what a peer may put right meanwhile (RFC 8935 section 2.3).
  async #push(due: DueSignal): Promise<string | null> {
    const peer = await this.#peers.findById(due.peerId);
    if (peer?.pushUrl == null || !isPeerUrl(peer.pushUrl)) return 'no-address';
    const response = await fetch(peer.pushUrl, { method: 'POST', headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json' }, body: await this.#token(peer, due), redirect: 'error', signal: AbortSignal.timeout(REQUEST_MS) });
    const said = await readReply(response);
    if (response.status === 202) return null;
    const { err } = parseObject(said) as { err?: unknown };
    return response.status === 400 && err !== 'access_denied' && err !== 'invalid_issuer' ? 'refused' : `status-${response.status}`;
  }

  /** One poll by a peer (RFC 8936 section 2.2): takes its acknowledgements, hands out what is there. */
  async answerPoll(peer: Peer, poll: { readonly ack: readonly string[]; readonly errors: readonly string[]; readonly max: number }): Promise<{ sets: Record<string, string>; moreAvailable: boolean }> {
    for (const jti of poll.ack) await endDelivery(this.#context.pool, peer.id, { jti, fault: null });
    for (const jti of poll.errors) await endDelivery(this.#context.pool, peer.id, { jti, fault: 'refused' });
    if (poll.max === 0) return { sets: {}, moreAvailable: false };
    const due = await claimDue(this.#context.pool, peer.id, Math.min(poll.max, BATCH));
    const sets = Object.fromEntries(await Promise.all(due.map(async (one) => [one.jti, await this.#token(peer, one)] as const)));
    return { sets, moreAvailable: due.length === BATCH };
  }

  /** Polls every peer that wants it, and acknowledges what was taken. @returns how many tokens were taken. */
  async pollPeers(receiver: Receiver): Promise<number> {
    let taken = 0;
    for (const peer of await this.#peers.all()) {
      if (peer.pollsAt === null || !isPeerUrl(peer.pollsAt)) continue;
      taken += await this.#pollOne(peer, receiver).catch((cause: unknown) => {
        log('warn', 'peer-not-polled', { peer: peer.id, fault: cause instanceof Error ? cause.name : 'failed' });
        return 0;
      });
    }
    return taken;
  }

  async #pollOne(peer: Peer, receiver: Receiver): Promise<number> {
    const sets = Object.entries((await this.#poll(peer, { maxEvents: BATCH, returnImmediately: true }))['sets'] ?? {}).slice(0, BATCH);
    const ack: string[] = [];
    const setErrs: Record<string, { err: string; description: string }> = {};
    for (const [jti, token] of sets) {
      try {
        await receiver.take(String(token), peer);
        ack.push(jti);
      } catch (cause) {
        const detail = (cause as { detail?: string }).detail ?? '';
        if (detail.startsWith('invalid_')) setErrs[jti] = { err: detail, description: 'refused' };
      }
    }
    if (ack.length + Object.keys(setErrs).length > 0) await this.#poll(peer, { maxEvents: 0, returnImmediately: true, ack, setErrs });
    return ack.length;
  }

  async #poll(peer: Peer, request: object): Promise<Record<string, Record<string, unknown> | undefined>> {
    const [url, body] = [peer.pollsAt ?? '', JSON.stringify(request)];
    const authorization = `Bearer ${await signRequest(this.#context.key, { issuer: this.#context.issuer, url, body })}`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body, redirect: 'error', signal: AbortSignal.timeout(REQUEST_MS) });
    const said = await readReply(response);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return parseObject(said) as Record<string, Record<string, unknown> | undefined>;
  }
}

/** The id of the one stream to a peer. */
export function streamIdOf(peer: { readonly id: number }): string {
  return `stream-${peer.id}`;
}

async function readReply(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > REPLY_MAX) throw new RangeError('the reply is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: nothing was said.
  }
  return {};
}
