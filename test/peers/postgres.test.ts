import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase } from '../support/database.ts';

test('this run’s promises are kept by PostgreSQL 15, the oldest that we take', async () => {
  const database = await freshDatabase();
  const { rows } = await database.pool('owner').query('show server_version_num');
  assert.match(rows[0].server_version_num, /^15/);
  await database.drop();
});
