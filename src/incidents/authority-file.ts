import type { KeyRing, Pool } from '../ground/index.ts';
import { cnilFile, type CnilFile } from './cnil.ts';
import { makeDocument } from './document.ts';
import { readContent, readDocuments } from './document-store.ts';
import { findExposure } from './exposure-store.ts';
import { buildRecord, type Party } from './record.ts';
import { getIncident, readAccounts } from './store.ts';
import type { IncidentDocument, Order } from './types.ts';
import { renderPdf } from './typst.ts';

/** Who the file is for and from. */
export interface FileOrder extends Order {
  /** AMC number of the controller; without, the operator's own file (professionals' accounts). */
  readonly amcNumber?: string;
  readonly controller: Party;
  readonly operator: Party;
  readonly keyRing: KeyRing;
  /** The operator files in the insurer's name: its mandate is on record, or sending is refused. */
  readonly mandated?: boolean;
  /** Number the authority gave to the initial filing. */
  readonly previous?: string;
  readonly lateReasons?: string;
  /** The list it counts; without, the last complete one. */
  readonly exposureId?: number;
}

async function lastFile(pool: Pool, documents: readonly IncidentDocument[]): Promise<CnilFile | undefined> {
  const last = documents.at(-1);
  if (last === undefined) return undefined;
  const parts: Buffer[] = [];
  for await (const part of readContent(pool, last)) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString()) as CnilFile;
}

const line = (text: string | readonly string[]): string => (typeof text === 'string' ? text : text.join(' ; '));

/** The file as a PDF to read and sign off. */
export function cnilPdf(file: CnilFile): Buffer {
  const { notification, parties } = file.record;
  return renderPdf('cnil', { title: `Notification d’une violation de données — ${notification.stage === 'initial' ? 'initiale' : 'complémentaire'}`, lead: `${line(parties.controller.name as string)}. Réponses dans l’ordre du formulaire en ligne de la CNIL, à recopier. Un carré marque ce qui reste à compléter.`,
    footer: `${notification.internalReference}, version ${notification.version}`, missingTitle: 'À compléter :', missing: file.missing, changesTitle: 'Ce qui change depuis la version précédente', changes: file.changes.map((change) => `${change.section}. ${change.question} : « ${change.before} » devient « ${change.after} »`),
    sections: file.form.map((section) => ({ title: `${section.number}. ${section.title}`, answers: section.answers })) });
}

/** Makes the next version of a controller's file, as JSON and PDF: initial, then complementary with what changed. @returns the documents' numbers */
export async function makeAuthorityFile(pool: Pool, incidentId: number, order: FileOrder): Promise<{ readonly json: number; readonly pdf: number; readonly file: CnilFile }> {
  const { by, amcNumber, controller, operator, keyRing, previous, lateReasons } = order;
  const [incident, exposure, documents] = [await getIncident(pool, incidentId), await findExposure(pool, incidentId, { exposureId: order.exposureId }), await readDocuments(pool, incidentId)];
  const count = exposure?.insurers.find((one) => one.amcNumber === amcNumber);
  const earlier = documents.filter((one) => one.kind === 'authority-file' && (one.amcNumber ?? undefined) === amcNumber && one.sealedAt !== null);
  const before = await lastFile(pool, earlier);
  const told = documents.findLast((one) => one.kind === 'insurer-pack' && one.amcNumber === amcNumber && one.sentAt !== null)?.sentAt ?? null;
  const record = buildRecord({ incident, exposure, accounts: (await readAccounts(pool, incidentId, { scopeVersion: exposure?.scopeVersion })).length, controller, operator, toldAt: told, stage: before === undefined ? 'initial' : 'complementary', version: earlier.length + 1,
    ...(amcNumber === undefined || count === undefined ? {} : { count }), ...(previous === undefined ? {} : { previous }), ...(lateReasons === undefined ? {} : { lateReasons }) });
  const file = cnilFile(record, before);
  const draft = { by, keyRing, recipient: amcNumber === undefined || order.mandated === true ? 'cnil' : `insurer:${amcNumber}`, ...(count === undefined ? {} : { insurer: count.insurerId }), ...(exposure === undefined ? {} : { exposure: exposure.id }) };
  const json = await makeDocument(pool, incidentId, { ...draft, kind: 'authority-file', mediaType: 'application/json', content: Buffer.from(JSON.stringify(file, null, 1)) });
  const pdf = await makeDocument(pool, incidentId, { ...draft, kind: 'authority-pdf', mediaType: 'application/pdf', content: cnilPdf(file) });
  return { json, pdf, file };
}
