import { randomInt, randomUUID, sign } from 'node:crypto';
import { AppError, ed25519Key, readVerifiedLines, verifySignedFile, type KeyRing, type Pool, type PublicText, type VerifiedFile } from '../ground/index.ts';
import { createBlindIndexer, Sealer, type BlindIndexer } from '../registry/index.ts';
import { DecoyPlanter } from './decoys.ts';
import { readRightsLine, type LineFault, type RightsLine } from './rights-line.ts';
import * as store from './store.ts';

export const RIGHTS_MAGIC = 'rempart-rights-v1';
/** Lines a slice: about a second, so that no transaction starves the gate. */
const SLICE_LINES = 10_000;

interface LoadOptions {
  readonly pool: Pool;
  readonly keyRing: KeyRing;
  readonly path: string;
  /** Let a file take effect that strikes off more than the insurer's agreed share. */
  readonly acceptStrikeOff?: boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

/** What became of a file; no identity in it. Signed by the operator. */
export interface LoadReport {
  readonly insurer: string;
  readonly kind: 'full' | 'delta';
  readonly sequence: number;
  readonly state: 'effective' | 'held';
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly personsBefore: number;
  readonly personsStruckOff: number;
  readonly faults: readonly store.ReportedFault[];
  readonly signature: string;
}

function refuse(rule: string, message: PublicText, remedy: PublicText): never {
  throw new AppError({ code: 'bad-input', detail: rule, publicText: { fr: `Fichier refusé en entier : ${message.fr}`, en: `File refused whole: ${message.en}` }, faults: [{ field: 'file', rule, message, remedy }] });
}

function unknownInsurer(): never {
  return refuse('unknown-insurer', { fr: 'assureur inconnu.', en: 'unknown insurer.' }, { fr: "Faites d'abord inscrire l'assureur.", en: 'Have the insurer registered first.' });
}

interface Header {
  readonly amc: string;
  readonly kind: 'full' | 'delta';
  readonly sequence: number;
  readonly effectiveOn: string;
}

function readHeader(fields: readonly string[]): Header {
  const [, version, amc = '', kind = '', sequence = '', effectiveOn = ''] = fields;
  if (version !== '1' || !/^\d{8,10}$/.test(amc) || (kind !== 'full' && kind !== 'delta') || !/^\d{1,9}$/.test(sequence) || !/^\d{4}-\d{2}-\d{2}$/.test(effectiveOn)) {
    return refuse('header', { fr: 'en-tête illisible.', en: 'the header cannot be read.' }, { fr: 'H;1;numéro AMC;full|delta;séquence;AAAA-MM-JJ', en: 'H;1;AMC number;full|delta;sequence;YYYY-MM-DD' });
  }
  return { amc, kind, sequence: Number(sequence), effectiveOn };
}

function checkSequence(header: Header, insurer: store.InsurerRow): void {
  const expected = insurer.lastSequence + 1;
  if (header.sequence < expected) refuse('replayed', { fr: `la séquence ${header.sequence} a déjà été chargée.`, en: `sequence ${header.sequence} was loaded before.` }, { fr: `Envoyez la séquence ${expected}.`, en: `Send sequence ${expected}.` });
  if (header.sequence > expected) refuse('out-of-order', { fr: `la séquence ${expected} manque.`, en: `sequence ${expected} is missing.` }, { fr: `Envoyez d'abord la séquence ${expected}.`, en: `Send sequence ${expected} first.` });
  if (header.kind === 'delta' && insurer.visibleLoad === null) refuse('delta-first', { fr: 'un premier fichier est complet.', en: 'a first file is full.' }, { fr: 'Envoyez un fichier complet.', en: 'Send a full file.' });
}

interface Work {
  readonly options: LoadOptions;
  readonly insurer: store.InsurerRow;
  readonly header: Header;
  readonly load: store.LoadRow;
  readonly file: VerifiedFile;
  readonly indexer: BlindIndexer;
  readonly sealer: Sealer;
  readonly sealKeyId: number;
  readonly decoys: DecoyPlanter;
}

interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

const escape = (text: string): string => text.replaceAll(/[\\\t\n\r]/g, (c) => `\\${{ '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }[c] ?? ''}`);
const array = (values: readonly (string | null)[]): string => `{${values.map((value) => value ?? 'NULL').join(',')}}`;

function copyRow(line: RightsLine, keys: { person: string; contract: string }, work: Work): string {
  const who = { insurerId: work.insurer.id, birthDate: line.birthDate, birthRank: line.birthRank };
  const sealed = work.sealer.seal(Buffer.from(line.identity), { insurerId: work.insurer.id, sealKeyId: work.sealKeyId, row: `${keys.person}|${keys.contract}` });
  return `${[work.insurer.id, work.load.id, keys.person, keys.contract, work.indexer.byNir(line.nir, who), work.indexer.byAdherent(line.adherentNumber, who), line.product, line.csr,
    line.conventionType, line.order, line.validFrom, line.validTo ?? '\\N', line.cardFrom, line.cardTo, array(line.domains.map((d) => d.code)), array(line.domains.map((d) => d.from)),
    array(line.domains.map((d) => d.to)), line.responsible, line.c2s, line.regime, work.sealKeyId].map((value) => (value === '\\N' ? value : escape(String(value)))).join('\t')}\t\\\\x${sealed.toString('hex')}\n`;
}

interface Taken {
  readonly line: RightsLine;
  readonly beneficiary: string;
  readonly contract: string;
  /** Of a new decoy. */
  readonly reference?: string;
}

const take = (line: RightsLine, { insurer, indexer }: Work): Taken => ({ line, beneficiary: indexer.beneficiary(insurer.id, line.beneficiaryId), contract: indexer.contract(insurer.id, line.contract) });

function readSlice(lines: readonly NumberedLine[], work: Work): { readonly entries: Taken[]; readonly rejected: { line: number; fault: LineFault; text: string }[] } {
  const rejected: { line: number; fault: LineFault; text: string }[] = [];
  const taken = new Map<string, Taken>();
  for (const { number, text } of lines) {
    const { line, faults } = readRightsLine(text);
    if (line === undefined) rejected.push(...faults.map((fault) => ({ line: number, fault, text })));
    else if (work.header.kind === 'full' && line.action === 'D') rejected.push({ line: number, text, fault: { field: 'action', rule: 'delete-in-full', remedy: { fr: 'Un fichier complet ne radie pas : omettez la ligne.', en: 'A full file does not strike off: leave the line out.' } } });
    else {
      const entry = take(line, work);
      // The last line of a contract wins, within a slice as across slices.
      taken.set(`${entry.beneficiary}${entry.contract}`, entry);
    }
  }
  return { entries: [...taken.values()], rejected };
}

// Each decoy at a place of its own among the lines: rows, seals and references are made in this order.
function mixedIn(entries: readonly Taken[], decoys: readonly Taken[]): Taken[] {
  const mixed = [...entries];
  for (const decoy of decoys) mixed.splice(randomInt(mixed.length + 1), 0, decoy);
  return mixed;
}

async function makeSlice(lines: readonly NumberedLine[], work: Work): Promise<store.Slice> {
  const { insurer } = work;
  const { entries: real, rejected } = readSlice(lines, work);
  const yielded = work.decoys.yieldTo(real.map((entry) => entry.line));
  const decoys = await work.decoys.forSlice(real.map((entry) => entry.line), (lines.at(-1)?.number ?? 0) >= work.file.count);
  const entries = mixedIn(real, decoys.map(({ line, reference }) => ({ ...take(line, work), ...(reference === undefined ? {} : { reference }) })));
  const gone = yielded.map(({ line }) => take({ ...line, action: 'D' }, work));
  const refs = await store.findPersons(work.options.pool, insurer.id, [...new Set([...entries, ...gone].map((e) => e.beneficiary))]);
  const newPersons: { ref: string; beneficiary: string }[] = [];
  for (const { beneficiary, reference } of entries) {
    if (refs.has(beneficiary)) continue;
    const ref = reference ?? randomUUID();
    refs.set(beneficiary, ref);
    newPersons.push({ ref, beneficiary });
  }
  const keyed = entries.map((entry) => ({ ...entry, person: refs.get(entry.beneficiary) as string }));
  const inserted = keyed.filter((entry) => entry.line.action === 'U');
  return { insurerId: insurer.id, loadId: work.load.id, baseLoad: work.header.kind === 'full' ? work.load.id : (insurer.baseLoad as number), newPersons,
    replaced: [...keyed, ...gone.map((entry) => ({ ...entry, person: refs.get(entry.beneficiary) as string }))].map(({ person, contract }) => ({ person, contract })), rows: inserted.map((entry) => copyRow(entry.line, entry, work)),
    rejected: rejected.map((r) => ({ line: r.line, field: r.fault.field, rule: r.fault.rule, remedy: r.fault.remedy, sealKeyId: work.sealKeyId,
      sealed: work.sealer.seal(Buffer.from(r.text), { insurerId: insurer.id, sealKeyId: work.sealKeyId, row: `line ${r.line}` }) })),
    linesDone: lines.at(-1)?.number ?? 0, accepted: real.length, struckOff: keyed.length - inserted.length, decoys: decoys.map((decoy) => decoy.planted), yielded: yielded.map((decoy) => decoy.id) };
}

async function writeSlices(work: Work): Promise<void> {
  let slice: NumberedLine[] = [];
  let number = 0;
  const flush = async (): Promise<void> => {
    if (slice.length > 0) await store.writeSlice(work.options.pool, await makeSlice(slice, work));
    slice = [];
    work.options.onProgress?.(number, work.file.count);
  };
  for await (const text of readVerifiedLines(work.options.path, work.file)) {
    number += 1;
    if (number <= work.load.linesDone) continue;
    slice.push({ number, text });
    if (slice.length >= SLICE_LINES) await flush();
  }
  await flush();
}

async function report(work: Work, state: LoadReport['state'], persons: { visible: number; struckOff: number }): Promise<LoadReport> {
  const { pool, keyRing } = work.options;
  const counts = await store.readCounts(pool, work.load.id);
  const plain = { insurer: work.header.amc, kind: work.header.kind, sequence: work.header.sequence, state, lines: work.file.count, accepted: counts.accepted, rejected: counts.rejected,
    personsBefore: persons.visible, personsStruckOff: persons.struckOff, faults: await store.readFaults(pool, work.load.id) };
  const made = { ...plain, signature: sign(null, Buffer.from(JSON.stringify(plain)), keyRing.signingKey).toString('base64') };
  await store.writeReport(pool, work.load.id, made);
  return made;
}

/**
 * Gives a file up that never took effect (held, or begun): its sequence can then be sent again, with another file.
 * @throws AppError `bad-input` when the insurer is unknown, `not-found` when no such file waits.
 */
export async function discardRights(options: { readonly pool: Pool; readonly amc: string; readonly sequence: number }): Promise<void> {
  const { pool, amc, sequence } = options;
  const insurer = await store.findInsurer(pool, amc) ?? unknownInsurer();
  if (await store.discardLoad(pool, { insurerId: insurer.id, sequence })) return;
  throw new AppError({ code: 'not-found', publicText: { fr: `Aucun fichier ${sequence} retenu ou commencé pour ${amc}.`, en: `No file ${sequence} of ${amc} is held or begun.` } });
}

/**
 * Loads an insurer's rights file. Verified whole before anything is written; written in slices that survive a
 * crash (run it again: it goes on where it was); takes effect by one small transaction, or is held when it would
 * strike off too many.
 * @throws AppError `bad-input` when the file is refused whole: unknown insurer, header, truncated, count, hash,
 * signature, replayed, out-of-order, delta-first, another-file, swapped.
 */
export async function loadRights(options: LoadOptions): Promise<LoadReport> {
  const { pool, keyRing, path } = options;
  let insurer: store.InsurerRow | undefined;
  const file = await verifySignedFile(path, { magic: RIGHTS_MAGIC, keyFor: async (fields) => {
    insurer = await store.findInsurer(pool, readHeader(fields).amc);
    return ed25519Key((insurer ?? unknownInsurer()).signingKey);
  } });
  const known = insurer as unknown as store.InsurerRow;
  const header = readHeader(file.header);
  checkSequence(header, known);
  const load = await store.beginLoad(pool, { insurerId: known.id, kind: header.kind, sequence: header.sequence, effectiveOn: header.effectiveOn, hash: file.hash });
  if (!load.fileHash.equals(file.hash)) refuse('another-file', { fr: `la séquence ${header.sequence} a été commencée avec un autre fichier.`, en: `sequence ${header.sequence} was begun with another file.` }, { fr: 'Reprenez avec le même fichier.', en: 'Go on with the same file.' });
  const sealer = new Sealer();
  const sealKeyId = await store.insertSealKey(pool, { insurerId: known.id, loadId: load.id, wrapped: await sealer.wrapFor(known.ageRecipient) });
  const full = header.kind === 'full';
  const decoys = await DecoyPlanter.open({ pool, keyRing, insurerId: known.id, loadId: load.id, full, effectiveOn: header.effectiveOn, lines: file.count });
  const work: Work = { options, insurer: known, header, load, file, indexer: createBlindIndexer(keyRing.indexKey), sealer, sealKeyId, decoys };
  try {
    await writeSlices(work);
  } finally {
    sealer.forget();
  }
  const persons = await store.countStrikeOff(pool, { insurerId: known.id, loadId: load.id, full, baseLoad: known.baseLoad, visibleLoad: known.visibleLoad, decoys: await decoys.references() });
  if (options.acceptStrikeOff !== true && persons.struckOff > persons.visible * known.strikeOffShare) {
    await store.setState(pool, load.id, 'held');
    return report(work, 'held', persons);
  }
  await store.makeEffective(pool, { insurerId: known.id, loadId: load.id, sequence: header.sequence, full });
  if (full) await store.retireLeftDecoys(pool, { insurerId: known.id, loadId: load.id });
  return report(work, 'effective', persons);
}
