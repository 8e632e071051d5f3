import type { Pool } from '../ground/index.ts';
import { call, refusal } from './store.ts';
import type { DocumentKind, DutyKind, IncidentDocument, Order, TwoPersons } from './types.ts';

/** An empty new version of a document. @returns its number. @throws AppError `not-found` when the incident is not confirmed, or the list names nobody of that insurer */
export async function draftDocument(pool: Pool, incidentId: number, order: Order & { readonly kind: DocumentKind; readonly recipient: string; readonly mediaType: string; readonly insurer?: number; readonly exposure?: number }): Promise<number> {
  const id = await call<number>(pool, 'gate.draft_document($1, $2)', [incidentId, JSON.stringify(order)]);
  if (id === null) throw refusal('unknown');
  return id;
}

/** Opens an insurer's list for its pack, for an hour. @throws AppError */
export async function releasePack(pool: Pool, documentId: number, order: TwoPersons): Promise<void> {
  if ((await call(pool, 'gate.release_pack($1, $2)', [documentId, JSON.stringify(order)])) === null) throw refusal('two-persons');
}

/** One told record of a person, sealed, as the gate tells it. */
export interface PackRow {
  readonly person: string;
  readonly row_id: number | null;
  readonly contract: string | null;
  readonly seal_key: number | null;
  readonly sealed: Buffer | null;
  readonly group: string;
  readonly fields: number;
  readonly times: number;
  readonly entries: readonly string[];
  readonly at: readonly Date[];
}

/** A page of a released pack after a person's reference. */
export async function readPackPage(pool: Pool, documentId: number, page: { readonly after: string; readonly persons: number }): Promise<PackRow[]> {
  return (await pool.query<PackRow>({ name: 'pack', text: 'select * from gate.read_pack($1, $2, $3)', values: [documentId, page.after, page.persons] })).rows;
}

export async function readPackKeys(pool: Pool, documentId: number, keys: readonly number[]): Promise<Map<number, Buffer>> {
  const { rows } = await pool.query<{ id: number; wrapped: Buffer }>('select * from gate.read_pack_keys($1, $2)', [documentId, keys]);
  return new Map(rows.map((row) => [row.id, row.wrapped]));
}

/** Appends one part of at most a MiB. @throws AppError when it is sealed, or out of order */
export async function putPart(pool: Pool, documentId: number, part: { readonly number: number; readonly content: Buffer }): Promise<void> {
  if ((await call(pool, 'gate.put_part($1, $2, $3)', [documentId, part.number, part.content])) !== true) throw refusal('unknown');
}

/** What the public page needs of the notices. */
export async function putNotices(pool: Pool, documentId: number, notices: readonly { readonly prefix: string; readonly entry: Buffer }[]): Promise<void> {
  await pool.query('select gate.put_notices($1, $2, $3)', [documentId, notices.map((one) => one.prefix), notices.map((one) => one.entry)]);
}

/** Entries of one bucket of the public page: sent, and no drill. Role `rempart_check`. @param prefix five hexadecimal digits */
export async function readNoticeBucket(pool: Pool, prefix: string): Promise<Buffer[]> {
  return (await call<Buffer[]>(pool, 'gate.read_notices($1)', [prefix])) ?? [];
}

export async function sealDocument(pool: Pool, documentId: number, seal: { readonly bytes: number; readonly hash: string; readonly signature: string; readonly keyId: string }): Promise<void> {
  if ((await call(pool, 'gate.seal_document($1, $2)', [documentId, JSON.stringify(seal)])) !== true) throw refusal('unknown');
}

/** Sends a sealed document. @throws AppError: two-persons, unknown, undecided, mandate, late */
export async function sendDocument(pool: Pool, documentId: number, order: TwoPersons & { readonly via?: string; readonly proof?: object; readonly lateReason?: string }): Promise<void> {
  const code = await call<string>(pool, 'gate.send_document($1, $2)', [documentId, JSON.stringify(order)]);
  if (code !== null) throw refusal(code);
}

/** Content of a sealed document, part by part. */
export async function* readContent(pool: Pool, document: Pick<IncidentDocument, 'id' | 'parts'>): AsyncGenerator<Buffer> {
  for (let part = 0; part < document.parts; part += 1) yield (await call<Buffer>(pool, 'gate.read_document($1, $2)', [document.id, part])) ?? Buffer.alloc(0);
}

/** Its documents, oldest first. */
export async function readDocuments(pool: Pool, incidentId: number): Promise<IncidentDocument[]> {
  const { rows } = await pool.query<IncidentDocument>(`select d.id, d.incident_id as "incidentId", d.kind, d.version, d.insurer_id as "insurerId", g.amc_number as "amcNumber", d.recipient, d.exposure_id as "exposureId", d.media_type as "mediaType",
    d.made_at as "madeAt", d.made_by as "madeBy", d.released_by as "releasedBy", d.sealed_at as "sealedAt", d.bytes, d.parts, encode(d.hash, 'hex') as hash, translate(encode(d.signature, 'base64'), E'\\n', '') as signature,
    d.sent_at as "sentAt", d.sent_by as "sentBy", d.sent_via as "sentVia", d.proof, d.acknowledged_at as "acknowledgedAt", d.acknowledged_by as "acknowledgedBy"
    from incidents.document d left join registry.insurer g on g.id = d.insurer_id where d.incident_id = $1 order by d.id`, [incidentId]);
  return rows;
}

/** An insurer that has persons in a list, with what its pack needs. */
export interface PackInsurer {
  readonly id: number;
  readonly amcNumber: string;
  readonly name: string;
  readonly ageRecipient: string;
  /** Establishments that were told of its persons, by profession. */
  readonly accounts: Readonly<Record<string, number>>;
  /** Hours it has, by duty. */
  readonly hours: Readonly<Record<DutyKind, number>>;
}

/** Insurers with persons in a list, by number. */
export async function readPackInsurers(pool: Pool, exposureId: number): Promise<PackInsurer[]> {
  const { rows } = await pool.query<PackInsurer>(`select g.id, g.amc_number as "amcNumber", g.name, g.age_recipient as "ageRecipient",
      (select jsonb_object_agg(t.peer_group, t.n) from (select b.peer_group, count(*) as n from (select distinct unnest(e.establishments) as id from incidents.exposed e where e.exposure_id = $1 and e.insurer_id = g.id) told join access.establishment b on b.id = told.id group by 1) t) as accounts,
      (select jsonb_object_agg(d.kind, d.hours) from (select distinct on (x.kind) x.kind, x.hours from incidents.delay x where x.insurer_id is null or x.insurer_id = g.id order by x.kind, x.insurer_id nulls last) d) as hours
    from incidents.count c join registry.insurer g on g.id = c.insurer_id where c.exposure_id = $1 and c.persons > 0 order by g.amc_number`, [exposureId]);
  return rows;
}
