// A loading process of its own, whose memory is measured: `{ url, path }` in; `{ done, of, rssMb }`, then `{ report }` out.
import '../own-state.ts';
import { openPool } from '../../src/ground/index.ts';
import { machineKeyRing } from '../../src/cli/context.ts';
import { loadRights, type LoadReport } from '../../src/intake/index.ts';

/** What the loader tells. */
export type LoaderWord = { readonly done: number; readonly of: number; readonly rssMb: number } | { readonly report: LoadReport; readonly rssMb: number };

let most = 0;
const rssMb = (): number => (most = Math.max(most, Math.round(process.memoryUsage().rss / 1e6)));

process.once('message', (message) => {
  const { url, path } = message as { url: string; path: string };
  const pool = openPool({ url, max: 2, applicationName: 'bench loader' });
  void loadRights({ pool, keyRing: machineKeyRing(), path, onProgress: (done, of) => { process.send?.({ done, of, rssMb: rssMb() }); } })
    .then(async (report) => {
      await pool.end();
      // Gone only once it is written: a report that is on its way when the process ends may not arrive.
      process.send?.({ report, rssMb: rssMb() }, () => { process.disconnect(); });
    });
});
