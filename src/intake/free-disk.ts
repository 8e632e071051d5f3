import { existsSync, statfsSync } from 'node:fs';
import { AppError, type Pool } from '../ground/index.ts';
import { readDataFolder } from './store.ts';

/** Bytes that a line takes at most in the register, its indexes and the write-ahead log (bench/results/national.json). */
const BYTES_A_LINE = 900;
/** Of them, for indexes that may still have to be built of lines that are written. */
const INDEX_BYTES_A_LINE = 300;
/** What must be left over, for the journal to go on. */
const SPARE_BYTES = 1 << 30;

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/**
 * Refuses a file that the database's disk has no room for, before anything is written; one that was begun needs room for what is left of it. A database on another machine is
 * not seen from here: its operator watches its disk (docs/how-to/sizing.md).
 * @throws AppError `bad-input`, its detail `no-room`.
 */
export async function refuseWithoutRoom(pool: Pool, load: { readonly lines: number; readonly begun: { readonly linesDone: number; readonly whole: boolean }; readonly freeBytes?: number }): Promise<void> {
  const { lines, begun } = load;
  if (begun.whole) return;
  const folder = await readDataFolder(pool);
  if (load.freeBytes === undefined && !existsSync(folder)) return;
  const disk = load.freeBytes === undefined ? statfsSync(folder) : undefined;
  const free = load.freeBytes ?? (disk as { bavail: number; bsize: number }).bavail * (disk as { bavail: number; bsize: number }).bsize;
  const needed = Math.max(0, lines - begun.linesDone) * BYTES_A_LINE + begun.linesDone * INDEX_BYTES_A_LINE + SPARE_BYTES;
  if (free >= needed) return;
  const message = { fr: `le disque de la base a ${gigabytes(free)} Go de libres, ce fichier en demande ${gigabytes(needed)}.`, en: `the database's disk has ${gigabytes(free)} GB free, this file needs ${gigabytes(needed)}.` };
  throw new AppError({ code: 'bad-input', detail: 'no-room', publicText: { fr: `Fichier refusé en entier : ${message.fr}`, en: `File refused whole: ${message.en}` },
    faults: [{ field: 'file', rule: 'no-room', message, remedy: { fr: 'Agrandissez le disque ou retirez d’anciens chargements, puis relancez la même commande : rien n’a été écrit de plus.', en: 'Enlarge the disk or remove old loads, then run the same command again: nothing more was written.' } }] });
}
