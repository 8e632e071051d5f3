import type { IncomingMessage } from 'node:http';
import type { ProvenCaller } from '../../access/index.ts';
import { AppError, type Pool } from '../../ground/index.ts';
import { FieldReader, isObject, parseJson } from '../../checks/index.ts';
import { acknowledge, listOwnIncidents, reportProgress, showPart } from '../../incidents/index.ts';
import { readBody } from './body.ts';
import type { Reply } from './reply.ts';
import { jsonReply, problemReply, serveProven, type ApiContext } from './routes.ts';
import type { Route } from './server.ts';

const stranger = (): AppError => new AppError({ code: 'unauthenticated', detail: 'session', publicText: { fr: 'Cette adresse est pour le système d’un assureur.', en: 'This address is for an insurer’s system.' } });
const nothing = (): AppError => new AppError({ code: 'not-found', publicText: { fr: 'Rien de tel ne vous a été envoyé.', en: 'Nothing of the kind was sent to you.' } });

// `12/acknowledgement`, `7/0`: numbers, or nothing of the kind.
function numbersOf(rest: string): [number, number] {
  const [first = '', second = ''] = rest.split('/');
  if (!/^\d{1,15}$/.test(first)) throw nothing();
  return [Number(first), /^\d{1,9}$/.test(second) ? Number(second) : -1];
}

async function readObject(request: IncomingMessage, fields: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const body = parseJson(await readBody(request));
  const reader = new FieldReader();
  if (!isObject(body)) reader.wrongType('', 'object');
  else reader.known('', body, fields);
  reader.refuse();
  return body as Readonly<Record<string, unknown>>;
}

const texts = (body: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> => {
  const reader = new FieldReader();
  const found = names.map((name) => [name, reader.string(name, body[name], { max: 400 })] as const);
  reader.refuse();
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
};

function toldOf(body: Readonly<Record<string, unknown>>): number {
  const told = body['told'];
  if (typeof told === 'number' && Number.isSafeInteger(told) && told >= 0) return told;
  throw new AppError({ code: 'bad-input', publicText: { fr: 'told : un nombre entier de personnes.', en: 'told: a whole number of persons.' },
    faults: [{ field: 'told', rule: 'integer', message: { fr: 'Un nombre entier, 0 ou plus.', en: 'A whole number, 0 or more.' }, remedy: { fr: 'Le nombre de personnes informées jusqu’ici.', en: 'How many persons were told so far.' } }] });
}

/** What an insurer does about its incidents, as its own installation: list, fetch part by part, acknowledge, report. */
export function incidentRoutes(context: ApiContext, pool: Pool): Route[] {
  const route = (method: Route['method'], path: string, answer: (caller: ProvenCaller, request: IncomingMessage, rest: string) => Promise<Reply>): Route =>
    ({ method, path, answer: (request, rest) => serveProven(context, request, (caller) => answer(caller, request, rest)), fail: problemReply });
  return [
    route('GET', '/v1/incidents', async (caller) => {
      const incidents = await listOwnIncidents(pool, caller);
      if (incidents === null) throw stranger();
      return jsonReply(200, { incidents });
    }),
    route('GET', '/v1/incidents/documents/*/*', async (caller, _request, rest) => {
      const [document, number] = numbersOf(rest);
      const { code, content } = await showPart(pool, caller, { document, number });
      if (code === 'session') throw stranger();
      if (content === null) throw nothing();
      return { status: 200, type: 'application/octet-stream', body: content };
    }),
    route('POST', '/v1/incidents/*/acknowledgement', async (caller, request, rest) => {
      const body = await readObject(request, ['by']);
      const done = await acknowledge(pool, caller, { incident: numbersOf(rest)[0], by: texts(body, ['by'])['by'] ?? '' });
      if (done === null) throw stranger();
      if (done < 0) throw nothing();
      return jsonReply(200, { acknowledged: done });
    }),
    route('POST', '/v1/incidents/*/progress', async (caller, request, rest) => {
      const body = await readObject(request, ['told', 'means', 'note', 'authority']);
      const said = { incident: numbersOf(rest)[0], told: toldOf(body), ...texts(body, ['means', 'note', 'authority']) };
      const done = await reportProgress(pool, caller, said);
      if (done === null) throw stranger();
      if (!done) throw new AppError({ code: 'not-found', publicText: { fr: 'Rien de tel ne vous a été envoyé, ou plus de personnes que dans votre dossier.', en: 'Nothing of the kind was sent to you, or more persons than in your pack.' } });
      return jsonReply(200, { recorded: true });
    }),
  ];
}
