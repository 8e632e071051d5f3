import { readObject } from '../api/read-fields.ts';
import type { Route } from '../api/server.ts';
import { Fields, missing, officerRoute, type DeskContext } from './routes.ts';
import { askDesk, seePeerAlarm, signal } from './store.ts';

/** Signals of peers and to them: what was said, what it did, what must be looked at; told, and taken back. */
export function signalRoutes(context: DeskContext): Route[] {
  const { pool } = context;
  const telling = (path: 'tell' | 'retract'): Route => officerRoute(context, `POST /desk/v1/signals/${path}`, async (caller, request) => {
    const fields = new Fields(await readObject(request, ['freeze', 'reason']));
    const order = { freeze: fields.number('freeze'), reason: fields.reason(), back: path === 'retract' };
    fields.done();
    const told = await signal(pool, caller, order);
    if (told === null) throw missing('freeze', 'Ce gel n’a rien à dire aux pairs, ou rien à retirer.', 'This freeze has nothing to tell the peers, or nothing to take back.');
    return { told };
  });
  return [
    officerRoute(context, 'GET /desk/v1/signals', (caller) => askDesk(pool, 'signals', caller)),
    officerRoute(context, 'POST /desk/v1/signals/seen', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['alarm']));
      const alarm = fields.number('alarm');
      fields.done();
      if (!(await seePeerAlarm(pool, caller, alarm))) throw missing('alarm', 'Cette alarme a déjà été vue.', 'This alarm was seen already.');
    }),
    telling('tell'), telling('retract'),
  ];
}
