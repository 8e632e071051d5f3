import { useCallback, useRef, useState } from 'react';
import { SessionOver } from './problem.ts';

/** Runs one piece of work at a time; tells whether it runs, what failed, and that the session is over. */
export function useWork(onOver?: () => void): { readonly busy: boolean; readonly failure: unknown; readonly run: (work: () => Promise<void>) => void; readonly clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const running = useRef(false);
  const run = useCallback((work: () => Promise<void>): void => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setFailure(undefined);
    work().catch((cause: unknown) => {
      if (cause instanceof SessionOver) onOver?.();
      else setFailure(cause);
    }).finally(() => {
      running.current = false;
      setBusy(false);
    });
  }, [onOver]);
  return { busy, failure, run, clear: useCallback(() => setFailure(undefined), []) };
}
