import { useEffect, useRef, type RefObject } from 'react';

/** Brings a message before the eyes, and the focus to it, when `what` it tells appears: its first words at the top of what is in sight. Its element takes `tabIndex={-1}`. */
export function useShown<T extends HTMLElement>(what: unknown): RefObject<T | null> {
  const element = useRef<T>(null);
  useEffect(() => {
    if (what === undefined) return;
    element.current?.scrollIntoView({ block: 'start' });
    element.current?.focus({ preventScroll: true });
  }, [what]);
  return element;
}
