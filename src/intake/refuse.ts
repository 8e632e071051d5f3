import { AppError, type PublicText } from '../ground/index.ts';

/** Refuses a file whole: `bad-input` with the rule, what is wrong, and what to do. */
export function refuse(rule: string, message: PublicText, remedy: PublicText): never {
  throw new AppError({ code: 'bad-input', detail: rule, publicText: { fr: `Fichier refusé en entier : ${message.fr}`, en: `File refused whole: ${message.en}` }, faults: [{ field: 'file', rule, message, remedy }] });
}

/** Refuses the file of an insurer that nobody registered. */
export function refuseUnknownInsurer(): never {
  return refuse('unknown-insurer', { fr: 'assureur inconnu.', en: 'unknown insurer.' }, { fr: "Faites d'abord inscrire l'assureur.", en: 'Have the insurer registered first.' });
}

/** Refuses rights and products of an insurer that has left: uses of what was guaranteed are still taken. */
export function refuseInsurerThatLeft({ left }: { readonly left: boolean }): void {
  if (left) refuse('insurer-left', { fr: "cet assureur est parti : ses droits lui ont été rendus.", en: 'this insurer has left: its rights were returned to it.' }, { fr: "S'il revient, faites-le inscrire de nouveau.", en: 'If it comes back, have it registered anew.' });
}

/** Files of a kind are numbered from 1 without a gap: an older one is a replay, a later one comes too early. */
export function refuseOtherSequence(sequence: number, expected: number): void {
  if (sequence < expected) refuse('replayed', { fr: `la séquence ${sequence} a déjà été chargée.`, en: `sequence ${sequence} was loaded before.` }, { fr: `Envoyez la séquence ${expected}.`, en: `Send sequence ${expected}.` });
  if (sequence > expected) refuse('out-of-order', { fr: `la séquence ${expected} manque.`, en: `sequence ${expected} is missing.` }, { fr: `Envoyez d'abord la séquence ${expected}.`, en: `Send sequence ${expected} first.` });
}
