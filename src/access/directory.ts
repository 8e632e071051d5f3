import type { KeyObject } from 'node:crypto';
import { AppError, readVerifiedLines, transaction, verifySignedFile, type Pool } from '../ground/index.ts';
import { checkFiness, checkPlainDate, checkRpps, checkSiret } from '../identifiers/index.ts';
import * as store from './directory-store.ts';

export const DIRECTORY_MAGIC = 'rempart-directory-v1';
export const DIRECTORY_KINDS = ['establishments', 'professionals', 'activities', 'conventions'] as const;
export type DirectoryKind = (typeof DIRECTORY_KINDS)[number];
export const PEER_GROUPS = ['doctor', 'nurse', 'physiotherapist', 'dentist', 'optician', 'transporter', 'pharmacy', 'laboratory', 'hospital', 'centre'];

/** A line that was not taken. */
export interface DirectoryFault {
  readonly line: number;
  readonly field: string;
  readonly rule: string;
}

const isDay = (text: string): boolean => checkPlainDate(text).length === 0;
const isEstablishment = (id: string): boolean => (id.length === 14 ? checkSiret(id) : checkFiness(id)).every((finding) => finding.severity === 'warning');
const isRpps = (id: string): boolean => checkRpps(id).every((finding) => finding.severity === 'warning');

/** Fields of a line after its letter, by kind, with the check of each (docs/formats/directory-files.md). */
const FIELDS: Readonly<Record<DirectoryKind, readonly (readonly [string, (value: string) => boolean])[]>> = {
  establishments: [['identifier', isEstablishment], ['name', (v) => v.length > 0 && v.length <= 120], ['town', (v) => v.length <= 80], ['peerGroup', (v) => PEER_GROUPS.includes(v)],
    ['asksAsEstablishment', (v) => v === '0' || v === '1'], ['validFrom', (v) => isDay(v)], ['validTo', (v) => v === '' || isDay(v)]],
  professionals: [['rpps', isRpps], ['peerGroup', (v) => PEER_GROUPS.includes(v)], ['validFrom', (v) => isDay(v)], ['validTo', (v) => v === '' || isDay(v)]],
  activities: [['rpps', isRpps], ['establishment', isEstablishment], ['validFrom', (v) => isDay(v)], ['validTo', (v) => v === '' || isDay(v)]],
  conventions: [['establishment', isEstablishment], ['insurer', (v) => /^\d{8,10}$/.test(v)], ['validFrom', (v) => isDay(v)], ['validTo', (v) => v === '' || isDay(v)]],
};

function checkLine(kind: DirectoryKind, line: { readonly number: number; readonly values: readonly string[] }): DirectoryFault[] {
  const fields = FIELDS[kind];
  if (line.values.length !== fields.length) return [{ line: line.number, field: 'line', rule: `${fields.length} fields: ${fields.map(([name]) => name).join(', ')}` }];
  const faults = fields.flatMap(([name, ok], i) => (ok(line.values[i] as string) ? [] : [{ line: line.number, field: name, rule: 'form' }]));
  const [from = '', to = ''] = line.values.slice(-2);
  return faults.length === 0 && to !== '' && to < from ? [{ line: line.number, field: 'validTo', rule: 'before-from' }] : faults;
}

/** What a line is about: one identifier, or two and the day it begins. */
const KEY_COLUMNS: Readonly<Record<DirectoryKind, readonly number[]>> = { establishments: [0], professionals: [0], activities: [0, 1, 2], conventions: [0, 1, 2] };

interface ReadLines {
  /** Good lines by what they are about: the last one wins. */
  readonly rows: Map<string, { readonly number: number; readonly values: readonly string[] }>;
  readonly faults: DirectoryFault[];
  /** Lines that cannot be taken: what they name stays as it was. */
  readonly bad: (readonly string[])[];
}

function takeLine(read: ReadLines, kind: DirectoryKind, line: { readonly number: number; readonly values: readonly string[] }): void {
  const found = checkLine(kind, line);
  const key = KEY_COLUMNS[kind].map((i) => line.values[i] ?? '').join(';');
  if (found.length > 0) {
    read.faults.push(...found);
    if (line.values.length > 1 && line.values[0] !== '') read.bad.push(line.values);
    return;
  }
  if (read.rows.has(key)) read.faults.push({ line: line.number, field: 'line', rule: 'twice' });
  read.rows.set(key, line);
}

/**
 * Loads one daily directory file: the whole state of its kind. What is no longer in it ends on the file's date and
 * is refused from the next question on.
 * @throws AppError `bad-input` when the file is refused whole (signature, count, hash, kind, sequence).
 */
export async function loadDirectory(options: { readonly pool: Pool; readonly path: string; readonly key: KeyObject }): Promise<{ kind: DirectoryKind; rows: number; faults: DirectoryFault[] }> {
  const { pool, path, key } = options;
  const file = await verifySignedFile(path, { magic: DIRECTORY_MAGIC, keyFor: () => key });
  const [, version, kindText = '', sequence = '', date = ''] = file.header;
  const kind = DIRECTORY_KINDS.find((k) => k === kindText);
  if (version !== '1' || kind === undefined || !/^\d{1,9}$/.test(sequence) || !isDay(date)) {
    throw new AppError({ code: 'bad-input', detail: 'header', publicText: { fr: 'Fichier refusé : en-tête attendu H;1;sorte;séquence;date.', en: 'File refused: expected header H;1;kind;sequence;date.' } });
  }
  const read: ReadLines = { rows: new Map(), faults: [], bad: [] };
  let number = 0;
  for await (const text of readVerifiedLines(path, file)) {
    if (!text.startsWith('L;')) continue;
    number += 1;
    takeLine(read, kind, { number, values: text.split(';').slice(1) });
  }
  const lines = [...read.rows.values()];
  const taken = await transaction(pool, (client) => store.replaceDirectory(client, { kind, sequence: Number(sequence), date, hash: file.hash, rows: lines.map((line) => line.values), bad: read.bad }));
  if (taken === undefined) {
    throw new AppError({ code: 'bad-input', detail: 'replayed', publicText: { fr: 'Fichier refusé : une séquence égale ou plus récente est déjà chargée.', en: 'File refused: this or a newer sequence was loaded before.' } });
  }
  const unknown = taken.unknown.map(({ row, field }) => ({ line: lines[row]?.number ?? 0, field, rule: 'unknown' }));
  return { kind, rows: lines.length - unknown.length, faults: [...read.faults, ...unknown] };
}
