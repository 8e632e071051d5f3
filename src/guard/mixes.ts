import type { Pool } from '../ground/index.ts';
import * as store from './store.ts';

/**
 * How much is left to questions without proof of presence, by the share of questions that come with one. The more
 * cards are scanned, the less a session without cards is worth. Ours until an operator calibrates them.
 */
export const MIXES: Readonly<Record<'0' | '50' | '95', { readonly ofUnproven: number }>> = { 0: { ofUnproven: 1 }, 50: { ofUnproven: 0.6 }, 95: { ofUnproven: 0.1 } };
export type Mix = keyof typeof MIXES;

/** Sets the ceilings without presence for a mix, from a day on. Journalled with who and why. @returns how many ceilings. */
export function useMix(pool: Pool, order: { readonly mix: Mix; readonly from: string; readonly by: string; readonly reason: string }): Promise<number | null> {
  return store.setCeilings(pool, { share: MIXES[order.mix].ofUnproven, source: `mix ${order.mix} %`, from: order.from, by: order.by, reason: order.reason });
}
