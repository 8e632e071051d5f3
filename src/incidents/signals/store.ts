import type { JSONWebKeySet } from 'jose';
import type { Pool, PublicText } from '../../ground/index.ts';
import type { Rpps } from '../../identifiers/index.ts';

/** A peer in force, as the operator described it. */
export interface Peer {
  readonly id: number;
  readonly issuer: string;
  readonly name: string;
  readonly kind: 'operator' | 'identity-provider';
  readonly keys: JSONWebKeySet;
  readonly sendsBy: 'push' | 'poll';
  readonly pushUrl: string | null;
  readonly pollsAt: string | null;
  readonly status: 'enabled' | 'paused' | 'disabled';
  readonly freezesAnHour: number;
  readonly verifiedAt: Date | null;
}

/** What an operator says of a new peer (docs/how-to/connect-a-peer.md). */
export interface PeerDescription {
  readonly issuer: string;
  readonly name: string;
  readonly kind: Peer['kind'];
  readonly keys: JSONWebKeySet;
  /** Where ours are pushed; left out: the peer polls. */
  readonly pushUrl?: string;
  /** Where its tokens are polled; left out: it pushes. */
  readonly pollsAt?: string;
  readonly freezesAnHour?: number;
}

const PEER = 'id, issuer, name, kind, keys, sends_by as "sendsBy", push_url as "pushUrl", polls_at as "pollsAt", status, freezes_an_hour as "freezesAnHour", verified_at as "verifiedAt"';

async function call<T>(pool: Pool, text: string, values: unknown[]): Promise<T> {
  const { rows } = await pool.query<{ result: T }>(`select ${text} as result`, values);
  return rows[0]?.result as T;
}

/** Peers that were not removed. */
export async function listPeers(pool: Pool): Promise<Peer[]> {
  return (await pool.query<Peer>(`select ${PEER} from signals.peer where removed_at is null order by id`)).rows;
}

/** Adds a peer, by two persons. @returns its number; null when a name or the description is not as it must be, or it is there already. */
export function addPeer(pool: Pool, peer: PeerDescription, by: { readonly by: string; readonly and: string }): Promise<number | null> {
  return call(pool, 'gate.add_peer($1, $2, $3)', [JSON.stringify(peer), by.by, by.and]);
}

export function removePeer(pool: Pool, issuer: string, by: string): Promise<boolean> {
  return call(pool, 'gate.remove_peer($1, $2)', [issuer, by]);
}

/** The decision that a freeze is a compromise: peers are told. @returns how many; null when it is not open, or a name or reason is missing. */
export function signalCompromise(pool: Pool, order: { readonly freeze: number; readonly by: string; readonly reason: string }): Promise<number | null> {
  return call(pool, 'gate.signal_compromise($1, $2, $3)', [order.freeze, order.by, order.reason]);
}

/** What the desk must look at. */
export interface SignalAlarm {
  readonly id: number;
  readonly issuer: string;
  readonly kind: 'ceiling' | 'flood' | 'pair-key' | 'unreachable' | 'refused';
  readonly hour: Date;
  readonly count: number;
}

/** Alarms that nobody has looked at. */
export async function listSignalAlarms(pool: Pool): Promise<SignalAlarm[]> {
  return (await pool.query<SignalAlarm>('select a.id, p.issuer, a.kind, a.hour, a.count from signals.alarm a join signals.peer p on p.id = a.peer_id where a.seen_at is null order by a.id')).rows;
}

export function seeSignalAlarm(pool: Pool, id: number, by: string): Promise<boolean> {
  return call(pool, 'gate.see_peer_alarm($1, $2)', [id, by]);
}

/** One incident's share of what went out: how many peers were told, how many have it. */
export async function countDelivered(pool: Pool, freeze: number): Promise<{ told: number; delivered: number }> {
  return (await pool.query<{ told: number; delivered: number }>('select count(*)::int as told, count(delivered_at)::int as delivered from signals.outbox where freeze_id = $1', [freeze])).rows[0] ?? { told: 0, delivered: 0 };
}

export type Taken = 'taken' | 'known' | 'unverified' | 'too-many' | 'old';

/** Takes a verified token. */
export function takeSignal(pool: Pool, peer: number, token: { readonly jti: string; readonly iat: number; readonly event: string; readonly subject: string }): Promise<Taken> {
  return call(pool, 'gate.take_signal($1, $2)', [peer, JSON.stringify(token)]);
}

export function verifyPeer(pool: Pool, peer: number, state: string | null): Promise<boolean> {
  return call(pool, 'gate.verify_peer($1, $2)', [peer, state]);
}

/** A token that was taken and not yet acted on. */
export interface OpenSignal {
  readonly id: number;
  readonly peerId: number;
  readonly subject: string;
  /** Known since an earlier look: its professional has not asked here yet. */
  readonly professionalId: number | null;
}

export async function listOpenSignals(pool: Pool, limit: number): Promise<OpenSignal[]> {
  return (await pool.query<OpenSignal>('select id, peer_id as "peerId", subject, professional_id as "professionalId" from gate.open_signals($1)', [limit])).rows;
}

/** Acts on one. @returns what was done. */
export function applySignal(pool: Pool, id: number, professional: number | null): Promise<string> {
  return call(pool, 'gate.apply_signal($1, $2)', [id, professional]);
}

export async function listProfessionals(pool: Pool): Promise<{ id: number; rpps: Rpps }[]> {
  return (await pool.query<{ id: number; rpps: Rpps }>('select id, rpps from access.professional')).rows;
}

export function sweepSignals(pool: Pool): Promise<number> {
  return call(pool, 'gate.sweep_signals()', []);
}

/** An event on its way out. */
export interface DueSignal {
  readonly id: number;
  readonly peerId: number;
  readonly jti: string;
  readonly event: string;
  readonly rpps: Rpps | null;
  readonly reason: PublicText | null;
  readonly stateText: string | null;
  readonly at: Date;
}

/** Claims what is due: to those we push when `peer` is null, else to the one that polls. */
export async function claimDue(pool: Pool, peer: number | null, limit: number): Promise<DueSignal[]> {
  return (await pool.query<DueSignal>('select id, peer_id as "peerId", jti, event, rpps, reason, state_text as "stateText", at from gate.due_signals($1, $2)', [peer, limit])).rows;
}

/** How a delivery ended: null delivered, `refused` never again, else tried again. */
export function endDelivery(pool: Pool, peer: number, ended: { readonly jti: string; readonly fault: string | null }): Promise<boolean> {
  return call(pool, 'gate.end_delivery($1, $2::uuid, $3)', [peer, ended.jti, ended.fault]);
}

export function changeStream(pool: Pool, peer: number, change: { readonly status?: Peer['status']; readonly verify?: string }): Promise<boolean> {
  return call(pool, 'gate.change_stream($1, $2)', [peer, JSON.stringify(change)]);
}

export async function raiseAlarm(pool: Pool, peer: number, kind: SignalAlarm['kind']): Promise<void> {
  await call(pool, 'gate.alarm_of_peer($1, $2)', [peer, kind]);
}

/** Refusals before anybody was proven: counted by minute and reason, the first of each an entry. */
export async function noteRefusals(pool: Pool, counts: ReadonlyMap<string, number>): Promise<void> {
  await pool.query('select gate.note_refusals($1::uuid[], $2::text[], $3::bigint[])', [Array.from(counts, () => null), [...counts.keys()], [...counts.values()]]);
}
