import type { Pool } from '../ground/index.ts';

/** What of a made-up world is loaded already: an interrupted first start goes on from here. Role: owner. */
export async function readLoaded(pool: Pool): Promise<{ readonly insurers: ReadonlySet<string>; readonly directory: ReadonlySet<string> }> {
  const insurers = await pool.query<{ amc: string }>('select amc_number as amc from registry.insurer where visible_load is not null');
  const directory = await pool.query<{ kind: string }>('select kind from access.directory_load');
  return { insurers: new Set(insurers.rows.map((row) => row.amc)), directory: new Set(directory.rows.map((row) => row.kind)) };
}

/** A guarantee that waits for its settlement, as an insurer's own books would have it. */
export interface Unsettled {
  readonly entry: number;
  readonly amc: string;
  /** Reference of the register, by which decoys are left out. */
  readonly person: string;
  /** YYYY-MM-DD. */
  readonly careDate: string;
  readonly ageSeconds: number;
}

/** Guarantees given and not used yet. Role: owner; the sandbox plays the insurers. */
export async function readUnsettled(pool: Pool): Promise<Unsettled[]> {
  const { rows } = await pool.query<Unsettled>(`select g.entry_id::float8 as entry, i.amc_number as amc, g.person, g.care_date::text as "careDate", extract(epoch from clock_timestamp() - g.given_at)::float8 as "ageSeconds"
    from gate.guarantee g join registry.insurer i on i.id = g.insurer_id where g.state = 'given' and g.care_date <= gate.civil_day(gate.clock()) order by g.entry_id desc limit 20000`);
  return rows;
}
