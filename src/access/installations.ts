import { randomInt } from 'node:crypto';
import { AppError, hash128, transaction, type Pool } from '../ground/index.ts';
import * as store from './store.ts';

/** What an installation is made of: one software, in one establishment, or one insurer's system. */
export interface NewInstallation {
  /** FINESS or SIRET of the establishment… */
  readonly establishment?: string;
  /** …and who answers for its questions (RPPS), where professionals ask in their own name. */
  readonly responsibleRpps?: string;
  /** …or the insurer whose system it is. */
  readonly insurerAmc?: string;
  readonly vendor: string;
  readonly software: string;
}

export type InstallationLine = store.InstallationLine;

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARACTERS = 20;
const CODE_VALID_HOURS = 48;

function missing(what: string): AppError {
  return new AppError({ code: 'not-found', publicText: { fr: `${what} introuvable dans l'annuaire.`, en: `${what} is not in the directory.` } });
}

/** A one-time code to be read aloud or typed: 20 characters of 30, 98 bits, in groups of five. */
export function newCode(): string {
  const characters = Array.from({ length: CODE_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return characters.match(/.{5}/g)?.join('-') ?? characters;
}

/** Makes a pending installation and the one-time code (48 h) by which its software enrols its key. */
export async function createInstallation(pool: Pool, made: NewInstallation): Promise<{ clientId: string; code: string }> {
  const code = newCode();
  const clientId = await transaction(pool, async (client) => {
    const establishmentId = made.establishment === undefined ? null : await store.findEstablishment(client, made.establishment);
    if (establishmentId === undefined) throw missing(`L'établissement ${made.establishment ?? ''}`);
    const responsibleId = made.responsibleRpps === undefined ? null : await store.findProfessional(client, made.responsibleRpps);
    if (responsibleId === undefined) throw missing('Le professionnel');
    const insurerId = made.insurerAmc === undefined ? null : await store.findInsurer(client, made.insurerAmc);
    if (insurerId === undefined) throw missing("L'assureur");
    return store.insertInstallation(client, { establishmentId, responsibleId, insurerId, vendor: made.vendor, software: made.software,
      codeHash: hash128(code), validHours: CODE_VALID_HOURS });
  });
  return { clientId, code };
}

/** All installations, newest last. */
export function listInstallations(pool: Pool): Promise<InstallationLine[]> {
  return store.listInstallations(pool);
}

interface Named {
  readonly by: string;
  readonly reason: string;
}

function assertNamed(named: Named): void {
  if (named.by.trim() !== '' && named.reason.trim() !== '') return;
  throw new AppError({ code: 'bad-input', publicText: { fr: 'Dites qui décide (--by) et pourquoi (--reason).', en: 'Say who decides (--by) and why (--reason).' } });
}

/** Stops an installation for good: its sessions end, it gets no token. Journalled. */
export async function suspendInstallation(pool: Pool, clientId: string, named: Named): Promise<void> {
  assertNamed(named);
  if (!(await store.suspend(pool, clientId, named))) throw missing("L'installation");
}

/** Says which professional a user of an installation is: that professional's own ceilings count from then on. */
export async function assignUser(pool: Pool, assigned: { readonly clientId: string; readonly user: string; readonly rpps: string }): Promise<void> {
  if (!(await store.assignUser(pool, assigned))) throw missing("L'installation ou le professionnel");
}
