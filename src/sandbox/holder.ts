import { SANDBOX_INSURERS } from './insurers.ts';
import { populationOf, type MadeUpPerson, type PopulationOptions } from './population.ts';

/** What an insurer's system knows of one contract, as `rempart card issue` takes it (docs/formats/card-code.md). */
export interface SampleHolder {
  readonly insurer: { readonly amcNumber: string; readonly name: string; readonly conventionType: string; readonly csr: string; readonly phone: string };
  readonly adherentNumber: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly responsible: boolean;
  readonly beneficiaries: readonly { readonly firstName: string; readonly lastName: string; readonly birthDate: string; readonly birthRank: number; readonly nir: string; readonly domains: readonly string[] }[];
}

/** The contract of a made-up person with everyone on it. */
export function sampleHolder(person: MadeUpPerson, amc: string, options: Omit<PopulationOptions, 'insurers'>): SampleHolder {
  const insurer = SANDBOX_INSURERS.find((each) => each.amc === amc) as (typeof SANDBOX_INSURERS)[number];
  const household: MadeUpPerson[] = [];
  for (const each of populationOf(insurer, { ...options, insurers: SANDBOX_INSURERS })) {
    if (each.adherentNumber === person.adherentNumber && !household.some((known) => known.nir === each.nir && known.birthDate === each.birthDate && known.birthRank === each.birthRank)) household.push(each);
    else if (household.length > 0) break;
  }
  const fieldsOf = (each: MadeUpPerson): string[] => each.line.split(';');
  const first = fieldsOf(household[0] as MadeUpPerson);
  return {
    insurer: { amcNumber: amc, name: insurer.name, conventionType: insurer.convention, csr: '', phone: `09 99 99 00 0${amc.at(-1)}` }, adherentNumber: person.adherentNumber, validFrom: first[16] as string, validTo: first[17] as string, responsible: first[20]?.includes('R') ?? false,
    beneficiaries: household.map((each) => {
      const fields = fieldsOf(each);
      return { firstName: fields[9] as string, lastName: fields[8] as string, birthDate: each.birthDate, birthRank: each.birthRank, nir: each.nir, domains: (fields[13] as string).split(',') };
    }),
  };
}
