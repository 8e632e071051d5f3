import type { IncomingMessage } from 'node:http';
import { AppError, type FieldFault, type Pool, type PublicText } from '../../ground/index.ts';
import type { ProofVerifier } from '../../access/index.ts';
import { FieldReader, isObject } from '../../checks/index.ts';
import { readObject, readPasskeyAnswer, type Body } from '../api/read-fields.ts';
import { jsonReply, problemReply } from '../api/routes.ts';
import type { Route } from '../api/server.ts';
import type { Desk } from './desk.ts';
import * as store from './store.ts';

/** What the desk's routes work with. */
export interface DeskContext {
  readonly pool: Pool;
  readonly desk: Desk;
  readonly proofs: ProofVerifier;
  /** Origin of the desk: pages and routes. */
  readonly origin: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const REASON_MAX = 300;
const RPPS = { max: 40, pattern: /^\d{11}$/, form: { fr: 'les onze chiffres d’un RPPS.', en: 'the eleven digits of an RPPS.' } };
const PERSON = { max: 100, pattern: UUID, form: { fr: 'les onze chiffres d’un RPPS, ou la référence d’une personne telle que la liste la donne (36 caractères : chiffres, lettres de a à f et quatre tirets).', en: 'the eleven digits of an RPPS, or a person’s reference as the list gives it (36 characters: digits, letters from a to f and four hyphens).' } };

/** Fields of a body, all faults told at once. */
export class Fields {
  readonly #reader = new FieldReader();
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  text(field: string, rule: { readonly max: number; readonly pattern?: RegExp; readonly form?: PublicText }): string {
    const text = this.#reader.string(field, this.#body[field], { ...rule, required: true })?.trim();
    if (text === '') this.#reader.missing(field);
    return text ?? '';
  }

  reason(): string {
    return this.text('reason', { max: REASON_MAX });
  }

  number(field: string): number {
    const value = this.#body[field];
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) this.#reader.wrongType(field, 'integer');
    return value as number;
  }

  object(field: string): Readonly<Record<string, unknown>> {
    const value = this.#body[field];
    if (!isObject(value)) this.#reader.wrongType(field, 'object');
    return value as Record<string, unknown>;
  }

  /** @throws AppError `bad-input` with every fault. */
  done(): void {
    this.#reader.refuse();
  }
}

async function proven(context: DeskContext, request: IncomingMessage): Promise<store.DeskCaller> {
  const url = `${context.origin}${(request.url ?? '').split('?', 1)[0]}`;
  const caller = context.proofs.verify({ authorization: request.headers.authorization, proof: request.headers['dpop'], method: request.method ?? '', url });
  return { ...caller, unattended: request.headers['rempart-unattended'] !== undefined };
}

/** Something named that is not there. */
export function missing(field: string, fr: string, en: string): AppError {
  const fault: FieldFault = { field, rule: 'unknown', message: { fr, en }, remedy: { fr: 'Vérifiez et recommencez.', en: 'Check and try again.' } };
  return new AppError({ code: 'not-found', detail: field, publicText: { fr, en }, faults: [fault] });
}

/** A method and a path below /desk. */
export type Address = `${Route['method']} /desk/${string}`;

/** Wraps an answer so that a refusal is counted in the journal before it is told. */
export function deskRoute(context: DeskContext, at: Address, answer: (request: IncomingMessage) => Promise<unknown>): Route {
  const [method, path] = at.split(' ') as [Route['method'], string];
  return { method, path, fail: problemReply, answer: async (request) => {
    try {
      return jsonReply(200, (await answer(request)) ?? { done: true });
    } catch (cause) {
      if (cause instanceof AppError && (cause.code === 'unauthenticated' || cause.code === 'forbidden')) await store.noteRefusal(context.pool, cause.detail ?? cause.code);
      throw cause;
    }
  } };
}

/** A route for officers alone: every one demands a proof of a signed-in key. */
export function officerRoute(context: DeskContext, at: Address, answer: (caller: store.DeskCaller, request: IncomingMessage) => Promise<unknown>): Route {
  return deskRoute(context, at, async (request) => answer(await proven(context, request), request));
}

function openRoutes(context: DeskContext): Route[] {
  const { desk } = context;
  return [
    deskRoute(context, 'GET /desk/v1/nonce', () => Promise.resolve({ nonce: desk.newNonce() })),
    deskRoute(context, 'POST /desk/v1/code', async (request) => {
      const fields = new Fields(await readObject(request, ['code']));
      const code = fields.text('code', { max: 60 });
      fields.done();
      return { name: await desk.nameOf(code) };
    }),
    deskRoute(context, 'POST /desk/v1/enrol', async (request) => desk.enrol(await readPasskeyAnswer(request, ['code', 'jkt']))),
    deskRoute(context, 'POST /desk/v1/session', async (request) => {
      const answer = await readPasskeyAnswer<Parameters<Desk['open']>[0]>(request, ['jkt']);
      const fields = new Fields(answer as unknown as Body);
      fields.text('jkt', { max: 36, pattern: UUID });
      fields.done();
      return { token: await desk.open(answer) };
    }),
  ];
}

function requestRoutes(context: DeskContext): Route[] {
  const { pool, desk } = context;
  return [
    officerRoute(context, 'GET /desk/v1/requests', (caller) => store.askDesk(pool, 'requests', caller)),
    officerRoute(context, 'POST /desk/v1/requests', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['kind', 'subject', 'reason']));
      const asked = { kind: fields.text('kind', { max: 40, pattern: /^[a-z-]+$/ }), subject: fields.object('subject'), reason: fields.reason() };
      fields.done();
      const made = await store.askForTwo(pool, caller, asked);
      if (made === null) throw missing('kind', 'Cette demande n’existe pas, ce qu’elle nomme est inconnu ou mal écrit, ou la liste qu’elle nomme n’est plus la dernière de ce périmètre.', 'There is no such request, what it names is not known or is miswritten, or the list it names is no longer the last one of the scope.');
      if ('refused' in made) throw new AppError({ code: 'conflict', detail: made.refused, publicText: { fr: 'Vous l’avez déjà demandé, et cela attend un autre officier (« À deux »). Retirez la première demande pour la refaire.', en: 'You asked for this already, and it waits for another officer (“Takes two”). Withdraw the first request to make it anew.' } });
      return made;
    }),
    officerRoute(context, 'POST /desk/v1/requests/sign', async (caller, request) => {
      const body = await readObject(request, ['id', 'response']);
      const fields = new Fields(body);
      const id = fields.text('id', { max: 36, pattern: UUID });
      const response = fields.object('response');
      fields.done();
      return desk.sign(caller, { id, response } as unknown as Parameters<Desk['sign']>[1]);
    }),
    officerRoute(context, 'POST /desk/v1/requests/decline', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['id', 'reason']));
      const declined = { id: fields.text('id', { max: 36, pattern: UUID }), reason: fields.reason() };
      fields.done();
      if (!(await store.declineRequest(pool, caller, declined))) throw missing('id', 'Cette demande n’attend plus.', 'This request is no longer waiting.');
    }),
  ];
}

function freezeRoutes(context: DeskContext): Route[] {
  const { pool } = context;
  return [
    officerRoute(context, 'POST /desk/v1/freezes', async (caller, request) => {
      const body = await readObject(request, ['client', 'user', 'reason']);
      const fields = new Fields(body);
      const order = { client: fields.text('client', { max: 36, pattern: UUID }), reason: fields.reason(), ...(body['user'] === undefined ? {} : { user: fields.text('user', { max: 200 }) }) };
      fields.done();
      const number = await store.freeze(pool, caller, order);
      if (number === null) throw missing('client', 'Cette installation ou cet utilisateur est inconnu.', 'This installation or user is not known.');
      return { number };
    }),
    officerRoute(context, 'POST /desk/v1/freezes/review', async (caller, request) => {
      const body = await readObject(request, ['freeze', 'lift', 'reason']);
      const fields = new Fields(body);
      const review = { freeze: fields.number('freeze'), lift: body['lift'] === true, reason: fields.reason() };
      fields.done();
      if (!(await store.reviewFreeze(pool, caller, review))) throw missing('freeze', 'Ce gel n’est plus ouvert.', 'This freeze is no longer open.');
    }),
    officerRoute(context, 'POST /desk/v1/freezes/on-call', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['freeze', 'reason']));
      const lift = { freeze: fields.number('freeze'), reason: fields.reason() };
      fields.done();
      if (!(await store.liftOnCall(pool, caller, lift))) throw missing('freeze', 'Ce gel ne se lève pas d’astreinte : il faut une pharmacie ou un hôpital, un gel automatique, et que ce soit la première fois.', 'This freeze is not lifted on call: it takes a pharmacy or a hospital, an automatic freeze, and the first time.');
    }),
    officerRoute(context, 'POST /desk/v1/alarms/seen', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['alarm']));
      const alarm = fields.number('alarm');
      fields.done();
      if (!(await store.seeAlarm(pool, caller, alarm))) throw missing('alarm', 'Cette alarme a déjà été vue.', 'This alarm was seen already.');
    }),
    officerRoute(context, 'POST /desk/v1/stops/end', async (caller, request) => {
      const fields = new Fields(await readObject(request, ['stop']));
      const stop = fields.number('stop');
      fields.done();
      if (!(await store.endStop(pool, caller, stop))) throw missing('stop', 'Cet arrêt n’agit plus.', 'This stop no longer acts.');
    }),
    officerRoute(context, 'POST /desk/v1/looks', async (caller, request) => {
      const body = await readObject(request, ['rpps', 'person', 'reason']);
      const fields = new Fields(body);
      const reason = fields.reason();
      const about = body['person'] === undefined ? { rpps: fields.text('rpps', RPPS) } : { person: fields.text('person', PERSON) };
      fields.done();
      return store.look(pool, caller, { ...about, reason });
    }),
  ];
}

/** Every route of the desk: four that open a session, all others for a signed-in key alone. */
export function deskRoutes(context: DeskContext): Route[] {
  const { pool } = context;
  return [
    ...openRoutes(context),
    officerRoute(context, 'GET /desk/v1/me', (caller) => store.askDesk(pool, 'me', caller)),
    officerRoute(context, 'POST /desk/v1/session/end', (caller) => store.askDesk(pool, 'end_session', caller)),
    officerRoute(context, 'GET /desk/v1/now', (caller) => store.askDesk(pool, 'now', caller)),
    officerRoute(context, 'GET /desk/v1/officers', (caller) => store.askDesk(pool, 'officers', caller)),
    ...requestRoutes(context), ...freezeRoutes(context),
  ];
}
