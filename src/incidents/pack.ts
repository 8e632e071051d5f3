import { Encrypter } from 'age-encryption';
import { signLines, type KeyRing, type PeriodKeys, type Pool } from '../ground/index.ts';
import { formatNoticeCode, type AmcNumber, type PlainDate } from '../identifiers/index.ts';
import { findLinks, openLink } from '../journal/index.ts';
import { completeDocument } from './document.ts';
import { draftDocument, putNotices, readPackKeys, readPackPage, releasePack, type PackRow } from './document-store.ts';
import { newNoticeCode, sealNotice, type NoticeEntry } from './notice-code.ts';
import { ENTRIES_PER_LINE, PACK_MAGIC, type PackAbout, type PersonLine } from './pack-format.ts';
import type { TwoPersons } from './types.ts';

/** Persons a page: some hundred kilobytes. */
const PAGE_PERSONS = 2000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Whose pack, and what it says. */
export interface PackOrder extends TwoPersons {
  readonly incidentId: number;
  readonly exposureId: number;
  readonly insurer: { readonly id: number; readonly amcNumber: string; readonly ageRecipient: string };
  readonly about: PackAbout;
  readonly keyRing: KeyRing;
  /** Opens the links of persons that the register has let go of; without, they are listed by reference alone. */
  readonly periodKeys?: PeriodKeys;
  /** Day printed on the notices' check. */
  readonly day: PlainDate;
}

// One record's lines: the first with its identity and code, the next with what did not fit.
function* recordLines(row: PackRow, code: string | undefined): Generator<PersonLine> {
  const { person, row_id, contract, seal_key, sealed, group, fields, times } = row;
  for (let i = 0; i < row.entries.length; i += ENTRIES_PER_LINE) {
    const told = { entries: row.entries.slice(i, i + ENTRIES_PER_LINE).map(Number), at: row.at.slice(i, i + ENTRIES_PER_LINE).map((at) => at.toISOString()) };
    yield i > 0 ? { person, row: row_id, contract: null, key: null, sealed: null, group, fields, times: 0, ...told, more: true }
      : { person, row: row_id, contract, key: seal_key, sealed: sealed?.toString('base64') ?? null, group, fields, times, ...told, ...(code === undefined ? {} : { code }) };
  }
}

async function* pages(pool: Pool, documentId: number): AsyncGenerator<PackRow[]> {
  for (let after = FIRST; ;) {
    const rows = await readPackPage(pool, documentId, { after, persons: PAGE_PERSONS });
    if (rows.length === 0) return;
    yield rows;
    after = (rows.at(-1) as PackRow).person;
  }
}

// Whom the register has let go of is still sealed in a link while entries name them.
async function relinked(pool: Pool, rows: readonly PackRow[], order: PackOrder): Promise<{ readonly rows: readonly PackRow[]; readonly keys: ReadonlyMap<number, string> }> {
  const gone = [...new Set(rows.filter((row) => row.sealed === null).map((row) => row.person))];
  const keys = new Map<number, string>();
  if (gone.length === 0 || order.periodKeys === undefined) return { rows, keys };
  const found = new Map<string, Pick<PackRow, 'contract' | 'seal_key' | 'sealed'>>();
  for (const link of await findLinks(pool, gone)) {
    const right = link.insurer === order.insurer.id ? openLink(link, order.periodKeys) : undefined;
    if (right === undefined) continue;
    keys.set(right.sealKey, right.wrapped);
    found.set(link.person, { contract: right.contract, seal_key: right.sealKey, sealed: Buffer.from(right.sealed, 'base64') });
  }
  return { rows: rows.map((row) => (row.sealed === null ? { ...row, ...found.get(row.person) } : row)), keys };
}

async function* packLines(pool: Pool, documentId: number, order: PackOrder): AsyncGenerator<string> {
  yield* Object.entries(order.about).map(([about, value]) => JSON.stringify({ about, value: value as unknown }));
  const known = new Set<number>();
  let person: string | undefined;
  for await (const page of pages(pool, documentId)) {
    const { rows, keys: linked } = await relinked(pool, page, order);
    for (const [key, wrapped] of linked) {
      if (known.has(key)) continue;
      known.add(key);
      yield JSON.stringify({ key, wrapped });
    }
    const keys = [...new Set(rows.map((row) => row.seal_key).filter((key) => key !== null))].filter((key) => !known.has(key));
    for (const [key, wrapped] of keys.length === 0 ? [] : await readPackKeys(pool, documentId, keys)) {
      known.add(key);
      yield JSON.stringify({ key, wrapped: wrapped.toString('base64') });
    }
    const notices: NoticeEntry[] = [];
    for (const row of rows) {
      const code = row.person === person ? undefined : newNoticeCode();
      person = row.person;
      if (code !== undefined) notices.push(sealNotice(code, { amcNumber: order.insurer.amcNumber as AmcNumber, sentOn: order.day, incident: order.incidentId }));
      for (const line of recordLines(row, code === undefined ? undefined : formatNoticeCode(code))) yield JSON.stringify(line);
    }
    await putNotices(pool, documentId, notices);
  }
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Uint8Array.from(Buffer.from(piece));
}

/**
 * Makes an insurer's pack: its persons of that list and nobody else's, signed by the operator, encrypted to the insurer, in bounded memory.
 * Takes two persons: it opens the list. The codes on its notices are in it alone.
 * @returns the document's number. @throws AppError
 */
export async function makePack(pool: Pool, order: PackOrder): Promise<number> {
  const { by, and, incidentId, exposureId, insurer } = order;
  const recipient = `insurer:${insurer.amcNumber}`;
  const id = await draftDocument(pool, incidentId, { by, kind: 'insurer-pack', recipient, mediaType: 'application/age', insurer: insurer.id, exposure: exposureId });
  await releasePack(pool, id, { by, and });
  const text = signLines({ magic: PACK_MAGIC, header: `H;1;${incidentId};${insurer.amcNumber};${id}`, lines: packLines(pool, id, order), key: order.keyRing.signingKey });
  const encrypter = new Encrypter();
  encrypter.addRecipient(insurer.ageRecipient);
  const content = await encrypter.encrypt(ReadableStream.from(encoded(text)));
  await completeDocument(pool, { id, kind: 'insurer-pack', recipient }, { content, keyRing: order.keyRing });
  return id;
}
