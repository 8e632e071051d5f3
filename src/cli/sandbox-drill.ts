import { writeFileSync } from 'node:fs';
import { populationOf, SANDBOX_INSURERS } from '../sandbox/index.ts';
import { drillFile, type DrillFile } from './drill-attack.ts';

const PERSONS = 60;

/** Writes the drill of the made-up world: its first insurer's first persons. */
export function writeDrill(settings: { readonly persons: number }, world: { readonly seed: number; readonly apiUrl: string; readonly issuer: string }): void {
  const persons: DrillFile['persons'][number][] = [];
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
