import { randomBytes, sign } from 'node:crypto';
import { AppError, ed25519Key, readVerifiedSlices, verifySignedFile, withHands, type KeyRing, type Pool, type VerifiedFile } from '../ground/index.ts';
import { checkPlainDate } from '../identifiers/index.ts';
import { createBlindIndexer } from '../registry/index.ts';
import { refuseWithoutRoom } from './free-disk.ts';
import { DecoyPlanter } from './decoys.ts';
import { manyHands, oneHand, type Hands } from './hands.ts';
import { refuse, refuseInsurerThatLeft, refuseOtherSequence, refuseUnknownInsurer } from './refuse.ts';
import * as loads from './load-store.ts';
import { ROWS_A_SHELF } from './slice.ts';
import * as store from './store.ts';

export const RIGHTS_MAGIC = 'rempart-rights-v1';
/** Overseas the day begins earlier. */
const DAY_MS = 86_400_000;
const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });
/** Lines a slice: a second at most, so that no transaction starves the gate. */
const SLICE_LINES = 10_000;
/** A full file of so many lines has a shelf of its own: copied first, indexed after (docs/decisions/national.md). */
const SHELF_LINES = 100_000;
/** Indexing, as lines copied in the same time, an index. */
const INDEX_SHARE = 0.06;

interface LoadOptions {
  readonly pool: Pool;
  readonly keyRing: KeyRing;
  readonly path: string;
  /** Let a file take effect that strikes off more than the insurer's agreed share. */
  readonly acceptStrikeOff?: boolean;
  /** Work done and all work, in lines or what takes as long. */
  readonly onProgress?: (done: number, of: number) => void;
  /** Full files from so many lines on have a shelf of their own. */
  readonly shelfLines?: number;
  readonly sliceLines?: number;
  /** Free bytes of the database's disk, where this machine does not see it. */
  readonly freeBytes?: number;
  /** Threads that write at once, on a shelf, and then statements that read it. */
  readonly threads?: number;
}

const handsOf = ({ threads = 2 }: LoadOptions): number => threads;

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
  /** In a full file: whose line was set aside, and who keep what the file before said. */
  readonly personsKept: number;
  readonly faults: readonly store.ReportedFault[];
  readonly signature: string;
}

// A folder that is not mounted would be a key ring made anew, and its rows found by nobody.
async function refuseOtherKeyRing({ pool, keyRing }: LoadOptions): Promise<void> {
  const fingerprint = createBlindIndexer(keyRing.indexKey).fingerprint();
  if (!(await store.claimIndexKey(pool, { version: keyRing.indexKeyVersion, fingerprint }))) {
    refuse('other-key-ring', { fr: 'ce trousseau n’est pas celui du registre.', en: 'this key ring is not the register’s.' }, { fr: 'Remettez le dossier des clés de la plateforme, puis relancez : rien n’a été écrit.', en: 'Put the platform’s key folder back, then run it again: nothing was written.' });
  }
}

interface Header {
  readonly amc: string;
  readonly kind: 'full' | 'delta';
  readonly sequence: number;
  readonly effectiveOn: string;
}

function readHeader(fields: readonly string[]): Header {
  const [, version, amc = '', kind = '', sequence = '', effectiveOn = ''] = fields;
  if (version !== '1' || !/^\d{8,10}$/.test(amc) || (kind !== 'full' && kind !== 'delta') || !/^\d{1,9}$/.test(sequence) || checkPlainDate(effectiveOn).length > 0) {
    return refuse('header', { fr: 'en-tête illisible.', en: 'the header cannot be read.' }, { fr: 'H;1;numéro AMC;full|delta;séquence;AAAA-MM-JJ', en: 'H;1;AMC number;full|delta;sequence;YYYY-MM-DD' });
  }
  if (effectiveOn > PARIS.format(new Date(Date.now() + DAY_MS))) {
    return refuse('future', { fr: `le fichier est daté du ${effectiveOn}, qui n’est pas encore venu.`, en: `the file is dated ${effectiveOn}, which has not come yet.` }, { fr: 'Datez-le du jour où il est fait : l’âge de vos droits se compte de ce jour.', en: 'Date it with the day it is made: the age of your rights is counted from that day.' });
  }
  return { amc, kind, sequence: Number(sequence), effectiveOn };
}

function checkSequence(header: Header, insurer: store.InsurerRow): void {
  refuseOtherSequence(header.sequence, insurer.lastSequence + 1);
  if (header.kind === 'delta' && insurer.visibleLoad === null) refuse('delta-first', { fr: 'un premier fichier est complet.', en: 'a first file is full.' }, { fr: 'Envoyez un fichier complet.', en: 'Send a full file.' });
}

interface Work {
  readonly options: LoadOptions;
  readonly insurer: store.InsurerRow;
  readonly header: Header;
  readonly load: loads.LoadRow;
  readonly file: VerifiedFile;
}

/** Says how far the work is; copying and indexing count together. */
class Progress {
  readonly #of: number;
  readonly #say: LoadOptions['onProgress'];
  #done = 0;

  constructor(work: Work) {
    this.#of = Math.round(work.file.count * (work.load.shelf === null ? 1 : 1 + INDEX_SHARE * (store.SHELF_INDEXES.length + 1)));
    this.#say = work.options.onProgress;
  }

  add(lines: number): void {
    this.#done += lines;
    this.#say?.(Math.round(this.#done), this.#of);
  }
}

async function openHands(work: Work, onLines: (lines: number) => void): Promise<Hands> {
  const { options, insurer, header, load } = work;
  const context = { url: options.pool.options.connectionString as string, shelf: load.shelf, keys: { indexKey: options.keyRing.indexKey, decoyKey: options.keyRing.decoyKey }, ageRecipient: insurer.ageRecipient, effectiveOn: header.effectiveOn, lines: work.file.count,
    frame: { insurerId: insurer.id, loadId: load.id, kind: header.kind, firstRow: load.firstRow, salt: load.salt },
    knownShelves: await store.findShelves(options.pool, insurer.id), baseLoad: header.kind === 'full' ? load.id : (insurer.baseLoad as number) };
  return load.shelf === null ? oneHand(context, { pool: options.pool, onLines }) : manyHands(context, { threads: handsOf(options), onLines });
}

async function writeSlices(work: Work, progress: Progress): Promise<void> {
  const { options, load, file } = work;
  const there = load.shelf === null ? undefined : await store.readSlices(options.pool, load.id);
  const hands = await openHands(work, (lines) => progress.add(lines));
  try {
    for await (const slice of readVerifiedSlices(options.path, file, options.sliceLines ?? SLICE_LINES)) {
      if (there === undefined ? slice.firstLine <= load.linesDone : there.has(slice.firstLine)) progress.add(slice.lines);
      else await hands.write(slice);
    }
    await hands.finish();
  } finally {
    await hands.close();
  }
}

/** Reads page by page. */
const NO_HAND = { hand: { number: 0, of: 1 } };

// The insurer's decoys as they are now, with those of this load.
async function openDecoys({ options: { pool, keyRing }, insurer, header, load, file }: Work, hand: { readonly hand?: { readonly number: number; readonly of: number } } = {}): Promise<DecoyPlanter> {
  const shelves = [...new Set([Math.floor(load.firstRow / ROWS_A_SHELF), ...await store.findShelves(pool, insurer.id)])];
  return DecoyPlanter.open({ pool, keyRing, insurerId: insurer.id, loadId: load.id, full: header.kind === 'full', effectiveOn: header.effectiveOn, lines: file.count, shelves, ...hand });
}

async function identities(work: Work): Promise<ReturnType<DecoyPlanter['identities']>[]> {
  const [planter, of] = [await openDecoys(work, NO_HAND), handsOf(work.options)];
  return Array.from({ length: of }, (_, number) => planter.identities({ number, of }));
}

async function finishShelf(work: Work, progress: Progress): Promise<void> {
  const { options: { pool }, load, insurer, file } = work;
  if (load.shelf === null || load.state !== 'loading') return;
  const shelved = { loadId: load.id, insurerId: insurer.id, shelf: load.shelf };
  // Each reads the shelf in one process: several at once leave no processor idle.
  const readings = [() => store.supersedeEarlier(pool, shelved), ...store.SHELF_INDEXES.map((column) => () => store.indexShelf(pool, load.id, column))];
  await withHands(handsOf(work.options), readings, async (read) => {
    await read();
    progress.add(file.count * INDEX_SHARE);
  });
  await store.finishShelf(pool, { ...shelved, decoys: await identities(work) });
}

async function report(work: Work, state: LoadReport['state'], persons: { visible: number; struckOff: number; kept: number }): Promise<LoadReport> {
  const { pool, keyRing } = work.options;
  const counts = await loads.readCounts(pool, work.load.id);
  const plain = { insurer: work.header.amc, kind: work.header.kind, sequence: work.header.sequence, state, lines: work.file.count, accepted: counts.accepted, rejected: counts.rejected,
    personsBefore: persons.visible, personsStruckOff: persons.struckOff, personsKept: persons.kept, faults: await store.readFaults(pool, work.load.id) };
  const made = { ...plain, signature: sign(null, Buffer.from(JSON.stringify(plain)), keyRing.signingKey).toString('base64') };
  await loads.writeReport(pool, work.load.id, made);
  return made;
}

/**
 * Gives a file up that never took effect (held, or begun): its sequence can then be sent again, with another file.
 * @throws AppError `bad-input` when the insurer is unknown, `not-found` when no such file waits.
 */
export async function discardRights(options: { readonly pool: Pool; readonly amc: string; readonly sequence: number }): Promise<void> {
  const { pool, amc, sequence } = options;
  const insurer = await store.findInsurer(pool, amc) ?? refuseUnknownInsurer();
  if (await loads.discardLoad(pool, { insurerId: insurer.id, sequence })) return;
  throw new AppError({ code: 'not-found', publicText: { fr: `Aucun fichier ${sequence} retenu ou commencé pour ${amc}.`, en: `No file ${sequence} of ${amc} is held or begun.` } });
}

/**
 * Loads an insurer's rights file. Verified whole before anything is written; written in slices that survive a
 * crash (run it again: it goes on where it was); takes effect by one small transaction, or is held when it would
 * strike off too many.
 * @throws AppError `bad-input` when the file is refused whole: unknown insurer, insurer-left, header, future, truncated, count, hash,
 * signature, replayed, out-of-order, delta-first, another-file, other-key-ring, swapped; `conflict` when it was given up, or finished by another run, meanwhile.
 */
export async function loadRights(options: LoadOptions): Promise<LoadReport> {
  const { pool, path } = options;
  let insurer: store.InsurerRow | undefined;
  const file = await verifySignedFile(path, { magic: RIGHTS_MAGIC, keyFor: async (fields) => {
    insurer = await store.findInsurer(pool, readHeader(fields).amc);
    return ed25519Key((insurer ?? refuseUnknownInsurer()).signingKey);
  } });
  const known = insurer as unknown as store.InsurerRow;
  const header = readHeader(file.header);
  refuseInsurerThatLeft(known);
  checkSequence(header, known);
  const ownShelf = header.kind === 'full' && file.count >= (options.shelfLines ?? SHELF_LINES);
  await refuseOtherKeyRing(options);
  await refuseWithoutRoom(pool, { lines: file.count, begun: await loads.readBegun(pool, { insurerId: known.id, sequence: header.sequence }), ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }) });
  const load = await loads.beginLoad(pool, { insurerId: known.id, kind: header.kind, sequence: header.sequence, effectiveOn: header.effectiveOn, hash: file.hash, salt: randomBytes(32), rows: 2 * file.count + await store.countDecoys(pool, { insurerId: known.id }) + 16, ownShelf });
  if (!load.fileHash.equals(file.hash)) refuse('another-file', { fr: `la séquence ${header.sequence} a été commencée avec un autre fichier.`, en: `sequence ${header.sequence} was begun with another file.` }, { fr: 'Reprenez avec le même fichier.', en: 'Go on with the same file.' });
  const work: Work = { options, insurer: known, header, load, file };
  const progress = new Progress(work);
  await writeSlices(work, progress);
  await finishShelf(work, progress);
  const full = header.kind === 'full';
  const persons = await store.countStrikeOff(pool, { insurerId: known.id, loadId: load.id, full, baseLoad: known.baseLoad, visibleLoad: known.visibleLoad, decoys: known.visibleLoad === null ? [] : await (await openDecoys(work, NO_HAND)).references() });
  if (options.acceptStrikeOff !== true && persons.struckOff > persons.visible * known.strikeOffShare) {
    await loads.setState(pool, load.id, 'held');
    return report(work, 'held', { ...persons, kept: 0 });
  }
  const kept = full && known.visibleLoad !== null ? await store.keepSetAside(pool, { insurerId: known.id, loadId: load.id }) : 0;
  await loads.makeEffective(pool, { insurerId: known.id, loadId: load.id, sequence: header.sequence, full });
  await loads.forgetRejected(pool, { insurerId: known.id, loadId: load.id });
  if (full) await store.retireLeftDecoys(pool, { insurerId: known.id, loadId: load.id });
  return report(work, 'effective', { visible: persons.visible, struckOff: Math.max(0, persons.struckOff - kept), kept });
}
