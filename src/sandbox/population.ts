import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../ground/index.ts';
import { nirKey } from '../identifiers/index.ts';
import type { SandboxInsurer } from './insurers.ts';
import { FIRST_NAMES, SURNAMES } from './names.ts';
import { Random, Weighted } from './random.ts';

interface Commune {
  readonly code: string;
  readonly population: number;
}

/** What makes a population; the same makes the same. */
export interface PopulationOptions {
  readonly persons: number;
  readonly seed: number;
  readonly insurers: readonly SandboxInsurer[];
  /** The year that contracts run in. */
  readonly year: number;
}

/** A made-up insured person, as its insurer's file names it. */
export interface MadeUpPerson {
  readonly nir: string;
  readonly birthDate: string;
  readonly birthRank: number;
  readonly adherentNumber: string;
  readonly line: string;
}

let communes: Weighted<Commune> | undefined;
const surnames = new Weighted(SURNAMES, ([, weight]) => weight);
const firstNames = FIRST_NAMES.map((list) => new Weighted(list, ([, weight]) => weight));
const COUNTRIES = ['109', '127', '131', '134', '139', '217', '243', '331', '350', '351', '352', '404', '416', '514'];
const DAY = 86_400_000;

function birthPlaces(): Weighted<Commune> {
  communes ??= new Weighted((JSON.parse(readFileSync(join(ROOT, 'node_modules/@etalab/decoupage-administratif/data/communes.json'), 'utf8')) as (Commune & { type: string })[])
    .filter((commune) => commune.population > 0 && /^(?!98)(\d{2}|2[AB])\d{3}$/.test(commune.code)), (commune) => commune.population);
  return communes;
}

const dates: string[] = [];
const FIRST_DAY = Date.UTC(1900, 0, 1);

function iso(time: number): string {
  const day = (time - FIRST_DAY) / DAY;
  return dates[day] ??= new Date(time).toISOString().slice(0, 10);
}

interface Born {
  readonly sex: 1 | 2;
  readonly birthDate: string;
  readonly firstName: string;
}

function bornBetween(random: Random, years: readonly [number, number]): Born {
  const sex = random.chance(0.5) ? 1 : 2;
  const time = Date.UTC(random.integer(years[0], years[1]), 0, 1) + random.integer(0, 364) * DAY;
  return { sex, birthDate: iso(time), firstName: (firstNames[sex - 1] as Weighted<readonly [string, number]>).pick(random)[0] };
}

// Born in a commune by its population, one in nine abroad. The key is left out: 13 characters.
function nirOf(random: Random, born: Born): string {
  const place = random.chance(0.11) ? `99${random.pick(COUNTRIES)}` : birthPlaces().pick(random).code;
  const nir = `${born.sex}${born.birthDate.slice(2, 4)}${born.birthDate.slice(5, 7)}${place}${String(random.integer(1, 999)).padStart(3, '0')}`;
  return `${nir}${nirKey(nir)}`;
}

interface Contract {
  readonly insurer: SandboxInsurer;
  readonly number: string;
  readonly adherent: string;
  readonly from: string;
  /** Nobody was born later. */
  readonly lastYear: number;
  /** The last eleven fields of its lines. */
  readonly terms: string;
}

const DOMAIN_SETS = ['PHAR,PHNO,MEDE,AUXM,LABO,RADL,DENT,OPTI,AUDI,TRAN,HOSP,EXTE,SAGE,CSTE', 'PHAR,MEDE,AUXM,LABO,RADL,TRAN,HOSP,EXTE,SAGE,CSTE', 'PHAR,LABO,RADL,HOSP'];

function contractOf(random: Random, context: { readonly options: PopulationOptions; readonly insurer: SandboxInsurer; readonly number: number; readonly order: 1 | 2 }): Contract {
  const { options, insurer, number, order } = context;
  const { year } = options;
  const product = random.pick(insurer.products);
  // Most run the calendar year; some ended, some start later, some renew in January.
  const life = random.next();
  const [from, to] = life < 0.9 ? [`${year}-01-01`, `${year + 1}-01-31`] : life < 0.95 ? [`${year - 1}-01-01`, `${year}-03-31`] : life < 0.97 ? [`${year + 1}-01-01`, `${year + 1}-12-31`] : [`${year}-0${random.integer(2, 8)}-01`, `${year + 1}-12-31`];
  const domains = random.chance(0.85) ? (DOMAIN_SETS[0] as string) : random.pick(DOMAIN_SETS);
  const flags = `${product.responsible ? 'R' : ''}${product.code === 'C2S' ? 'C' : ''}`;
  const terms = `${product.code};${order};${domains};${from};${to};${from};${to};;${insurer.convention};${flags};${product.code === 'ALSACE-MOSELLE' ? 'alsace-moselle' : 'general'}`;
  return { insurer, number: `C${insurer.amc.slice(-1)}${number}`, adherent: `${insurer.amc.slice(-1)}${String(number).padStart(9, '0')}`, from, lastYear: year - 1, terms };
}

function lineOf(contract: Contract, person: { readonly id: string; readonly nir: string; readonly born: Born; readonly rank: number; readonly surname: string; readonly relationship: string }): MadeUpPerson {
  const { born } = person;
  const line = `L;U;${person.id};${contract.number};${contract.adherent};${person.nir};${born.birthDate};${person.rank};${person.surname};${born.firstName};${person.relationship};${contract.terms}`;
  return { nir: person.nir, birthDate: person.born.birthDate, birthRank: person.rank, adherentNumber: contract.adherent, line };
}

// One household: one or two insured adults, children on a parent's NIR, now and then twins.
function* household(random: Random, contract: Contract, number: number): Generator<MadeUpPerson> {
  const { year } = { year: Number(contract.from.slice(0, 4)) };
  const surname = surnames.pick(random)[0];
  const first = bornBetween(random, [year - 85, year - 20]);
  const insured = nirOf(random, first);
  yield lineOf(contract, { id: `B${number}-1`, nir: insured, born: first, rank: 1, surname, relationship: 'assure' });
  const couple = random.chance(0.45);
  if (couple) {
    const second = bornBetween(random, [year - 80, year - 20]);
    yield lineOf(contract, { id: `B${number}-2`, nir: nirOf(random, second), born: second, rank: 1, surname, relationship: 'conjoint' });
  }
  const young = Number(first.birthDate.slice(0, 4)) > year - 60;
  const children = young && random.chance(0.5) ? random.integer(1, 3) : 0;
  const childhood = [year - 20, Math.min(year - 1, contract.lastYear)] as const;
  let child = bornBetween(random, childhood);
  for (let i = 0; i < children; i += 1) {
    const twin = i > 0 && random.chance(0.06);
    if (i > 0 && !twin) child = bornBetween(random, childhood);
    else if (twin) child = { ...child, firstName: 'CAMILLE' };
    yield lineOf(contract, { id: `B${number}-${3 + i}`, nir: insured, born: child, rank: twin ? 2 : 1, surname, relationship: 'enfant' });
  }
}

/** The persons of one insurer, streamed. Their numbers are made up: their identities belong to the test OID. */
export function* populationOf(insurer: SandboxInsurer, options: PopulationOptions): Generator<MadeUpPerson> {
  const random = new Random(options.seed * 1000 + Number(insurer.amc.slice(-3)));
  const wanted = Math.round(options.persons * insurer.share);
  let made = 0;
  for (let number = 1; made < wanted; number += 1) {
    const contract = contractOf(random, { options, insurer, number, order: random.chance(0.04) ? 2 : 1 });
    for (const person of household(random, contract, number)) {
      if (made >= wanted) return;
      made += 1;
      yield person;
      // Now and then a contract of next year already overlaps this one.
      if (random.chance(0.01)) yield { ...person, line: person.line.replace(`;${contract.number};`, `;${contract.number}N;`).replaceAll(contract.from, `${options.year}-12-01`) };
    }
  }
}
