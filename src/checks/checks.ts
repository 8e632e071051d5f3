import { AppError, hash128, invariant, type KeyRing, type Pool } from '../ground/index.ts';
import { partOfProof, type ProvenCaller } from '../access/index.ts';
import { appeal, findIndexFingerprint, Gate, showFreezes, showGuarantee, spendProof, undetermined, type GateCode, type GateQuestion, type GuaranteeRecord, type InsurerFacts, type OwnFreeze, type Told } from '../gate/index.ts';
import { usualFamily, findRule, PARAMETERS_VERSION, reckonInvoice, type Product, type ProductRule, type Reckoning } from '../guarantees/index.ts';
import { FIELD, findLeaf, signReceipt, type FoundLeaf } from '../journal/index.ts';
import { createBlindIndexer, createDecoyKeeper, type BlindIndexer, type DecoyKeeper } from '../registry/index.ts';
import type { Answer } from './answer.ts';
import { checkShownCard } from './card.ts';
import { CardRegistry } from './card-registry.ts';
import { writeGuarantee } from './guarantee.ts';
import { Insurers } from './insurers.ts';
import { Products } from './products.ts';
import type { Question } from './question.ts';
import { insurerSilent, reasonOfNo, refusalOf, withInsurerRule, withTouch } from './reasons.ts';
import { releaseOnGrid } from './release-grid.ts';
import { Touches } from './touches.ts';

const RETRY_AFTER_S = 900;

/** One question with who proved to ask it. */
export interface Asked {
  readonly caller: ProvenCaller;
  readonly question: Question;
  /** The caller's key for retries of this question. */
  readonly idempotencyKey?: string;
  /** One of several asked together: these have a ceiling of their own besides. */
  readonly bundled?: boolean;
  /** The network it came from, as `192.0.2.0/24`; left out where that is not known. The guard gets a keyed hash of it. */
  readonly network?: string;
  /** When the request arrived, of `performance.now()`. */
  readonly arrivedAtMs: number;
}

/** The main job: question, gate, reckoning, answer. */
export class Checks {
  readonly gate: Gate;
  readonly #pool: Pool;
  readonly #keyRing: KeyRing;
  readonly #indexer: BlindIndexer;
  readonly #decoys: DecoyKeeper;
  readonly #insurers: Insurers;
  readonly #products: Products;
  readonly #touches: Touches | undefined;
  /** Card codes of insurers. */
  readonly cards: CardRegistry;

  constructor(options: { readonly pool: Pool; readonly gatePool?: Pool; readonly keyRing: KeyRing; readonly connections?: number; readonly stepwise?: boolean; readonly touchAddress?: string }) {
    this.#pool = options.pool;
    this.#keyRing = options.keyRing;
    this.gate = new Gate({ pool: options.gatePool ?? options.pool, beside: options.pool, parameters: PARAMETERS_VERSION, ...(options.connections === undefined ? {} : { connections: options.connections }), ...(options.stepwise === undefined ? {} : { stepwise: options.stepwise }) });
    this.#touches = options.touchAddress === undefined ? undefined : new Touches({ pool: options.pool, address: options.touchAddress });
    this.#indexer = createBlindIndexer(options.keyRing.indexKey);
    this.#decoys = createDecoyKeeper(options.keyRing.decoyKey);
    this.#insurers = new Insurers(options.pool);
    this.#products = new Products(options.pool);
    this.cards = new CardRegistry({ pool: options.pool, keyRing: options.keyRing, insurers: this.#insurers });
  }

  /** @throws AppError `unavailable` when the key ring is not the one that the register was indexed with: every answer would be a "no". */
  async open(): Promise<void> {
    const known = await findIndexFingerprint(this.#pool, this.#keyRing.indexKeyVersion);
    if (known !== undefined && known !== this.#indexer.fingerprint()) {
      throw new AppError({ code: 'unavailable', detail: 'other-key-ring', publicText: { fr: 'Ce trousseau n’est pas celui du registre : remettez le dossier des clés.', en: 'This key ring is not the register’s: put the key folder back.' } });
    }
    await this.#insurers.open();
  }

  close(): void {
    this.#insurers.close();
  }

  /**
   * Begins a request of several questions: its proof is good for this one request, and each question has a value of its own made of it.
   * @returns the caller of each question, by its place.
   * @throws AppError `unauthenticated` when the proof was seen before, which is journalled; `unavailable` when the database does not answer.
   */
  async beginBatch(caller: ProvenCaller): Promise<(index: number) => ProvenCaller> {
    if (await spendProof(this.#pool, caller.proofId).catch((cause: unknown) => { throw undetermined(cause); })) return (index) => ({ ...caller, proofId: partOfProof(caller.proofId, String(index)) });
    await this.gate.refuse(caller.session, 'replay');
    throw refusalOf('replay');
  }

  /**
   * Asks one question.
   * @throws AppError when it was refused before any look-up, or could not be decided for reasons of ours.
   */
  async ask(asked: Asked): Promise<Answer> {
    const { amcNumber } = asked.question.insurer;
    const insurer = this.#insurers.find(amcNumber) ?? await this.#insurers.findAgain(amcNumber);
    if (insurer === undefined) throw unknownInsurer();
    if (asked.question.card !== undefined) checkShownCard(asked.question.card, { insurer, careDate: asked.question.careDate });
    const result = await this.gate.ask(this.#toGate(asked, insurer)).catch((cause: unknown) => { throw withInsurerRule(cause, insurer); });
    if (result.code !== null) {
      await this.gate.refuse(asked.caller.session, result.code);
      throw withInsurerRule(await this.#refusal(asked, result.code), insurer);
    }
    return this.#answer(result.told, { asked, insurer });
  }

  // At a ceiling the user of a software is told where to confirm.
  async #refusal({ caller, question: { user } }: Asked, code: GateCode): Promise<AppError> {
    const refusal = refusalOf(code);
    if (refusal.code !== 'ceiling' || this.#touches === undefined) return refusal;
    const touch = await this.#touches.offer(caller, user ?? '');
    return touch === undefined ? refusal : withTouch(refusal, touch);
  }

  /** The insurers served here: names, what each allows when we cannot answer, how to reach it. Public facts. */
  listInsurers(): readonly Pick<InsurerFacts, 'amcNumber' | 'name' | 'rule' | 'channel'>[] {
    return this.#insurers.all().map(({ amcNumber, name, rule, channel }) => ({ amcNumber, name, rule, channel }));
  }

  /** A guarantee, to its establishment or its insurer. @throws AppError `not-found` to anybody else. */
  async showGuarantee(caller: ProvenCaller, entry: number): Promise<{ readonly record: GuaranteeRecord; readonly insurer: InsurerFacts | undefined; readonly reckoning: Reckoning | undefined }> {
    const { code, told } = await showGuarantee(this.#pool, { session: caller.session, jkt: caller.jkt, proof: caller.proofId, entry });
    if (code === 'closed') throw refusalOf(code);
    if (code !== null && code !== 'not-found') {
      await this.gate.refuse(caller.session, code);
      throw refusalOf(code);
    }
    if (told === null) throw new AppError({ code: 'not-found', publicText: { fr: 'Aucune garantie de ce numéro pour vous.', en: 'No guarantee of this number for you.' } });
    return { record: told, insurer: this.#insurers.findById(told.insurer), reckoning: reckonKept(told, await this.#products.find(told.product)) };
  }

  /** The leaf of an answer's entry, to the installation that got it. @throws AppError `not-found` to anybody else. */
  async findLeaf(caller: ProvenCaller, entry: number): Promise<FoundLeaf & { readonly code?: undefined }> {
    const found = await findLeaf(this.#pool, { session: caller.session, jkt: caller.jkt, proofId: caller.proofId, entry });
    if (found?.code !== undefined) {
      await this.gate.refuse(caller.session, found.code);
      throw refusalOf(found.code);
    }
    if (found === null) throw new AppError({ code: 'not-found', publicText: { fr: 'Aucune écriture de ce numéro pour vous.', en: 'No entry of this number for you.' } });
    return found;
  }

  /** One's own open freezes with their reasons; `reason` asks for a review of them. `user`: from a software. @throws AppError `unauthenticated` */
  async ownFreezes(caller: ProvenCaller, order: { readonly user?: string; readonly reason?: string }): Promise<readonly OwnFreeze[]> {
    const { user, reason } = order;
    const found = reason === undefined ? await showFreezes(this.#pool, caller, user) : await appeal(this.#pool, caller, { reason, ...(user === undefined ? {} : { user }) });
    if (found !== null) return found;
    await this.gate.refuse(caller.session, 'session');
    throw refusalOf('session');
  }

  // The identity ends here: what goes on is keyed and one-way.
  #toGate(asked: Asked, insurer: InsurerFacts): GateQuestion {
    const { caller, question, idempotencyKey, network } = asked;
    const { card, birthDate, birthRank } = question;
    const who = birthDate === undefined || birthRank === undefined ? undefined : { insurerId: insurer.id, birthDate, birthRank };
    const byNir = question.nir === undefined || who === undefined ? {} : { byNir: this.#indexer.byNir(question.nir, who) };
    const byAdherent = question.adherentNumber === undefined || who === undefined ? {} : { byAdherent: this.#indexer.byAdherent(question.adherentNumber, who) };
    return {
      session: caller.session, jkt: caller.jkt, proof: caller.proofId, user: question.user, insurerId: insurer.id, domain: question.domain,
      careDate: question.careDate, declared: question.presence === 'declared', bundled: asked.bundled ?? false, fields: question.lines === undefined ? 0 : FIELD.amounts,
      digest: this.#indexer.opaque(JSON.stringify(card === undefined ? question : { ...question, card: card.cardId })),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey: this.#indexer.opaque(`key|${idempotencyKey}`) }),
      ...(card === undefined ? {} : { card: hash128(card.cardId) }),
      ...byNir, ...byAdherent, tags: this.#tagsOf({ ...byNir, ...byAdherent }),
      ...(who === undefined ? {} : { trace: { ...this.#indexer.trace({ nir: question.nir, adherentNumber: question.adherentNumber }, who), ...(network === undefined ? {} : { network: this.#indexer.network(network) }) } }),
      ...(question.lines === undefined ? {} : { terms: question.lines }),
    };
  }

  #tagsOf({ byNir, byAdherent }: { readonly byNir?: string; readonly byAdherent?: string }): NonNullable<GateQuestion['tags']> {
    return { ...(byNir === undefined ? {} : { byNir: this.#decoys.tag(byNir) }), ...(byAdherent === undefined ? {} : { byAdherent: this.#decoys.tag(byAdherent) }) };
  }

  async #answer(told: Told, context: { readonly asked: Asked; readonly insurer: InsurerFacts }): Promise<Answer> {
    const { asked, insurer } = context;
    const common = { entry: told.entry, reference: asked.question.reference, domain: told.domain, careDate: told.careDate, answeredAt: new Date(told.at).toISOString(), authorizationRequired: false };
    if (told.outcome === 'yes') return { ...common, ...(await this.#yes(told, context)) };
    if (told.outcome === 'undetermined') {
      const { insurerRule, ...reason } = insurerSilent(insurer);
      return { ...common, verdict: 'undetermined', reason, insurerRule, retryAfterSeconds: RETRY_AFTER_S, receipt: this.#receipt(told) };
    }
    // Signed before the grid: its time is swallowed too.
    const receipt = this.#receipt(told);
    if (told.presence === 'none' || told.presence === 'declared') await releaseOnGrid(asked.arrivedAtMs);
    return { ...common, verdict: 'no', reason: reasonOfNo(told.outcome), receipt };
  }

  #receipt(told: Told): string {
    return signReceipt(told, { key: this.#keyRing.signingKey, keyId: this.#keyRing.signingKeyId });
  }

  async #yes(told: Told, context: { readonly asked: Asked; readonly insurer: InsurerFacts }): Promise<Omit<Answer, 'entry' | 'reference' | 'domain' | 'careDate' | 'answeredAt'>> {
    invariant(told.from !== undefined, 'a yes has a period');
    const product = await this.#products.find(told.product);
    const reckoning = reckonKept(told, product);
    const rule = usualRule(product, told.domain);
    // A product we were never sent has no rule to commit to: its insurer is asked.
    const authorizationRequired = reckoning?.authorizationRequired ?? (product === undefined || rule?.memory !== undefined);
    const guarantee = writeGuarantee(told, { amcNumber: context.insurer.amcNumber, keyRing: this.#keyRing, reckoning, lines: told.terms ?? undefined });
    return { verdict: 'yes', coverage: { from: told.from, to: told.to ?? null }, rule: rule?.label ?? { fr: 'Selon le contrat.', en: 'By the contract.' }, guarantee,
      authorizationRequired, ...(authorizationRequired ? { channel: context.insurer.channel } : {}), ...(reckoning === undefined ? {} : { reckoning }) };
  }
}

type Kept = Pick<Told, 'careDate' | 'terms' | 'regime' | 'c2s'>;

// Reckoned from what the gate kept with the guarantee, so that the guarantee can be reproduced to the cent.
function reckonKept({ careDate, terms, regime, c2s }: Kept, product: Product | undefined): Reckoning | undefined {
  if (product === undefined || terms == null) return undefined;
  const lines = (terms as Question['lines'] & object).map((line) => ({ ...line, ...(regime === 'alsace-moselle' ? { regime } as const : {}), ...(c2s === true ? { c2s } : {}) }));
  return reckonInvoice(lines, { product, careDate });
}

function usualRule(product: Product | undefined, domain: string): ProductRule | undefined {
  return product === undefined ? undefined : findRule(product, { family: usualFamily(domain), code: '', domain });
}

function unknownInsurer(): AppError {
  return new AppError({ code: 'bad-input', publicText: { fr: 'Assureur inconnu. Rien n\'a été cherché.', en: 'Unknown insurer. Nothing was looked up.' },
    faults: [{ field: 'insurer.amcNumber', rule: 'unknown-insurer', message: { fr: "Aucun assureur de ce numéro n'est servi ici.", en: 'No insurer of this number is served here.' },
      remedy: { fr: "Relisez le numéro d'AMC de la carte.", en: 'Read the card’s AMC number again.' } }] });
}
