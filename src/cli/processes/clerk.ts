import { Clerk } from '../../servers/desk/index.ts';
import { machineKeyRing, readOperator } from '../context.ts';
import { readDrill } from '../drill-attack.ts';
import { periodKeys } from '../retention.ts';
import { openFor, served } from './process.ts';

/** Does what officers ordered: it holds the keys that packs are signed with, and no browser talks to it. */
export function run(): Promise<number> {
  const pool = openFor('clerk');
  const playAttack = readDrill(pool);
  const clerk = new Clerk({ pool, keyRing: machineKeyRing(), operator: readOperator(), periodKeys: periodKeys(), ...(playAttack === undefined ? {} : { playAttack }) });
  clerk.start();
  return served('clerk', async () => { await clerk.stop(); await pool.end(); });
}
