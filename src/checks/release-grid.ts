/** Bare refusals leave only at multiples of this after their arrival, so that their reason does not show in time. */
export const GRID_MS = 8;

/**
 * Waits for the next point of the grid counted from `arrivedAtMs` (of `performance.now()`).
 * Unknown, not covered and another insurer differ by microseconds of work: the grid swallows them (`one-no`).
 */
export function releaseOnGrid(arrivedAtMs: number): Promise<void> {
  const spent = performance.now() - arrivedAtMs;
  const next = (Math.floor(spent / GRID_MS) + 1) * GRID_MS;
  return new Promise((resolve) => {
    setTimeout(resolve, next - spent);
  });
}
