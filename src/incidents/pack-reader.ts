import { openAsBlob } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { Decrypter } from 'age-encryption';
import { AppError, readVerifiedLines, verifySignedFile } from '../ground/index.ts';
import { openSealed, unwrapSealKey } from '../registry/index.ts';
import { PACK_MAGIC, type KeyLine, type PackAbout, type PersonLine } from './pack-format.ts';

/** A person as its insurer reads them in its own pack. */
export interface PackPerson {
  readonly reference: string;
  /** Null when the register no longer held the record: ask the operator with the reference. */
  readonly identity: PackIdentity | null;
  /** Contracts (records) that were told. */
  readonly contracts: readonly string[];
  /** Professions of who was told. */
  readonly groups: readonly string[];
  /** Bit set of docs/formats/journal-entry.md, over all times. */
  readonly fields: number;
  /** A question was answered; a guarantee was looked up by its number. One of them at least. */
  readonly asked: boolean;
  readonly lookedUp: boolean;
  readonly times: number;
  readonly entries: readonly number[];
  readonly at: readonly string[];
  /** Under 18 when first disclosed; null when the birth date does not say. */
  readonly minor: boolean | null;
  /** The code on this person's notice. */
  readonly code: string;
}

/** What the insurer's own file said of the person, at the time. */
export interface PackIdentity {
  readonly familyName: string;
  readonly givenNames: string;
  readonly relationship: string;
  readonly nir: string;
  readonly birthDate: string;
  readonly birthRank: string;
  readonly adherentNumber: string;
  readonly beneficiaryId: string;
  readonly contract: string;
}

/** An opened pack: what it is about, and its persons one by one. */
export interface OpenedPack {
  readonly about: PackAbout;
  readonly document: number;
  persons(): AsyncGenerator<PackPerson>;
}

interface PackKeys {
  /** age identity of the insurer: `AGE-SECRET-KEY-1…`. */
  readonly ageIdentity: string;
  /** The operator's Ed25519 public key: who made the pack. */
  readonly operatorKey: KeyObject;
}

const notOurs = (cause: unknown): AppError => new AppError({ code: 'bad-input', cause, detail: 'age', publicText: {
  fr: 'Ce dossier ne s’ouvre pas avec cette clé : il est pour un autre assureur, ou il a été modifié.', en: 'This pack does not open with this key: it is another insurer’s, or it was changed.' } });

async function* decryptedBytes(path: string, ageIdentity: string): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(ageIdentity.trim());
  try {
    const opened = await decrypter.decrypt((await openAsBlob(path)).stream());
    yield* opened;
  } catch (cause) {
    throw notOurs(cause);
  }
}

function identityOf(text: string): PackIdentity {
  const [familyName = '', givenNames = '', relationship = '', nir = '', birthDate = '', birthRank = '', adherentNumber = '', beneficiaryId = '', contract = ''] = text.split(';');
  return { familyName, givenNames, relationship, nir, birthDate, birthRank, adherentNumber, beneficiaryId, contract };
}

// Whoever was born in an unknown month was a minor until the year's end, as far as one can tell.
function wasMinor(birthDate: string, at: string | undefined): boolean | null {
  const year = Number(birthDate.slice(0, 4));
  if (at === undefined || !(year > 1800)) return null;
  const day = birthDate.slice(4).replace('-00', '-12').replace(/-00$/, '-31');
  return `${year + 18}${day}` > at.slice(0, 10);
}

const VERDICT = 1;

interface Gathered {
  reference: string;
  identity: PackIdentity | null;
  contracts: Set<string>;
  groups: Set<string>;
  fields: number;
  asked: boolean;
  lookedUp: boolean;
  times: number;
  told: { entry: number; at: string }[];
  code: string;
}

function finish(one: Gathered): PackPerson {
  const told = one.told.toSorted((a, b) => a.entry - b.entry);
  return { reference: one.reference, identity: one.identity, contracts: [...one.contracts], groups: [...one.groups], fields: one.fields, asked: one.asked, lookedUp: one.lookedUp, times: one.times, entries: told.map((t) => t.entry), at: told.map((t) => t.at),
    minor: one.identity === null ? null : wasMinor(one.identity.birthDate, told[0]?.at), code: one.code };
}

/** Persons gathered from lines in order: a person's lines stand together. */
async function* personsOf(lines: AsyncIterable<string>, place: Pick<PackKeys, 'ageIdentity'>): AsyncGenerator<PackPerson> {
  const keys = new Map<number, Buffer>();
  let insurerId = 0;
  let current: Gathered | undefined;
  for await (const text of lines) {
    const line = JSON.parse(text) as { about?: string; value?: unknown } | KeyLine | PersonLine;
    if ('about' in line && line.about === 'sealedFor') insurerId = line.value as number;
    if ('wrapped' in line) keys.set(line.key, await unwrapSealKey(Buffer.from(line.wrapped, 'base64'), place.ageIdentity.trim()));
    if (!('person' in line)) continue;
    if (current !== undefined && current.reference !== line.person) {
      yield finish(current);
      current = undefined;
    }
    current ??= { reference: line.person, identity: null, contracts: new Set(), groups: new Set(), fields: 0, asked: false, lookedUp: false, times: 0, told: [], code: line.code ?? '' };
    const key = line.key === null ? undefined : keys.get(line.key);
    if (line.sealed !== null && line.key !== null && key !== undefined) {
      const identity = identityOf(openSealed(Buffer.from(line.sealed, 'base64'), key, { insurerId, sealKeyId: line.key, row: `${line.person}|${line.contract}` }).toString());
      current.identity = identity;
      current.contracts.add(identity.contract);
    }
    current.groups.add(line.group);
    current.fields |= line.fields;
    // Every answer to a question holds the verdict.
    if ((line.fields & VERDICT) === 0) current.lookedUp = true;
    else current.asked = true;
    current.times += line.times;
    line.entries.forEach((entry, i) => current?.told.push({ entry, at: line.at[i] ?? '' }));
  }
  if (current !== undefined) yield finish(current);
}

/**
 * The insurer's side: opens its pack with its own key, checks who made it, and lists its persons in clear. Reads the file twice, in
 * bounded memory: nothing of it is told before its signature holds.
 * @throws AppError `bad-input`: another's key (detail `age`), or the rule of the signed file
 */
export async function openPack(path: string, keys: PackKeys): Promise<OpenedPack> {
  const bytes = (): AsyncIterable<Uint8Array> => decryptedBytes(path, keys.ageIdentity);
  const file = await verifySignedFile(bytes, { magic: PACK_MAGIC, keyFor: () => keys.operatorKey });
  const about: Record<string, unknown> = {};
  for await (const text of readVerifiedLines(bytes, file)) {
    const line = JSON.parse(text) as { about?: string; value?: unknown };
    if (line.about === undefined) break;
    about[line.about] = line.value;
  }
  return { about: about as unknown as PackAbout, document: Number(file.header[4]), persons: () => personsOf(readVerifiedLines(bytes, file), keys) };
}
