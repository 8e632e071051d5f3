import { log, type Pool } from '../ground/index.ts';
import { openForFreezes } from './store.ts';

const EVERY_MS = 2000;

/** Opens an incident for every freeze without one, until stopped; a database that fails is tried again. @returns how to stop it */
export function startOpener(pool: Pool): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (): Promise<void> => {
    try {
      for (const incident of await openForFreezes(pool)) log('warn', 'incident-opened', { incident });
    } catch (cause) {
      log('error', 'incidents-could-not-look', { code: (cause as { code?: string }).code ?? 'unknown' });
    }
    if (!stopped) timer = setTimeout(() => { running = turn(); }, EVERY_MS);
  };
  let running = turn();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
