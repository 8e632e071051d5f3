import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, STATE, type Pool } from '../ground/index.ts';
import type { ClerkOptions, Rehearsal } from '../servers/desk/index.ts';
import { readClient } from './client-keys.ts';

/** What a drill plays with: a test installation's client on this machine, and test persons. The operator writes its own (docs/how-to/run-the-desk.md). */
export interface DrillFile extends Omit<Rehearsal, 'enrolled'> {
  readonly client: string;
  readonly issuer: string;
}

/** Where `rempart start` writes the drill of the made-up world. */
export function drillFile(): string {
  return join(STATE, 'drill.json');
}

/** The clerk's rehearsed attack, from the file that REMPART_DRILL names; undefined where none is set. */
export function readDrill(pool: Pool): ClerkOptions['playAttack'] {
  const file = process.env['REMPART_DRILL'];
  if (file === undefined || file === '') return undefined;
  return async (by, onProgress) => {
    const drill = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as DrillFile : undefined;
    const enrolled = drill === undefined ? undefined : readClient(drill.client, drill.issuer);
    if (drill === undefined || enrolled === undefined) throw new AppError({ code: 'unavailable', publicText: { fr: `L’exercice n’est pas prêt : ${file} ou la clé de son installation manque.`, en: `The drill is not ready: ${file} or its installation’s key is missing.` } });
    const { playRehearsedAttack } = await import('../servers/desk/index.ts');
    return playRehearsedAttack(pool, { enrolled, apiUrl: drill.apiUrl, persons: drill.persons }, { by, onProgress });
  };
}
