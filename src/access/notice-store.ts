import type { Pool } from '../ground/index.ts';

/** What a person must hear by another channel: whom to tell, what happened, when. The texts are the operator's. */
export interface Notice {
  readonly id: number;
  readonly kind: 'first-passkey' | 'further-passkey' | 'passkeys-lost' | 'frozen-by-person';
  readonly at: Date;
  /** RPPS of the professional, or of who answers for a member of staff. */
  readonly rpps: string | null;
  readonly establishment: string;
}

/** Notices not yet delivered, oldest first. */
export async function listNotices(pool: Pool): Promise<Notice[]> {
  const { rows } = await pool.query<Notice>(`select o.id::int, o.kind, o.at, p.rpps, e.identifier as establishment from access.notice o
    join access.app_user u on u.id = o.user_id join access.installation n on n.id = u.installation_id join access.establishment e on e.id = n.establishment_id
    left join access.professional p on p.id = coalesce(u.professional_id, u.responsible_id) where o.delivered_at is null order by o.id limit 1000`);
  return rows;
}

/** Records that a notice was delivered. @returns false when it is unknown or was already. */
export async function markDelivered(pool: Pool, notice: { readonly id: number; readonly channel: string }): Promise<boolean> {
  const { rowCount } = await pool.query('update access.notice set delivered_at = clock_timestamp(), channel = $2 where id = $1 and delivered_at is null', [notice.id, notice.channel]);
  return rowCount === 1;
}
