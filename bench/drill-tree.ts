// The drill's journal has its tree: made in bulk before the incident, grown by the sequencer after it, verified from the published files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogKey, stateFolder, type Pool } from '../src/ground/index.ts';
import { buildJournalTree, exportEntries, noteKeyOf, publishedAt, Sequencer, verifyEntries, verifyTree } from '../src/journal/index.ts';

const ORIGIN = 'exercice.example/journal';

/** What was found of the tree; seconds are wall time. */
export interface TreeResult {
  readonly treeLeaves: number;
  readonly treeSeconds: number;
  readonly verifySeconds: number;
  /** Faults the verifier named: none, or the drill has failed. */
  readonly treeFaults: number;
}

const folder = (): string => join(stateFolder('log'), 'published');
const secondsSince = (since: number): number => Math.round((performance.now() - since) / 100) / 10;

/** Gives every entry of the made-up journal its leaf, and publishes the tree. @returns the checkpoint, and the seconds it took. */
export async function growTree(owner: Pool, onProgress: (leaves: number) => void): Promise<{ readonly checkpoint: string; readonly seconds: number }> {
  const began = performance.now();
  await buildJournalTree({ pool: owner, origin: ORIGIN, key: openLogKey(stateFolder('keys')), folder: folder(), onProgress });
  return { checkpoint: readFileSync(join(folder(), 'checkpoint'), 'utf8'), seconds: secondsSince(began) };
}

/** Places what the incident itself wrote, then verifies the whole tree from its files and its key alone, against the checkpoint seen before and every entry. */
export async function verifyGrown(pools: { readonly desk: Pool; readonly logUrl: string }, before: { readonly checkpoint: string; readonly seconds: number }): Promise<TreeResult> {
  const key = openLogKey(stateFolder('keys'));
  const sequencer = new Sequencer({ url: pools.logUrl, origin: ORIGIN, key, folder: folder() });
  await sequencer.open();
  while ((await sequencer.turn()) > 0) { /* on */ }
  await sequencer.close();
  const began = performance.now();
  const asked = { read: publishedAt(folder()), trust: { key: noteKeyOf(ORIGIN, key) }, seenBefore: before.checkpoint };
  const report = await verifyTree(asked);
  await verifyEntries(asked, report, exportEntries(pools.desk));
  const missing = report.leaves === report.entries ? 0 : 1;
  return { treeLeaves: report.leaves, treeSeconds: before.seconds, verifySeconds: secondsSince(began), treeFaults: report.faults.length + report.more + missing };
}
