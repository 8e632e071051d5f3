import type { IncomingMessage } from 'node:http';
import { AppError } from '../../ground/index.ts';
import { FieldReader, isObject, parseJson } from '../../checks/index.ts';
import { readBody } from './body.ts';

/** A JSON object as it came. */
export type Body = Readonly<Record<string, unknown>>;

/** Reads a body that is an object with these fields and no others. @throws AppError `bad-input` */
export async function readObject(request: IncomingMessage, fields: readonly string[]): Promise<Body> {
  const text = await readBody(request);
  const body = text === '' ? {} : parseJson(text);
  const reader = new FieldReader();
  if (!isObject(body)) reader.wrongType('', 'object');
  else reader.known('', body, fields);
  reader.refuse();
  return body as Body;
}

/** One text of it; undefined when left out. @throws AppError `bad-input` */
export function readText(body: Body, field: string, options: { readonly pattern: RegExp; readonly max: number }): string | undefined {
  const reader = new FieldReader();
  const text = reader.string(field, body[field], options);
  reader.refuse();
  return text;
}

/** A passkey's answer with its nonce; its inner form is the library's to judge. */
export async function readPasskeyAnswer<T>(request: IncomingMessage, besides: readonly string[] = []): Promise<T> {
  const body = await readObject(request, ['nonce', 'response', ...besides]);
  const response = body['response'];
  if (['nonce', ...besides].every((field) => typeof body[field] === 'string') && isObject(response) && typeof response['id'] === 'string') return body as T;
  throw new AppError({ code: 'bad-input', publicText: { fr: "La réponse de la clé d'accès est incomplète.", en: 'The passkey’s answer is incomplete.' },
    faults: [{ field: 'response', rule: 'form', message: { fr: 'nonce et response sont demandés.', en: 'nonce and response are required.' }, remedy: { fr: 'Recommencez le geste.', en: 'Repeat the gesture.' } }] });
}
