import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { InsurerFacts } from '../gate/index.ts';
import type { CardCode, PlainDate } from '../identifiers/index.ts';
import { cardFault } from './reasons.ts';

const keys = new Map<string, KeyObject>();

// Raw Ed25519 keys become key objects once.
function keyOf(raw: Buffer): KeyObject {
  const x = raw.toString('base64url');
  const known = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  keys.set(x, known);
  return known;
}

/**
 * Verifies a card code that was shown: its insurer's signature, its dates. Whether it was revoked is the gate's to say.
 * @throws AppError `bad-input`, rule `card-signature`, `card-not-yet` or `card-expired`.
 */
export function checkShownCard(card: CardCode, context: { readonly insurer: InsurerFacts; readonly careDate: PlainDate }): void {
  const { insurer, careDate } = context;
  if (insurer.cardKey === null || !verify(null, card.signed, keyOf(insurer.cardKey), card.signature)) {
    throw cardFault('card-signature', { fr: "Le code de cette carte n'a pas été signé par son assureur.", en: 'The code of this card was not signed by its insurer.' });
  }
  if (careDate < card.validFrom) throw cardFault('card-not-yet', { fr: `Cette carte n'est valable qu'à partir du ${card.validFrom}.`, en: `This card is valid only from ${card.validFrom}.` });
  if (careDate > card.validTo) throw cardFault('card-expired', { fr: `Cette carte est expirée depuis le ${card.validTo}.`, en: `This card expired on ${card.validTo}.` });
}
