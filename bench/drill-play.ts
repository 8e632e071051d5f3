// Plays an incident from the list to the letters on a made-up journal, and compares it with the truth. Nothing is sent.
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stateFolder, type KeyRing, type Pool } from '../src/ground/index.ts';
import { listExposure, makeAuthorityFile, makePacks, moveIncident, noticeText, openIncident, openPack, readContent, readDocuments, renderNotice, type IncidentDocument, type PackPerson } from '../src/incidents/index.ts';
import { createDecoyKeeper } from '../src/registry/index.ts';
import { countEntries, personRef, stolenAccounts, type DrillInsurer, type DrillSize } from './drill-store.ts';

/** What a drill measured; seconds are wall time. */
export interface DrillResult {
  readonly journalEntries: number;
  readonly disclosures: number;
  readonly insurers: number;
  readonly personsTrue: number;
  readonly personsListed: number;
  readonly precision: number;
  readonly recall: number;
  readonly listSeconds: number;
  readonly packsSeconds: number;
  readonly fileSeconds: number;
  /** Largest resident memory of this process while the list and the packs were made. */
  readonly memoryMegabytes: number;
  readonly lettersPerMinute: number;
  /** Made-up persons whom the stolen accounts asked about: never listed. */
  readonly decoysLeftOut: number;
  /** Processes that wanted a core, on average over a minute: before, and after the packs. */
  readonly loadAverage: readonly [number, number];
}

const OFFICERS = { by: 'Exercice un', and: 'Exercice deux' } as const;
const LETTERS = 100;
const load = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10;
const seconds = (since: number): number => Math.round((performance.now() - since) / 10) / 100;

async function save(desk: Pool, document: IncidentDocument, folder: string): Promise<string> {
  const path = join(folder, `${document.id}.age`);
  const out = createWriteStream(path, { mode: 0o600 });
  for await (const part of readContent(desk, document)) out.write(part);
  out.end();
  await finished(out);
  return path;
}

function lettersPerMinute(persons: readonly PackPerson[], about: Parameters<typeof noticeText>[0]['about']): number {
  const profile = { sender: 'Mutuelle d’exercice', dpo: 'Exercice, 09 99 99 00 02', phone: '09 99 99 00 01', signedBy: 'La direction' };
  const began = performance.now();
  for (const person of persons) renderNotice(noticeText({ person, about, profile, style: 'plain', on: new Date() }));
  return Math.round(persons.length / ((performance.now() - began) / 60_000));
}

/** Plays it as the desk would, with the insurers' keys to read what each was given. */
export async function playDrill(pools: { readonly owner: Pool; readonly desk: Pool }, world: { readonly insurers: readonly DrillInsurer[]; readonly from: Date; readonly size: DrillSize; readonly keyRing: KeyRing }): Promise<DrillResult> {
  const { owner, desk } = pools;
  const items = (await stolenAccounts(owner)).map((id) => ({ kind: 'user', id }) as const);
  const incident = await openIncident(desk, { by: OFFICERS.by, title: 'Exercice', scope: { items, from: world.from }, drill: true });
  await moveIncident(desk, incident, { to: 'confirmed', by: OFFICERS.by, reason: 'exercice' });
  const loadBefore = load();
  let memory = 0;
  const watching = setInterval(() => { memory = Math.max(memory, process.memoryUsage().rss); }, 50);
  let began = performance.now();
  const decoys = createDecoyKeeper(world.keyRing.decoyKey);
  const exposure = await listExposure(desk, incident, { by: OFFICERS.by, decoysAmong: decoys.decoysAmong });
  const listSeconds = seconds(began);
  began = performance.now();
  await makeAuthorityFile(desk, incident, { by: OFFICERS.by, amcNumber: world.insurers[0]?.amcNumber ?? '', controller: { name: 'Mutuelle d’exercice 1' }, operator: { name: 'Exploitant d’exercice' }, keyRing: world.keyRing });
  const fileSeconds = seconds(began);
  began = performance.now();
  await makePacks(desk, incident, { ...OFFICERS, keyRing: world.keyRing });
  const packsSeconds = seconds(began);
  clearInterval(watching);
  const loadAverage = [loadBefore, load()] as const;
  const read = await readPacks(desk, incident, world);
  const { entries } = await countEntries(owner);
  return { journalEntries: entries, disclosures: exposure.totals.disclosures, insurers: exposure.insurers.filter((one) => one.persons > 0).length, personsTrue: world.size.persons, personsListed: read.listed,
    precision: read.listed === 0 ? 0 : read.right / read.listed, recall: read.right / world.size.persons, listSeconds, packsSeconds, fileSeconds, memoryMegabytes: Math.round(memory / 1e6), lettersPerMinute: read.letters, decoysLeftOut: exposure.decoysLeftOut, loadAverage };
}

// Opens every pack with its insurer's key: who is in it, and whether they are the attack's and that insurer's.
async function readPacks(desk: Pool, incident: number, world: { readonly insurers: readonly DrillInsurer[]; readonly size: DrillSize; readonly keyRing: KeyRing }): Promise<{ listed: number; right: number; letters: number }> {
  const folder = stateFolder('drill-packs');
  mkdirSync(folder, { recursive: true });
  let [listed, right, letters] = [0, 0, 0];
  try {
    for (const document of (await readDocuments(desk, incident)).filter((one) => one.kind === 'insurer-pack')) {
      const index = world.insurers.findIndex((insurer) => insurer.id === document.insurerId);
      const truth = new Set<string>();
      for (let n = index; n < world.size.persons; n += world.insurers.length) truth.add(personRef(n));
      const path = await save(desk, document, folder);
      const pack = await openPack(path, { ageIdentity: world.insurers[index]?.ageIdentity ?? '', operatorKey: world.keyRing.verifyingKey });
      const first: PackPerson[] = [];
      for await (const person of pack.persons()) {
        listed += 1;
        if (truth.delete(person.reference) && person.identity?.familyName.startsWith('FICTIF') === true) right += 1;
        if (letters === 0 && first.length < LETTERS) first.push(person);
      }
      if (letters === 0) letters = lettersPerMinute(first, pack.about);
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { listed, right, letters };
}
