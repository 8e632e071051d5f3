// The journal's tree in tests: entries without a gate, a sequencer in this process, and a verifier that looks at its folder.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatVkey, noteKeyOf, publishedAt, Sequencer, verifyTree, type NoteKey, type TreeReport } from '../../src/journal/index.ts';
import { stateFolder, type Pool } from '../../src/ground/index.ts';

export const ORIGIN = 'rempart.example/journal';

/** A log of a test's own: a key, a folder. */
export interface TestLog {
  readonly key: KeyObject;
  readonly noteKey: NoteKey;
  readonly vkey: string;
  readonly folder: string;
  verify(seenBefore?: string): Promise<TreeReport>;
  remove(): void;
}

/** An empty folder, with a fresh key or another log's. */
export function newLog(key: KeyObject = generateKeyPairSync('ed25519').privateKey): TestLog {
  const noteKey = noteKeyOf(ORIGIN, key);
  const folder = mkdtempSync(join(stateFolder('logs'), 'log-'));
  return { key, noteKey, vkey: formatVkey(noteKey), folder, verify: (seenBefore) => verifyTree({ read: publishedAt(folder), trust: { key: noteKey }, ...(seenBefore === undefined ? {} : { seenBefore }) }),
    remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A sequencer of that log; not opened. */
export function sequencerOf(log: TestLog, url: string): Sequencer {
  return new Sequencer({ url, origin: ORIGIN, key: log.key, folder: log.folder });
}

/** Writes entries as the gate does, by its owner. */
export async function addEntries(pool: Pool, count: number): Promise<void> {
  await pool.query(`insert into journal.entry (id, at, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), 'ask', 'no', 'test ' || n from generate_series(1, $1) n`, [count]);
}
