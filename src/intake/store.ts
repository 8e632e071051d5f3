import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { transaction, type Client, type Pool, type PublicText } from '../ground/index.ts';
import { discarded, onLoad, raced } from './load-store.ts';
import { DELETE_RULE, RIGHT_COLUMNS } from './slice.ts';

/** An insurer as the intake needs it. */
export interface InsurerRow {
  readonly id: number;
  readonly signingKey: Buffer;
  readonly ageRecipient: string;
  readonly lastSequence: number;
  readonly productsSequence: number;
  readonly productsHash: Buffer | null;
  readonly baseLoad: number | null;
  readonly visibleLoad: number | null;
  readonly strikeOffShare: number;
  /** It is answered for no more (`rempart insurer leave`). */
  readonly left: boolean;
}

export async function findInsurer(pool: Pool, amc: string): Promise<InsurerRow | undefined> {
  const { rows } = await pool.query<InsurerRow>(`select id, signing_key as "signingKey", age_recipient as "ageRecipient", last_sequence as "lastSequence", products_sequence as "productsSequence", products_hash as "productsHash",
    base_load as "baseLoad", visible_load as "visibleLoad", strike_off_share::float8 as "strikeOffShare", left_at is not null as left from registry.insurer where amc_number = $1`, [amc]);
  return rows[0];
}

/** Whether the register is, or from now on will be, indexed with this key. */
export async function claimIndexKey(pool: Pool, key: { readonly version: number; readonly fingerprint: string }): Promise<boolean> {
  await pool.query('insert into registry.index_key (version, fingerprint) values ($1, $2) on conflict do nothing', [key.version, key.fingerprint]);
  const { rows } = await pool.query<{ same: boolean }>('select fingerprint = $2 as same from registry.index_key where version = $1', [key.version, key.fingerprint]);
  return rows[0]?.same === true;
}

export async function insertSealKey(pool: Pool, key: { readonly insurerId: number; readonly loadId: number; readonly wrapped: Buffer }): Promise<number> {
  return onLoad(pool, key.loadId, async (client) => {
    const { rows } = await client.query<{ id: number }>('insert into registry.seal_key (insurer_id, load_id, wrapped) values ($1, $2, $3) returning id', [key.insurerId, key.loadId, key.wrapped]);
    return (rows[0] as { id: number }).id;
  });
}

/** Room for so many rows more on a shelf; the first of them. */
export async function reserveMore(pool: Pool, more: { readonly shelf: number; readonly rows: number }): Promise<number> {
  const { rows } = await pool.query<{ first: number }>('update registry.shelf set next_row = next_row + $2 where id = $1 returning next_row - $2 as first', [more.shelf, more.rows]);
  if (rows[0] === undefined) throw discarded();
  return rows[0].first;
}

/** The shelves that hold rows of an insurer that have answered or answer, newest first: where its persons are known from. */
export async function findShelves(pool: Pool, insurerId: number): Promise<number[]> {
  const { rows } = await pool.query<{ shelf: number }>(`select distinct (first_row >> 32)::int as shelf from registry.load where insurer_id = $1 and state = 'effective' and first_row is not null order by 1 desc`, [insurerId]);
  return rows.map((row) => row.shelf);
}

const ASKED_AT_ONCE = 25_000;

/** References of persons already known, by beneficiary in uuid form. */
export async function findPersons(pool: Pool, which: { readonly insurerId: number; readonly shelves: readonly number[]; readonly beneficiaries: readonly string[] }): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (which.beneficiaries.length > ASKED_AT_ONCE) {
    for (let i = 0; i < which.beneficiaries.length; i += ASKED_AT_ONCE) for (const [key, person] of await findPersons(pool, { ...which, beneficiaries: which.beneficiaries.slice(i, i + ASKED_AT_ONCE) })) found.set(key, person);
    return found;
  }
  for (const shelf of which.shelves) {
    const missing = which.beneficiaries.filter((beneficiary) => !found.has(beneficiary));
    if (missing.length === 0) break;
    const { rows } = await pool.query<{ beneficiary: string; person: string }>(`select r.beneficiary, r.person from unnest($2::uuid[]) b(key)
      cross join lateral (select x.beneficiary, x.person from registry.right_row x where x.beneficiary = b.key and x.insurer_id = $1 and x.id >> 32 = $3::bigint limit 1) r`,
    [which.insurerId, [...new Set(missing)], shelf]);
    for (const row of rows) found.set(row.beneficiary, Buffer.from(row.person.replaceAll('-', ''), 'hex'));
  }
  return found;
}

/** What decides, as many rows share it. */
export interface CoverRow {
  readonly product: string;
  readonly csr: string;
  readonly conventionType: string;
  readonly order: number;
  readonly domains: readonly string[];
  readonly responsible: boolean;
  readonly c2s: boolean;
  readonly regime: string;
}

/** The numbers of covers, in order; those that are new are made. */
export async function findCovers(pool: Pool, insurerId: number, covers: readonly CoverRow[]): Promise<number[]> {
  const values = [insurerId, JSON.stringify(covers)];
  const read = `select c.product, c.csr, c."conventionType" as convention, c."order" as place, array(select jsonb_array_elements_text(c.domains)) as domains, c.responsible, c.c2s, c.regime, c.n
    from rows from (jsonb_to_recordset($2::jsonb) as (product text, csr text, "conventionType" text, "order" smallint, domains jsonb, responsible boolean, c2s boolean, regime text)) with ordinality as c(product, csr, "conventionType", "order", domains, responsible, c2s, regime, n)`;
  await pool.query(`insert into registry.cover (insurer_id, product_code, csr, convention_type, contract_order, domains, responsible, c2s, regime)
    select distinct $1::smallint, c.product, c.csr, c.convention, c.place, c.domains, c.responsible, c.c2s, c.regime from (${read}) c on conflict do nothing`, values);
  const { rows } = await pool.query<{ id: number }>(`select v.id from (${read}) c join registry.cover v on v.insurer_id = $1 and v.product_code = c.product and v.csr = c.csr and v.convention_type = c.convention
    and v.contract_order = c.place and v.domains = c.domains and v.responsible = c.responsible and v.c2s = c.c2s and v.regime = c.regime order by c.n`, values);
  return rows.map((row) => row.id);
}

/** A line set aside, sealed to its insurer. */
export interface RejectedLine {
  readonly line: number;
  readonly field: string;
  readonly rule: string;
  readonly remedy: PublicText;
  readonly sealKeyId: number;
  readonly sealed: Buffer;
  /** Whose, and of which contract, as rows bear them; null where the line does not say. */
  readonly beneficiary: string | null;
  readonly contract: string | null;
}

/** A slice ready to be written: binary COPY rows, and what goes with them. */
export interface Slice {
  readonly insurerId: number;
  readonly loadId: number;
  readonly baseLoad: number;
  readonly shelf: number | null;
  readonly firstRow: number;
  readonly firstLine: number;
  readonly lines: number;
  readonly decoys: readonly PlantedDecoy[];
  /** Numbers of decoys whose identity a real line now bears: they give way. */
  readonly yielded: readonly string[];
  /** Earlier rows of these persons' contracts give way. */
  readonly replaced: { readonly persons: readonly string[]; readonly contracts: readonly string[] };
  readonly rows: Buffer;
  readonly rowCount: number;
  readonly rejected: readonly RejectedLine[];
  readonly accepted: number;
  readonly struckOff: number;
}

/** A decoy written with a slice: a new one by its tags, or one that this load carries on. */
export type PlantedDecoy = { readonly id: string; readonly sealed?: Buffer; readonly tags?: undefined } | { readonly id: string; readonly epoch: number; readonly sealed: Buffer; readonly tags: readonly [string, string] };

async function copyRows(client: Client, slice: Slice): Promise<void> {
  if (slice.rowCount === 0) return;
  const stream = client.query(copyFrom(`copy registry.${slice.shelf === null ? 'right_row' : `right_row_${slice.shelf}`} (${RIGHT_COLUMNS}) from stdin (format binary)`));
  stream.end(slice.rows);
  await finished(stream);
}

async function writeDecoys(client: Client, { insurerId, loadId, decoys, yielded }: Slice): Promise<void> {
  if (decoys.length + yielded.length === 0) return;
  const [made, carried] = [decoys.filter((decoy) => decoy.tags !== undefined), decoys.filter((decoy) => decoy.tags === undefined)];
  // All of one size, as one value: an array of them would be sent as text and read byte by byte.
  await client.query('insert into guard.decoy (id, insurer_id, epoch, load_id, sealed) select i, $1, e, $2, substring($5::bytea from 1 + (n::int - 1) * $6 for $6) from unnest($3::uuid[], $4::int[]) with ordinality t(i, e, n)',
    [insurerId, loadId, made.map((d) => d.id), made.map((d) => d.epoch), Buffer.concat(made.map((d) => d.sealed)), made[0]?.sealed.length ?? 0]);
  // Two hands may draw the same number for decoys of neighbours: the first one's tag notices for both.
  await client.query('insert into guard.decoy_tag (tag, decoy_id) select t, i from unnest($1::uuid[], $2::uuid[]) x(t, i) on conflict do nothing', [made.flatMap((d) => d.tags), made.flatMap((d) => [d.id, d.id])]);
  await client.query('update guard.decoy d set load_id = $1, sealed = coalesce(s, sealed) from unnest($2::uuid[], $3::bytea[]) t(i, s) where d.id = t.i', [loadId, carried.map((d) => d.id), carried.map((d) => d.sealed ?? null)]);
  await retireDecoys(client, yielded);
}

async function retireDecoys(client: Pick<Client, 'query'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query('update guard.decoy set retired_at = clock_timestamp() where id = any ($1::uuid[]) and retired_at is null', [ids]);
  await client.query('delete from guard.decoy_tag where decoy_id = any ($1::uuid[])', [ids]);
}

/** A decoy as it is kept. */
export interface StoredDecoy {
  readonly id: string;
  readonly epoch: number;
  readonly loadId: number;
  readonly sealed: Buffer;
  readonly hit: boolean;
}

/** A page of the decoys of an insurer, sealed, in order: those not retired, or all. */
export async function readDecoys(pool: Pool, page: { readonly insurerId: number; readonly after: string; readonly until?: string; readonly limit: number; readonly retiredToo?: boolean }): Promise<StoredDecoy[]> {
  const { rows } = await pool.query<StoredDecoy>('select id, epoch, load_id as "loadId", sealed, hit_at is not null as hit from guard.decoy where insurer_id = $1 and id > $2 and ($5::uuid is null or id <= $5) and (retired_at is null or $4) order by id limit $3',
    [page.insurerId, page.after, page.limit, page.retiredToo ?? false, page.until ?? null]);
  return rows;
}

/** How many decoys of an insurer are not retired: all, or those that a load brought. */
export async function countDecoys(pool: Pool, which: { readonly insurerId: number; readonly loadId?: number }): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from guard.decoy where insurer_id = $1 and retired_at is null and ($2::bigint is null or load_id = $2)', [which.insurerId, which.loadId ?? null]);
  return rows[0]?.n ?? 0;
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

// In order, each slice once; or on a shelf of the load's own, in any order, each once.
async function claimSlice(client: Client, slice: Slice): Promise<void> {
  const rejected = new Set(slice.rejected.map((r) => r.line)).size;
  const { rowCount } = await client.query(`update registry.load set lines_done = lines_done + $3, accepted = accepted + $4, rejected = rejected + $5, struck_off = struck_off + $6
    where id = $1 and state = 'loading' and (shelf is not null or lines_done = $2::bigint - 1)`, [slice.loadId, slice.firstLine, slice.lines, slice.accepted, rejected, slice.struckOff]);
  if (rowCount !== 1) throw raced();
  if (slice.shelf === null) return;
  const claimed = await client.query('insert into registry.load_slice (load_id, first_line) values ($1, $2) on conflict do nothing', [slice.loadId, slice.firstLine]);
  if (claimed.rowCount !== 1) throw raced();
}

/** Writes a slice and its progress in one transaction: after a crash it is there whole, or not at all. */
export async function writeSlice(pool: Pool, slice: Slice): Promise<void> {
  await onLoad(pool, slice.loadId, async (client) => {
    if (slice.shelf === null) await claimSlice(client, slice);
    if (slice.replaced.persons.length > 0) {
      await client.query(`insert into registry.superseded (row_id, load_id, insurer_id)
        select r.id, $1::bigint, $2::smallint from unnest($5::uuid[], $6::uuid[]) as t(person, contract)
        cross join lateral (select x.id, x.load_id from registry.right_row x where x.person = t.person and x.contract = t.contract and x.id >> 32 = $4::bigint >> 32) r
        where r.load_id between $3::bigint and $1::bigint and not exists (select from registry.superseded s where s.row_id = r.id) on conflict do nothing`,
      [slice.loadId, slice.insurerId, slice.baseLoad, slice.firstRow, slice.replaced.persons, slice.replaced.contracts]);
    }
    await copyRows(client, slice);
    await writeDecoys(client, slice);
    const column = <K extends keyof RejectedLine>(name: K): RejectedLine[K][] => slice.rejected.map((r) => r[name]);
    if (slice.rejected.length > 0) {
      await client.query(`insert into registry.rejected_line (load_id, line_number, field, rule, remedy, seal_key, sealed, beneficiary, contract)
        select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::bytea[], $8::uuid[], $9::uuid[]) on conflict do nothing`,
      [slice.loadId, column('line'), column('field'), column('rule'), column('remedy').map((remedy) => JSON.stringify(remedy)), column('sealKeyId'), column('sealed'), column('beneficiary'), column('contract')]);
    }
    // Last on a shelf: the hands wait for each other's lock no longer than a commit.
    if (slice.shelf !== null) await claimSlice(client, slice);
  });
}

/** The first lines of the slices that are there. */
export async function readSlices(pool: Pool, loadId: number): Promise<Set<number>> {
  const { rows } = await pool.query<{ first: number }>('select first_line as first from registry.load_slice where load_id = $1', [loadId]);
  return new Set(rows.map((row) => row.first));
}

/** The columns of a shelf that are indexed, one call each. */
export const SHELF_INDEXES = ['id', 'by_nir', 'by_adherent', 'person', 'beneficiary'] as const;

/** Builds one index of a load's shelf. */
export async function indexShelf(pool: Pool, loadId: number, column: (typeof SHELF_INDEXES)[number]): Promise<void> {
  await onLoad(pool, loadId, (client) => client.query('select registry.index_shelf($1, $2)', [loadId, column]));
}

/** A decoy of a load, as it is found. */
export interface FoundDecoy {
  readonly id: string;
  readonly beneficiary: string;
  readonly byNir: string;
  readonly byAdherent: string;
}

/**
 * Of several lines of one person's contract in one file the last wins. Needs no index; what is grouped is a number a row, which may be that of two
 * contracts, so rows found by it are told apart after.
 */
export async function supersedeEarlier(pool: Pool, load: { readonly loadId: number; readonly insurerId: number; readonly shelf: number }): Promise<void> {
  const key = 'uuid_hash_extended(r.person, 0) # uuid_hash_extended(r.contract, 1)';
  await onLoad(pool, load.loadId, async (client) => {
    await client.query("set local work_mem = '512MB'");
    await client.query(`insert into registry.superseded (row_id, load_id, insurer_id)
      select x.id, $1::bigint, $2::smallint from (select r.id, lead(r.id) over (partition by r.person, r.contract order by r.id) as later
        from (select ${key} as key from registry.right_row_${load.shelf} r group by 1 having count(*) > 1) twice join registry.right_row_${load.shelf} r on ${key} = twice.key) x
      where x.later is not null on conflict do nothing`, [load.loadId, load.insurerId]);
  });
}

/** A decoy gives way to whom it resembles; then the shelf is hung in. */
export async function finishShelf(pool: Pool, load: { readonly loadId: number; readonly insurerId: number; readonly shelf: number; readonly decoys: readonly AsyncIterable<readonly FoundDecoy[]>[] }): Promise<void> {
  await Promise.all(load.decoys.map(async (part) => {
    for await (const decoys of part) await onLoad(pool, load.loadId, (client) => yieldDecoys(client, { ...load, decoys }));
  }));
  await onLoad(pool, load.loadId, (client) => client.query('select registry.attach_shelf($1)', [load.loadId]));
}

async function yieldDecoys(client: Client, load: { readonly loadId: number; readonly insurerId: number; readonly shelf: number; readonly decoys: readonly FoundDecoy[] }): Promise<void> {
  const { decoys } = load;
  // A page of decoys is looked up by index, however large the shelf: nothing is known yet of what stands in it.
  await client.query('set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off');
  const { rows } = await client.query<{ id: string; row: number }>(`select d.id, r.id as row from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) d(id, beneficiary, by_nir, by_adherent)
    join registry.right_row_${load.shelf} r on r.beneficiary = d.beneficiary
    where exists (select from registry.right_row_${load.shelf} x where x.by_nir = d.by_nir and x.beneficiary <> d.beneficiary) or exists (select from registry.right_row_${load.shelf} x where x.by_adherent = d.by_adherent and x.beneficiary <> d.beneficiary)`,
  [decoys.map((d) => d.id), decoys.map((d) => d.beneficiary), decoys.map((d) => d.byNir), decoys.map((d) => d.byAdherent)]);
  await client.query('insert into registry.superseded (row_id, load_id, insurer_id) select r, $1::bigint, $2::smallint from unnest($3::bigint[]) r on conflict do nothing', [load.loadId, load.insurerId, rows.map((row) => row.row)]);
  await retireDecoys(client, [...new Set(rows.map((row) => row.id))]);
}

/** Where the database's files lie, on its own machine. */
export async function readDataFolder(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ folder: string }>('select registry.data_folder() as folder');
  return rows[0]?.folder ?? '';
}

/** Persons visible now, and how many of them the load would strike off; decoys are nobody. */
export async function countStrikeOff(pool: Pool, load: { readonly insurerId: number; readonly loadId: number; readonly full: boolean; readonly baseLoad: number | null; readonly visibleLoad: number | null; readonly decoys: readonly string[] }): Promise<{ visible: number; struckOff: number }> {
  if (load.visibleLoad === null) return { visible: 0, struckOff: 0 };
  // Each reads one shelf: where the insurer's rows stand, and where this load's do. Of a delta only those whose rows it replaced can have gone.
  const touched = `select distinct r.person from registry.superseded z cross join lateral (select x.person from registry.right_row x where x.id = z.row_id and x.id >> 32 = z.row_id >> 32 and x.load_id between $2 and $3 limit 1) r
    where z.load_id = $4 and z.insurer_id = $1 and r.person <> all ($5::uuid[])`;
  const { rows } = await pool.query<{ visible: number; struck: number }>(`with was as materialized (
      select distinct r.person from registry.right_row r where r.insurer_id = $1 and r.id >> 32 = (select i.shelf from registry.insurer i where i.id = $1) and r.load_id between $2 and $3 and r.person <> all ($5::uuid[])
        and not exists (select from registry.superseded s where s.row_id = r.id and s.load_id <= $3))
    select (select count(*)::int from was) as visible, (select count(*)::int from (${load.full ? 'select person from was' : touched}) t
      where not exists (select from registry.right_row r where r.person = t.person and r.id >> 32 = (select l.first_row >> 32 from registry.load l where l.id = $4) and r.load_id between ${load.full ? '$4' : '$2'} and $4
        and not exists (select from registry.superseded s where s.row_id = r.id and s.load_id <= $4))) as struck`,
  [load.insurerId, load.baseLoad, load.visibleLoad, load.loadId, load.decoys]);
  return { visible: rows[0]?.visible ?? 0, struckOff: rows[0]?.struck ?? 0 };
}

/**
 * In a full file, whoever's line was set aside keeps the rows that the file before gave them, for that contract (all, where the line does not say
 * which): an insurer's typing fault ends nobody's rights. Run again, it changes nothing. @returns how many persons keep theirs.
 */
export async function keepSetAside(pool: Pool, load: { readonly insurerId: number; readonly loadId: number }): Promise<number> {
  return onLoad(pool, load.loadId, async (client) => {
    const found = await client.query<{ row: number; person: string }>(`select distinct r.id as row, r.person from (select distinct beneficiary, contract from registry.rejected_line where load_id = $2 and beneficiary is not null and rule <> $3) j
      cross join (select i.id, i.shelf, i.base_load, i.visible_load, l.first_row >> 32 as new_shelf from registry.insurer i, registry.load l where i.id = $1 and l.id = $2) i
      cross join lateral (select x.id, x.person, x.contract from registry.right_row x where x.beneficiary = j.beneficiary and x.insurer_id = i.id and x.id >> 32 = i.shelf and x.load_id between i.base_load and i.visible_load
        and (j.contract is null or x.contract = j.contract) and not exists (select from registry.superseded s where s.row_id = x.id and s.load_id <= i.visible_load)) r
      where not exists (select from registry.right_row n where n.person = r.person and n.contract = r.contract and n.id >> 32 = i.new_shelf and n.load_id = $2)`, [load.insurerId, load.loadId, DELETE_RULE]);
    if (found.rows.length === 0) return 0;
    const reserved = await client.query<{ first: number }>('update registry.shelf s set next_row = s.next_row + $2 from registry.load l where l.id = $1 and s.id = l.first_row >> 32 returning s.next_row - $2 as first', [load.loadId, found.rows.length]);
    const columns = RIGHT_COLUMNS.split(', ').map((column) => (column === 'id' ? '$2::bigint + t.n - 1' : column === 'load_id' ? '$1::bigint' : `r.${column}`)).join(', ');
    await client.query(`insert into registry.right_row (${RIGHT_COLUMNS}) select ${columns} from unnest($3::bigint[]) with ordinality t(row, n) join registry.right_row r on r.id = t.row and r.id >> 32 = t.row >> 32`,
      [load.loadId, reserved.rows[0]?.first ?? 0, found.rows.map(({ row }) => row)]);
    return new Set(found.rows.map(({ person }) => person)).size;
  });
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

/** Records uses of guarantees (gate function, docs/gates.md); the outcome of each line. */
export async function settle(pool: Pool, uses: { readonly insurerId: number; readonly entries: readonly number[]; readonly usedOn: readonly string[]; readonly amounts: readonly number[] }): Promise<string[]> {
  const { rows } = await pool.query<{ outcome: string }>('select outcome from gate.settle($1::smallint, $2::bigint[], $3::date[], $4::bigint[])', [uses.insurerId, uses.entries, uses.usedOn, uses.amounts]);
  return rows.map((row) => row.outcome);
}
