import type { Pool } from '../ground/index.ts';
import { beginExposure, countExposed, findExposure, finishExposure, insurersOf, leaveDecoysOut, listSlice, planSlices, readReferences } from './exposure-store.ts';
import { withHands } from './hands.ts';
import { refusal } from './store.ts';
import type { Exposure, Order } from './types.ts';

/** Entries a slice: a second or two, so that no transaction starves the gate. */
const SLICE_ENTRIES = 120_000;
/** Slices listed, and insurers counted, at once. */
const HANDS = 2;
/** References a page. */
const PAGE = 50_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface ListOptions extends Order {
  /** Whether a reference is a decoy's: a made-up person, nobody, so left out. Who holds the key ring knows. */
  readonly isDecoy: (reference: string) => boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

async function leaveOut(pool: Pool, list: { readonly exposureId: number; readonly insurerId: number; readonly isDecoy: (reference: string) => boolean }): Promise<void> {
  for (let after = FIRST; ;) {
    const references = await readReferences(pool, { ...list, after, limit: PAGE });
    const persons = references.filter(list.isDecoy);
    if (persons.length > 0) await leaveDecoysOut(pool, { ...list, persons });
    if (references.length < PAGE) return;
    after = references.at(-1) as string;
  }
}

/**
 * Lists who was disclosed, for the latest scope of an incident, from the journal alone, in short transactions.
 * @throws AppError `not-found` when the incident is over; `bad-input` while it is not known what a restored database lost.
 */
export async function listExposure(pool: Pool, incidentId: number, options: ListOptions): Promise<Exposure> {
  const { isDecoy, onProgress, ...order } = options;
  const id = await beginExposure(pool, incidentId, order);
  const slices = await planSlices(pool, id, SLICE_ENTRIES) ?? 0;
  let done = 0;
  await withHands(HANDS, Array.from({ length: slices }, (_, i) => i + 1), async (slice) => {
    if ((await listSlice(pool, id, slice)) === null) throw refusal('step');
    done += 1;
    onProgress?.(done, slices);
  });
  await withHands(HANDS, await insurersOf(pool, id), async (insurerId) => {
    await leaveOut(pool, { exposureId: id, insurerId, isDecoy });
    await countExposed(pool, id, insurerId);
  });
  await finishExposure(pool, id, order);
  return (await findExposure(pool, incidentId)) as Exposure;
}
