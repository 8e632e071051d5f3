import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadDirectory } from '../access/index.ts';
import { stateFolder, writeSignedFile, type KeyRing, type Pool } from '../ground/index.ts';
import { loadProducts, loadRights, PRODUCTS_MAGIC, RIGHTS_MAGIC } from '../intake/index.ts';
import { directoryKey, makeDirectory, writeDirectoryFiles, type MadeUpEstablishment } from './directory.ts';
import { insurerKeys, registerInsurers, SANDBOX_INSURERS } from './insurers.ts';
import { readLoaded } from './store.ts';
import { populationOf, type MadeUpPerson, type PopulationOptions } from './population.ts';

/** The made-up world, loaded through the real intake. */
export interface Sandbox {
  readonly establishments: readonly MadeUpEstablishment[];
  /** One person of each insurer whose rights are open this year, by AMC number. */
  readonly persons: Readonly<Record<string, MadeUpPerson>>;
}

interface BuildOptions {
  /** May register insurers (owner of the database). */
  readonly owner: Pool;
  readonly intake: Pool;
  readonly keyRing: KeyRing;
  readonly persons: number;
  readonly professionals: number;
  readonly seed: number;
  readonly onProgress?: (what: string, done: number, of: number) => void;
  /** After an insurer's file was made: its lines, and how long that took. */
  readonly onMade?: (made: { readonly lines: number; readonly seconds: number }) => void;
  /** Loads a rights file; the bench measures around it. */
  readonly load?: typeof loadRights;
}

function optionsOf(build: Pick<BuildOptions, 'persons' | 'seed'>): PopulationOptions {
  return { persons: build.persons, seed: build.seed, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() };
}

// The first person of an insurer whose contract runs all year with every domain, and whose NIR stands once.
function sampleOf(amc: string, options: PopulationOptions): MadeUpPerson {
  const insurer = SANDBOX_INSURERS.find((i) => i.amc === amc) as (typeof SANDBOX_INSURERS)[number];
  for (const person of populationOf(insurer, options)) {
    if (person.line.includes(`;${options.year}-01-01;${options.year + 1}-01-31;`) && person.line.includes(',MEDE,') && person.line.includes(';assure;')) return person;
  }
  throw new Error(`no sample person of ${amc}`);
}

/** The sample persons and establishments of a world, without loading anything. */
export function describeSandbox(build: Pick<BuildOptions, 'persons' | 'professionals' | 'seed'>): Sandbox {
  const options = optionsOf(build);
  return { establishments: makeDirectory(build.professionals, build.seed), persons: Object.fromEntries(SANDBOX_INSURERS.map(({ amc }) => [amc, sampleOf(amc, options)])) };
}

function* linesOf(persons: Iterable<MadeUpPerson>): Generator<string> {
  for (const person of persons) yield person.line;
}

async function loadInsurer(build: BuildOptions, amc: string): Promise<void> {
  const insurer = SANDBOX_INSURERS.find((i) => i.amc === amc) as (typeof SANDBOX_INSURERS)[number];
  const { signingKey } = await insurerKeys(amc);
  const folder = stateFolder('sandbox', 'files');
  const products = join(folder, `${amc}-products.csv`);
  await writeSignedFile(products, { magic: PRODUCTS_MAGIC, header: `H;1;${amc};1`, lines: insurer.products.map((product) => `P;2020-01-01;${JSON.stringify(product)}`), key: signingKey });
  await loadProducts({ pool: build.intake, path: products });
  const rights = join(folder, `${amc}-full-1-${build.persons}-${build.seed}.csv`);
  const today = new Date().toISOString().slice(0, 10);
  // An interrupted load goes on with the file it began with.
  const start = performance.now();
  if (!existsSync(rights)) {
    const lines = await writeSignedFile(rights, { magic: RIGHTS_MAGIC, header: `H;1;${amc};full;1;${today}`, lines: linesOf(populationOf(insurer, optionsOf(build))), key: signingKey });
    build.onMade?.({ lines, seconds: (performance.now() - start) / 1000 });
  }
  await (build.load ?? loadRights)({ pool: build.intake, keyRing: build.keyRing, path: rights, onProgress: (done, of) => build.onProgress?.(insurer.name, done, of) });
}

/** Makes and loads the world: insurers, directory, products, rights. What an interrupted run has loaded stays. */
export async function buildSandbox(build: BuildOptions): Promise<Sandbox> {
  await registerInsurers(build.owner);
  const loaded = await readLoaded(build.owner);
  const establishments = makeDirectory(build.professionals, build.seed);
  const today = new Date().toISOString().slice(0, 10);
  const files = await writeDirectoryFiles(establishments, { sequence: 1, date: today, from: '2020-01-01' });
  for (const { kind, path } of files) if (!loaded.directory.has(kind)) await loadDirectory({ pool: build.intake, path, key: directoryKey().verifying });
  for (const { amc } of SANDBOX_INSURERS) if (!loaded.insurers.has(amc)) await loadInsurer(build, amc);
  return describeSandbox(build);
}
