import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { AppError, hash128 } from '../ground/index.ts';

/** What a touch is for: an answer for one is none for another. */
export type PasskeyPurpose = 'resume' | 'enrol' | 'step-up' | 'desk';

/** A passkey's answer with the nonce it was asked with. */
export interface PasskeyAnswer<Response> {
  readonly nonce: string;
  readonly response: Response;
}

/** A passkey as the gate has it. */
export interface KnownPasskey {
  readonly id: number;
  /** COSE key, base64. */
  readonly publicKey: string;
  readonly signCount: number;
}

// Loaded with the first touch: most processes and most starts never see one.
const webauthn = () => import('@simplewebauthn/server');

const NONCE_LIFE_S = 120;
const LABEL = 'rempart-passkey-v1';

function refuse(detail: string): never {
  throw new AppError({ code: 'unauthenticated', detail, publicText: {
    fr: "La clé d'accès n'a pas été acceptée. Réessayez, avec la vérification demandée par votre appareil (doigt, visage ou code).",
    en: 'The passkey was not accepted. Try again, with the check your device asks for (finger, face or code).' } });
}

/** The challenge (base64url) of an answer: commits to its purpose, a nonce of ours and the session's key. */
export function passkeyChallenge(purpose: PasskeyPurpose, nonce: string, jkt: string): string {
  return createHash('sha256').update(`${LABEL}|${purpose}|${nonce}|${jkt}`).digest('base64url');
}

/** Asks for and verifies passkey answers. Nonces are stateless: time and randomness under a keyed hash, two minutes long. */
export class PasskeyVerifier {
  readonly #key: Buffer;
  readonly #origin: string;

  constructor(options: { readonly key: Buffer; readonly origin: string }) {
    this.#key = createHmac('sha256', options.key).update(LABEL).digest();
    this.#origin = options.origin;
  }

  newNonce(): string {
    const head = Buffer.alloc(24);
    head.writeBigUInt64BE(BigInt(Date.now()));
    randomBytes(16).copy(head, 8);
    return Buffer.concat([head, this.#mac(head)]).toString('base64url');
  }

  #mac(head: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(head).digest().subarray(0, 16);
  }

  #checkNonce(nonce: string): void {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== 40 || !timingSafeEqual(this.#mac(bytes.subarray(0, 24)), bytes.subarray(24))) refuse('passkey-nonce');
    const age = Date.now() - Number(bytes.readBigUInt64BE(0));
    if (!(age >= 0 && age <= NONCE_LIFE_S * 1000)) refuse('passkey-stale');
  }

  #expected(purpose: PasskeyPurpose, nonce: string, jkt: string): { expectedChallenge: string; expectedOrigin: string; expectedRPID: string; requireUserVerification: true } {
    return { expectedChallenge: passkeyChallenge(purpose, nonce, jkt), expectedOrigin: this.#origin, expectedRPID: new URL(this.#origin).hostname, requireUserVerification: true };
  }

  /**
   * Verifies a touch.
   * @returns the new counter, and one value for each answer: seen twice, it is a replay.
   * @throws AppError `unauthenticated`: stale or foreign nonce, another key, no user verification, wrong signature.
   */
  async verifyTouch(answer: PasskeyAnswer<AuthenticationResponseJSON>, context: { readonly purpose: PasskeyPurpose; readonly jkt: string; readonly passkey: KnownPasskey | undefined }): Promise<{ readonly signCount: number; readonly evidenceId: string }> {
    const { passkey, purpose, jkt } = context;
    if (passkey === undefined) return refuse('passkey-unknown');
    this.#checkNonce(answer.nonce);
    try {
      const { verified, authenticationInfo } = await (await webauthn()).verifyAuthenticationResponse({ response: answer.response, ...this.#expected(purpose, answer.nonce, jkt),
        credential: { id: answer.response.id, publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64')), counter: passkey.signCount } });
      if (!verified) refuse('passkey-signature');
      return { signCount: authenticationInfo.newCounter, evidenceId: hash128(`passkey|${answer.nonce}`) };
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      return refuse('passkey-answer');
    }
  }

  /** Verifies an enrolment. @throws AppError as {@link verifyTouch}. */
  async verifyEnrolment(answer: PasskeyAnswer<RegistrationResponseJSON>, jkt: string): Promise<Record<string, unknown> & { readonly evidence: string }> {
    this.#checkNonce(answer.nonce);
    try {
      const { verified, registrationInfo } = await (await webauthn()).verifyRegistrationResponse({ response: answer.response, ...this.#expected('enrol', answer.nonce, jkt) });
      if (!verified) return refuse('passkey-enrolment');
      const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
      return { evidence: hash128(`passkey|${answer.nonce}`), credentialId: credential.id, publicKey: Buffer.from(credential.publicKey).toString('base64'), signCount: credential.counter,
        singleDevice: credentialDeviceType === 'singleDevice', backedUp: credentialBackedUp };
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      return refuse('passkey-enrolment');
    }
  }
}
