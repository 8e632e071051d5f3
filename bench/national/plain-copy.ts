import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from '../../src/ground/index.ts';

/** What PostgreSQL alone takes for the same rows. */
export interface PlainCopy {
  readonly rows: number;
  readonly copySeconds: number;
  readonly indexSeconds: number;
}

const COLUMNS = 'id, person, beneficiary, contract, by_nir, by_adherent, load_id, cover, seal_key, valid_from, valid_to, card_from, card_to, insurer_id, domain_from, domain_to';
const INDEXED = ['by_nir', 'by_adherent', 'person', 'beneficiary'];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

// What was sealed is as long as it was in clear: a text of that length stands for it.
async function copyShelf(owner: Pool, shelf: number, file: string): Promise<PlainCopy> {
  const client = await owner.connect();
  try {
    await client.query("set maintenance_work_mem = '1GB'");
    await client.query(`copy (select ${COLUMNS}, repeat('x', length(sealed) - 24) from registry.right_row_${shelf}) to '${file}'`);
    await client.query(`create table plain (like registry.right_row); alter table plain drop column sealed, add column identity text not null; checkpoint`);
    let rows = 0;
    const copySeconds = await timed(async () => { rows = (await client.query(`copy plain (${COLUMNS}, identity) from '${file}'`)).rowCount ?? 0; });
    const indexSeconds = await timed(async () => {
      await client.query('create unique index on plain (id)');
      for (const column of INDEXED) await client.query(`create index on plain (${column})`);
    });
    await client.query('drop table plain');
    return { rows, copySeconds, indexSeconds };
  } finally {
    client.release(true);
    rmSync(file, { force: true });
  }
}

/** COPY (text, from a file, in one transaction) of every shelf's rows unsealed into one table, and the same indexes, in the settings of the load. */
export async function copyPlain(owner: Pool, options: { readonly folder: string; readonly say: (line: string) => void }): Promise<PlainCopy> {
  const { rows } = await owner.query<{ id: number }>('select id from registry.shelf order by id');
  const sum = { rows: 0, copySeconds: 0, indexSeconds: 0 };
  for (const { id } of rows) {
    const one = await copyShelf(owner, id, join(options.folder, `plain-${id}.txt`));
    options.say(`  ${one.rows} rows: COPY ${one.copySeconds.toFixed(1)} s, indexes ${one.indexSeconds.toFixed(1)} s`);
    sum.rows += one.rows;
    sum.copySeconds += one.copySeconds;
    sum.indexSeconds += one.indexSeconds;
  }
  return sum;
}

/** Bytes of the register on disk: rows and indexes. */
export async function registerBytes(owner: Pool): Promise<{ readonly rows: number; readonly indexes: number }> {
  const { rows } = await owner.query<{ rows: string; indexes: string }>(`select sum(pg_table_size(c.oid)) as rows, sum(pg_indexes_size(c.oid)) as indexes from pg_class c where c.relname like 'right_row_%' and c.relkind = 'r'`);
  return { rows: Number(rows[0]?.rows), indexes: Number(rows[0]?.indexes) };
}

/**
 * Reads the register once, as a server that has answered for a while has: rows and the indexes that questions probe into PostgreSQL's own cache, those
 * last; the tags of decoys, which every question is held against, with them. @returns seconds.
 */
export async function warmRegister(owner: Pool): Promise<number> {
  await owner.query('create extension if not exists pg_prewarm');
  const start = performance.now();
  await owner.query(`select pg_prewarm(c.oid::regclass, case when c.relkind = 'r' or c.relname ~ '_(id|by_nir|by_adherent)$|^decoy_tag' then 'buffer' else 'read' end)
    from pg_class c where (c.relname like 'right_row_%' or c.relname in ('decoy_tag', 'decoy_tag_pkey')) and c.relkind in ('r', 'i') order by c.relkind = 'i', c.relname like '%by_nir'`);
  return (performance.now() - start) / 1000;
}

/** Whether PostgreSQL's cache lies in huge pages, where it says so (from version 17). */
export async function hugePages(owner: Pool): Promise<string> {
  const { rows } = await owner.query<{ status: string | null }>("select current_setting('huge_pages_status', true) as status");
  return rows[0]?.status ?? 'unknown';
}

/** Pages read from outside PostgreSQL's own cache, so far. */
export async function pagesRead(owner: Pool): Promise<number> {
  await owner.query('select pg_stat_force_next_flush()');
  const { rows } = await owner.query<{ n: string }>('select sum(blks_read) as n from pg_stat_database');
  return Number(rows[0]?.n);
}

/** Entries of questions in the journal. */
export async function countEntries(owner: Pool): Promise<number> {
  const { rows } = await owner.query<{ n: string }>("select count(*) as n from journal.entry where purpose = 'ask'");
  return Number(rows[0]?.n);
}
