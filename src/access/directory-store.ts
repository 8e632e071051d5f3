import type { Client } from '../ground/index.ts';

type Kind = 'establishments' | 'professionals' | 'activities' | 'conventions';

// The first columns of lines, each as one value. A line may be too short.
const columns = (rows: readonly (readonly string[])[], count: number): (string | null)[][] => Array.from({ length: count }, (_, i) => rows.map((row) => (row[i] === '' ? null : (row[i] ?? null))));

const UPSERT: Readonly<Record<Kind, string>> = {
  establishments: `insert into access.establishment as t (identifier, name, town, peer_group, asks_as_establishment, valid_from, valid_to)
    select i, n, coalesce(w, ''), p, a = '1', f, u from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[]) as x(i, n, w, p, a, f, u)
    on conflict (identifier) do update set name = excluded.name, town = excluded.town, peer_group = excluded.peer_group, asks_as_establishment = excluded.asks_as_establishment,
      valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
  professionals: `insert into access.professional (rpps, peer_group, valid_from, valid_to) select * from unnest($1::text[], $2::text[], $3::date[], $4::date[])
    on conflict (rpps) do update set peer_group = excluded.peer_group, valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
  activities: `insert into access.activity (professional_id, establishment_id, valid_from, valid_to)
    select p.id, e.id, x.f, x.u from unnest($1::text[], $2::text[], $3::date[], $4::date[]) as x(r, i, f, u) join access.professional p on p.rpps = x.r join access.establishment e on e.identifier = x.i
    on conflict (professional_id, establishment_id, valid_from) do update set valid_to = excluded.valid_to`,
  conventions: `insert into access.convention (establishment_id, insurer_id, valid_from, valid_to)
    select e.id, g.id, x.f, x.u from unnest($1::text[], $2::text[], $3::date[], $4::date[]) as x(i, a, f, u) join access.establishment e on e.identifier = x.i join registry.insurer g on g.amc_number = x.a
    on conflict (establishment_id, insurer_id, valid_from) do update set valid_to = excluded.valid_to`,
};

// What the file no longer names ended the day before its date. An activity or a convention is its two parties and the day it begins: named with
// another day it is another one. A line that could not be taken may have any day wrong: it spares all that its parties have.
const END: Readonly<Record<Kind, string>> = {
  establishments: `update access.establishment t set valid_to = $1::date - 1 where (t.valid_to is null or t.valid_to >= $1::date) and t.identifier <> all ($2::text[]) and t.identifier <> all ($3::text[])`,
  professionals: `update access.professional t set valid_to = $1::date - 1 where (t.valid_to is null or t.valid_to >= $1::date) and t.rpps <> all ($2::text[]) and t.rpps <> all ($3::text[])`,
  activities: `update access.activity t set valid_to = $1::date - 1 where (t.valid_to is null or t.valid_to >= $1::date) and not exists (
      select from unnest($2::text[], $3::text[], $4::date[]) as x(r, i, f) join access.professional p on p.rpps = x.r join access.establishment e on e.identifier = x.i
      where p.id = t.professional_id and e.id = t.establishment_id and x.f = t.valid_from)
    and not exists (select from unnest($5::text[], $6::text[]) as x(r, i) join access.professional p on p.rpps = x.r join access.establishment e on e.identifier = x.i
      where p.id = t.professional_id and e.id = t.establishment_id)`,
  conventions: `update access.convention t set valid_to = $1::date - 1 where (t.valid_to is null or t.valid_to >= $1::date) and not exists (
      select from unnest($2::text[], $3::text[], $4::date[]) as x(i, a, f) join access.establishment e on e.identifier = x.i join registry.insurer g on g.amc_number = x.a
      where e.id = t.establishment_id and g.id = t.insurer_id and x.f = t.valid_from)
    and not exists (select from unnest($5::text[], $6::text[]) as x(i, a) join access.establishment e on e.identifier = x.i join registry.insurer g on g.amc_number = x.a
      where e.id = t.establishment_id and g.id = t.insurer_id)`,
};

const WIDTH: Readonly<Record<Kind, number>> = { establishments: 7, professionals: 4, activities: 4, conventions: 4 };

/** A row that names nobody known: its place among the rows, and which field. */
export interface UnknownRow {
  readonly row: number;
  readonly field: string;
}

// Rows of kinds that tie two parties together, one of which does not exist.
const UNKNOWN: Readonly<Partial<Record<Kind, string>>> = {
  activities: `select (x.o - 1)::int as row, case when p.id is null then 'rpps' else 'establishment' end as field from unnest($1::text[], $2::text[]) with ordinality as x(r, i, o)
    left join access.professional p on p.rpps = x.r left join access.establishment e on e.identifier = x.i where p.id is null or e.id is null order by 1`,
  conventions: `select (x.o - 1)::int as row, case when e.id is null then 'establishment' else 'insurer' end as field from unnest($1::text[], $2::text[]) with ordinality as x(i, a, o)
    left join access.establishment e on e.identifier = x.i left join registry.insurer g on g.amc_number = x.a where e.id is null or g.id is null order by 1`,
};

interface DirectoryLoad {
  readonly kind: Kind;
  readonly sequence: number;
  readonly date: string;
  readonly hash: Buffer;
  readonly rows: readonly (readonly string[])[];
  /** Lines that could not be taken: what they name does not end. */
  readonly bad: readonly (readonly string[])[];
}

/** Replaces the whole state of a kind; undefined when this or a newer sequence was loaded before. */
export async function replaceDirectory(client: Client, load: DirectoryLoad): Promise<{ readonly unknown: readonly UnknownRow[] } | undefined> {
  const { kind, rows, bad } = load;
  await client.query('lock table access.directory_load in exclusive mode');
  const { rowCount } = await client.query(`insert into access.directory_load (kind, sequence, file_hash, rows) select $1, $2, $3, $4
    where not exists (select from access.directory_load where kind = $1 and sequence >= $2)`, [kind, load.sequence, load.hash, rows.length]);
  if (rowCount !== 1) return undefined;
  await client.query(UPSERT[kind], columns(rows, WIDTH[kind]));
  const pairs = UNKNOWN[kind];
  await client.query(END[kind], [load.date, ...columns(rows, pairs === undefined ? 1 : 3), ...columns(bad, pairs === undefined ? 1 : 2)]);
  if (pairs === undefined) return { unknown: [] };
  const { rows: unknown } = await client.query<{ row: number; field: string }>(pairs, columns(rows, 2));
  return { unknown };
}
