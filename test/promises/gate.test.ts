// Promise `gate`: personal rights leave the database by the gate functions alone, which commit before they
// tell. Here a taken-over answering process tries everything its role allows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { ROOT } from '../../src/ground/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { plant, type Planted } from '../support/planted.ts';

let database: TestDatabase;
let planted: Planted;
before(async () => {
  database = await freshDatabase();
  planted = await plant(database);
  // The first question of an establishment makes its meter and is asked again.
  await takenOver((client) => client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values()));
});
after(() => database.drop());

const ARGUMENTS = '$1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::smallint[], $8::uuid[], $9::uuid[], $10::text[], $11::date[], $12::boolean[], $13::boolean[], $14::int[], $15::jsonb[], $16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23';

function values(): unknown[] {
  const q = planted.question();
  return [[q.session], [q.jkt], [q.proof], [q.user], [null], [q.digest], [q.insurerId], [q.byNir], [null], [q.domain], [q.careDate], [false], [false], [0], [null], [null], [null], [null], [null], [null], [null], [null, null], 'test'];
}

async function takenOver<T>(attack: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.urlFor('rempart_check') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await attack(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const entries = async (): Promise<number> => (await database.pool('owner').query('select count(*)::int as n from journal.entry')).rows[0].n;

test('charge and fetch in one transaction tell nothing, so rolling back gains nothing', async () => {
  const told = await takenOver(async (client) => {
    await client.query('begin');
    const { rows } = await client.query(`select (unnest(gate.charge(${ARGUMENTS}))).entry as entry`, values());
    const { rows: fetched } = await client.query('select gate.fetch($1::bigint[], $2::uuid[]) as told', [[rows[0].entry], [planted.session]]);
    await client.query('rollback');
    return fetched[0].told;
  });
  assert.deepEqual(told, {});
});

test('a savepoint, rolled back to, does not open the door either', async () => {
  const told = await takenOver(async (client) => {
    await client.query('begin; savepoint a');
    const { rows } = await client.query(`select (unnest(gate.charge(${ARGUMENTS}))).entry as entry`, values());
    const { rows: fetched } = await client.query('select gate.fetch($1::bigint[], $2::uuid[]) as told', [[rows[0].entry], [planted.session]]);
    await client.query('rollback to a; commit');
    return fetched[0].told;
  });
  assert.deepEqual(told, {});
});

test('an uncommitted entry is not told to a second connection', async () => {
  await takenOver(async (first) => {
    await first.query('begin');
    const { rows } = await first.query(`select (unnest(gate.charge(${ARGUMENTS}))).entry as entry`, values());
    const told = await takenOver(async (second) => (await second.query('select gate.fetch($1::bigint[], $2::uuid[]) as told', [[rows[0].entry], [planted.session]])).rows[0].told);
    assert.deepEqual(told, {});
    await first.query('rollback');
  });
});

test('any isolation level but read committed is refused before anything is looked up', async () => {
  for (const level of ['repeatable read', 'serializable']) {
    const before = await entries();
    const code = await takenOver(async (client) => {
      await client.query(`begin isolation level ${level}`);
      const { rows } = await client.query(`select (unnest(gate.charge(${ARGUMENTS}))).code as code`, values());
      await client.query('rollback');
      return rows[0].code;
    });
    assert.equal(code, 'isolation');
    assert.equal(await entries(), before);
  }
});

test('the procedure called inside a transaction of the caller fails and leaves no word', async () => {
  await takenOver(async (client) => {
    await client.query('begin');
    await assert.rejects(client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values()), /invalid transaction termination/);
    await client.query('rollback');
  });
});

test('an asynchronous commit asked for by the caller is made synchronous by charge', async () => {
  const setting = await takenOver(async (client) => {
    await client.query("set synchronous_commit = off; begin");
    await client.query(`select gate.charge(${ARGUMENTS})`, values());
    const { rows } = await client.query('show synchronous_commit');
    await client.query('rollback');
    return rows[0].synchronous_commit;
  });
  assert.equal(setting, 'on');
});

test('a call that is cancelled midway tells nothing whose entry is missing', async () => {
  let told = 0;
  for (let i = 0; i < 40; i += 1) {
    const before = await entries();
    const row = await takenOver(async (client) => {
      await client.query(`set statement_timeout = ${1 + (i % 8)}`);
      return client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values()).then((r) => r.rows[0], () => undefined);
    });
    if (row?.told?.entry?.length > 0) {
      told += 1;
      assert.ok((await entries()) > before);
    }
  }
  assert.ok(told < 40, 'no call was cancelled: the test tried nothing');
});

test('a stolen token is no key: without the session’s thumbprint, or with none at all, nothing is answered and no guarantee shown', async () => {
  const entry = await takenOver(async (client) => (await client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values())).rows[0].told.entry[0]);
  for (const jkt of [null, crypto.randomUUID()]) {
    const asked = await takenOver(async (client) => (await client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values().with(1, [jkt]))).rows[0]);
    assert.deepEqual([asked.charged.code[0], asked.told], ['binding', {}]);
    const { rows: [shown] } = await takenOver((client) => client.query('call gate.show_guarantee($1, $2, $3, $4, null, null)', [planted.session, jkt, crypto.randomUUID(), entry]));
    assert.deepEqual([shown.code, shown.told], ['session', null]);
  }
});

test('an entry of another installation, or older than a minute, is not told', async () => {
  const owner = database.pool('owner');
  const entry = await takenOver(async (client) => (await client.query(`call gate.ask(${ARGUMENTS}, null, null)`, values())).rows[0].told.entry[0]);
  const other = crypto.randomUUID();
  const { rows } = await owner.query("insert into access.installation (kind, establishment_id, vendor, software, state) values ('software', $1, 't', 't', 'active') returning id", [planted.establishment]);
  await owner.query("insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) values ($1, $2, $1, '{}', now() + interval '1 day')", [other, rows[0].id]);
  const fetch = (session: string) => takenOver(async (client) => (await client.query('select gate.fetch($1::bigint[], $2::uuid[]) as told', [[entry], [session]])).rows[0].told);
  assert.equal((await fetch(planted.session)).entry.length, 1);
  assert.deepEqual(await fetch(other), {});
  await owner.query('alter table journal.entry disable trigger all');
  await owner.query("update journal.entry set at = at - interval '2 minutes' where id = $1", [entry]);
  await owner.query('alter table journal.entry enable trigger all');
  assert.deepEqual(await fetch(planted.session), {});
});

test('the answering role reads and writes no table, makes none, and has no large object or temporary table', async () => {
  await takenOver(async (client) => {
    const { rows } = await database.pool('owner').query("select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('registry', 'access', 'journal', 'gate', 'guard')");
    for (const { name } of rows) {
      await assert.rejects(client.query(`select * from ${name}`), /permission denied/);
      await assert.rejects(client.query(`delete from ${name}`), /permission denied/);
    }
    await assert.rejects(client.query('create temporary table t (a int)'), /permission denied/);
    await assert.rejects(client.query('create table public.t (a int)'), /permission denied/);
    await assert.rejects(client.query('create function gate.clock2() returns int language sql as $$ select 1 $$'), /permission denied/);
    await assert.rejects(client.query('set role rempart_gate'), /permission denied/);
  });
});

test('the functions that the answering role may execute are those of docs/gates.md, no more, no fewer', async () => {
  const { rows } = await database.pool('owner').query<{ name: string }>(`select distinct 'gate.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('gate', 'journal', 'guard', 'registry', 'access') and has_function_privilege('rempart_check', p.oid, 'execute') order by 1`);
  const lines = [...readFileSync(join(ROOT, 'docs/gates.md'), 'utf8').matchAll(/^\| (`gate\.[^|]+`) \| `rempart_check`/gm)].map((m) => String(m[1]));
  const listed = lines.flatMap((names) => [...names.matchAll(/`([^`]+)`/g)].map((m) => String(m[1]))).toSorted((a, b) => a.localeCompare(b));
  assert.deepEqual(rows.map((row) => row.name), listed);
});

test('even the owner of the functions cannot change or remove an entry', async () => {
  const owner = database.pool('owner');
  await assert.rejects(owner.query("update journal.entry set outcome = 'no'"), /only grows/);
  await assert.rejects(owner.query('delete from journal.entry'), /only grows/);
  await assert.rejects(owner.query('truncate journal.entry'), /only grows/);
});
