// npm run drill [-- --full]: an incident from the list to the packs on a made-up journal, in a PostgreSQL of its own that is removed after.
// Prints one JSON line. --full: 1 million disclosures in a journal of 10 million over 84 insurers (bench/results/drill.json).
import './drill-state.ts';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineKeyRing, rolePasswords } from '../src/cli/context.ts';
import { migrate, openPool, ROOT, setRolePasswords, startEmbeddedPostgres, STATE, stateFolder, withUser } from '../src/ground/index.ts';
import { playDrill } from './drill-play.ts';
import { makeDrillWorld, type DrillSize } from './drill-store.ts';
import { growTree, verifyGrown } from './drill-tree.ts';

const SMALL: DrillSize = { journalEntries: 60_000, disclosures: 8000, persons: 6000, insurers: 84, accounts: 5 };
const FULL: DrillSize = { journalEntries: 10_000_000, disclosures: 1_000_000, persons: 800_000, insurers: 84, accounts: 40 };

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } });
const size = values.full ? FULL : SMALL;
const say = (line: string): void => { process.stderr.write(`${line}\n`); };

const postgres = await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres') });
const owner = openPool({ url: postgres.url, max: 2, applicationName: 'drill' });
const desk = openPool({ url: withUser(postgres.url, { user: 'rempart_desk', password: rolePasswords().rempart_desk }), max: 2, applicationName: 'drill desk' });
const close = async (): Promise<void> => {
  await Promise.allSettled([owner.end(), desk.end()]);
  await postgres.stop();
  rmSync(STATE, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { void close().finally(() => process.exit(130)); });
try {
  await migrate(postgres.url);
  await setRolePasswords(postgres.url, rolePasswords());
  const began = performance.now();
  const keyRing = machineKeyRing();
  const world = await makeDrillWorld(owner, { ...size, decoyKey: keyRing.decoyKey }, (what, done, of) => { if (what === 'persons' || done % 10 === 0) say(`${what} ${done}/${of}, ${Math.round((performance.now() - began) / 1000)} s`); });
  const tree = await growTree(owner, (leaves) => { if (leaves % 1_000_000 === 0) say(`leaves ${leaves}, ${Math.round((performance.now() - began) / 1000)} s`); });
  const played = await playDrill({ owner, desk }, { ...world, size, keyRing });
  say(`played, ${Math.round((performance.now() - began) / 1000)} s: ${JSON.stringify(played)}`);
  const logUrl = withUser(postgres.url, { user: 'rempart_log', password: rolePasswords().rempart_log });
  const result = { ...played, ...await verifyGrown({ desk, logUrl }, tree) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (values.full) writeFileSync(join(ROOT, 'bench/results/drill.json'), `${JSON.stringify({ at: new Date().toISOString(), ...result }, null, 2)}\n`);
  process.exitCode = result.precision === 1 && result.recall === 1 && result.decoysLeftOut === world.decoys && result.treeFaults === 0 ? 0 : 1;
} finally {
  await close();
}
