import { hash128, type KeyRing, type Pool, type PublicText } from '../ground/index.ts';
import type { ProvenCaller } from '../access/index.ts';
import { registerCards, revokeCards, type CardToRegister } from '../gate/index.ts';
import { parseAdherentNumber, parseBirthDate, parseBirthRank, parseCardCode, parseNir, type CardCode } from '../identifiers/index.ts';
import { createBlindIndexer, type BlindIndexer } from '../registry/index.ts';
import type { Insurers } from './insurers.ts';
import { checkShownCard } from './card.ts';
import { FieldReader, isObject } from './read/fields.ts';
import { refusalOf } from './reasons.ts';

/** Most card codes in one call. */
const CARDS_MAX = 200;

/** What became of one card code. */
export interface CardOutcome {
  readonly index: number;
  readonly registered: boolean;
  readonly reason?: { readonly code: 'unknown' | 'known'; readonly text: PublicText };
}

const WHY: Readonly<Record<'unknown' | 'known', PublicText>> = {
  unknown: { fr: 'Aucune personne de vos droits ne correspond, ou plusieurs.', en: 'No person of your rights matches, or several do.' },
  known: { fr: 'Ce code est déjà enregistré.', en: 'This code is already registered.' },
};

interface Read {
  readonly card: CardCode;
  readonly indexes: Pick<CardToRegister, 'byNir' | 'byAdherent'>;
}

/** An insurer's card codes: registered by whom they stand for, revoked at once. */
export class CardRegistry {
  readonly #pool: Pool;
  readonly #indexer: BlindIndexer;
  readonly #insurers: Insurers;

  constructor(options: { readonly pool: Pool; readonly keyRing: KeyRing; readonly insurers: Insurers }) {
    this.#pool = options.pool;
    this.#indexer = createBlindIndexer(options.keyRing.indexKey);
    this.#insurers = options.insurers;
  }

  /** Registers codes that the caller signed. @throws AppError `bad-input`; `unauthenticated` to a caller that is no insurer. */
  async register(caller: ProvenCaller, body: unknown): Promise<{ readonly cards: readonly CardOutcome[] }> {
    const cards = readList(body).map((item, i) => this.#read(item, `cards[${i}]`));
    const codes = await registerCards(this.#pool, caller, cards.map(({ card, indexes }) => ({ id: hash128(card.cardId), ...indexes, from: card.validFrom, to: card.validTo })));
    if (codes === null) throw refusalOf('session');
    return { cards: codes.map((code, index) => ({ index, registered: code === null, ...(code === null ? {} : { reason: { code, text: WHY[code] } }) })) };
  }

  /** Revokes codes: refused by the very next question. */
  async revoke(caller: ProvenCaller, body: unknown): Promise<{ readonly revoked: number }> {
    const ids = readList(body).map((item, i) => {
      const reader = new FieldReader();
      const code = isObject(item) ? reader.string(`cards[${i}].code`, item['code'], { max: 400, required: true }) : reader.wrongType(`cards[${i}]`, 'object');
      const card = code === undefined ? undefined : reader.parsed(`cards[${i}].code`, () => parseCardCode(code));
      reader.refuse();
      return hash128((card as CardCode).cardId);
    });
    const revoked = await revokeCards(this.#pool, caller, ids);
    if (revoked === null) throw refusalOf('session');
    return { revoked };
  }

  #read(item: unknown, path: string): Read {
    const reader = new FieldReader();
    if (!isObject(item)) reader.wrongType(path, 'object');
    reader.refuse();
    const body = item as Record<string, unknown>;
    reader.known(path, body, ['code', 'nir', 'adherentNumber', 'birthDate', 'birthRank']);
    const text = (field: string): string | undefined => reader.string(`${path}.${field}`, body[field], { max: field === 'code' ? 400 : 30, required: field === 'code' || field === 'birthDate' });
    const [code, nirText, adherentText, birthText] = [text('code'), text('nir'), text('adherentNumber'), text('birthDate')];
    const card = code === undefined ? undefined : reader.parsed(`${path}.code`, () => parseCardCode(code));
    const nir = nirText === undefined ? undefined : reader.parsed(`${path}.nir`, () => parseNir(nirText));
    const adherent = adherentText === undefined ? undefined : reader.parsed(`${path}.adherentNumber`, () => parseAdherentNumber(adherentText));
    const birthDate = birthText === undefined ? undefined : reader.parsed(`${path}.birthDate`, () => parseBirthDate(birthText));
    const birthRank = reader.parsed(`${path}.birthRank`, () => parseBirthRank(Number(body['birthRank'] ?? 1)));
    if (nirText === undefined && adherentText === undefined) reader.missing(`${path}.nir`);
    const insurer = card === undefined ? undefined : this.#insurers.find(card.amcNumber);
    if (card !== undefined && insurer === undefined) reader.fault(`${path}.code`, 'unknown-insurer', { fr: 'Assureur inconnu ici.', en: 'Insurer not known here.', remedyFr: 'Vérifiez le numéro AMC du code.', remedyEn: 'Check the code’s AMC number.' });
    reader.refuse();
    if (card === undefined || insurer === undefined || birthDate === undefined || birthRank === undefined) throw new Error('unreachable');
    checkShownCard(card, { insurer, careDate: card.validFrom });
    const who = { insurerId: insurer.id, birthDate, birthRank };
    return { card, indexes: { ...(nir === undefined ? {} : { byNir: this.#indexer.byNir(nir, who) }), ...(adherent === undefined ? {} : { byAdherent: this.#indexer.byAdherent(adherent, who) }) } };
  }
}

function readList(body: unknown): readonly unknown[] {
  const reader = new FieldReader();
  const cards = isObject(body) ? body['cards'] : undefined;
  if (isObject(body)) reader.known('', body, ['cards']);
  if (!Array.isArray(cards) || cards.length === 0 || cards.length > CARDS_MAX) {
    reader.fault('cards', 'list', { fr: `Une liste de 1 à ${CARDS_MAX} cartes.`, en: `A list of 1 to ${CARDS_MAX} cards.`, remedyFr: 'Envoyez plusieurs lots.', remedyEn: 'Send several batches.' });
  }
  reader.refuse();
  return cards as readonly unknown[];
}
