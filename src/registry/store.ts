import type { Pool } from '../ground/index.ts';

/** Whether any insurer's rights answer yet. Role: owner. */
export async function hasRights(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ made: boolean }>('select exists (select from registry.insurer where visible_load is not null) as made');
  return rows[0]?.made === true;
}
