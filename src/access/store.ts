import type { Client, Pool } from '../ground/index.ts';

type Querier = Pool | Client;

async function findId(querier: Querier, sql: string, value: string): Promise<number | undefined> {
  const { rows } = await querier.query<{ id: number }>(sql, [value]);
  return rows[0]?.id;
}

export const findEstablishment = (querier: Querier, identifier: string): Promise<number | undefined> =>
  findId(querier, 'select id from access.establishment where identifier = $1', identifier);
export const findProfessional = (querier: Querier, rpps: string): Promise<number | undefined> =>
  findId(querier, 'select id from access.professional where rpps = $1', rpps);
export const findInsurer = (querier: Querier, amc: string): Promise<number | undefined> =>
  findId(querier, 'select id from registry.insurer where amc_number = $1', amc);

export async function insertInstallation(querier: Querier, made: { readonly establishmentId: number | null; readonly responsibleId: number | null;
  readonly insurerId: number | null; readonly vendor: string; readonly software: string; readonly codeHash: string; readonly validHours: number }): Promise<string> {
  const { rows } = await querier.query<{ client_id: string }>(`with made as (
      insert into access.installation (kind, establishment_id, responsible_id, insurer_id, vendor, software)
      values (case when $3::smallint is null then 'software' else 'insurer' end, $1, $2, $3, $4, $5) returning id, client_id),
    code as (insert into access.enrolment_code (code_hash, installation_id, expires_at) select $6, id, now() + make_interval(hours => $7) from made)
    select client_id from made`, [made.establishmentId, made.responsibleId, made.insurerId, made.vendor, made.software, made.codeHash, made.validHours]);
  return (rows[0] as { client_id: string }).client_id;
}

/** One line of the list of installations. */
export interface InstallationLine {
  readonly clientId: string;
  readonly kind: string;
  readonly holder: string;
  readonly vendor: string;
  readonly software: string;
  readonly state: string;
  readonly frozen: boolean;
}

export async function listInstallations(pool: Pool): Promise<InstallationLine[]> {
  const { rows } = await pool.query<InstallationLine>(`select n.client_id as "clientId", n.kind, coalesce(e.name || ' (' || e.identifier || ')', i.name) as holder,
      n.vendor, n.software, n.state, n.frozen_at is not null as frozen
    from access.installation n left join access.establishment e on e.id = n.establishment_id left join registry.insurer i on i.id = n.insurer_id order by n.id`);
  return rows;
}

export async function suspend(pool: Pool, clientId: string, named: { readonly by: string; readonly reason: string }): Promise<boolean> {
  const { rows } = await pool.query<{ done: boolean }>('select gate.suspend($1, $2, $3) as done', [clientId, named.by, named.reason]);
  return rows[0]?.done === true;
}

export async function assignUser(pool: Pool, assigned: { readonly clientId: string; readonly user: string; readonly rpps: string }): Promise<boolean> {
  const { rowCount } = await pool.query(`insert into access.app_user as u (installation_id, pseudonym, professional_id)
    select n.id, $2, p.id from access.installation n, access.professional p where n.client_id = $1 and p.rpps = $3
    on conflict (installation_id, pseudonym) do update set professional_id = excluded.professional_id`, [assigned.clientId, assigned.user, assigned.rpps]);
  return rowCount === 1;
}
