import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { AppError } from '../ground/index.ts';

/** A passkey's answer in base64, its signature as r and s: what the database verifies itself (migrations/0012_desk.sql). */
export interface PlainTouch {
  readonly credentialId: string;
  readonly clientData: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

const COORDINATE_BYTES = 32;

function integerAt(der: Buffer, at: number): { readonly value: Buffer; readonly end: number } {
  const end = at + 2 + (der[at + 1] ?? 0);
  if (der[at] !== 2 || end > der.length) throw malformed();
  const bytes = der.subarray(at + 2, end);
  const digits = bytes.subarray(Math.max(0, bytes.length - COORDINATE_BYTES));
  return { value: Buffer.concat([Buffer.alloc(COORDINATE_BYTES - digits.length), digits]), end };
}

function malformed(): AppError {
  return new AppError({ code: 'bad-input', detail: 'touch', publicText: { fr: 'La réponse de la clé d’accès est incomplète. Recommencez le geste.', en: 'The passkey’s answer is incomplete. Repeat the gesture.' } });
}

/** Reads a browser's answer. It proves nothing yet. @throws AppError `bad-input` when a part is missing. */
export function plainTouch(answer: AuthenticationResponseJSON): PlainTouch {
  const { clientDataJSON, authenticatorData, signature } = answer.response as Partial<AuthenticationResponseJSON['response']>;
  if (clientDataJSON === undefined || authenticatorData === undefined || signature === undefined) throw malformed();
  const der = Buffer.from(signature, 'base64url');
  const r = integerAt(der, 2);
  const s = integerAt(der, r.end);
  const plain = (text: string): string => Buffer.from(text, 'base64url').toString('base64');
  return { credentialId: answer.id, clientData: plain(clientDataJSON), authenticatorData: plain(authenticatorData), signature: Buffer.concat([r.value, s.value]).toString('base64') };
}
