import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ROLES } from './database.ts';
import { AppError, invariant } from './error.ts';
import { ROOT } from './paths.ts';
import { followPrimary } from './primary.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

/** The numbered, forward-only migrations of this program, in order. */
export function readMigrations(): Migration[] {
  const folder = join(ROOT, 'migrations');
  const all = readdirSync(folder).filter((name) => name.endsWith('.sql')).toSorted().map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8');
    return { number: Number(name.slice(0, 4)), name, sql, hash: createHash('sha256').update(sql).digest('hex') };
  });
  const twice = all.find(({ number }, i) => all[i + 1]?.number === number);
  invariant(twice === undefined, `one migration bears the number ${twice?.number}`);
  return all;
}

function refuseNewer(applied: number, known: number): void {
  if (applied <= known) return;
  throw new AppError({ code: 'conflict', publicText: {
    fr: `La base est à la migration ${applied}, ce programme ne connaît que la ${known}. Installez une version plus récente.`,
    en: `The database is at migration ${applied}; this program knows up to ${known}. Install a newer version.` } });
}

// A database that a draft of these migrations made would answer with functions nobody reads any more.
function refuseOther(applied: readonly { number: number; hash: string }[], migrations: readonly Migration[]): void {
  const other = applied.find((row) => migrations.find((migration) => migration.number === row.number)?.hash !== row.hash);
  if (other === undefined) return;
  throw new AppError({ code: 'conflict', publicText: {
    fr: `La base a été faite par une autre version de la migration ${other.number}. Avant la version 1.0, refaites-la : base neuve, fichiers rechargés (sur une machine d’essai, supprimez le dossier .rempart).`,
    en: `The database was made by another version of migration ${other.number}. Before version 1.0, make it anew: an empty database, files loaded again (on a trial machine, remove the folder .rempart).` } });
}

/**
 * Brings the database to this program's migrations, each in a transaction of its own, under a lock.
 * @returns how many were applied.
 * @throws AppError `conflict` when the database is newer than the program, or made by another text of a migration.
 */
export async function migrate(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, ...followPrimary(url) });
  await client.connect();
  try {
    // One lock for the whole cluster's roles: migrations of two databases may run at once.
    await client.query('select pg_advisory_lock(7320)');
    await client.query('create schema if not exists rempart; create table if not exists rempart.migration (number integer primary key, name text not null, hash text not null, applied_at timestamptz not null default now())');
    const { rows } = await client.query<{ number: number; hash: string }>('select number, hash from rempart.migration order by number');
    const applied = rows.at(-1)?.number ?? 0;
    const migrations = readMigrations();
    refuseNewer(applied, migrations.at(-1)?.number ?? 0);
    refuseOther(rows, migrations);
    const missing = migrations.filter((migration) => migration.number > applied);
    for (const migration of missing) await apply(client, migration);
    return missing.length;
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(migration.sql);
    await client.query('insert into rempart.migration (number, name, hash) values ($1, $2, $3)', [migration.number, migration.name, migration.hash]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`migration ${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Gives every program's role the password of this installation. Needs a superuser or the roles' admin. */
export async function setRolePasswords(url: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  const client = new pg.Client({ connectionString: url, ...followPrimary(url) });
  await client.connect();
  try {
    for (const role of ROLES) {
      await client.query(`alter role ${role} password ${client.escapeLiteral(passwords[role] ?? '')}`);
      await client.query(`alter role ${role} set jit = off`);
    }
    await client.query('alter role rempart_check set plan_cache_mode = force_generic_plan');
  } finally {
    await client.end();
  }
}
