// The check of docs/privacy/columns.md: it reads every column that a real database has, and fails on what has no line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readMigrations, ROOT } from '../../src/ground/index.ts';
import { columnFaults, readColumns } from '../../tools/privacy-columns.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
before(async () => { database = await freshDatabase(); });
after(() => database.drop());

const sql = readMigrations().map((migration) => migration.sql).join('\n');
const paper = readFileSync(join(ROOT, 'docs/privacy/columns.md'), 'utf8');
const faultsWith = (more: string, document = paper): string[] => columnFaults(readColumns(`${sql}\n${more}`), document);

test('every column of a real database is read from the migrations, and has its line', async () => {
  const { rows } = await database.pool('owner').query<{ name: string }>(`select c.table_schema || '.' || c.table_name || '.' || c.column_name as name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema', 'rempart') and c.table_name !~ '_[0-9]+$'`);
  const read = new Set(readColumns(sql).map(({ table, name }) => `${table}.${name}`));
  assert.ok(rows.length > 250);
  assert.deepEqual(rows.map((row) => row.name).filter((name) => !read.has(name)), []);
  assert.deepEqual(faultsWith(''), []);
});

test('a planted violation fails: a new table, a new column beside a *, one that speaks of a person, a line without column or class', () => {
  assert.match(faultsWith('create table access.patient (id bigint, note text);').join(), /no line for access\.patient\.id.*access\.patient\.note/);
  assert.deepEqual(faultsWith('alter table access.convention add column weight int;'), [], 'a * covers what names nobody');
  for (const name of ['email', 'holder_name', 'nir', 'birth_date', 'seen_by', 'ip', 'person', 'phone']) assert.match(faultsWith(`alter table access.convention add column ${name} text;`).join(), new RegExp(`access\\.convention\\.${name} \\(its name speaks of a person`), name);
  assert.match(faultsWith('', `${paper}\n| \`access.convention\` | ghost | \`none\` | x | y |\n`).join(), /there is no column access\.convention\.ghost/);
  assert.match(faultsWith('', paper.replace('| `access.convention` | * | `none` |', '| `access.convention` | * | `whatever` |')).join(), /class whatever, which is none/);
  assert.match(faultsWith('', paper.replace(/^\| `access\.professional`.*$/m, '')).join(), /no line for access\.professional\.rpps/);
});

test('the reader is not misled by comments, texts, constraints, types with brackets, other words of alter table', () => {
  const columns = readColumns(`-- create table a.comment (x int);
    create table if not exists a.t ("id" bigint generated always as identity (start with 2) primary key, amount numeric(10, 2) default '(,', -- a, b (
      tags text[] not null check (tags <> '{}'), when_at timestamptz, primary key (id, amount), constraint c check (amount > 0), unique (tags));
    alter table a.t add column late text default ',', add constraint d check (late <> ''), alter column tags set default '{}';
    alter table only a.t add if not exists later int, drop column when_at; do $$ begin execute format('create table a.part_%s (like a.t)', 1); end $$;`);
  assert.deepEqual(columns.map(({ name }) => name), ['id', 'amount', 'tags', 'late', 'later']);
});
