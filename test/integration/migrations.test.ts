import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError, migrate } from '../../src/ground/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
before(async () => { database = await freshDatabase(); });
after(() => database.drop());

test('a migrated database needs nothing more', async () => {
  assert.equal(await migrate(database.ownerUrl), 0);
});

test('the program refuses a database newer than itself', async () => {
  await database.pool('owner').query("insert into rempart.migration (number, name, hash) values (9999, 'future', '')");
  await assert.rejects(migrate(database.ownerUrl), (error) => error instanceof AppError && error.code === 'conflict');
});

test('a database made by another draft of a migration is refused, with what to do', async () => {
  const draft = await freshDatabase();
  await draft.pool('owner').query("update rempart.migration set hash = 'another' where number = 3");
  await assert.rejects(migrate(draft.ownerUrl), (error) => error instanceof AppError && error.publicText.en.includes('migration 3'));
  await draft.drop();
});

test('no role that answers may select from any table', async () => {
  const { rows } = await database.pool('owner').query(`
    select table_schema, table_name from information_schema.role_table_grants
    where grantee in ('rempart_check', 'PUBLIC') and table_schema in ('registry', 'access', 'journal', 'gate', 'guard')`);
  assert.deepEqual(rows, []);
});
