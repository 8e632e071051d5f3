import { randomBytes } from 'node:crypto';
import { AppError, hash128, type Pool, type PublicText } from '../../ground/index.ts';
import { newCode, PasskeyVerifier, plainTouch, type PasskeyAnswer } from '../../access/index.ts';
import * as store from './store.ts';

type TouchAnswer = Parameters<PasskeyVerifier['verifyTouch']>[0];
type EnrolmentAnswer = Parameters<PasskeyVerifier['verifyEnrolment']>[0];
type TouchResponse = TouchAnswer['response'];

function failed(code: 'unauthenticated' | 'forbidden' | 'conflict' | 'not-found' | 'bad-input', detail: string, publicText: PublicText): AppError {
  return new AppError({ code, detail, publicText });
}

const CODE = (): AppError => failed('unauthenticated', 'code', { fr: 'Ce code est inconnu, incomplet, a déjà servi ou a expiré. Vérifiez-le ; s’il est en deux moitiés, il faut les deux.', en: 'This code is unknown, incomplete, was used or has expired. Check it; if it is in two halves, both are needed.' });
const TOUCH = (): AppError => failed('unauthenticated', 'touch', { fr: 'La clé d’accès n’a pas été acceptée pour cette demande. Recommencez le geste.', en: 'The passkey was not accepted for this. Repeat the gesture.' });

const WHY: Readonly<Record<string, () => AppError>> = {
  code: CODE,
  key: () => failed('bad-input', 'key', { fr: 'Cette clé d’accès n’est pas d’un type vérifiable ici (P-256). Utilisez une autre clé.', en: 'This passkey is of a kind that cannot be verified here (P-256 is needed). Use another one.' }),
  known: () => failed('conflict', 'known', { fr: 'Cette clé d’accès est déjà enregistrée.', en: 'This passkey is already enrolled.' }),
  gone: () => failed('conflict', 'gone', { fr: 'Cette demande n’attend plus de signature : elle a expiré ou a été décidée.', en: 'This request awaits no signature: it has expired or was decided.' }),
  own: () => failed('forbidden', 'own', { fr: 'Il faut deux personnes : un autre officier doit approuver votre demande.', en: 'It takes two: another officer must approve your request.' }),
  touch: TOUCH,
  list: () => failed('conflict', 'list', { fr: 'Rien n’a été fait : depuis la demande, le périmètre a changé ou une autre liste a été établie. Regardez la dernière liste et refaites la demande.', en: 'Nothing was done: since it was asked, the scope has changed or another list was made. Look at the last list and ask again.' }),
  failed: () => failed('conflict', 'failed', { fr: 'Les deux signatures sont là, mais cela n’a pas pu être fait : rien n’a changé. Vérifiez l’objet de la demande et refaites-la.', en: 'Both signatures are there, but it could not be done: nothing was changed. Check what the request names and make it again.' }),
};

// A code that two officers made is handed over in two halves, in any order: what is kept of it is a hash of both (desk.join_halves).
function hashOfCode(code: string): string {
  const halves = code.trim().split(/\s+/).map((half) => hash128(half)).toSorted();
  return halves.length === 1 ? halves[0] as string : hash128(halves.join(' '));
}

function accept(code: string | null): void {
  if (code !== null) throw WHY[code]?.() ?? TOUCH();
}

/** The desk's side of officers: codes, passkeys, sessions, what takes two. It keeps no key and no secret but the nonces' own. */
export class Desk {
  readonly #pool: Pool;
  readonly #passkeys: PasskeyVerifier;

  constructor(options: { readonly pool: Pool; readonly origin: string }) {
    this.#pool = options.pool;
    this.#passkeys = new PasskeyVerifier({ key: randomBytes(32), origin: options.origin });
  }

  newNonce(): string {
    return this.#passkeys.newNonce();
  }

  /** Whose code this is. @throws AppError `unauthenticated` */
  async nameOf(code: string): Promise<string> {
    const name = await store.findHolderOfCode(this.#pool, hashOfCode(code));
    if (name === null) throw CODE();
    return name;
  }

  /** Enrols a passkey by a one-time code. @throws AppError */
  async enrol(answer: EnrolmentAnswer & { readonly code: string; readonly jkt: string }): Promise<void> {
    const key = await this.#passkeys.verifyEnrolment(answer, answer.jkt);
    accept(await store.enrol(this.#pool, hashOfCode(answer.code), key));
  }

  /** Opens a session for the key `jkt`. @returns its token, good with that key alone. @throws AppError `unauthenticated` */
  async open(answer: PasskeyAnswer<TouchResponse> & { readonly jkt: string }): Promise<string> {
    const { jkt, nonce, response } = answer;
    const passkey = await store.findPasskey(this.#pool, response.id);
    await this.#passkeys.verifyTouch(answer, { purpose: 'desk', jkt, passkey: passkey ?? undefined });
    const token = randomBytes(32).toString('base64url');
    if (!(await store.openSession(this.#pool, { secretHash: hash128(token), jkt, nonce, touch: plainTouch(response) }))) throw TOUCH();
    return token;
  }

  /** Signs a request. @returns this officer's half of the one-time code that two signatures make, for who is to be given it. @throws AppError */
  async sign(caller: store.DeskCaller, signed: { readonly id: string; readonly response: TouchResponse }): Promise<{ readonly code: string }> {
    const code = newCode();
    accept(await store.signRequest(this.#pool, caller, { id: signed.id, touch: plainTouch(signed.response), codeHash: hash128(code) }));
    return { code };
  }
}
