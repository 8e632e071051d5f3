import { callDurablyIn, type Pool } from '../ground/index.ts';
import type { Proven } from '../gate/index.ts';
import { call } from './store.ts';

/** An incident as the calling insurer sees it: what was sent to it, what is due. No person in it. */
export interface InsurerIncident {
  readonly incident: number;
  readonly title: string;
  readonly state: string;
  readonly dueAt: string | null;
  readonly documents: readonly { readonly id: number; readonly kind: string; readonly version: number; readonly mediaType: string; readonly bytes: number; readonly parts: number; readonly sha256: string; readonly signature: string; readonly keyId: string;
    readonly recipient: string; readonly sentAt: string; readonly acknowledgedAt: string | null }[];
  readonly progress: { readonly told: number; readonly of: number; readonly at: string } | null;
}

/** What was sent to the calling insurer; null to a caller that is no insurer. */
export function listOwnIncidents(pool: Pool, caller: Proven): Promise<readonly InsurerIncident[] | null> {
  return call(pool, 'gate.list_documents($1, $2, $3)', [caller.session, caller.jkt, caller.proofId]);
}

/** One part of a document sent to the calling insurer; journalled before it is told. */
export async function showPart(pool: Pool, caller: Proven, part: { readonly document: number; readonly number: number }): Promise<{ readonly code: 'session' | 'not-found' | null; readonly content: Buffer | null }> {
  const [row] = await callDurablyIn<{ code: 'session' | 'not-found' | null; content: Buffer | null }>(pool, { text: 'call gate.show_part($1::uuid, $2::uuid, $3::uuid, $4::bigint, $5::int, null, null)', values: [caller.session, caller.jkt, caller.proofId, part.document, part.number] });
  return row ?? { code: 'not-found', content: null };
}

/** "We have it." @returns how many documents; -1 when nothing of that incident was sent to it; null to a caller that is no insurer */
export function acknowledge(pool: Pool, caller: Proven, said: { readonly incident: number; readonly by: string }): Promise<number | null> {
  return call(pool, 'gate.acknowledge($1, $2, $3, $4, $5)', [caller.session, caller.jkt, caller.proofId, said.incident, said.by]);
}

/** How many of its insured it has told. @returns false when there is nothing to report on, or more than its persons; null to a caller that is no insurer */
export function reportProgress(pool: Pool, caller: Proven, said: { readonly incident: number; readonly told: number; readonly means?: string; readonly note?: string; readonly authority?: string }): Promise<boolean | null> {
  return call(pool, 'gate.report_progress($1, $2, $3, $4, $5)', [caller.session, caller.jkt, caller.proofId, said.incident, JSON.stringify(said)]);
}
