import { hash128, type Pool } from '../../ground/index.ts';

/** An establishment that somebody may act for. */
export interface Place {
  readonly id: number;
  readonly name: string;
  readonly town: string;
}

/** Longest life of a sign-in, whatever is refreshed meanwhile, in seconds. */
export const SIGN_IN_LIFE_S = 4 * 3600;

/** Where a professional works by the directory today, among what Pro Santé Connect lists if it lists any; somebody else: what it lists. */
export async function listPlaces(pool: Pool, who: { readonly rpps: string | undefined; readonly places: readonly string[] }): Promise<Place[]> {
  const { rows } = await pool.query<Place>(`with today as (select (clock_timestamp() at time zone 'Europe/Paris')::date as day),
    works as (select a.establishment_id as id from access.professional p join access.activity a on a.professional_id = p.id, today
      where p.rpps = $1 and today.day between a.valid_from and coalesce(a.valid_to, 'infinity'))
    select e.id::int, e.name, e.town from access.establishment e, today
    where today.day between e.valid_from and coalesce(e.valid_to, 'infinity') and case when exists (select from works)
      then e.id in (select id from works) and (cardinality($2::text[]) = 0 or e.identifier = any ($2)) else e.identifier = any ($2) end
    order by e.name, e.id limit 50`, [who.rpps ?? '', who.places]);
  return rows;
}

/** Opens an unconfirmed sign-in. `jkt` in uuid form. @returns its id. */
export async function openSignIn(pool: Pool, opened: { readonly place: number; readonly jkt: string; readonly evidence: object }): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(`insert into access.sign_in (jkt, installation_id, evidence, expires_at)
    values ($1, gate.portal_installation($2), $3, clock_timestamp() + make_interval(secs => $4)) returning id`, [opened.jkt, opened.place, opened.evidence, SIGN_IN_LIFE_S]);
  return (rows[0] as { id: string }).id;
}

/** The establishment where a passkey was enrolled; undefined when it is unknown or removed. */
export async function findPlaceOfPasskey(pool: Pool, credentialId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ id: number }>(`select n.establishment_id::int as id from access.passkey p join access.app_user u on u.id = p.user_id
    join access.installation n on n.id = u.installation_id where p.credential_id = $1 and p.removed_at is null`, [credentialId]);
  return rows[0]?.id;
}

/** Whether a sign-in may still be given tokens. */
export async function isOpenSignIn(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('select id from access.sign_in where id = $1 and ended_at is null and expires_at > clock_timestamp()', [id]);
  return rowCount === 1;
}

/** Stores a token of a sign-in; never longer than the sign-in itself. */
export async function insertPortalSession(pool: Pool, session: { readonly token: string; readonly signIn: string; readonly jkt: string; readonly payload: object; readonly expiresInS: number }): Promise<void> {
  await pool.query(`with seen as (update access.sign_in set last_seen_at = clock_timestamp() where id = $2 returning id, installation_id, expires_at)
    insert into access.session (secret_hash, installation_id, sign_in_id, jkt, payload, expires_at)
    select $1, installation_id, id, $3, $4, least(expires_at, clock_timestamp() + make_interval(secs => $5)) from seen`,
  [hash128(session.token), session.signIn, session.jkt, session.payload, session.expiresInS]);
}
