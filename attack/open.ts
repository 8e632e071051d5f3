import { randomUUID, sign } from 'node:crypto';
import { createInstallation, enrol, generateClientKey, obtainToken, type AccessToken, type Enrolled } from '../src/access/index.ts';
import { Checks } from '../src/checks/index.ts';
import { hash128, type KeyRing, type Pool } from '../src/ground/index.ts';
import { cardSignedBytes, formatCardCode, type CardFields } from '../src/identifiers/index.ts';
import { createBlindIndexer, type BlindIndexer } from '../src/registry/index.ts';
import { buildSandbox, insurerKeys, populationOf, SANDBOX_INSURERS } from '../src/sandbox/index.ts';
import { PROFILES, UNDER_ONE_NAME, type Profile } from './benign.ts';
import { Random } from './random.ts';
import type { Leaked, StolenFrom } from './script.ts';
import * as store from './store.ts';

const SEED = 1;
const PAST_QUESTIONS = 60;
const PATIENTS = 340;
const WAITING = 60;
const HOMES = 12;
/** Honest profession of the practices that are robbed. */
const PROFESSION: Readonly<Record<StolenFrom, string>> = { doctor: 'doctor', pharmacy: 'pharmacy', hospital: 'hospital desk' };
/** Of so many pharmacies one asks under one name. */
const ONE_NAME_IN = 10;
/** Practices whose patients settlement made known. */
const WITH_KNOWN = 440;
/** A Monday of early March, eight o'clock: every contract of the made-up year runs. */
export const START = Date.UTC(new Date().getUTCFullYear(), 2, 2, 8);

/** The real gate, checks and guard on a database made for rehearsals. */
export interface Rehearsal {
  readonly owner: Pool;
  readonly pools: Readonly<Record<'intake' | 'desk' | 'check' | 'guard' | 'auth', Pool>>;
  readonly checks: Checks;
  readonly keyRing: KeyRing;
  readonly indexer: BlindIndexer;
  /** Row numbers of insurers by AMC number. */
  readonly insurerIds: ReadonlyMap<string, number>;
  /** Sessions that may be stolen, by kind of practice. */
  readonly slots: Readonly<Record<StolenFrom, readonly Victim[]>>;
  readonly insurers: readonly string[];
  readonly leaked: readonly Leaked[];
  readonly cards: readonly { readonly amc: string; readonly card: string }[];
  close(): void;
}

/** A session that is stolen with its device, and who comes to that practice. */
export interface Victim extends store.Slot {
  /** Which of its kind it is, from 0, and how large: small, medium and large in turn. */
  readonly nth: number;
  readonly size: Profile;
  readonly patients: readonly Leaked[];
  readonly waiting: readonly Leaked[];
  /** With a key enrolled and a token obtained: asks over HTTP. */
  readonly enrolled?: { readonly enrolled: Enrolled; token: AccessToken };
}

interface OpenOptions {
  readonly owner: Pool;
  readonly pools: Rehearsal['pools'];
  readonly keyRing: KeyRing;
  readonly persons: number;
  readonly doctors: number;
  readonly pharmacies: number;
  readonly hospitals: number;
  readonly cards?: number;
}

const isAdult = (person: Leaked): boolean => person.line.includes(';assure;') || person.line.includes(';conjoint;');

/** Made-up persons by the commune they were born in, the most frequent ones first. */
function homesOf(everyone: readonly Leaked[]): Leaked[][] {
  const byPlace = Map.groupBy(everyone.filter((person) => isAdult(person) && !person.nir.slice(5).startsWith('99')), (person) => person.nir.slice(5, 10));
  return [...byPlace.values()].toSorted((a, b) => b.length - a.length).slice(0, HOMES);
}

function victimOf(slot: store.Slot, context: { readonly i: number; readonly peerGroup: StolenFrom; readonly homes: readonly (readonly Leaked[])[] }): Victim {
  const sizes = PROFILES.filter(({ profession }) => profession === (context.peerGroup === 'pharmacy' && context.i % ONE_NAME_IN === ONE_NAME_IN - 1 ? UNDER_ONE_NAME : PROFESSION[context.peerGroup]));
  const random = new Random(context.i + 1);
  const home = context.homes[context.i % context.homes.length] ?? [];
  const near = context.homes[(context.i + 1) % context.homes.length] ?? [];
  const some = (count: number): Leaked[] => Array.from({ length: count }, () => random.pick(random.next() < 0.75 ? home : near));
  return { ...slot, nth: context.i, size: sizes[context.i % sizes.length] as Profile, patients: some(PATIENTS), waiting: some(WAITING) };
}

/** Sixty questions over the four weeks before, in working hours, about people of the neighbourhood. */
function pastOf(victim: Victim, context: { readonly indexer: BlindIndexer; readonly insurerIds: ReadonlyMap<string, number> }): store.PastTrace[] {
  const random = new Random(victim.installation);
  return Array.from({ length: PAST_QUESTIONS }, (_, i) => {
    // Of the same places as who comes today, but nobody whom another practice has too: a small made-up register would make all of them share patients.
    const { amc, nir } = victim.waiting[i % victim.waiting.length] as Leaked;
    const insurerId = context.insurerIds.get(amc) ?? 0;
    const [year, month] = [random.integer(1935, 2005), String(random.integer(1, 12)).padStart(2, '0')];
    const made = `${random.integer(1, 2)}${String(year % 100).padStart(2, '0')}${month}${nir.slice(5, 10)}${String(random.integer(1, 999)).padStart(3, '0')}`;
    const trace = context.indexer.trace({ nir: made, adherentNumber: undefined }, { insurerId, birthDate: `${year}-${month}-${String(random.integer(1, 28)).padStart(2, '0')}`, birthRank: 1 });
    // Monday to Friday of the four weeks before a Monday.
    const daysAgo = 7 * random.integer(0, 3) + random.integer(3, 7);
    return { installation: victim.installation, minutesAgo: daysAgo * 1440 - random.integer(0, 570), insurer: insurerId, jkt: victim.jkt, who: trace.who, area: trace.area, root: trace.root, place: trace.place ?? null };
  });
}

// Card codes that one pharmacy scanned: signed by their insurers, registered, not used since.
async function scannedCards(owner: Pool, options: { readonly everyone: readonly Leaked[]; readonly count: number; readonly indexer: BlindIndexer; readonly insurerIds: ReadonlyMap<string, number> }): Promise<{ amc: string; card: string }[]> {
  const { everyone, count, indexer, insurerIds } = options;
  const persons = everyone.filter((person, i) => i % 7 === 1 && isAdult(person) && person.amc !== SANDBOX_INSURERS[4]?.amc).slice(0, count);
  const keys = new Map(await Promise.all(SANDBOX_INSURERS.map(async ({ amc }) => [amc, (await insurerKeys(amc)).cardKey] as const)));
  const cards = persons.map((person) => {
    const fields = { amcNumber: person.amc, conventionType: 'VM', csr: '101', cardId: randomUUID(), validFrom: '2020-01-01', validTo: '2099-12-31' } as CardFields;
    const who = { insurerId: insurerIds.get(person.amc) ?? 0, birthDate: person.birthDate, birthRank: person.birthRank };
    return { amc: person.amc, card: formatCardCode(fields, sign(null, cardSignedBytes(fields), keys.get(person.amc) ?? null as never)), id: hash128(fields.cardId), index: indexer.byNir(person.nir.slice(0, 13), who) };
  });
  await store.registerCards(owner, cards);
  return cards.map(({ amc, card }) => ({ amc, card }));
}

/** Makes a migrated database one for rehearsals: a made-up world, practices whose sessions will be stolen, a clock that is turned. */
export async function openRehearsal(options: OpenOptions): Promise<Rehearsal> {
  const { owner, pools, keyRing, persons } = options;
  await buildSandbox({ owner, intake: pools.intake, keyRing, persons, professionals: 30, seed: SEED });
  const year = new Date(START).getUTCFullYear();
  const everyone = SANDBOX_INSURERS.flatMap((insurer) => [...populationOf(insurer, { persons, seed: SEED, insurers: SANDBOX_INSURERS, year })].map((person) => ({ ...person, amc: insurer.amc })));
  const indexer = createBlindIndexer(keyRing.indexKey);
  const insurerIds = await store.insurerIds(owner);
  const homes = homesOf(everyone.filter((person) => person.amc !== SANDBOX_INSURERS[4]?.amc));
  const make = async (peerGroup: StolenFrom, count: number, prefix: number): Promise<Victim[]> =>
    (await store.makeSlots(owner, { peerGroup, count, prefix, vendor: 'rehearsal' })).map((slot, i) => victimOf(slot, { i, peerGroup, homes }));
  const slots = { doctor: await make('doctor', options.doctors, 81), pharmacy: await make('pharmacy', options.pharmacies, 82), hospital: await make('hospital', options.hospitals, 83) };
  await keepTheirPasts(owner, { victims: [...slots.doctor, ...slots.pharmacy, ...slots.hospital], indexer, insurerIds });
  const cards = await scannedCards(owner, { everyone, count: options.cards ?? 600, indexer, insurerIds });
  await store.prepareWorld(owner);
  const checks = new Checks({ pool: pools.check, keyRing, stepwise: true });
  await checks.open();
  await store.installRehearsalClock(owner, new Date(START));
  await store.separateRuns(owner);
  // A leak of a third of the insured of every insurer but the silent one.
  const leaked = everyone.filter((person, i) => i % 3 === 0 && person.amc !== SANDBOX_INSURERS[4]?.amc);
  return { owner, pools, checks, keyRing, indexer, insurerIds, slots, insurers: SANDBOX_INSURERS.map((insurer) => insurer.amc), leaked, cards, close: () => checks.close() };
}

async function keepTheirPasts(owner: Pool, context: { readonly victims: readonly Victim[]; readonly indexer: BlindIndexer; readonly insurerIds: ReadonlyMap<string, number> }): Promise<void> {
  const { victims, indexer, insurerIds } = context;
  await store.keepPasts(owner, victims.flatMap((victim) => pastOf(victim, context)));
  const known = victims.slice(0, WITH_KNOWN).flatMap((victim) => victim.patients.map((person) => ({ installation: victim.installation,
    index: indexer.byNir(person.nir.slice(0, 13), { insurerId: insurerIds.get(person.amc) ?? 0, birthDate: person.birthDate, birthRank: person.birthRank }) })));
  await store.keepKnown(owner, known);
}

/** One practice in so many has an enrolled key. */
export const OVER_HTTP = 19;

/** Practices whose key is enrolled and whose token comes from the real authorization server: their thieves ask over HTTP. */
export function enrolVictims(rehearsal: Rehearsal, options: { readonly issuer: string; readonly peerGroup: StolenFrom }): Promise<Victim[]> {
  const { issuer, peerGroup } = options;
  return Promise.all(rehearsal.slots[peerGroup].filter((_, i) => i % OVER_HTTP === 0).map((victim) => enrolVictim(rehearsal, { issuer, victim })));
}

/** The same practice with an installation whose key is enrolled. */
export async function enrolVictim(rehearsal: Rehearsal, { issuer, victim }: { readonly issuer: string; readonly victim: Victim }): Promise<Victim> {
  const { clientId, code } = await createInstallation(rehearsal.pools.desk, { establishment: victim.establishment, responsibleRpps: victim.rpps, vendor: 'rehearsal', software: 'rehearsal' });
  const enrolled = await enrol({ issuer, code, key: generateClientKey() });
  const token = await obtainToken(enrolled);
  const slot = await store.takeOver(rehearsal.owner, { clientId, victim });
  return { ...victim, ...slot, clientId, enrolled: { enrolled, token } };
}

/** Sessions of honest practices of one kind: nobody is stolen from, nobody comes but by their own days. */
export const victimsOf = (slots: readonly store.Slot[], size: Profile): Victim[] => slots.map((slot, nth) => ({ ...slot, nth, size, patients: [], waiting: [] }));
