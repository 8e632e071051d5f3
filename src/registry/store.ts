import type { Pool } from '../ground/index.ts';

/** Whether every registered insurer's rights answer. Role: owner. */
export async function hasRights(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ made: boolean }>('select count(*) > 0 and count(visible_load) = count(*) as made from registry.insurer');
  return rows[0]?.made === true;
}
