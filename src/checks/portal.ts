import { randomBytes } from 'node:crypto';
import { AppError, hash128, type KeyRing, type Pool, type PublicText } from '../ground/index.ts';
import { partOfProof, PasskeyVerifier, PscVerifier, type ProvenCaller, type PscEvidence, type PscTrust } from '../access/index.ts';
import * as gate from '../gate/index.ts';
import { findRppsOfIdnps } from '../identifiers/index.ts';
import { formatGuaranteeNumber } from '../journal/index.ts';
import { createBlindIndexer, type BlindIndexer } from '../registry/index.ts';
import { AFTER_FREEZE, refusalOf } from './reasons.ts';

/** What the answering side must know of the portal. */
export interface PortalTrust {
  /** Origin of the portal's pages: passkeys belong to it, and only it may call from a browser. */
  readonly origin: string;
  readonly psc: PscTrust;
  /** The operator's homologation reference, where signing in by passkey alone was accepted. Off by default. */
  readonly passkeyAlone?: string;
}

type AnswerOf<T extends 'verifyTouch' | 'verifyEnrolment'> = Parameters<PasskeyVerifier[T]>[0];

const both = (fr: string, en: string): PublicText => ({ fr, en });

function failed(code: 'unauthenticated' | 'forbidden' | 'frozen' | 'conflict' | 'not-found', detail: string, text: PublicText): AppError {
  return new AppError({ code, detail, publicText: text });
}

const REFUSED: Readonly<Record<string, AppError>> = {
  'unknown-person': failed('forbidden', 'unknown-person', both("L'annuaire ne vous connaît pas d'activité ici, et personne ne vous y a invité. Demandez une invitation au professionnel responsable.", 'The directory knows no activity of yours here, and nobody invited you. Ask the responsible professional for an invitation.')),
  frozen: failed('frozen', 'frozen', both(`Vos accès sont gelés par mesure de sécurité. ${AFTER_FREEZE.fr}`, `Your accesses are frozen as a safety measure. ${AFTER_FREEZE.en}`)),
  'not-opened': failed('unauthenticated', 'not-opened', both('Pro Santé Connect doit d’abord ouvrir votre session : connectez-vous avec votre e-CPS ou votre carte.', 'Pro Santé Connect must first open your session: sign in with your e-CPS or card.')),
  stale: failed('forbidden', 'stale', both('Une clé d’accès se crée dans les dix minutes qui suivent une connexion par Pro Santé Connect. Reconnectez-vous.', 'A passkey is created within ten minutes of a Pro Santé Connect sign-in. Sign in again.')),
  'step-up': failed('forbidden', 'step-up', both('Confirmez d’abord avec votre clé d’accès.', 'Confirm with your passkey first.')),
  known: failed('conflict', 'known', both('Cette clé d’accès est déjà enregistrée.', 'This passkey is already enrolled.')),
  'not-yours': failed('forbidden', 'not-yours', both('Cette clé d’accès n’est pas la vôtre.', 'This passkey is not yours.')),
  young: failed('forbidden', 'young', both('Votre clé d’accès a moins d’un jour : elle ne relève pas encore le plafond. Demain, ou par l’opérateur.', 'Your passkey is less than a day old: it cannot raise the ceiling yet. Tomorrow, or through the operator.')),
  already: failed('conflict', 'already', both('Le plafond est déjà relevé pour aujourd’hui, ou rien n’y a encore été compté.', 'The ceiling is already raised for today, or nothing was counted on it yet.')),
  staff: failed('forbidden', 'staff', both('Seul un professionnel répond pour un logiciel.', 'Only a professional answers for a software.')),
  'unknown-code': failed('not-found', 'unknown-code', both('Ce code ne vaut pas ici, ou plus : il sert une fois, dix minutes, dans votre établissement. Reposez la question dans le logiciel pour en avoir un autre.', 'This code is not valid here, or no longer: it works once, for ten minutes, in your establishment. Ask again in the software for another one.')),
  forbidden: failed('forbidden', 'forbidden', both('Seul un professionnel peut inviter.', 'Only a professional may invite.')),
};

/** The portal's side of the API: who opened a session, step-ups, one's own day. */
export class Portal {
  readonly #pool: Pool;
  readonly #trust: PortalTrust;
  readonly #psc: PscVerifier;
  readonly #passkeys: PasskeyVerifier;
  readonly #indexer: BlindIndexer;

  constructor(options: { readonly pool: Pool; readonly keyRing: KeyRing; readonly trust: PortalTrust }) {
    this.#pool = options.pool;
    this.#trust = options.trust;
    this.#psc = new PscVerifier(options.trust.psc);
    this.#passkeys = new PasskeyVerifier({ key: options.keyRing.indexKey, origin: options.trust.origin });
    this.#indexer = createBlindIndexer(options.keyRing.indexKey);
  }

  get origin(): string {
    return this.#trust.origin;
  }

  newNonce(): string {
    return this.#passkeys.newNonce();
  }

  /**
   * Verifies what opened this session, for this very key, and records who it is. Already open: says so.
   * @throws AppError
   */
  async open(caller: ProvenCaller, invitation?: string): Promise<gate.SignInView> {
    const evidence = await gate.readEvidence(this.#pool, caller);
    if (evidence !== null) {
      const found = evidence['kind'] === 'psc' ? await this.#foundByPsc(evidence as unknown as PscEvidence, caller, invitation) : await this.#foundByPasskey(evidence as unknown as AnswerOf<'verifyTouch'>, caller);
      this.#accept(await gate.confirmSignIn(this.#pool, caller, found));
    }
    return this.show({ ...caller, proofId: evidence === null ? caller.proofId : partOfProof(caller.proofId, 'show') });
  }

  async #foundByPsc(evidence: PscEvidence, caller: ProvenCaller, invitation: string | undefined): Promise<Record<string, unknown>> {
    const { nationalId, acr, evidenceId } = await this.#psc.verify(evidence, caller.jkt);
    return { how: 'psc', level: acr, evidence: evidenceId, rpps: findRppsOfIdnps(nationalId) ?? null, identity: this.#indexer.opaque(`staff|${nationalId}`), shown: evidence.shown,
      ...(invitation === undefined ? {} : { invitation: hash128(invitation) }) };
  }

  async #foundByPasskey(answer: AnswerOf<'verifyTouch'>, caller: ProvenCaller): Promise<Record<string, unknown>> {
    const passkey = await gate.findPasskey(this.#pool, answer.response.id);
    const { signCount, evidenceId } = await this.#passkeys.verifyTouch(answer, { purpose: 'resume', jkt: caller.jkt, passkey: passkey ?? undefined });
    const { passkeyAlone } = this.#trust;
    return { how: 'passkey', level: 'passkey', evidence: evidenceId, passkey: passkey?.id, signCount, ...(passkeyAlone === undefined ? {} : { alone: true, homologation: passkeyAlone }) };
  }

  /** Who is signed in. @throws AppError `unauthenticated` */
  async show(caller: ProvenCaller): Promise<gate.SignInView> {
    return (await gate.showSignIn(this.#pool, caller)) ?? this.#noSession();
  }

  async enrol(caller: ProvenCaller, answer: AnswerOf<'verifyEnrolment'>): Promise<void> {
    this.#accept(await gate.addPasskey(this.#pool, caller, await this.#passkeys.verifyEnrolment(answer, caller.jkt)));
  }

  /** All passkeys of this person are lost: they stop at once. */
  async lose(caller: ProvenCaller): Promise<void> {
    this.#accept(await gate.losePasskeys(this.#pool, caller));
  }

  async stepUp(caller: ProvenCaller, answer: AnswerOf<'verifyTouch'>): Promise<void> {
    const passkey = await gate.findPasskey(this.#pool, answer.response.id);
    const { signCount, evidenceId } = await this.#passkeys.verifyTouch(answer, { purpose: 'step-up', jkt: caller.jkt, passkey: passkey ?? undefined });
    this.#accept(await gate.stepUp(this.#pool, caller, { passkey: passkey?.id, signCount, evidence: evidenceId }));
  }

  async raise(caller: ProvenCaller, reason: string): Promise<void> {
    this.#accept(await gate.raiseOwn(this.#pool, caller, reason));
  }

  /** Answers for the user of a software of this establishment: their ceiling is raised until the day's end. */
  async touchFor(caller: ProvenCaller, order: { readonly code: string; readonly reason: string }): Promise<void> {
    this.#accept(await gate.useTouch(this.#pool, caller, { ...order, code: hash128(order.code) }));
  }

  /** "That was not me": every credential of this person stops. @returns the journal entry. */
  async freeze(caller: ProvenCaller): Promise<number> {
    return (await gate.freezeOwn(this.#pool, caller)) ?? this.#noSession();
  }

  async end(caller: ProvenCaller): Promise<void> {
    if (!(await gate.endSignIn(this.#pool, caller))) this.#noSession();
  }

  /** A one-time code for a member of staff, good for 7 days. */
  async invite(caller: ProvenCaller): Promise<string> {
    const code = randomBytes(16).toString('base64url');
    this.#accept(await gate.inviteStaff(this.#pool, caller, hash128(code)));
    return code;
  }

  async day(caller: ProvenCaller): Promise<Omit<gate.DayView, 'questions'> & { readonly questions: readonly object[] }> {
    const day = (await gate.showDay(this.#pool, caller)) ?? this.#noSession();
    return { ...day, questions: day.questions.map(({ guarantee, ...question }) => ({ ...question, guarantee: guarantee === null ? null : formatGuaranteeNumber(guarantee) })) };
  }

  #accept(code: string | null): void {
    if (code === null) return;
    throw REFUSED[code] ?? refusalOf('session');
  }

  #noSession(): never {
    throw refusalOf('session');
  }
}
