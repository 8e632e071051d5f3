// Run under a system-call tracer: its own PostgreSQL, questions one after the other, a mark before and after each.
// `node traced.ts FSYNC`: on, or off for the counter-test.
import './traced-state.ts';
import { writeSync } from 'node:fs';
import { openPool } from '../../src/ground/index.ts';
import { Gate } from '../../src/gate/index.ts';
import { freshDatabase } from './database.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { plant } from './planted.ts';

const [fsync = 'on'] = process.argv.slice(2);
const postgres = await startOwnPostgres({ fsync, autovacuum: 'off', wal_writer_delay: '10s', checkpoint_timeout: '1h' });
const database = await freshDatabase();
const planted = await plant(database);
const pool = openPool({ url: database.urlFor('rempart_check'), max: 1, applicationName: 'traced' });
const gate = new Gate({ pool, parameters: 'test', connections: 1 });
for (let i = 0; i < 20; i += 1) {
  writeSync(1, `ASK ${i}\n`);
  const { told } = await gate.ask(planted.question());
  writeSync(1, `TOLD ${i} ${told?.entry}\n`);
}
await pool.end();
await database.drop();
await postgres.stop();
