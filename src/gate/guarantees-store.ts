import type { Pool } from '../ground/index.ts';

/** Cancels a guarantee that was not used yet; false when it was, or does not exist. Role `rempart_desk`. */
export async function cancelGuarantee(pool: Pool, cancelled: { readonly entry: number; readonly by: string; readonly reason: string }): Promise<boolean> {
  const { rows } = await pool.query<{ done: boolean }>('select gate.cancel_guarantee($1, $2, $3) as done', [cancelled.entry, cancelled.by, cancelled.reason]);
  return rows[0]?.done === true;
}
