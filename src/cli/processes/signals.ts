import { stateFolder } from '../../ground/index.ts';
import { createSignals } from '../../servers/signals/index.ts';
import { listen, openFor, required, served, type Ports } from './process.ts';

export async function run({ port }: Ports): Promise<number> {
  const pool = openFor('signals');
  const signals = await createSignals({ pool, issuer: required('REMPART_PUBLIC_URL'), keyFolder: stateFolder('keys') });
  await listen(signals.server, port);
  signals.start();
  return served('signals', async () => { await signals.close(); await pool.end(); });
}
