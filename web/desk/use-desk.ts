import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import { useWork } from '../shared/use-work.ts';
import type { DeskSession, Officer } from './session/session.ts';

/** What every screen works with. */
export interface DeskProps {
  readonly session: DeskSession;
  readonly officer: Officer;
  readonly onOver: () => void;
}

/** Where an officer sits, for whatever is below it. */
export interface SeatFacts extends DeskProps {
  /** The session has ended: out of sight, nothing is read and no dialog shows, but all stays for when the same officer is back. */
  readonly over: boolean;
}

export const Seat = createContext<SeatFacts | undefined>(undefined);

/** @throws Error outside a seat */
export function useSeat(): SeatFacts {
  const seat = useContext(Seat);
  if (seat === undefined) throw new Error('outside Seat');
  return seat;
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
  const { over } = useSeat();
  const of = id === undefined ? path : `${path} ${id}`;
  // Kept with what it is of: another session reads the same again, and what is open below it stays open.
  const [last, setLast] = useState<{ readonly of: string; readonly data: T }>();
  const { failure, run } = useWork(onOver);
  const read = useCallback((unattended: boolean): Promise<T> => (id === undefined ? session.call<T>('GET', path, { unattended }) : session.call<T>('POST', path, { unattended, body: { id } })), [session, path, id]);
  const load = useCallback(async (unattended: boolean): Promise<void> => {
    const data = await read(unattended);
    setLast({ of, data });
  }, [read, of]);
  const reload = useCallback((): Promise<void> => load(false), [load]);
  useEffect(() => {
    if (over) return undefined;
    run(reload);
    const timer = setInterval(() => {
      if (!document.hidden) run(() => load(true));
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [over, run, reload, load]);
  return { data: last?.of === of ? last.data : undefined, failure, reload };
}
