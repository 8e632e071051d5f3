import { setTimeout } from 'node:timers/promises';
import { withHands, type KeyRing, type PeriodKeys, type Pool } from '../ground/index.ts';
import type { PlainDate } from '../identifiers/index.ts';
import { readPackInsurers, type PackInsurer } from './document-store.ts';
import { findExposure } from './exposure-store.ts';
import { makePack } from './pack.ts';
import type { PackAbout } from './pack-format.ts';
import { getIncident, refusal } from './store.ts';
import type { Exposure, Incident, TwoPersons } from './types.ts';
import { consequences, whatHappened, whatWasDone } from './words.ts';

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const PARIS_DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });

/** What an insurer's pack says besides its persons. */
export function aboutPack(incident: Incident, exposure: Exposure, insurer: PackInsurer): PackAbout {
  const count = exposure.insurers.find((one) => one.insurerId === insurer.id);
  if (count === undefined) throw refusal('unknown');
  const { persons, records, disclosures, former } = count;
  return { incident: incident.id, title: incident.title, insurer: { amcNumber: insurer.amcNumber, name: insurer.name }, sealedFor: insurer.id, operatorAwareAt: iso(incident.awareAt),
    window: { from: exposure.from.toISOString(), to: exposure.to.toISOString() }, whatHappened: whatHappened(incident.facts, count), whatWasDone: whatWasDone(incident.facts, incident.containedAt), consequences: consequences(incident.facts),
    accounts: insurer.accounts, containedAt: iso(incident.containedAt), counts: { persons, records, disclosures, former, asked: Object.values(count.asked).reduce((sum, n) => sum + n, 0) }, fields: count.fields, notDeterminable: exposure.notDeterminable,
    todo: [{ what: 'Accuser réception de ce dossier.', hours: insurer.hours.acknowledge },
      { what: 'Vous êtes responsable de traitement : notifier la violation à la CNIL, sauf si le risque est improbable. Un formulaire prérempli accompagne ce dossier.', hours: insurer.hours.authority },
      { what: 'Décider d’informer les personnes, puis les informer une à une avec les courriers de ce dossier ; nous dire où vous en êtes.', hours: insurer.hours['tell-persons'] }],
    severity: incident.severity === null ? null : { score: incident.severity.score, level: incident.severity.level, tellPersons: incident.severity.tellPersons }, nextUpdateAt: incident.facts.nextUpdateAt ?? null };
}

/** Packs made at once: while the database writes for one, another is encrypted. */
const HANDS = 2;

/** Makes the pack of each insurer of the last list, or of `exposureId`. @returns the documents' numbers. @throws AppError without a complete list, or where one must be made again */
export async function makePacks(pool: Pool, incidentId: number, order: TwoPersons & { readonly keyRing: KeyRing; readonly periodKeys?: PeriodKeys; readonly only?: string; readonly exposureId?: number | undefined; readonly onProgress?: (done: number, of: number) => void }): Promise<number[]> {
  const { by, and, keyRing, periodKeys, only, exposureId, onProgress } = order;
  const [incident, exposure] = [await getIncident(pool, incidentId), await findExposure(pool, incidentId, { exposureId })];
  if (exposure === undefined) throw refusal('unknown');
  if (exposure.purgedSince) throw refusal('list');
  const insurers = (await readPackInsurers(pool, exposure.id)).filter((insurer) => only === undefined || insurer.amcNumber === only);
  const made: number[] = [];
  await withHands(HANDS, insurers, async (insurer) => {
    made.push(await makePack(pool, { by, and, keyRing, ...(periodKeys === undefined ? {} : { periodKeys }), incidentId, exposureId: exposure.id, insurer, about: aboutPack(incident, exposure, insurer), day: PARIS_DAY.format(new Date()) as PlainDate }));
    onProgress?.(made.length, insurers.length);
    // Lets what waits on this process (an answering desk) have its turn.
    await setTimeout(0);
  });
  return made;
}
