import { useCallback, useEffect, useState } from 'react';
import { useWork } from '../shared/use-work.ts';
import type { DeskSession, Officer } from './session/session.ts';

/** What every screen works with. */
export interface DeskProps {
  readonly session: DeskSession;
  readonly officer: Officer;
  readonly onOver: () => void;
}

/** What was read last, and how to read it again. */
export interface Reading<T> {
  readonly data: T | undefined;
  readonly failure: unknown;
  readonly reload: () => Promise<void>;
}

const REFRESH_MS = 10_000;

/** Reads something (by number where one is given) at once, and again by itself while the screen is looked at; `reload` after an act. */
export function useReading<T>({ session, onOver }: DeskProps, path: string, id?: number): Reading<T> {
  const [data, setData] = useState<T>();
  const { failure, run } = useWork(onOver);
  const read = useCallback((unattended: boolean): Promise<T> => (id === undefined ? session.call<T>('GET', path, { unattended }) : session.call<T>('POST', path, { unattended, body: { id } })), [session, path, id]);
  const reload = useCallback(async (): Promise<void> => setData(await read(false)), [read]);
  useEffect(() => {
    setData(undefined);
    run(reload);
    const timer = setInterval(() => {
      if (!document.hidden) run(async () => setData(await read(true)));
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [run, reload, read]);
  return { data, failure, reload };
}
