import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, STATE, type Pool } from '../ground/index.ts';
import { populationOf, SANDBOX_INSURERS } from '../sandbox/index.ts';
import { playRehearsedAttack, type ClerkOptions, type Rehearsal } from '../servers/index.ts';
import { readClient } from './client-keys.ts';

const PERSONS = 60;

/** What a drill plays with: a test installation's client on this machine, and test persons. The operator writes its own (docs/how-to/run-the-desk.md). */
interface DrillFile extends Omit<Rehearsal, 'enrolled'> {
  readonly client: string;
  readonly issuer: string;
}

/** Where `rempart start` writes the drill of the made-up world. */
export function drillFile(): string {
  return join(STATE, 'drill.json');
}

/** Writes the drill of the made-up world: its first insurer's first persons. */
export function writeDrill(settings: { readonly persons: number }, world: { readonly seed: number; readonly apiUrl: string; readonly issuer: string }): void {
  const persons: Rehearsal['persons'][number][] = [];
  for (const insurer of SANDBOX_INSURERS.slice(0, 2)) {
    let taken = 0;
    for (const { nir, birthDate, birthRank } of populationOf(insurer, { persons: settings.persons, seed: world.seed, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })) {
      if (taken >= PERSONS / 2) break;
      persons.push({ amc: insurer.amc, nir, birthDate, birthRank });
      taken += 1;
    }
  }
  const drill: DrillFile = { client: 'drill', issuer: world.issuer, apiUrl: world.apiUrl, persons };
  writeFileSync(drillFile(), JSON.stringify(drill), { mode: 0o600 });
}

/** The clerk's rehearsed attack, from the file that REMPART_DRILL names; undefined where none is set. */
export function readDrill(pool: Pool): ClerkOptions['playAttack'] {
  const file = process.env['REMPART_DRILL'];
  if (file === undefined || file === '') return undefined;
  return async (by, onProgress) => {
    const drill = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as DrillFile : undefined;
    const enrolled = drill === undefined ? undefined : readClient(drill.client, drill.issuer);
    if (drill === undefined || enrolled === undefined) throw new AppError({ code: 'unavailable', publicText: { fr: `L’exercice n’est pas prêt : ${file} ou la clé de son installation manque.`, en: `The drill is not ready: ${file} or its installation’s key is missing.` } });
    return playRehearsedAttack(pool, { enrolled, apiUrl: drill.apiUrl, persons: drill.persons }, { by, onProgress });
  };
}
