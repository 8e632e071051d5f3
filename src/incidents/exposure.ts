import type { Pool } from '../ground/index.ts';
import { beginExposure, countExposed, findExposure, finishExposure, insurersOf, leaveDecoysOut, listSlice, readHours, readReferences, readWindow } from './exposure-store.ts';
import { refusal } from './store.ts';
import type { Exposure, Order } from './types.ts';

/** Entries a slice: a second or two, so that no transaction starves the gate. */
const SLICE_ENTRIES = 120_000;
const HOUR_MS = 3_600_000;
/** References a page. */
const PAGE = 50_000;

/** Parts of a window with about as many entries each, together the whole of it. */
export function sliceWindow(hours: readonly { readonly hour: Date; readonly entries: number }[], window: { readonly from: Date; readonly to: Date }): { from: Date; to: Date }[] {
  const slices: { from: Date; to: Date }[] = [];
  let [from, entries] = [window.from, 0];
  for (const one of hours) {
    if (entries > 0 && entries + one.entries > SLICE_ENTRIES && one.hour > from) {
      slices.push({ from, to: one.hour });
      [from, entries] = [one.hour, 0];
    }
    entries += one.entries;
    const end = new Date(one.hour.getTime() + HOUR_MS);
    // One full hour alone is cut into minutes' worth of its share.
    if (entries > 2 * SLICE_ENTRIES && end < window.to) {
      const parts = Math.ceil(entries / SLICE_ENTRIES);
      const width = (end.getTime() - from.getTime()) / parts;
      for (let i = 0; i < parts; i += 1) slices.push({ from: new Date(Math.round(from.getTime() + i * width)), to: new Date(Math.round(from.getTime() + (i + 1) * width)) });
      [from, entries] = [end, 0];
    }
  }
  // The window's own end has microseconds that a Date has not: the last slice goes beyond it, and the gate cuts it.
  return [...slices, { from, to: new Date(window.to.getTime() + 1) }].filter((slice) => slice.from < slice.to);
}

interface ListOptions extends Order {
  /** Whether a reference is a decoy's: a made-up person, nobody, so left out. Who holds the key ring knows. */
  readonly isDecoy: (reference: string) => boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

async function leaveOut(pool: Pool, list: { readonly exposureId: number; readonly insurerId: number; readonly isDecoy: (reference: string) => boolean }): Promise<void> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const references = await readReferences(pool, { ...list, after, limit: PAGE });
    const decoys = references.filter(list.isDecoy);
    if (decoys.length > 0) await leaveDecoysOut(pool, list.exposureId, decoys);
    if (references.length < PAGE) return;
    after = references.at(-1) as string;
  }
}

/**
 * Lists who was disclosed, for the latest scope of an incident, from the journal alone, in short transactions.
 * @throws AppError `not-found` when the incident is over.
 */
export async function listExposure(pool: Pool, incidentId: number, options: ListOptions): Promise<Exposure> {
  const { isDecoy, onProgress, ...order } = options;
  const id = await beginExposure(pool, incidentId, order);
  if (id === null) throw refusal('unknown');
  const slices = sliceWindow(await readHours(pool, id), await readWindow(pool, id));
  for (const [index, slice] of slices.entries()) {
    if ((await listSlice(pool, id, { number: index + 1, ...slice })) === null) throw refusal('step');
    onProgress?.(index + 1, slices.length);
  }
  for (const insurer of await insurersOf(pool, id)) {
    await leaveOut(pool, { exposureId: id, insurerId: insurer, isDecoy });
    await countExposed(pool, id, insurer);
  }
  if (!(await finishExposure(pool, id, order))) throw refusal('step');
  return (await findExposure(pool, incidentId)) as Exposure;
}
