import { withHands, type Pool } from '../ground/index.ts';
import { beginExposure, countExposed, countHalf, countPiece, findExposure, finishExposure, fixWindow, leaveDecoysOut, listSlice, piecesOf, planSlices, readReferences } from './exposure-store.ts';
import { refusal } from './store.ts';
import type { Exposure, Order } from './types.ts';

/** Entries a slice: a second at most, so that no transaction starves the gate, and so few that what is gathered of them stays near the processor. */
const SLICE_ENTRIES = 120_000;
/** Halves and pieces counted, and slices listed, at once. */
const HANDS = 2;

interface ListOptions extends Order {
  /** Those of references (16 bytes each) that are decoys': made-up persons, nobody, so left out. Who holds the key ring knows. The buffer is used again. */
  readonly decoysAmong: (references: Buffer) => readonly string[];
  readonly onProgress?: (done: number, of: number) => void;
  /** Entries a slice. */
  readonly sliceEntries?: number;
}

async function leaveOut(pool: Pool, list: { readonly exposureId: number; readonly insurerId: number; readonly piece: number; readonly decoysAmong: ListOptions['decoysAmong'] }): Promise<void> {
  const persons = new Set<string>();
  await readReferences(pool, list, (references) => { for (const one of list.decoysAmong(references)) persons.add(one); });
  if (persons.size > 0) await leaveDecoysOut(pool, { ...list, persons: [...persons] });
}

// An insurer of one piece is counted in one call.
async function countAll(pool: Pool, exposureId: number, decoysAmong: ListOptions['decoysAmong']): Promise<void> {
  const pieces = await piecesOf(pool, exposureId);
  const several = new Set(pieces.filter(({ piece }) => piece > 0).map(({ insurerId }) => insurerId));
  await withHands(HANDS, pieces, async (one) => {
    await leaveOut(pool, { exposureId, ...one, decoysAmong });
    if (several.has(one.insurerId)) await countPiece(pool, exposureId, one);
  });
  await withHands(HANDS, [...new Set(pieces.map(({ insurerId }) => insurerId))], async (insurerId) => { await countExposed(pool, exposureId, insurerId); });
}

/**
 * Lists who was disclosed, for the latest scope of an incident, from the journal alone, in short transactions.
 * @throws AppError `not-found` when the incident is over; `bad-input` while it is not known what a restored database lost.
 */
export async function listExposure(pool: Pool, incidentId: number, options: ListOptions): Promise<Exposure> {
  const { decoysAmong, onProgress, sliceEntries = SLICE_ENTRIES, ...order } = options;
  const id = await beginExposure(pool, incidentId, order);
  await fixWindow(pool, id);
  await withHands(HANDS, [0, 1] as const, async (half) => { await countHalf(pool, id, { half, entries: sliceEntries }); });
  const slices = await planSlices(pool, id, sliceEntries) ?? 0;
  let done = 0;
  await withHands(HANDS, Array.from({ length: slices }, (_, i) => i + 1), async (slice) => {
    if ((await listSlice(pool, id, slice)) === null) throw refusal('step');
    done += 1;
    onProgress?.(done, slices);
  });
  await countAll(pool, id, decoysAmong);
  await finishExposure(pool, id, order);
  return (await findExposure(pool, incidentId)) as Exposure;
}
