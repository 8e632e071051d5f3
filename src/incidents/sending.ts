import { AppError, type Pool } from '../ground/index.ts';
import { readDocuments, sendDocument } from './document-store.ts';
import type { IncidentDocument, TwoPersons } from './types.ts';

/** The newest version of each document that has not gone out, packs first: they are what tells the controller. With `exposureId`, of that list alone. */
export async function readWaiting(pool: Pool, incidentId: number, of: { readonly exposureId?: number | undefined } = {}): Promise<IncidentDocument[]> {
  const sealed = (await readDocuments(pool, incidentId)).filter((one) => one.sealedAt !== null && (of.exposureId === undefined || one.exposureId === of.exposureId));
  const newest = new Map(sealed.map((one) => [`${one.kind}|${one.recipient}|${one.insurerId}`, one]));
  return [...newest.values()].filter((one) => one.sentAt === null).toSorted((a, b) => Number(b.kind === 'insurer-pack') - Number(a.kind === 'insurer-pack') || a.id - b.id);
}

/** Sends one document after the other: one that is refused holds up only what else goes to the same recipient. @returns how many. @throws AppError once all were tried, naming who was refused and why */
export async function sendEach(documents: readonly IncidentDocument[], send: (document: IncidentDocument) => Promise<void>): Promise<number> {
  const refused = new Map<string, AppError>();
  let sent = 0;
  for (const document of documents) {
    if (refused.has(document.recipient)) continue;
    try {
      await send(document);
      sent += 1;
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      refused.set(document.recipient, cause);
    }
  }
  if (refused.size > 0) throw refusals(refused);
  return sent;
}

// Recipients by what was said to them.
function refusals(refused: ReadonlyMap<string, AppError>): AppError {
  const alike = Map.groupBy(refused, ([, cause]) => cause.publicText.fr);
  const who = (group: readonly (readonly [string, AppError])[]): string => group.map(([recipient]) => recipient.replace('insurer:', '')).join(', ');
  const say = (language: 'fr' | 'en'): string => [...alike.values()].map((group) => `${who(group)}${language === 'fr' ? ' :' : ':'} ${group[0]?.[1].publicText[language] ?? ''}`).join(' ');
  const [first] = refused.values();
  return new AppError({ code: 'conflict', ...(first?.detail === undefined ? {} : { detail: first.detail }), publicText: { fr: `Refusé pour ${say('fr')} Tout le reste est fait.`, en: `Refused for ${say('en')} All else is done.` } });
}

/** Sends the newest pack and form to every insurer: from here on each may fetch its own. Takes two persons. @returns how many documents. @throws AppError once all were tried, naming which insurer was refused and why */
export async function sendToInsurers(pool: Pool, incidentId: number, order: TwoPersons & { readonly lateReason?: string }): Promise<number> {
  const mine = (await readWaiting(pool, incidentId)).filter((one) => one.recipient.startsWith('insurer:'));
  return sendEach(mine, (document) => sendDocument(pool, document.id, { ...order, via: 'api' }));
}
