import type { Pool } from '../../ground/index.ts';
import { asJson, call, type DeskCaller } from './store.ts';

type Json = Readonly<Record<string, unknown>>;

/** One incident, whole; null when there is none. */
export function showIncident(pool: Pool, caller: DeskCaller, id: number): Promise<Json | null> {
  return call(pool, 'desk.incident($1, $2)', [asJson(caller), id]);
}

/** Opens an incident for a freeze, or over a credential and a window. @returns its number, or why not: a code of `REFUSALS`; neither when the order names nobody. */
export function openIncident(pool: Pool, caller: DeskCaller, order: Json): Promise<{ readonly id?: number; readonly refused?: string } | null> {
  return call(pool, 'desk.open_incident($1, $2)', [asJson(caller), JSON.stringify(order)]);
}

/** What changed from one list of an incident to another; null when either is no list of it. */
export function showDifference(pool: Pool, caller: DeskCaller, lists: { readonly incident: number; readonly before: number; readonly after: number }): Promise<Json | null> {
  return call(pool, 'desk.difference($1, $2, $3, $4)', [asJson(caller), lists.incident, lists.before, lists.after]);
}

export type IncidentAct = 'move' | 'facts' | 'scope' | 'assess' | 'notify' | 'clock' | 'remind' | 'list' | 'drill';

/** What one officer may do. @returns null, or why not: a code of `REFUSALS`. */
export function actOnIncident(pool: Pool, caller: DeskCaller, act: { readonly incident: number | null; readonly act: IncidentAct; readonly order: Json }): Promise<string | null> {
  return call(pool, 'desk.act($1, $2, $3, $4)', [asJson(caller), act.incident, act.act, JSON.stringify(act.order)]);
}

/** Something that the clerk does for the desk. */
export interface Job {
  readonly id: number;
  readonly kind: 'list' | 'packs' | 'send' | 'drill';
  readonly incident_id: number | null;
  /** Packs and sending: the list that two officers signed. */
  readonly exposure_id: number | null;
  readonly by_first: string;
  readonly by_second: string | null;
  /** Packs and sending: the reason that both signed. */
  readonly reason: string | null;
}

/** Takes the next job; undefined when none waits. */
export async function takeJob(pool: Pool): Promise<Job | undefined> {
  const { rows } = await pool.query<Job>('select * from desk.take_job() where id is not null');
  return rows[0];
}

/** Says how far a job is, which incident it made, that it is done, or why it failed. */
export async function noteJob(pool: Pool, id: number, change: { readonly progress?: string; readonly incident?: number; readonly done?: boolean; readonly failure?: string }): Promise<void> {
  await pool.query('select desk.note_job($1, $2)', [id, JSON.stringify(change)]);
}
