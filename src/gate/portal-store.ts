import { callDurablyIn, type Pool } from '../ground/index.ts';

/** Who calls, as a verified proof shows it. */
export interface Proven {
  readonly session: string;
  readonly jkt: string;
  readonly proofId: string;
}

/** What the portal's screen says of who is signed in. */
export interface SignInView {
  readonly shownAs: string | null;
  readonly establishment: string;
  readonly town: string;
  readonly peerGroup: string;
  readonly asksAsEstablishment: boolean;
  readonly how: 'psc' | 'passkey';
  readonly staff: boolean;
  readonly expiresAt: string;
  readonly passkeys: number;
  /** All passkeys were said to be lost: until then no new one. */
  readonly lostUntil: string | null;
  readonly frozen: boolean;
}

/** One's own day: no person in it. */
export interface DayView {
  readonly questions: readonly { readonly entry: number; readonly at: string; readonly outcome: string; readonly domain: string; readonly guarantee: number | null; readonly state: string | null }[];
  readonly ceilings: readonly { readonly class: 'u' | 'k' | 'c'; readonly perDay: number; readonly used: number; readonly raisedUntil: string | null }[];
  readonly signIns: readonly { readonly at: string; readonly how: string; readonly endedAt: string | null; readonly current: boolean }[];
  readonly passkeys: readonly { readonly enrolledAt: string; readonly lastUsedAt: string | null; readonly singleDevice: boolean }[];
}

type Json = Readonly<Record<string, unknown>>;

async function call<T>(pool: Pool, text: string, values: unknown[]): Promise<T | null> {
  const { rows } = await pool.query<{ result: T | null }>(`select ${text} as result`, values);
  return rows[0]?.result ?? null;
}

/** What the authorization server left to be verified for this session and key; null once it was. */
export function readEvidence(pool: Pool, caller: Proven): Promise<Json | null> {
  return call(pool, 'gate.read_evidence($1, $2)', [caller.session, caller.jkt]);
}

export function findPasskey(pool: Pool, credentialId: string): Promise<{ readonly id: number; readonly publicKey: string; readonly signCount: number } | null> {
  return call(pool, 'gate.find_passkey($1)', [credentialId]);
}

/** Records who a verified sign-in is. @returns null, or why not. */
export function confirmSignIn(pool: Pool, caller: Proven, found: Json): Promise<'session' | 'replay' | 'unknown-person' | 'frozen' | 'not-opened' | null> {
  return call(pool, 'gate.confirm_sign_in($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(found)]);
}

export function showSignIn(pool: Pool, caller: Proven): Promise<SignInView | null> {
  return call(pool, 'gate.show_sign_in($1, $2, $3)', [caller.session, caller.jkt, caller.proofId]);
}

export function addPasskey(pool: Pool, caller: Proven, key: Json): Promise<'session' | 'stale' | 'step-up' | 'known' | null> {
  return call(pool, 'gate.add_passkey($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(key)]);
}

export function losePasskeys(pool: Pool, caller: Proven): Promise<'session' | 'stale' | null> {
  return call(pool, 'gate.lose_passkeys($1, $2, $3)', [caller.session, caller.jkt, caller.proofId]);
}

/** Two operators set a professional's lost passkeys aside before their day is over. @returns how many; null when a name or the reason is missing. */
export function forgivePasskeys(pool: Pool, order: { readonly rpps: string; readonly by: string; readonly and: string; readonly reason: string }): Promise<number | null> {
  return call(pool, 'gate.forgive_passkeys($1, $2, $3, $4)', [order.rpps, order.by, order.and, order.reason]);
}

export function stepUp(pool: Pool, caller: Proven, touch: Json): Promise<'session' | 'not-yours' | null> {
  return call(pool, 'gate.step_up($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(touch)]);
}

export function raiseOwn(pool: Pool, caller: Proven, reason: string): Promise<'session' | 'step-up' | 'young' | 'already' | null> {
  return call(pool, 'gate.raise_own($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, reason]);
}

/** Keeps a code for one user of the calling software. @returns false where there is none to give. */
export async function offerTouch(pool: Pool, caller: Proven, offer: { readonly user: string; readonly codeHash: string }): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.offer_touch($1, $2, $3, $4)', [caller.session, caller.jkt, offer.user, offer.codeHash])) === true;
}

/** Answers for the user of a software, by the code it was given. @returns null, or why not. */
export function useTouch(pool: Pool, caller: Proven, order: { readonly code: string; readonly reason: string }): Promise<'session' | 'staff' | 'step-up' | 'young' | 'unknown-code' | null> {
  return call(pool, 'gate.use_touch($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(order)]);
}

/** @returns the journal entry's number, null without a session. */
export function freezeOwn(pool: Pool, caller: Proven): Promise<number | null> {
  return call(pool, 'gate.freeze_own($1, $2, $3)', [caller.session, caller.jkt, caller.proofId]);
}

/** A freeze as the frozen one reads it: no person in it. */
export interface OwnFreeze {
  readonly freeze: number;
  readonly at: string;
  readonly reasons: readonly { readonly code: string; readonly fr: string; readonly en: string }[];
  /** Questions with a card or about a known patient go on. */
  readonly unproven: boolean;
  readonly installation: boolean;
  readonly automatic: boolean;
  readonly reviewDueAt: string;
  readonly reviewedAt: string | null;
  readonly onCallUntil: string | null;
  /** Signing in again through Pro Santé Connect lifts it. */
  readonly selfLift: boolean;
  readonly appeal: { readonly at: string; readonly dueAt: string; readonly answeredAt: string | null; readonly answer: 'lifted' | 'kept' | null } | null;
}

/** One's own open freezes. @param user pseudonym, from a software. @returns null to nobody known. */
export function showFreezes(pool: Pool, caller: Proven, user?: string): Promise<readonly OwnFreeze[] | null> {
  return call(pool, 'gate.show_freezes($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, user ?? null]);
}

/** Asks for a review of one's own open freezes. @returns them; null to nobody known. */
export function appeal(pool: Pool, caller: Proven, order: { readonly reason: string; readonly user?: string }): Promise<readonly OwnFreeze[] | null> {
  return call(pool, 'gate.appeal($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(order)]);
}

export async function endSignIn(pool: Pool, caller: Proven): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.end_sign_in($1, $2, $3)', [caller.session, caller.jkt, caller.proofId])) === true;
}

/** @param codeHash hash128 of the invitation's code. */
export function inviteStaff(pool: Pool, caller: Proven, codeHash: string): Promise<'session' | 'forbidden' | 'step-up' | null> {
  return call(pool, 'gate.invite_staff($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, codeHash]);
}

export async function showDay(pool: Pool, caller: Proven): Promise<DayView | null> {
  const [row] = await callDurablyIn<{ told: DayView | null }>(pool, { text: 'call gate.show_day($1::uuid, $2::uuid, $3::uuid, null)', values: [caller.session, caller.jkt, caller.proofId] });
  return row?.told ?? null;
}

/** A card code to register: its id's hash, and whom it stands for by the insurer's own indexes. */
export interface CardToRegister {
  readonly id: string;
  readonly byNir?: string;
  readonly byAdherent?: string;
  readonly from: string;
  readonly to: string;
}

/** One code each: null, 'unknown', 'known'; null in all to a caller that is no insurer. */
export function registerCards(pool: Pool, caller: Proven, cards: readonly CardToRegister[]): Promise<readonly ('unknown' | 'known' | null)[] | null> {
  return call(pool, 'gate.register_cards($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, JSON.stringify(cards)]);
}

/** @param cards hash128 of each id. @returns how many were revoked; null to a caller that is no insurer. */
export function revokeCards(pool: Pool, caller: Proven, cards: readonly string[]): Promise<number | null> {
  return call(pool, 'gate.revoke_cards($1, $2, $3, $4)', [caller.session, caller.jkt, caller.proofId, cards]);
}
