import { createInstallation } from '../src/access/index.ts';
import { Checks } from '../src/checks/index.ts';
import type { KeyRing, Pool } from '../src/ground/index.ts';
import { buildSandbox, populationOf, SANDBOX_INSURERS } from '../src/sandbox/index.ts';
import type { Rehearsal } from './rehearse.ts';
import * as store from './store.ts';

const SEED = 1;

interface OpenOptions {
  readonly owner: Pool;
  readonly pools: Readonly<Record<'intake' | 'desk' | 'check' | 'guard', Pool>>;
  readonly keyRing: KeyRing;
  readonly persons: number;
}

/** Makes a migrated database one for rehearsals: a made-up world, a doctor's software whose session will be stolen, a clock that is turned. */
export async function openRehearsal(options: OpenOptions): Promise<Rehearsal & { close(): void }> {
  const { owner, pools, keyRing, persons } = options;
  const sandbox = await buildSandbox({ owner, intake: pools.intake, keyRing, persons, professionals: 60, seed: SEED });
  const doctor = sandbox.establishments.find((e) => e.peerGroup === 'doctor');
  const { clientId } = await createInstallation(pools.desk, { establishment: doctor?.identifier ?? '', responsibleRpps: doctor?.professionals[0] ?? '', vendor: 'rehearsal', software: 'rehearsal' });
  await store.prepareWorld(owner, clientId);
  const year = new Date().getUTCFullYear();
  // A leak of a third of the insured of every insurer but the silent one.
  const leaked = SANDBOX_INSURERS.slice(0, 4).flatMap((insurer) => [...populationOf(insurer, { persons, seed: SEED, insurers: SANDBOX_INSURERS, year })].filter((_, i) => i % 3 === 0).map((person) => ({ ...person, amc: insurer.amc })));
  const checks = new Checks({ pool: pools.check, keyRing });
  await checks.open();
  await store.installRehearsalClock(owner, new Date());
  return { owner, checks, guardPool: pools.guard, keyRing, clientId, loot: { insurers: SANDBOX_INSURERS.map((insurer) => insurer.amc), leaked }, insurerIds: await store.insurerIds(owner), close: () => checks.close() };
}
