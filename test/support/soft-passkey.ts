import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { passkeyChallenge, type PasskeyPurpose } from '../../src/access/index.ts';

/** A passkey held by a test: what a browser's authenticator does, in a few lines. */
export interface SoftPasskey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly cose: Buffer;
  readonly origin: string;
}

interface Asked {
  readonly purpose: PasskeyPurpose;
  readonly nonce: string;
  readonly jkt: string;
  /** Whether the authenticator says that it checked the user. */
  readonly verified?: boolean;
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

export function newSoftPasskey(origin: string): SoftPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
  const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url'), Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url')]);
  return { id: randomBytes(16).toString('base64url'), privateKey, cose, origin };
}

function clientData(passkey: SoftPasskey, type: string, challenge: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin: passkey.origin, crossOrigin: false }));
}

const challengeOf = (asked: Asked): string => passkeyChallenge(asked.purpose, asked.nonce, asked.jkt);

function authenticatorData(passkey: SoftPasskey, asked: { readonly verified?: boolean }, attested: Buffer = Buffer.alloc(0)): Buffer {
  const flags = 0x01 | (asked.verified === false ? 0 : 0x04) | (attested.length > 0 ? 0x40 : 0);
  return Buffer.concat([sha256(new URL(passkey.origin).hostname), Buffer.of(flags), Buffer.alloc(4), attested]);
}

/** A touch, as the browser would send it. */
export function touch(passkey: SoftPasskey, asked: Asked): { nonce: string; response: { id: string } & Record<string, unknown> } {
  return { nonce: asked.nonce, response: touchChallenge(passkey, challengeOf(asked), asked) };
}

/** A touch on any challenge. */
export function touchChallenge(passkey: SoftPasskey, challenge: string, options: { readonly verified?: boolean } = {}): { id: string } & Record<string, unknown> {
  const data = clientData(passkey, 'webauthn.get', challenge);
  const auth = authenticatorData(passkey, options);
  const signature = sign('sha256', Buffer.concat([auth, sha256(data)]), passkey.privateKey);
  return { id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {},
    response: { clientDataJSON: data.toString('base64url'), authenticatorData: auth.toString('base64url'), signature: signature.toString('base64url') } };
}

/** An enrolment without attestation. */
export function enrolment(passkey: SoftPasskey, asked: Omit<Asked, 'purpose'>): { nonce: string; response: { id: string } & Record<string, unknown> } {
  const whole = { ...asked, purpose: 'enrol' as const };
  const id = Buffer.from(passkey.id, 'base64url');
  const auth = authenticatorData(passkey, whole, Buffer.concat([Buffer.alloc(16), Buffer.of(0, id.length), id, passkey.cose]));
  // {"fmt": "none", "attStmt": {}, "authData": bytes}
  const attestation = Buffer.concat([Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'), Buffer.of(0x58, auth.length), auth]);
  return { nonce: asked.nonce, response: { id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {},
    response: { clientDataJSON: clientData(passkey, 'webauthn.create', challengeOf(whole)).toString('base64url'), attestationObject: attestation.toString('base64url'), transports: ['internal'] } } };
}
