import type { Pool, PublicText } from '../ground/index.ts';

/** Why somebody was frozen: a stable code and the words that they and a reviewer read. */
export interface Reason extends PublicText {
  readonly code: string;
}

/** A freeze that is not lifted. */
export interface OpenFreeze {
  readonly id: number;
  readonly at: Date;
  readonly by: string;
  readonly reasons: readonly Reason[];
  /** When a human must have looked at it. */
  readonly reviewDueAt: Date;
  readonly clientId: string;
  /** Pseudonym of the user, empty for an establishment that asks as such; null when the whole installation is frozen. */
  readonly user: string | null;
  readonly establishment: string | null;
  /** Stops only questions without proof of presence. */
  readonly unproven: boolean;
  readonly reviewedAt: Date | null;
  /** Lifted by one operator on call until then; a second one must review it. */
  readonly onCallUntil: Date | null;
  readonly onCallBy: string | null;
  /** A review was asked for: a fixed word for why, and when it must be answered. */
  readonly appeal: string | null;
  readonly appealDueAt: Date | null;
}

/** A stop that is still acting. */
export interface OpenStop {
  readonly id: number;
  readonly scope: 'establishment' | 'vendor' | 'platform';
  readonly subject: string;
  readonly byFirst: string;
  readonly bySecond: string;
  readonly reason: string;
  readonly until: Date;
}

async function call<T>(pool: Pool, text: string, values: unknown[]): Promise<T | null> {
  const { rows } = await pool.query<{ result: T | null }>(`select ${text} as result`, values);
  return rows[0]?.result ?? null;
}

/** The guard's own freeze of one user. @returns its number; 0 when too many in an hour make it a human's; null when frozen already. */
export async function freezeByGuard(pool: Pool, userId: number, reasons: readonly Reason[]): Promise<number | null> {
  const id = await call<string>(pool, 'gate.freeze_by_guard($1, $2)', [userId, JSON.stringify(reasons)]);
  return id === null ? null : Number(id);
}

/** Asks one user for a touch before further questions without presence. */
export async function demandStepUp(pool: Pool, userId: number, reasons: readonly Reason[]): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.demand_step_up($1, $2)', [userId, JSON.stringify(reasons)])) === true;
}

/** The same for what an alarm over many users says of one: no other name of their software is asked with them. */
export async function demandStepUpByAlarm(pool: Pool, userId: number, reasons: readonly Reason[]): Promise<void> {
  await call<boolean>(pool, 'gate.demand_step_up($1, $2, false)', [userId, JSON.stringify(reasons)]);
}

/** One line of the stream that the detectors read. */
export interface TraceRow {
  readonly entry: string;
  /** Milliseconds since the epoch: a number is read in a tenth of a date's time. */
  readonly at: number;
  readonly user_id: string | null;
  readonly installation_id: string;
  readonly insurer_id: number;
  readonly outcome: string;
  readonly who: string;
  readonly area: string;
  readonly root: string;
  readonly place: string | null;
  readonly peer_group: string;
  readonly device: string | null;
  readonly network: string | null;
}

/** The entry from which a guard that starts reads: 30 days back. */
export async function findTraceStart(pool: Pool): Promise<number> {
  return Number(await call<string>(pool, 'gate.trace_start()', []) ?? 0);
}

/** The last entry that a guard acted on; null when none ever did. */
export async function findLookedUntil(pool: Pool): Promise<number | null> {
  const entry = await call<string>(pool, 'gate.looked_until()', []);
  return entry === null ? null : Number(entry);
}

export async function noteLooked(pool: Pool, entry: number): Promise<void> {
  await pool.query({ name: 'looked', text: 'select gate.note_looked($1)', values: [entry] });
}

/** The stream after an entry, in order, and of those before it what was missing and is there by now. */
export async function readTrace(pool: Pool, from: { readonly after: number; readonly missing: readonly number[] }, limit: number): Promise<TraceRow[]> {
  return (await pool.query<TraceRow>({ name: 'trace', text: `select entry, round(date_part('epoch', at) * 1000) as at, user_id, installation_id, insurer_id, outcome, who, area, root, place, device, network, peer_group from gate.read_trace($1, $2, $3)`, values: [from.after, from.missing, limit] })).rows;
}

/** Tells the operators what concerns more than one user: counts, nobody's name. Stops nothing. */
export async function raisePattern(pool: Pool, code: string, detail: string): Promise<void> {
  await pool.query('select gate.raise_pattern($1, $2)', [code, detail]);
}

/** Yeses without proof of presence, 5 to 12 days old, by user, and how many were followed by a used guarantee; of insurers that send uses. */
export async function readCare(pool: Pool): Promise<{ user: number; peers: string; answered: number; used: number }[]> {
  return (await pool.query<{ user: number; peers: string; answered: number; used: number }>('select user_id as "user", peer_group as peers, answered, used from gate.read_care()')).rows;
}

/** An operator's freeze of one user or one installation. @returns its number; null when it names nobody or says not who or why. */
export async function freezeByOperator(pool: Pool, order: { readonly clientId: string; readonly user?: string; readonly by: string; readonly reason: string }): Promise<number | null> {
  const id = await call<string>(pool, 'gate.freeze_by_operator($1, $2, $3, $4)', [order.clientId, order.user ?? null, order.by, order.reason]);
  return id === null ? null : Number(id);
}

export async function liftByOperator(pool: Pool, order: { readonly id: number; readonly by: string; readonly reason: string }): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.lift_by_operator($1, $2, $3)', [order.id, order.by, order.reason])) === true;
}

/** An operator gives the touch that the guard wants of one user of a software; the empty name is an establishment that asks as such. @returns false when none is asked for, or it is not said who and why. */
export async function giveTouch(pool: Pool, order: { readonly clientId: string; readonly user: string; readonly by: string; readonly reason: string }): Promise<boolean> {
  const { clientId, user, ...rest } = order;
  return (await call<boolean>(pool, 'gate.give_touch($1, $2, $3)', [clientId, user, JSON.stringify(rest)])) === true;
}

/** Freezes not lifted, oldest first. */
export async function listFreezes(pool: Pool): Promise<OpenFreeze[]> {
  const { rows } = await pool.query<OpenFreeze>(`select f.id::int, f.at, f.by, f.reasons, f.review_due_at as "reviewDueAt", n.client_id as "clientId", u.pseudonym as "user", e.identifier as establishment,
      f.unproven, f.reviewed_at as "reviewedAt", f.on_call_until as "onCallUntil", f.on_call_by as "onCallBy", a.reason as appeal, a.due_at as "appealDueAt"
    from guard.freeze f left join access.app_user u on u.id = f.user_id join access.installation n on n.id = coalesce(f.installation_id, u.installation_id)
    left join access.establishment e on e.id = n.establishment_id left join guard.appeal a on a.freeze_id = f.id and a.answered_at is null where f.lifted_at is null order by f.id`);
  return rows;
}

/** Stops wider than one, by two persons. @returns its number; null when a name, the reason or the end is not as it must be. */
export async function stopWidely(pool: Pool, order: { readonly scope: OpenStop['scope']; readonly subject: string; readonly by: string; readonly and: string; readonly reason: string; readonly hours: number }): Promise<number | null> {
  const { scope, subject, ...rest } = order;
  const id = await call<string>(pool, 'gate.stop_widely($1, $2, $3)', [scope, subject, JSON.stringify(rest)]);
  return id === null ? null : Number(id);
}

export async function endStop(pool: Pool, order: { readonly id: number; readonly by: string }): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.end_stop($1, $2)', [order.id, order.by])) === true;
}

/** Stops that are still acting. */
export async function listStops(pool: Pool): Promise<OpenStop[]> {
  const { rows } = await pool.query<OpenStop>(`select id::int, scope, subject, by_first as "byFirst", by_second as "bySecond", reason, until from guard.stop where ended_at is null and until > clock_timestamp() order by id`);
  return rows;
}

/** Ceilings without presence as a share of the starting ones. @returns how many; null when a name, the reason or the share is not as it must be. */
export function setCeilings(pool: Pool, order: { readonly share: number; readonly source: string; readonly from: string; readonly by: string; readonly reason: string }): Promise<number | null> {
  return call(pool, 'gate.set_ceilings($1, $2, $3, $4)', [order.share, order.from, order.source, JSON.stringify({ by: order.by, reason: order.reason })]);
}

/** A human looked: the freeze is lifted or kept, an appeal answered. @returns false when it is not open, names nobody, or was lifted on call by the same person. */
export async function reviewFreeze(pool: Pool, order: { readonly id: number; readonly lift: boolean; readonly by: string; readonly reason: string }): Promise<boolean> {
  const { id, lift, ...rest } = order;
  return (await call<boolean>(pool, 'gate.review_freeze($1, $2, $3)', [id, lift, JSON.stringify(rest)])) === true;
}

/** One operator on call lifts an automatic freeze in a pharmacy or a hospital for 12 hours, once. */
export async function liftOnCall(pool: Pool, order: { readonly id: number; readonly by: string; readonly reason: string }): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.lift_on_call($1, $2, $3)', [order.id, order.by, order.reason])) === true;
}

/** Opens an epoch of decoys: each insurer's next full file brings new ones. @returns its number; null when a name or the reason is missing. */
export function openDecoyEpoch(pool: Pool, order: { readonly by: string; readonly and: string; readonly reason: string; readonly perMille?: number }): Promise<number | null> {
  return call(pool, 'gate.open_decoy_epoch($1)', [JSON.stringify(order)]);
}

/** How many decoys an insurer's register holds, by epoch; which ones they are is not in the database. */
export interface DecoyCount {
  readonly amc: string;
  readonly epoch: number;
  readonly live: number;
  /** Froze somebody, and are known to them. */
  readonly hit: number;
  readonly retired: number;
}

export async function countDecoys(pool: Pool): Promise<DecoyCount[]> {
  const { rows } = await pool.query<DecoyCount>(`select i.amc_number as amc, d.epoch, (count(*) filter (where d.hit_at is null and d.retired_at is null))::int as live,
      (count(*) filter (where d.hit_at is not null and d.retired_at is null))::int as hit, (count(*) filter (where d.retired_at is not null))::int as retired
    from guard.decoy d join registry.insurer i on i.id = d.insurer_id group by 1, 2 order by 1, 2`);
  return rows;
}

/** More persons without presence than those above a caller usually have. Refuses nobody. */
export interface Alarm {
  readonly id: number;
  readonly scope: 'establishment' | 'vendor' | 'platform';
  /** Row number of the establishment, the vendor's name, or ''. */
  readonly subject: string;
  readonly at: Date;
  readonly until: Date;
  readonly span: 'minute' | 'hour' | 'day' | 'month';
  readonly told: number;
  readonly ceiling: number;
  readonly seenBy: string | null;
}

/** Alarms of the last 30 days, newest first. */
export async function listAlarms(pool: Pool): Promise<Alarm[]> {
  const { rows } = await pool.query<Alarm>(`select id::int, scope, subject, at, until, span, told, ceiling, seen_by as "seenBy" from guard.alarm where at > clock_timestamp() - interval '30 days' order by id desc limit 500`);
  return rows;
}

export async function seeAlarm(pool: Pool, order: { readonly id: number; readonly by: string }): Promise<boolean> {
  return (await call<boolean>(pool, 'gate.see_alarm($1, $2)', [order.id, order.by])) === true;
}

/** Adds what batches handed up to the sums of vendors and platform, and raises alarms. @returns how many lumps. */
export async function foldAbove(pool: Pool): Promise<number> {
  return await call<number>(pool, 'gate.fold_above()', []) ?? 0;
}
