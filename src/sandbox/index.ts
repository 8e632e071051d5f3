export { buildSandbox, describeSandbox } from './build.ts';
export type { Sandbox } from './build.ts';
export { directoryKey, makeDirectory, writeDirectoryFiles } from './directory.ts';
export type { MadeUpEstablishment } from './directory.ts';
export { insurerKeys, registerInsurers, SANDBOX_INSURERS } from './insurers.ts';
export { populationOf } from './population.ts';
export type { MadeUpPerson, PopulationOptions } from './population.ts';
export { playSettlement } from './settle.ts';
export type { Unsettled } from './store.ts';
