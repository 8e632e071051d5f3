import type { IncomingMessage } from 'node:http';
import { FieldReader } from '../../checks/index.ts';
import { readObject } from './read-fields.ts';
import { jsonReply, problemReply, proveCaller, type ApiContext } from './routes.ts';
import type { Route } from './server.ts';

/** Why a review is asked for: fixed words, so that no name is written. */
export const APPEAL_REASONS = ['remplacement', 'liste', 'saisie', 'formation', 'pas-moi', 'autre'] as const;

/** One's own freezes, and asking for a review of them: for a portal's person and for a software's user, frozen or not. */
export function freezeRoutes(context: ApiContext): Route[] {
  const route = (path: string, fields: readonly string[]): Route => ({
    method: 'POST', path, fail: problemReply,
    answer: async (request: IncomingMessage) => {
      const caller = await proveCaller(context, request);
      const body = await readObject(request, fields);
      const reader = new FieldReader();
      const user = reader.string('user', body['user'], { max: 64, pattern: /^[\x21-\x7e]{1,64}$/ });
      const asked = reader.string('reason', body['reason'], { max: 20, pattern: new RegExp(`^(${APPEAL_REASONS.join('|')})$`) });
      reader.refuse();
      const reason = fields.includes('reason') ? asked ?? 'autre' : undefined;
      return jsonReply(200, { freezes: await context.checks.ownFreezes(caller, { ...(user === undefined ? {} : { user }), ...(reason === undefined ? {} : { reason }) }) });
    },
  });
  return [route('/v1/freezes', ['user']), route('/v1/appeals', ['user', 'reason'])];
}
