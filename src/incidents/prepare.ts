import type { KeyRing, PeriodKeys, Pool } from '../ground/index.ts';
import { makeAuthorityFile } from './authority-file.ts';
import { makeDocument } from './document.ts';
import { readDocuments, sendDocument } from './document-store.ts';
import { findExposure } from './exposure-store.ts';
import { makePacks } from './packs.ts';
import { professionalLetter } from './professional-letter.ts';
import type { Party } from './record.ts';
import { getIncident, readAccounts, refusal } from './store.ts';
import type { IncidentDocument, TwoPersons } from './types.ts';

/** What a preparation needs besides the incident. */
export interface Preparation extends TwoPersons {
  readonly keyRing: KeyRing;
  /** For persons that the register has let go of. */
  readonly periodKeys?: PeriodKeys;
  readonly operator: Party;
  /** What is known of insurers as controllers, by AMC number; their name is known anyway. */
  readonly controllers?: Readonly<Record<string, Party>>;
  readonly lateReasons?: string;
  readonly onProgress?: (what: string, done: number, of: number) => void;
}

/** Makes a new version of everything that goes out: each insurer's pack and form, the operator's own form, the professionals' letters. Nothing is sent. @throws AppError without a complete list */
export async function prepareDocuments(pool: Pool, incidentId: number, preparation: Preparation): Promise<number> {
  const { by, and, keyRing, periodKeys, operator, controllers = {}, lateReasons, onProgress } = preparation;
  const [incident, exposure] = [await getIncident(pool, incidentId), await findExposure(pool, incidentId)];
  if (exposure === undefined) throw refusal('unknown');
  const insurers = exposure.insurers.filter((one) => one.persons > 0);
  const late = lateReasons === undefined ? {} : { lateReasons };
  const packs = await makePacks(pool, incidentId, { by, and, keyRing, ...(periodKeys === undefined ? {} : { periodKeys }), onProgress: (done, of) => onProgress?.('packs', done, of) });
  for (const [i, { amcNumber, name }] of insurers.entries()) {
    await makeAuthorityFile(pool, incidentId, { by, amcNumber, controller: controllers[amcNumber] ?? { name }, operator, keyRing });
    onProgress?.('forms', i + 1, insurers.length);
  }
  await makeAuthorityFile(pool, incidentId, { by, controller: operator, operator, keyRing, ...late });
  const accounts = await readAccounts(pool, incidentId);
  for (const account of accounts) {
    await makeDocument(pool, incidentId, { by, keyRing, kind: 'professional-letter', recipient: `user:${account.userId}`, mediaType: 'application/pdf', content: professionalLetter(incident, account, { operator: operator.name, window: exposure, on: new Date() }) });
  }
  return packs.length + 2 * (insurers.length + 1) + accounts.length;
}

// The newest version of each document, when it has not gone out.
function waiting(documents: readonly IncidentDocument[]): IncidentDocument[] {
  const newest = new Map(documents.filter((one) => one.sealedAt !== null).map((one) => [`${one.kind}|${one.recipient}|${one.insurerId}`, one]));
  return [...newest.values()].filter((one) => one.sentAt === null);
}

/** Sends the newest pack and form to every insurer: from here on each may fetch its own. Takes two persons. @returns how many documents. @throws AppError */
export async function sendToInsurers(pool: Pool, incidentId: number, order: TwoPersons & { readonly lateReason?: string }): Promise<number> {
  const mine = waiting(await readDocuments(pool, incidentId)).filter((one) => one.recipient.startsWith('insurer:'));
  // Packs first: they are what tells the controller.
  const ordered = mine.toSorted((a, b) => Number(b.kind === 'insurer-pack') - Number(a.kind === 'insurer-pack') || a.id - b.id);
  for (const document of ordered) await sendDocument(pool, document.id, { ...order, via: 'api' });
  return ordered.length;
}
