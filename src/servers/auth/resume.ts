import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { AppError, uuidOfBytes, type Pool } from '../../ground/index.ts';
import { PORTAL_CLIENT } from './portal.ts';
import { findPlaceOfPasskey, openSignIn } from './portal-store.ts';

interface Touch {
  /** The passkey's answer over a nonce of the API and the new session key, as the browser gave it. */
  readonly response: { readonly id: string };
  readonly nonce: string;
  /** RFC 7638 thumbprint of the new session key, base64url. */
  readonly jkt: string;
  readonly codeChallenge: string;
}

const BASE64URL = /^[\w-]{43}$/;

function refuse(detail: string): never {
  throw new AppError({ code: 'bad-input', detail, publicText: { fr: "Cette clé d'accès n'est pas connue ici. Connectez-vous avec Pro Santé Connect.", en: 'This passkey is not known here. Sign in with Pro Santé Connect.' } });
}

function readTouch(text: string): Touch {
  let touch: Partial<Touch> & { response?: { id?: unknown } };
  try {
    touch = JSON.parse(text) as typeof touch;
  } catch {
    return refuse('resume-form');
  }
  if (typeof touch.response?.id !== 'string' || typeof touch.nonce !== 'string' || !BASE64URL.test(touch.jkt ?? '') || !BASE64URL.test(touch.codeChallenge ?? '')) return refuse('resume-form');
  return touch as Touch;
}

/**
 * After a reload: a code for a new session key, on a passkey's answer that the answering side will verify.
 * Nothing is verified here, because nothing that is decided here opens anything.
 */
export async function resumeSignIn(options: { readonly pool: Pool; readonly provider: Provider; readonly redirectUri: string }, text: string): Promise<string> {
  const { pool, provider, redirectUri } = options;
  const touch = readTouch(text);
  const place = await findPlaceOfPasskey(pool, touch.response.id);
  if (place === undefined) return refuse('resume-passkey');
  const signIn = await openSignIn(pool, { place, jkt: uuidOfBytes(Buffer.from(touch.jkt, 'base64url')), evidence: { kind: 'passkey', nonce: touch.nonce, response: touch.response } });
  const client = await provider.Client.find(PORTAL_CLIENT) as Client;
  const grant = new provider.Grant({ clientId: PORTAL_CLIENT, accountId: signIn });
  grant.addOIDCScope('openid');
  const code = new provider.AuthorizationCode({ client, accountId: signIn, grantId: await grant.save(), redirectUri, codeChallenge: touch.codeChallenge, codeChallengeMethod: 'S256',
    dpopJkt: touch.jkt, scope: 'openid', gty: 'authorization_code', authTime: Math.floor(Date.now() / 1000), expiresWithSession: false });
  return code.save();
}
