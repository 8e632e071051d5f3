import { AppError } from '../../ground/index.ts';
import { assess, ENISA, REFUSALS, type AssessmentInput } from '../../incidents/index.ts';
import { FieldReader, isObject } from '../../checks/index.ts';
import { readObject, type Body } from '../api/read-fields.ts';
import type { Route } from '../api/server.ts';
import { actOnIncident, openIncident, showDifference, showIncident, type IncidentAct } from './incident-store.ts';
import { Fields, missing, officerRoute, type DeskContext } from './routes.ts';
import { askDesk } from './store.ts';

const ACTS: readonly IncidentAct[] = ['move', 'facts', 'scope', 'assess', 'notify', 'clock', 'remind', 'list', 'drill'];
/** Longest text of a fact, in characters. The page says so before anything is sent (web/desk/incident/facts-block.tsx). */
const FACT_MAX = 4_000;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function refused(code: string): AppError {
  const words = REFUSALS[code] ?? { fr: 'Refusé.', en: 'Refused.' };
  return new AppError({ code: code === 'unknown' ? 'not-found' : 'conflict', detail: code, publicText: words });
}

function readOpening(body: Body): Record<string, unknown> {
  const fields = new Fields(body);
  const reason = fields.reason();
  const drill = body['drill'] === true;
  const order: Record<string, unknown> = { reason, drill };
  if (body['freeze'] === undefined) {
    order['title'] = fields.text('title', { max: 120 });
    order['from'] = fields.text('from', { max: 40, pattern: MOMENT });
    if (body['to'] !== undefined) order['to'] = fields.text('to', { max: 40, pattern: MOMENT });
    if (body['rpps'] === undefined) order['client'] = fields.text('client', { max: 36, pattern: /^[0-9a-f-]{36}$/ });
    else order['rpps'] = fields.text('rpps', { max: 11, pattern: /^\d{11}$/ });
  } else order['freeze'] = fields.number('freeze');
  fields.done();
  return order;
}

function checkFacts(facts: unknown): void {
  const reader = new FieldReader();
  if (!isObject(facts)) reader.wrongType('facts', 'object');
  else for (const [name, text] of Object.entries(facts)) reader.string(`facts.${name}`, text, { max: FACT_MAX });
  reader.refuse();
}

// The score is reckoned here from the method's tables, never taken from the page.
function readAct(body: Body): { readonly act: IncidentAct; readonly order: Readonly<Record<string, unknown>> } {
  const fields = new Fields(body);
  const act = fields.text('act', { max: 10, pattern: new RegExp(`^(${ACTS.join('|')})$`) }) as IncidentAct;
  fields.done();
  const order = isObject(body['order']) ? body['order'] : {};
  if (act === 'facts') checkFacts(order['facts']);
  if (act !== 'assess') return { act, order };
  return { act, order: { reason: order['reason'], assessment: assess(order['input'] as AssessmentInput) } };
}

/** Incidents: all of them, one whole, opened, acted upon by one officer. What takes two goes the way of requests. */
export function incidentRoutes(context: DeskContext): Route[] {
  const { pool } = context;
  return [
    officerRoute(context, 'GET /desk/v1/incidents', (caller) => askDesk(pool, 'incidents', caller)),
    officerRoute(context, 'GET /desk/v1/severity', async (caller) => { await askDesk(pool, 'me', caller); return ENISA; }),
    officerRoute(context, 'POST /desk/v1/incidents', async (caller, request) => {
      const opened = await openIncident(pool, caller, readOpening(await readObject(request, ['freeze', 'title', 'from', 'to', 'rpps', 'client', 'reason', 'drill'])));
      if (opened?.refused !== undefined) throw refused(opened.refused);
      if (opened?.id === undefined) throw missing('incident', 'Cet accès est inconnu, ou la fenêtre est vide.', 'This access is not known, or the window is empty.');
      return { id: opened.id };
    }),
    officerRoute(context, 'POST /desk/v1/incidents/show', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['id']));
      const id = fields.number('id');
      fields.done();
      const incident = await showIncident(pool, caller, id);
      if (incident === null) throw refused('unknown');
      return incident;
    }),
    officerRoute(context, 'POST /desk/v1/incidents/difference', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['id', 'before', 'after']));
      const lists = { incident: fields.number('id'), before: fields.number('before'), after: fields.number('after') };
      fields.done();
      const difference = await showDifference(pool, caller, lists);
      if (difference === null) throw refused('unknown');
      return difference;
    }),
    officerRoute(context, 'GET /desk/v1/drills', (caller) => askDesk(pool, 'drills', caller)),
    officerRoute(context, 'POST /desk/v1/incidents/act', async (caller, request) => {
      const body = await readObject(request, ['id', 'act', 'order']);
      const { act, order } = readAct(body);
      const code = await actOnIncident(pool, caller, { incident: typeof body['id'] === 'number' ? body['id'] : null, act, order });
      if (code !== null) throw refused(code);
    }),
  ];
}
