import { checkAdherentNumber, checkAmcNumber, checkCsr, parseAdherentNumber, parseAmcNumber, parseCsr, type AdherentNumber, type AmcNumber, type ConventionType, type Csr } from './insurer-route.ts';
import { undoFrenchKeyboard } from './card-code.ts';

/**
 * What today's attestations say in their DataMatrix, as publicly observed: the norm's text is not public. It bears no
 * signature: it fills in fields, and proves nobody's presence.
 */
export interface ObservedCard {
  readonly amcNumber: AmcNumber;
  readonly csr?: Csr;
  readonly adherentNumber: AdherentNumber;
  /** Each convention type with the domain letters it is for; `*` for all. */
  readonly conventions: readonly { readonly conventionType: ConventionType; readonly letters: string }[];
}

const SHAPE = /^AMC#1#([^#]*)#([^#]*)#([^#]*)#(.*?)\/?$/;

function readObserved(text: string): ObservedCard | undefined {
  const [, amc = '', csr = '', adherent = '', rest = ''] = SHAPE.exec(text.trim().toUpperCase()) ?? [];
  if (amc === '' || [checkAmcNumber(amc), checkCsr(csr), checkAdherentNumber(adherent)].some((findings) => findings.length > 0)) return undefined;
  const conventions = rest.split('#').flatMap((group) => {
    const [, conventionType = '', letters = ''] = /^([A-Z]{2})([A-Z0-9*]+)$/.exec(group) ?? [];
    return conventionType === '' ? [] : [{ conventionType: conventionType as ConventionType, letters }];
  });
  return { amcNumber: parseAmcNumber(amc), ...(csr === '' ? {} : { csr: parseCsr(csr) }), adherentNumber: parseAdherentNumber(adherent), conventions };
}

/** The card in what was scanned; undefined when it is none. Read as it came, then as a French keyboard turned it. */
export function findObservedCard(scanned: string): ObservedCard | undefined {
  return readObserved(scanned) ?? readObserved(undoFrenchKeyboard(scanned));
}
