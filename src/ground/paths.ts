import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's (or package's) root folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where everything made at run time lies (keys, populations, the embedded database). Never committed. */
export const STATE = process.env['REMPART_STATE'] ?? join(ROOT, '.rempart');

/** A folder below {@link STATE}, made if missing, readable by its owner alone. */
export function stateFolder(...names: readonly string[]): string {
  const folder = join(STATE, ...names);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
