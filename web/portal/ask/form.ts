import { checkAdherentNumber, checkBirthDate, checkBirthRank, checkNir, checkPlainDate, parseAdherentNumber, parseBirthDate, parseNir, type Finding } from '../../../src/identifiers/index.ts';
import { readInvoiceLines, reckonInvoice, type Reckoning } from '../../../src/guarantees/index.ts';
import type { Insurer } from '../answers.ts';

/** An invoice line as it is typed: amounts in euros, as text. */
export interface DraftLine {
  readonly id: number;
  readonly code: string;
  readonly nomenclature: string;
  readonly quantity: string;
  readonly price: string;
  readonly base: string;
}

/** The form as it is typed. `insurer` is an AMC number. */
export interface Draft {
  readonly insurer: string;
  readonly person: string;
  readonly birthDate: string;
  readonly birthRank: string;
  readonly domain: string;
  readonly careDate: string;
  readonly lines: readonly DraftLine[];
}

/** Faults by field of the form. */
export type Faults = Partial<Readonly<Record<'insurer' | 'person' | 'birthDate' | 'birthRank' | 'careDate' | 'lines', readonly Pick<Finding, 'message' | 'remedy'>[]>>>;

const KEPT = 'rempart-question';
const DOMAIN_OF_PEERS: Readonly<Record<string, string>> = { pharmacy: 'PHAR', doctor: 'MEDE', nurse: 'AUXM', physiotherapist: 'AUXM', dentist: 'DENT', optician: 'OPTI', transporter: 'TRAN', laboratory: 'LABO', hospital: 'HOSP', centre: 'CSTE' };
const DRUG = (code: string, name: string): { code: string; nomenclature: string; name: string; price: string } => ({ code, nomenclature: 'CIP13', name, price: '' });

/** What a profession usually bills; prices of the agreed tariff are filled in where it has one (docs/decisions/portal.md). */
export const USUAL_LINES: Readonly<Record<string, readonly { readonly code: string; readonly nomenclature: string; readonly name: string; readonly price: string }[]>> = {
  pharmacy: [DRUG('PH7', '65 %'), DRUG('PH4', '30 %'), DRUG('PH2', '15 %'), DRUG('PH1', '100 %')],
  doctor: [{ code: 'G', nomenclature: 'NGAP', name: 'consultation', price: '30,00' }],
  nurse: [{ code: 'AMI', nomenclature: 'NGAP', name: 'AMI', price: '' }, { code: 'IFD', nomenclature: 'NGAP', name: 'déplacement', price: '' }],
  physiotherapist: [{ code: 'AMS', nomenclature: 'NGAP', name: 'séance', price: '' }],
  dentist: [{ code: 'CD', nomenclature: 'NGAP', name: 'consultation', price: '' }],
};

/** Today in Paris. */
export const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());

/** An empty form for a profession. */
export function emptyDraft(peerGroup: string): Draft {
  return { insurer: '', person: '', birthDate: '', birthRank: '1', domain: DOMAIN_OF_PEERS[peerGroup] ?? 'MEDE', careDate: today(), lines: [] };
}

/** The form as a reload left it: everything but identities. */
export function keptDraft(peerGroup: string): Draft {
  const empty = emptyDraft(peerGroup);
  try {
    return { ...empty, ...(JSON.parse(sessionStorage.getItem(KEPT) ?? '{}') as Partial<Draft>), person: '', birthDate: '' };
  } catch {
    return empty;
  }
}

/** Keeps what a reload may bring back: no identity. */
export function keepDraft(draft: Draft): void {
  const { insurer, domain, careDate, lines } = draft;
  sessionStorage.setItem(KEPT, JSON.stringify({ insurer, domain, careDate, lines }));
}

/** The form after its question: no identity stays on the screen. */
export function withoutPerson(draft: Draft, peerGroup: string): Draft {
  return { ...emptyDraft(peerGroup), domain: draft.domain };
}

/** Whether what was typed reads as a NIR; else it is an adhérent number. */
export function readsAsNir(person: string): boolean {
  const text = person.replaceAll(/[\s.]/g, '').toUpperCase();
  return /^[1-478]\d{4}[\dA-B]{2}\d{6}(\d{2})?$/.test(text) || (/^[1-478]\d{12}/.test(text) && text.length <= 15);
}

const amount = (typed: string): number => Math.round(Number(typed.replaceAll(/[\s€]/g, '').replace(',', '.')) * 100);

function lineBody(line: DraftLine): Record<string, unknown> {
  return { code: line.code, nomenclature: line.nomenclature, quantity: Number(line.quantity), priceCents: amount(line.price), ...(line.base.trim() === '' ? {} : { baseCents: amount(line.base) }) };
}

/** All faults of the form, by field. */
export function checkDraft(draft: Draft, insurers: readonly Insurer[]): Faults {
  const asNir = readsAsNir(draft.person);
  const required = { message: { fr: 'Ce champ est obligatoire.', en: 'This field is required.' }, remedy: { fr: 'Recopiez-le de la carte.', en: 'Copy it from the card.' } };
  const found: Record<string, readonly Pick<Finding, 'message' | 'remedy'>[]> = {
    insurer: insurers.some((insurer) => insurer.amcNumber === draft.insurer) ? [] : [{ message: { fr: 'Choisissez un assureur de la liste.', en: 'Choose an insurer from the list.' }, remedy: { fr: 'Tapez son nom ou son numéro AMC.', en: 'Type its name or AMC number.' } }],
    person: draft.person.trim() === '' ? [required] : asNir ? checkNir(draft.person) : checkAdherentNumber(draft.person),
    birthDate: draft.birthDate.trim() === '' ? [required] : checkBirthDate(draft.birthDate).filter((finding) => finding.severity === 'error'),
    birthRank: checkBirthRank(draft.birthRank),
    careDate: checkPlainDate(draft.careDate),
    lines: draft.lines.length === 0 ? [] : readInvoiceLines(draft.lines.map(lineBody), { path: 'lines', domain: draft.domain }).faults,
  };
  return Object.fromEntries(Object.entries(found).filter(([, faults]) => faults.length > 0));
}

/** What both kinds of question carry. */
function common(draft: Draft): Record<string, unknown> {
  return { domain: draft.domain, careDate: draft.careDate, ...(draft.lines.length === 0 ? {} : { lines: draft.lines.map(lineBody) }) };
}

/** The question of a faultless form. */
export function questionOf(draft: Draft): Record<string, unknown> {
  const who = readsAsNir(draft.person) ? { nir: parseNir(draft.person) } : { adherentNumber: parseAdherentNumber(draft.person) };
  return { ...common(draft), insurer: { amcNumber: draft.insurer }, ...who, birthDate: parseBirthDate(draft.birthDate), birthRank: Number(draft.birthRank) };
}

/** The question of a card code: nothing else is needed. */
export function questionOfCard(code: string, draft: Draft): Record<string, unknown> {
  return { ...common(draft), card: code };
}

/** The compulsory part of the lines as they are typed; undefined while a line has a fault. The complementary part comes with the answer. */
export function reckonDraft(draft: Draft): Reckoning | undefined {
  const { lines } = draft.lines.length === 0 ? { lines: undefined } : readInvoiceLines(draft.lines.map(lineBody), { path: 'lines', domain: draft.domain });
  return lines === undefined || checkPlainDate(draft.careDate).length > 0 ? undefined : reckonInvoice(lines, { product: { code: '-', responsible: true, rules: [] }, careDate: draft.careDate });
}
