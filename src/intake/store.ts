import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { AppError, transaction, type Client, type Pool, type PublicText } from '../ground/index.ts';

/** An insurer as the intake needs it. */
export interface InsurerRow {
  readonly id: number;
  readonly signingKey: Buffer;
  readonly ageRecipient: string;
  readonly lastSequence: number;
  readonly baseLoad: number | null;
  readonly visibleLoad: number | null;
  readonly strikeOffShare: number;
}

export async function findInsurer(pool: Pool, amc: string): Promise<InsurerRow | undefined> {
  const { rows } = await pool.query<InsurerRow>(`select id, signing_key as "signingKey", age_recipient as "ageRecipient", last_sequence as "lastSequence",
    base_load as "baseLoad", visible_load as "visibleLoad", strike_off_share::float8 as "strikeOffShare" from registry.insurer where amc_number = $1`, [amc]);
  return rows[0];
}

export interface LoadRow {
  readonly id: number;
  readonly state: 'loading' | 'held' | 'effective' | 'refused';
  readonly linesDone: number;
  readonly fileHash: Buffer;
}

/** The load of a sequence: the one begun before, or a new one. */
export async function beginLoad(pool: Pool, load: { readonly insurerId: number; readonly kind: string; readonly sequence: number; readonly effectiveOn: string; readonly hash: Buffer }): Promise<LoadRow> {
  await pool.query(`insert into registry.load (insurer_id, kind, sequence, effective_on, file_hash, state) values ($1, $2, $3, $4, $5, 'loading') on conflict (insurer_id, sequence) do nothing`,
    [load.insurerId, load.kind, load.sequence, load.effectiveOn, load.hash]);
  const { rows } = await pool.query<LoadRow>('select id, state, lines_done as "linesDone", file_hash as "fileHash" from registry.load where insurer_id = $1 and sequence = $2', [load.insurerId, load.sequence]);
  return rows[0] as LoadRow;
}

export async function insertSealKey(pool: Pool, key: { readonly insurerId: number; readonly loadId: number; readonly wrapped: Buffer }): Promise<number> {
  const { rows } = await pool.query<{ id: number }>('insert into registry.seal_key (insurer_id, load_id, wrapped) values ($1, $2, $3) returning id', [key.insurerId, key.loadId, key.wrapped]);
  return (rows[0] as { id: number }).id;
}

/** References of persons already known, by beneficiary hash. */
export async function findPersons(pool: Pool, insurerId: number, beneficiaries: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ beneficiary: string; ref: string }>('select beneficiary, ref from registry.person where insurer_id = $1 and beneficiary = any($2::uuid[])', [insurerId, beneficiaries]);
  return new Map(rows.map((row) => [row.beneficiary, row.ref]));
}

/** A slice ready to be written: COPY text rows, and what goes with them. */
export interface Slice {
  readonly insurerId: number;
  readonly loadId: number;
  readonly baseLoad: number;
  readonly newPersons: readonly { readonly ref: string; readonly beneficiary: string }[];
  /** Earlier rows of these persons' contracts give way. */
  readonly replaced: readonly { readonly person: string; readonly contract: string }[];
  readonly rows: readonly string[];
  readonly rejected: readonly { readonly line: number; readonly field: string; readonly rule: string; readonly remedy: PublicText; readonly sealKeyId: number; readonly sealed: Buffer }[];
  readonly linesDone: number;
  readonly accepted: number;
  readonly struckOff: number;
  readonly decoys: readonly PlantedDecoy[];
  /** Numbers of decoys whose identity a real line now bears: they give way. */
  readonly yielded: readonly string[];
}

/** A decoy written with a slice: a new one by its tags, or one that this load carries on. */
export type PlantedDecoy = { readonly id: string; readonly sealed?: Buffer; readonly tags?: undefined } | { readonly id: string; readonly epoch: number; readonly sealed: Buffer; readonly tags: readonly [string, string] };

const COLUMNS = 'insurer_id, load_id, person, contract, by_nir, by_adherent, product_code, csr, convention_type, contract_order, valid_from, valid_to, card_from, card_to, domains, domain_from, domain_to, responsible, c2s, regime, seal_key, sealed';

async function copyRows(client: Client, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy registry.right_row (${COLUMNS}) from stdin`));
  stream.end(rows.join(''));
  await finished(stream);
}

async function writeDecoys(client: Client, { insurerId, loadId, decoys, yielded }: Slice): Promise<void> {
  const [made, carried] = [decoys.filter((decoy) => decoy.tags !== undefined), decoys.filter((decoy) => decoy.tags === undefined)];
  await client.query('insert into guard.decoy (id, insurer_id, epoch, load_id, sealed) select i, $1, e, $2, s from unnest($3::uuid[], $4::int[], $5::bytea[]) t(i, e, s)', [insurerId, loadId, made.map((d) => d.id), made.map((d) => d.epoch), made.map((d) => d.sealed)]);
  await client.query('insert into guard.decoy_tag (tag, decoy_id) select t, i from unnest($1::uuid[], $2::uuid[]) x(t, i)', [made.flatMap((d) => d.tags), made.flatMap((d) => [d.id, d.id])]);
  await client.query('update guard.decoy d set load_id = $1, sealed = coalesce(s, sealed) from unnest($2::uuid[], $3::bytea[]) t(i, s) where d.id = t.i', [loadId, carried.map((d) => d.id), carried.map((d) => d.sealed ?? null)]);
  await retireDecoys(client, yielded);
}

async function retireDecoys(client: Pick<Client, 'query'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query('update guard.decoy set retired_at = clock_timestamp() where id = any ($1::uuid[]) and retired_at is null', [ids]);
  await client.query('delete from guard.decoy_tag where decoy_id = any ($1::uuid[])', [ids]);
}

/** The decoys of an insurer that are not retired, sealed. */
export async function readDecoys(pool: Pool, insurerId: number): Promise<{ id: string; epoch: number; loadId: number; sealed: Buffer; hit: boolean }[]> {
  const { rows } = await pool.query<{ id: string; epoch: number; loadId: number; sealed: Buffer; hit: boolean }>('select id, epoch, load_id as "loadId", sealed, hit_at is not null as hit from guard.decoy where insurer_id = $1 and retired_at is null order by id', [insurerId]);
  return rows;
}

/** The epoch that new decoys belong to, and how many there are of a thousand persons. */
export async function readDecoyEpoch(pool: Pool): Promise<{ epoch: number; perMille: number }> {
  const { rows } = await pool.query<{ epoch: number; perMille: number }>('select epoch, per_mille as "perMille" from guard.decoy_epoch order by epoch desc limit 1');
  return rows[0] ?? { epoch: 0, perMille: 0 };
}

/** Persons of an insurer as its visible loads brought them, about. */
export async function countAccepted(pool: Pool, insurerId: number): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('select coalesce(sum(l.accepted), 0)::int as n from registry.load l join registry.insurer i on i.id = l.insurer_id where i.id = $1 and l.id between i.base_load and i.visible_load', [insurerId]);
  return rows[0]?.n ?? 0;
}

/** Which of these blind indexes a row of the register bears already. */
export async function findTaken(pool: Pool, indexes: { readonly byNir: readonly string[]; readonly byAdherent: readonly string[] }): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ i: string }>('select by_nir as i from registry.right_row where by_nir = any ($1::uuid[]) union all select by_adherent from registry.right_row where by_adherent = any ($2::uuid[])', [indexes.byNir, indexes.byAdherent]);
  return new Set(rows.map((row) => row.i));
}

/** After a full file took effect: decoys that no visible load carries are retired. */
export async function retireLeftDecoys(pool: Pool, load: { readonly insurerId: number; readonly loadId: number }): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from guard.decoy where insurer_id = $1 and load_id < $2 and retired_at is null', [load.insurerId, load.loadId]);
  await transaction(pool, (client) => retireDecoys(client, rows.map((row) => row.id)));
}

const raced = (): AppError => new AppError({ code: 'conflict', publicText: {
  fr: 'Un autre chargement de cet assureur est en cours ou vient de finir. Attendez, puis relancez : rien ne sera fait deux fois.', en: 'Another load of this insurer is under way or has just ended. Wait, then run it again: nothing is done twice.' } });

/** Writes a slice and its progress in one transaction: after a crash it is there whole, or not at all. */
export async function writeSlice(pool: Pool, slice: Slice): Promise<void> {
  await transaction(pool, async (client) => {
    const { rowCount } = await client.query("update registry.load set lines_done = $2, accepted = accepted + $3, rejected = rejected + $4, struck_off = struck_off + $5 where id = $1 and state = 'loading' and lines_done < $2",
      [slice.loadId, slice.linesDone, slice.accepted, new Set(slice.rejected.map((r) => r.line)).size, slice.struckOff]);
    if (rowCount !== 1) throw raced();
    await client.query('insert into registry.person (ref, insurer_id, beneficiary) select r, $1, b from unnest($2::uuid[], $3::uuid[]) as t(r, b)',
      [slice.insurerId, slice.newPersons.map((p) => p.ref), slice.newPersons.map((p) => p.beneficiary)]);
    await client.query(`insert into registry.superseded (row_id, load_id, insurer_id)
      select r.id, $1, $2 from unnest($4::uuid[], $5::uuid[]) as t(person, contract)
      join registry.right_row r on r.person = t.person and r.contract = t.contract
      where r.load_id between $3 and $1 and not exists (select from registry.superseded s where s.row_id = r.id) on conflict do nothing`,
    [slice.loadId, slice.insurerId, slice.baseLoad, slice.replaced.map((r) => r.person), slice.replaced.map((r) => r.contract)]);
    await copyRows(client, slice.rows);
    await writeDecoys(client, slice);
    const column = <K extends keyof Slice['rejected'][number]>(name: K): Slice['rejected'][number][K][] => slice.rejected.map((r) => r[name]);
    await client.query(`insert into registry.rejected_line (load_id, line_number, field, rule, remedy, seal_key, sealed)
      select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::bytea[]) on conflict do nothing`,
    [slice.loadId, column('line'), column('field'), column('rule'), column('remedy').map((remedy) => JSON.stringify(remedy)), column('sealKeyId'), column('sealed')]);
  });
}

/** Persons visible now, and how many of them the load would strike off; decoys are nobody. */
export async function countStrikeOff(pool: Pool, load: { readonly insurerId: number; readonly loadId: number; readonly full: boolean; readonly baseLoad: number | null; readonly visibleLoad: number | null; readonly decoys: readonly string[] }): Promise<{ visible: number; struckOff: number }> {
  if (load.visibleLoad === null) return { visible: 0, struckOff: 0 };
  const { rows } = await pool.query<{ visible: number; struck: number }>(`with now as (
      select distinct r.person from registry.right_row r where r.insurer_id = $1 and r.load_id between $2 and $3 and r.person <> all ($6::uuid[])
        and not exists (select from registry.superseded s where s.row_id = r.id and s.load_id <= $3))
    select count(*)::int as visible, (count(*) filter (where not exists (
      select from registry.right_row r where r.person = now.person and r.load_id between (case when $5 then $4 else $2 end) and $4
        and not exists (select from registry.superseded s where s.row_id = r.id and s.load_id <= $4))))::int as struck from now`,
  [load.insurerId, load.baseLoad, load.visibleLoad, load.loadId, load.full, load.decoys]);
  return { visible: rows[0]?.visible ?? 0, struckOff: rows[0]?.struck ?? 0 };
}

export async function setState(pool: Pool, loadId: number, state: 'held' | 'refused'): Promise<void> {
  await pool.query('update registry.load set state = $2 where id = $1', [loadId, state]);
}

/** Moves the insurer’s pointer: the load takes effect, in one small transaction. */
export async function makeEffective(pool: Pool, load: { readonly insurerId: number; readonly loadId: number; readonly sequence: number; readonly full: boolean }): Promise<void> {
  await transaction(pool, async (client) => {
    const { rowCount } = await client.query(`update registry.insurer set base_load = case when $4 then $2 else base_load end, visible_load = $2, last_sequence = $3, effective_at = clock_timestamp()
      where id = $1 and last_sequence = $3 - 1`, [load.insurerId, load.loadId, load.sequence, load.full]);
    if (rowCount !== 1) throw raced();
    await client.query("update registry.load set state = 'effective', effective_at = clock_timestamp() where id = $1", [load.loadId]);
  });
}

export interface LoadCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly struckOff: number;
}

export async function readCounts(pool: Pool, loadId: number): Promise<LoadCounts> {
  const { rows } = await pool.query<LoadCounts>('select accepted, rejected, struck_off as "struckOff" from registry.load where id = $1', [loadId]);
  return rows[0] as LoadCounts;
}

/** A line set aside, as the return report tells it: nothing of its content. */
export interface ReportedFault {
  readonly line: number;
  readonly field: string;
  readonly rule: string;
  readonly remedy: PublicText;
}

export async function readFaults(pool: Pool, loadId: number): Promise<ReportedFault[]> {
  const { rows } = await pool.query<ReportedFault>('select line_number as line, field, rule, remedy from registry.rejected_line where load_id = $1 order by 1, 2 limit 10000', [loadId]);
  return rows;
}

export async function writeReport(pool: Pool, loadId: number, report: object): Promise<void> {
  await pool.query('update registry.load set report = $2 where id = $1', [loadId, report]);
}

/** A product's new version; the same definition again changes nothing. */
export async function insertProduct(pool: Pool, product: { readonly insurerId: number; readonly code: string; readonly validFrom: string; readonly definition: object }): Promise<void> {
  await pool.query(`insert into registry.product (insurer_id, code, version, valid_from, definition)
    select $1, $2, coalesce(max(version), 0) + 1, $3, $4::jsonb from registry.product where insurer_id = $1 and code = $2
    having not exists (select from registry.product where insurer_id = $1 and code = $2 and valid_from = $3 and definition = $4::jsonb)`, [product.insurerId, product.code, product.validFrom, JSON.stringify(product.definition)]);
}

/** Records uses of guarantees (gate function, docs/gates.md); the outcome of each number. */
export async function settle(pool: Pool, uses: { readonly insurerId: number; readonly entries: readonly number[]; readonly usedOn: readonly string[]; readonly amounts: readonly number[] }): Promise<Map<number, string>> {
  const { rows } = await pool.query<{ entry: number; outcome: string }>('select * from gate.settle($1::smallint, $2::bigint[], $3::date[], $4::bigint[])', [uses.insurerId, uses.entries, uses.usedOn, uses.amounts]);
  return new Map(rows.map((row) => [row.entry, row.outcome]));
}

/** Removes what a file wrote that never took effect; false when there is none. */
export async function discardLoad(pool: Pool, load: { readonly insurerId: number; readonly sequence: number }): Promise<boolean> {
  const { rows } = await pool.query<{ done: boolean }>('select gate.discard_load($1::smallint, $2) as done', [load.insurerId, load.sequence]);
  return rows[0]?.done === true;
}
