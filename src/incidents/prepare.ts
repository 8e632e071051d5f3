import type { KeyRing, PeriodKeys, Pool } from '../ground/index.ts';
import { makeAuthorityFile } from './authority-file.ts';
import { makeDocument } from './document.ts';
import { findExposure } from './exposure-store.ts';
import { makePacks } from './packs.ts';
import { professionalLetter } from './professional-letter.ts';
import type { Party } from './record.ts';
import { getIncident, readAccounts, refusal } from './store.ts';
import type { TwoPersons } from './types.ts';

/** What a preparation needs besides the incident. */
export interface Preparation extends TwoPersons {
  readonly keyRing: KeyRing;
  /** For persons that the register has let go of. */
  readonly periodKeys?: PeriodKeys;
  readonly operator: Party;
  /** What is known of insurers as controllers, by AMC number; their name is known anyway. */
  readonly controllers?: Readonly<Record<string, Party>>;
  readonly lateReasons?: string;
  /** The list to open; without, the last complete one. */
  readonly exposureId?: number | undefined;
  readonly onProgress?: (what: string, done: number, of: number) => void;
}

/** Makes a new version of everything that goes out: each insurer's pack and form, the operator's own form, the professionals' letters. Nothing is sent. @throws AppError without a complete list */
export async function prepareDocuments(pool: Pool, incidentId: number, preparation: Preparation): Promise<number> {
  const { by, and, keyRing, periodKeys, operator, controllers = {}, lateReasons, exposureId, onProgress } = preparation;
  const [incident, exposure] = [await getIncident(pool, incidentId), await findExposure(pool, incidentId, { exposureId })];
  if (exposure === undefined) throw refusal('unknown');
  const list = { exposureId: exposure.id };
  const insurers = exposure.insurers.filter((one) => one.persons > 0);
  const late = lateReasons === undefined ? {} : { lateReasons };
  const packs = await makePacks(pool, incidentId, { by, and, keyRing, ...list, ...(periodKeys === undefined ? {} : { periodKeys }), onProgress: (done, of) => onProgress?.('packs', done, of) });
  for (const [i, { amcNumber, name }] of insurers.entries()) {
    await makeAuthorityFile(pool, incidentId, { by, amcNumber, controller: controllers[amcNumber] ?? { name }, operator, keyRing, ...list });
    onProgress?.('forms', i + 1, insurers.length);
  }
  await makeAuthorityFile(pool, incidentId, { by, controller: operator, operator, keyRing, ...list, ...late });
  const accounts = await readAccounts(pool, incidentId, exposure);
  for (const account of accounts) {
    await makeDocument(pool, incidentId, { by, keyRing, exposure: exposure.id, kind: 'professional-letter', recipient: `user:${account.userId}`, mediaType: 'application/pdf', content: professionalLetter(incident, account, { operator: operator.name, window: exposure, on: new Date() }) });
  }
  return packs.length + 2 * (insurers.length + 1) + accounts.length;
}
