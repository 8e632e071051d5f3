import { log, type Pool } from '../ground/index.ts';
import { foldAbove } from './store.ts';

const EVERY_MS = 1000;

/** Sums up what vendors and the platform were told without presence, each second, until the returned function is called. */
export function keepFolding(pool: Pool): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => foldAbove(pool)).catch((cause: unknown) => log('error', 'sums-above-failed', { code: (cause as { code?: string }).code ?? 'unknown' }));
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
