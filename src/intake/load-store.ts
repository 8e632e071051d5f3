import { AppError, transaction, type Client, type Pool } from '../ground/index.ts';

/** Another run did the same meanwhile. */
export const raced = (): AppError => new AppError({ code: 'conflict', publicText: {
  fr: 'Un autre chargement de cet assureur est en cours ou vient de finir. Attendez, puis relancez : rien ne sera fait deux fois.', en: 'Another load of this insurer is under way or has just ended. Wait, then run it again: nothing is done twice.' } });

/** The file was given up while it was being loaded. */
export const discarded = (): AppError => new AppError({ code: 'conflict', publicText: {
  fr: 'Ce fichier a été abandonné (load --discard) pendant son chargement : il n’en reste rien. Relancez son chargement depuis le début, ou envoyez-en un autre sous la même séquence.',
  en: 'This file was given up (load --discard) while it was being loaded: nothing of it is left. Load it again from its start, or send another one under the same sequence.' } });

function missing(): never {
  throw discarded();
}

/**
 * Work on a load that has not taken effect, in one transaction that `gate.discard_load` waits for, and that finds nothing once the load
 * is gone. Everything that writes for a load goes through here: what it wrote after would answer later. The hands share the lock.
 * @throws AppError `conflict` when the load was given up, or another run finished it.
 */
export async function onLoad<T>(pool: Pool, loadId: number, work: (client: Client) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock_shared(hashtextextended('load', $1))", [loadId]);
    const { rows } = await client.query<{ state: LoadRow['state'] }>('select state from registry.load where id = $1', [loadId]);
    if ((rows[0] ?? missing()).state === 'effective') throw raced();
    return work(client);
  });
}

export interface LoadRow {
  readonly id: number;
  readonly state: 'loading' | 'held' | 'effective' | 'refused';
  readonly linesDone: number;
  readonly fileHash: Buffer;
  readonly firstRow: number;
  /** Of the load's own; null: its rows go where the insurer's, or all small insurers', are. */
  readonly shelf: number | null;
  readonly salt: Buffer;
}

/** Lines that are written of a load begun before, and whether only its taking effect is left; none where none was begun. */
export async function readBegun(pool: Pool, load: { readonly insurerId: number; readonly sequence: number }): Promise<{ readonly linesDone: number; readonly whole: boolean }> {
  const { rows } = await pool.query<{ linesDone: number; whole: boolean }>(`select lines_done::float8 as "linesDone", state = 'held' as whole from registry.load where insurer_id = $1 and sequence = $2`, [load.insurerId, load.sequence]);
  return rows[0] ?? { linesDone: 0, whole: false };
}

/** The load of a sequence: the one begun before, or a new one. */
export async function beginLoad(pool: Pool, load: { readonly insurerId: number; readonly kind: string; readonly sequence: number; readonly effectiveOn: string; readonly hash: Buffer; readonly salt: Buffer; readonly rows: number; readonly ownShelf: boolean }): Promise<LoadRow> {
  await pool.query(`insert into registry.load (insurer_id, kind, sequence, effective_on, file_hash, ref_salt, state)
    select i.id, $2, $3, $4, $5, $6, 'loading' from registry.insurer i where i.id = $1 and i.left_at is null for share on conflict (insurer_id, sequence) do nothing`,
    [load.insurerId, load.kind, load.sequence, load.effectiveOn, load.hash, load.salt]);
  const read = async (): Promise<LoadRow> => {
    const { rows } = await pool.query<LoadRow>(`select id, state, lines_done as "linesDone", file_hash as "fileHash", first_row as "firstRow", shelf, ref_salt as salt
      from registry.load where insurer_id = $1 and sequence = $2`, [load.insurerId, load.sequence]);
    return rows[0] ?? missing();
  };
  const begun = await read();
  if (begun.firstRow !== null || !begun.fileHash.equals(load.hash)) return begun;
  await onLoad(pool, begun.id, async (client) => {
    if (load.ownShelf) await client.query('select registry.open_shelf($1, $2)', [begun.id, load.rows]);
    else await reserveRows(client, { loadId: begun.id, rows: load.rows });
  });
  return read();
}

// A delta's rows stand on the shelf of its base, a small full file's on the common one.
async function reserveRows(client: Client, load: { readonly loadId: number; readonly rows: number }): Promise<void> {
  const { rows } = await client.query<{ first: number }>(`update registry.shelf s set next_row = s.next_row + $2 + 1
    from registry.load l join registry.insurer i on i.id = l.insurer_id
    where l.id = $1 and l.first_row is null and s.id = case l.kind when 'full' then 0 else i.shelf end returning s.next_row - $2 - 1 as first`, [load.loadId, load.rows]);
  if (rows[0] !== undefined) await client.query('update registry.load set first_row = $2 where id = $1', [load.loadId, rows[0].first]);
}

export async function setState(pool: Pool, loadId: number, state: 'held' | 'refused'): Promise<void> {
  await onLoad(pool, loadId, (client) => client.query('update registry.load set state = $2 where id = $1', [loadId, state]));
}

/**
 * Moves the insurer’s pointer: the load takes effect, in one small transaction. What was known is as old as the file says, however late it is
 * loaded.
 */
export async function makeEffective(pool: Pool, load: { readonly insurerId: number; readonly loadId: number; readonly sequence: number; readonly full: boolean }): Promise<void> {
  await onLoad(pool, load.loadId, async (client) => {
    const taken = await client.query("update registry.load set state = 'effective', effective_at = clock_timestamp(), ref_salt = null where id = $1 and state in ('loading', 'held')", [load.loadId]);
    if (taken.rowCount !== 1) throw raced();
    const { rowCount } = await client.query(`update registry.insurer i set base_load = case when $4 then $2 else base_load end, visible_load = $2,
      shelf = case when $4 then l.first_row >> 32 else i.shelf end, last_sequence = $3, effective_at = case when $4 then made.at else greatest(i.effective_at, made.at) end
      from registry.load l cross join lateral (select least(clock_timestamp(), (l.effective_on + 1)::timestamp at time zone 'Europe/Paris') as at) made
      where i.id = $1 and i.last_sequence = $3 - 1 and l.id = $2 and i.left_at is null`, [load.insurerId, load.loadId, load.sequence, load.full]);
    if (rowCount !== 1) throw raced();
  });
}

/** Forgets the lines that files before this one set aside. */
export async function forgetRejected(pool: Pool, load: { readonly insurerId: number; readonly loadId: number }): Promise<void> {
  await pool.query('select gate.forget_rejected($1::smallint, $2)', [load.insurerId, load.loadId]);
}

export interface LoadCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly struckOff: number;
}

export async function readCounts(pool: Pool, loadId: number): Promise<LoadCounts> {
  const { rows } = await pool.query<LoadCounts>('select accepted, rejected, struck_off as "struckOff" from registry.load where id = $1', [loadId]);
  return rows[0] ?? missing();
}

export async function writeReport(pool: Pool, loadId: number, report: object): Promise<void> {
  await pool.query('update registry.load set report = $2 where id = $1', [loadId, report]);
}

const HELD_BY_OTHERS = '55P03';

/** Removes what a file wrote that never took effect; false when there is none. @throws AppError `conflict` while others read the register for long. */
export async function discardLoad(pool: Pool, load: { readonly insurerId: number; readonly sequence: number }): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ done: boolean }>('select gate.discard_load($1::smallint, $2) as done', [load.insurerId, load.sequence]);
    return rows[0]?.done === true;
  } catch (cause) {
    if ((cause as { code?: string }).code !== HELD_BY_OTHERS) throw cause;
    throw new AppError({ code: 'conflict', cause, publicText: { fr: 'Rien n’a été fait : une autre lecture longue du registre est en cours (un fichier qui prend effet, une sauvegarde). Relancez dans quelques minutes.',
      en: 'Nothing was done: another long reading of the register is under way (a file taking effect, a backup). Run it again in a few minutes.' } });
  }
}
