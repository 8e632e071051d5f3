import { AppError, callDurablyIn, type Pool } from '../../ground/index.ts';
import type { PlainTouch, ProvenCaller } from '../../access/index.ts';

/** Who calls, as the database's functions take it. */
export interface DeskCaller extends ProvenCaller {
  /** The screen refreshes itself: keeps nobody signed in. */
  readonly unattended: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const REFUSED: Readonly<Record<string, () => AppError>> = {
  RPD01: () => new AppError({ code: 'unauthenticated', detail: 'session', publicText: { fr: 'Votre session est terminée. Reconnectez-vous avec votre clé d’accès.', en: 'Your session has ended. Sign in again with your passkey.' } }),
  RPD02: () => new AppError({ code: 'forbidden', detail: 'power', publicText: { fr: 'Votre rôle ne le permet pas. Demandez à un officier qui en a le pouvoir.', en: 'Your role does not allow it. Ask an officer who has that power.' } }),
};

/** Calls one function; its refusals of a session or a power become errors. @throws AppError */
export async function call<T>(pool: Pool, text: string, values: readonly unknown[]): Promise<T> {
  try {
    const { rows } = await pool.query<{ result: T }>(`select ${text} as result`, [...values]);
    return rows[0]?.result as T;
  } catch (cause) {
    throw REFUSED[(cause as { code?: string }).code ?? '']?.() ?? cause;
  }
}

/** A caller as the database's functions take it. */
export const asJson = ({ session, jkt, proofId, unattended }: DeskCaller): string => JSON.stringify({ session, jkt, proof: proofId, unattended });

/** The name of the officer whose one-time code this is (by its hash); null when it opens nothing. */
export function findHolderOfCode(pool: Pool, codeHash: string): Promise<string | null> {
  return call(pool, 'desk.holder_of_code($1)', [codeHash]);
}

/** Spends a code and records the passkey. @returns null, or why not. */
export function enrol(pool: Pool, codeHash: string, key: Json): Promise<'code' | 'key' | 'known' | null> {
  return call(pool, 'desk.enrol($1, $2)', [codeHash, JSON.stringify(key)]);
}

export function findPasskey(pool: Pool, credentialId: string): Promise<{ readonly id: number; readonly publicKey: string; readonly signCount: number } | null> {
  return call(pool, 'desk.find_passkey($1)', [credentialId]);
}

/** Opens a session by a touch that the database verifies. @returns false when it does not hold. */
export function openSession(pool: Pool, opened: { readonly secretHash: string; readonly jkt: string; readonly nonce: string; readonly touch: PlainTouch }): Promise<boolean> {
  return call(pool, 'desk.open_session($1, $2, $3, $4)', [opened.secretHash, opened.jkt, opened.nonce, JSON.stringify(opened.touch)]);
}

/** Counts a refusal of somebody who is not known. */
export function noteRefusal(pool: Pool, reason: string): Promise<void> {
  return call(pool, 'desk.refused($1)', [reason]);
}

/** Calls one of the functions that answer an officer, by name: each verifies the caller and their power itself. */
export function askDesk<T>(pool: Pool, name: 'me' | 'end_session' | 'officers' | 'requests' | 'now' | 'incidents' | 'drills' | 'signals', caller: DeskCaller): Promise<T> {
  return call(pool, `desk.${name}($1)`, [asJson(caller)]);
}

/** A request as its officers see it; `text` is what the viewer would sign. */
export interface RequestView {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly state: string;
}

/** Writes a request down, not yet signed. @returns null when its kind, subject or reason is not as it must be; `refused` when this officer asked the same and it waits. */
export function askForTwo(pool: Pool, caller: DeskCaller, asked: { readonly kind: string; readonly subject: Json; readonly reason: string }): Promise<RequestView | { readonly refused: 'waiting' } | null> {
  return call(pool, 'desk.ask($1, $2, $3, $4)', [asJson(caller), asked.kind, JSON.stringify(asked.subject), asked.reason]);
}

/** Signs a request; the second signature carries it out. @returns null, or why not. */
export function signRequest(pool: Pool, caller: DeskCaller, signed: { readonly id: string; readonly touch: PlainTouch; readonly codeHash: string }): Promise<'gone' | 'own' | 'touch' | 'failed' | 'list' | null> {
  return call(pool, 'desk.sign_request($1, $2, $3, $4)', [asJson(caller), signed.id, JSON.stringify(signed.touch), JSON.stringify({ codeHash: signed.codeHash })]);
}

/** @returns false when there is no such request waiting, or no reason was given to somebody else's. */
export function declineRequest(pool: Pool, caller: DeskCaller, declined: { readonly id: string; readonly reason: string }): Promise<boolean> {
  return call(pool, 'desk.decline_request($1, $2, $3)', [asJson(caller), declined.id, declined.reason]);
}

/** Freezes one user of an installation, or the installation. @returns its number; null when it names nobody. */
export function freeze(pool: Pool, caller: DeskCaller, order: { readonly client: string; readonly user?: string; readonly reason: string }): Promise<number | null> {
  return call(pool, 'desk.freeze($1, $2, $3, $4)', [asJson(caller), order.client, order.user ?? null, order.reason]);
}

/** A human's look at a freeze: keeps or lifts it. @returns false when it is not open. */
export function reviewFreeze(pool: Pool, caller: DeskCaller, review: { readonly freeze: number; readonly lift: boolean; readonly reason: string }): Promise<boolean> {
  return call(pool, 'desk.review($1, $2, $3, $4)', [asJson(caller), review.freeze, review.lift, review.reason]);
}

/** Lifts an automatic freeze for twelve hours, where care cannot wait. @returns false where that is not for one officer to do. */
export function liftOnCall(pool: Pool, caller: DeskCaller, lift: { readonly freeze: number; readonly reason: string }): Promise<boolean> {
  return call(pool, 'desk.lift_on_call($1, $2, $3)', [asJson(caller), lift.freeze, lift.reason]);
}

export function seeAlarm(pool: Pool, caller: DeskCaller, alarm: number): Promise<boolean> {
  return call(pool, 'desk.see_alarm($1, $2)', [asJson(caller), alarm]);
}

/** An alarm about a peer was looked at. @returns false when it was before. */
export function seePeerAlarm(pool: Pool, caller: DeskCaller, alarm: number): Promise<boolean> {
  return call(pool, 'desk.see_peer_alarm($1, $2)', [asJson(caller), alarm]);
}

/** Tells peers that a freeze is a compromise, or takes that back. @returns how many are told; null when there is nothing to tell. */
export function signal(pool: Pool, caller: DeskCaller, order: { readonly freeze: number; readonly back: boolean; readonly reason: string }): Promise<number | null> {
  return call(pool, 'desk.signal($1, $2, $3, $4)', [asJson(caller), order.freeze, order.back, order.reason]);
}

export function endStop(pool: Pool, caller: DeskCaller, stop: number): Promise<boolean> {
  return call(pool, 'desk.end_stop($1, $2)', [asJson(caller), stop]);
}

/** Looks at a professional's or a person's entries: the look is journalled and committed before anything is told. */
export async function look(pool: Pool, caller: DeskCaller, about: { readonly rpps?: string; readonly person?: string; readonly reason: string }): Promise<unknown> {
  const { reason, ...whom } = about;
  try {
    const [row] = await callDurablyIn<{ told: unknown }>(pool, { text: 'call desk.look($1, $2, $3, null)', values: [asJson(caller), JSON.stringify(whom), reason] });
    return row?.told ?? null;
  } catch (cause) {
    throw REFUSED[(cause as { code?: string }).code ?? '']?.() ?? cause;
  }
}
