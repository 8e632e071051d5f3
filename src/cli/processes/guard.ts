import { Guard, keepFolding } from '../../guard/index.ts';
import { startOpener } from '../../incidents/index.ts';
import { openFor, served } from './process.ts';

export function run(): Promise<number> {
  const pool = openFor('guard');
  const guard = new Guard(pool);
  guard.start();
  const stopFolding = keepFolding(pool);
  const stopOpening = startOpener(pool);
  return served('guard', async () => { await Promise.all([guard.stop(), stopFolding(), stopOpening()]); await pool.end(); });
}
