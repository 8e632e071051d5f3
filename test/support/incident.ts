import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stateFolder, type Pool } from '../../src/ground/index.ts';
import { listExposure, moveIncident, openIncident, readContent, readDocuments, type Exposure, type IncidentDocument, type OpenedPack, type PackPerson, type ScopeItem } from '../../src/incidents/index.ts';

/** Two officers who do not exist. */
export const OFFICERS = { by: 'Alix Essai', and: 'Camille Exemple' } as const;

/** An incident opened, confirmed and listed for a scope since an hour ago. */
export async function listedIncident(desk: Pool, items: readonly ScopeItem[], options: { readonly from?: Date; readonly drill?: boolean } = {}): Promise<{ id: number; exposure: Exposure }> {
  const id = await openIncident(desk, { by: OFFICERS.by, title: 'Essai', scope: { items, from: options.from ?? new Date(Date.now() - 3_600_000) }, ...(options.drill === undefined ? {} : { drill: options.drill }) });
  await moveIncident(desk, id, { to: 'confirmed', by: OFFICERS.by, reason: 'essai' });
  return { id, exposure: await listExposure(desk, id, { by: OFFICERS.by, decoysAmong: () => [] }) };
}

/** A document's content as a file. */
export async function saveDocument(desk: Pool, incidentId: number, documentId: number): Promise<{ document: IncidentDocument; path: string }> {
  const document = (await readDocuments(desk, incidentId)).find((one) => one.id === documentId) as IncidentDocument;
  const path = join(stateFolder('packs'), `${documentId}.age`);
  const out = createWriteStream(path);
  for await (const part of readContent(desk, document)) out.write(part);
  out.end();
  await finished(out);
  return { document, path };
}

/** All of a pack's persons. */
export async function personsOf(pack: OpenedPack): Promise<PackPerson[]> {
  const persons: PackPerson[] = [];
  for await (const person of pack.persons()) persons.push(person);
  return persons;
}
