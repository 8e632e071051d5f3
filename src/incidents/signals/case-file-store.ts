import type { Pool } from '../../ground/index.ts';
import type { Rpps } from '../../identifiers/index.ts';

/** A professional within an incident's last scope. */
export interface ScopeAccount {
  readonly professionalId: number;
  readonly rpps: Rpps;
  readonly frozen: boolean;
}

/** The professionals whose accounts an incident's last scope names, directly or by their user rows; others have no RPPS to name. */
export async function listScopeAccounts(pool: Pool, incidentId: number): Promise<ScopeAccount[]> {
  const { rows } = await pool.query<ScopeAccount>(`with last as (select items from incidents.scope where incident_id = $1 order by version desc limit 1),
      item as (select i->>'kind' as kind, (i->>'id') as id from last, jsonb_array_elements(last.items) i where i->>'kind' in ('user', 'professional')),
      about as (select case i.kind when 'professional' then i.id::bigint else (select u.professional_id from access.app_user u where u.id = i.id::bigint) end as id from item i)
    select distinct p.id as "professionalId", p.rpps, exists (select from access.app_user u where u.professional_id = p.id and u.frozen_at is not null) as frozen
    from about join access.professional p on p.id = about.id order by 1`, [incidentId]);
  return rows;
}
