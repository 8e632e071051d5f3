import type { Pool } from '../ground/index.ts';
import { readDocuments, sendDocument } from './document-store.ts';
import type { IncidentDocument, TwoPersons } from './types.ts';

/** The newest version of each document that has not gone out, packs first: they are what tells the controller. With `exposureId`, of that list alone. */
export async function readWaiting(pool: Pool, incidentId: number, of: { readonly exposureId?: number | undefined } = {}): Promise<IncidentDocument[]> {
  const sealed = (await readDocuments(pool, incidentId)).filter((one) => one.sealedAt !== null && (of.exposureId === undefined || one.exposureId === of.exposureId));
  const newest = new Map(sealed.map((one) => [`${one.kind}|${one.recipient}|${one.insurerId}`, one]));
  return [...newest.values()].filter((one) => one.sentAt === null).toSorted((a, b) => Number(b.kind === 'insurer-pack') - Number(a.kind === 'insurer-pack') || a.id - b.id);
}

/** Sends the newest pack and form to every insurer: from here on each may fetch its own. Takes two persons. @returns how many documents. @throws AppError */
export async function sendToInsurers(pool: Pool, incidentId: number, order: TwoPersons & { readonly lateReason?: string }): Promise<number> {
  const mine = (await readWaiting(pool, incidentId)).filter((one) => one.recipient.startsWith('insurer:'));
  for (const document of mine) await sendDocument(pool, document.id, { ...order, via: 'api' });
  return mine.length;
}
