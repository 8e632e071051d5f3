import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { invariant, type PeriodKeys, type Pool } from '../ground/index.ts';
import { eraseEntries, eraseGuarantees, forgetActs, forgetKnown, forgetLinks, linkedMonths, raiseMinimum, readClosedRights, removeRights, type ClosedRight, type Link } from './retention-store.ts';

const SLICE = 5000;
const RIGHTS_SLICE = 500;
/** A pass reads every link that is kept: few passes. */
const LINKS_SLICE = 100_000;
const [NONCE, TAG] = [12, 16];

/** What one run did. */
export interface RetentionRun {
  readonly entries: number;
  readonly guarantees: number;
  readonly rights: number;
  readonly keysDestroyed: number;
  readonly minimumIndex: number;
}

/** Who a person was to its insurer, sealed as the register had it: only the insurer opens it. */
export interface LinkedRight {
  readonly contract: string;
  readonly sealKey: number;
  /** The data key, wrapped to the insurer. */
  readonly wrapped: string;
  readonly sealed: string;
}

const associated = (link: { readonly person: string; readonly month: string }): Buffer => Buffer.from(`rempart-link-v1|${link.person}|${link.month.slice(0, 7)}`);

/** Closes a right into a link of one month, under that month's key. */
export function closeLink(right: ClosedRight, month: string, key: Buffer): Link {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated({ person: right.person, month }));
  const text: LinkedRight = { contract: right.contract, sealKey: right.sealKey, wrapped: right.wrapped.toString('base64'), sealed: right.sealed.toString('base64') };
  const body = Buffer.concat([cipher.update(JSON.stringify(text)), cipher.final()]);
  return { person: right.person, month, insurer: right.insurer, box: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
}

/** Opens a link; undefined once its month's key is destroyed. @throws when it was changed. */
export function openLink(link: Link, keys: PeriodKeys): LinkedRight | undefined {
  const key = keys.find(link.month.slice(0, 7));
  if (key === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, link.box.subarray(0, NONCE)).setAAD(associated(link)).setAuthTag(link.box.subarray(NONCE, NONCE + TAG));
  return JSON.parse(Buffer.concat([decipher.update(link.box.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')) as LinkedRight;
}

async function slices(work: () => Promise<number>): Promise<number> {
  let [sum, done] = [0, 0];
  do {
    done = await work();
    sum += done;
  } while (done > 0);
  return sum;
}

/** Removes closed rights of the register, leaving links where entries name the person. */
export function removeClosedRights(pool: Pool, keys: PeriodKeys): Promise<number> {
  return slices(async () => {
    const rights = await readClosedRights(pool, RIGHTS_SLICE);
    if (rights.length === 0) return 0;
    const links = rights.flatMap((right) => right.months.map((month) => closeLink(right, month, keys.get(month.slice(0, 7)))));
    const removed = await removeRights(pool, rights.map((right) => right.row), links);
    invariant(removed > 0, 'closed rights can be removed');
    return removed;
  });
}

/**
 * Erases whatever is past its time, in slices of a moment; each erasure is an entry. Interrupted, the next run goes on.
 * Role `rempart_desk`, and the folder of the period keys.
 */
export async function runRetention(pool: Pool, keys: PeriodKeys, onProgress: (entries: number) => void = () => undefined): Promise<RetentionRun> {
  let entries = 0;
  let at = { next: await raiseMinimum(pool), done: false };
  while (!at.done) {
    const slice = await eraseEntries(pool, at.next, SLICE);
    entries += slice.erased;
    onProgress(entries);
    at = slice;
  }
  const minimumIndex = await raiseMinimum(pool);
  const guarantees = await slices(() => eraseGuarantees(pool, SLICE));
  const rights = await removeClosedRights(pool, keys);
  await slices(() => forgetKnown(pool, SLICE));
  await forgetActs(pool);
  await slices(() => forgetLinks(pool, LINKS_SLICE));
  const needed = new Set((await linkedMonths(pool)).map((month) => month.slice(0, 7)));
  const keysDestroyed = keys.list().filter((period) => !needed.has(period)).map((period) => keys.destroy(period)).length;
  return { entries, guarantees, rights, keysDestroyed, minimumIndex };
}
