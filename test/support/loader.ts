// A loading process of its own, which a test may kill: `{ url, path, keys }` and options of the load as JSON on standard input.
import { text } from 'node:stream/consumers';
import { openKeyRing, openPool } from '../../src/ground/index.ts';
import { loadRights } from '../../src/intake/index.ts';

const { url, path, keys, ...options } = JSON.parse(await text(process.stdin)) as { url: string; path: string; keys: string; shelfLines?: number; sliceLines?: number };
const pool = openPool({ url, max: 2, applicationName: 'loader' });
await loadRights({ pool, keyRing: openKeyRing(keys), path, ...options });
await pool.end();
