import { useCallback } from 'react';
import type { DeskSession } from '../session/session.ts';

/** Does one thing to the incident on screen, as one officer, and reads it again. */
export type Act = (act: 'move' | 'facts' | 'scope' | 'assess' | 'notify' | 'clock' | 'list' | 'remind', order: object) => Promise<void>;

/** Acts on one incident. @throws ApiProblem, which the form shows */
export function useAct(session: DeskSession, id: number, reload: () => Promise<void>): Act {
  return useCallback(async (act, order) => {
    await session.call('POST', '/desk/v1/incidents/act', { body: { id, act, order } });
    await reload();
  }, [session, id, reload]);
}
