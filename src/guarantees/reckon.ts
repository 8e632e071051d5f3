import { euros, shareOf, type Cents } from './cents.ts';
import { evaluateFormula, type Base } from './formula.ts';
import type { InvoiceLine } from './invoice.ts';
import { amoRateOn, EXEMPTION_RULES, FLAT, flatOn, RESPONSIBLE, valueOn, type Family } from './parameters.ts';
import { findRule, type Product, type ProductRule } from './product.ts';
import { equipmentOf, isDailyFlat, isFullBasket, keepResponsible, type Share } from './responsible.ts';

interface Words { readonly fr: string; readonly en: string }

/** One line reckoned. Amounts in cents. */
export interface ReckonedLine {
  readonly code: string;
  readonly priceCents: Cents;
  /** Compulsory part before participation and franchise. */
  readonly amoGrossCents: Cents;
  /** Compulsory part in the end. */
  readonly amoNetCents: Cents;
  readonly tmCents: Cents;
  readonly amcCents: Cents;
  /** What stays with the patient in the end. */
  readonly patientTotalCents: Cents;
  /** What the patient pays now: participation and franchise are recovered later by the compulsory insurance. */
  readonly patientCounterCents: Cents;
  readonly guaranteed: boolean;
  readonly authorizationRequired: boolean;
  readonly sentence: Words;
  readonly notes: readonly Words[];
}

/** An invoice reckoned: its lines and their sums. */
export interface Reckoning {
  readonly lines: readonly ReckonedLine[];
  readonly totals: Pick<ReckonedLine, 'priceCents' | 'amoGrossCents' | 'amoNetCents' | 'tmCents' | 'amcCents' | 'patientTotalCents' | 'patientCounterCents'>;
  readonly authorizationRequired: boolean;
}

interface Amo {
  readonly grossCents: Cents;
  readonly tmCents: Cents;
  readonly notes: readonly Words[];
}

interface Context {
  readonly product: Product;
  readonly careDate: string;
  /** Lines of the same invoice: some forfaits and caps are counted once. */
  readonly lines: readonly InvoiceLine[];
}

const FLAT_OF: Partial<Readonly<Record<Family, keyof typeof FLAT>>> = { 'hospital-day': 'hospitalDay', 'hospital-day-psychiatry': 'hospitalDayPsychiatry', 'emergency-flat': 'emergency', 'emergency-flat-reduced': 'emergencyReduced' };

// Forfaits that are due whole, whatever the price.
function flatBase(line: InvoiceLine, careDate: string): Cents | undefined {
  const name = FLAT_OF[line.family];
  if (name === undefined) return undefined;
  return flatOn(name, careDate) * (isDailyFlat(line) ? line.quantity : 1);
}

// What is reimbursed is never more than was charged.
const baseOf = (line: InvoiceLine, careDate: string): Cents => Math.min(flatBase(line, careDate) ?? line.baseCents, line.priceCents);

// The flat participation of heavy acts is not due where the ticket modérateur is waived, or the local régime pays it.
const owesHeavyFlat = (line: InvoiceLine): boolean => line.family === 'heavy-act' && !(line.exemption !== undefined && EXEMPTION_RULES[line.exemption].full) && line.regime !== 'alsace-moselle';

// Once an invoice: on the first act that owes it.
function heavyFlat(line: InvoiceLine, { careDate, lines }: Context): Cents {
  return lines.find(owesHeavyFlat) === line ? flatOn('heavyAct', careDate) : 0;
}

function expectedAmo(line: InvoiceLine, context: Context): Cents {
  const base = baseOf(line, context.careDate);
  if (line.family === 'heavy-act') return Math.max(0, base - heavyFlat(line, context));
  return shareOf(base, amoRateOn(context.careDate, line));
}

function reckonAmo(line: InvoiceLine, context: Context): Amo {
  const base = baseOf(line, context.careDate);
  const expected = expectedAmo(line, context);
  const given = line.amoAmountCents ?? (line.amoRate === undefined ? undefined : shareOf(base, line.amoRate));
  const grossCents = given ?? expected;
  const notes = given !== undefined && given !== expected
    ? [{ fr: `La part obligatoire indiquée (${euros(given)}) diffère de nos barèmes (${euros(expected)}) ; nous avons pris la vôtre.`, en: `The compulsory part given (${euros(given)}) differs from our tables (${euros(expected)}); we used yours.` }] : [];
  return { grossCents, tmCents: Math.max(0, base - grossCents), notes };
}

const CONSULTS: readonly Family[] = ['consultation', 'biology'];

// Who is spared participation or franchise.
function isSpared(line: InvoiceLine, what: 'participation' | 'franchise'): boolean {
  return line.under18 || line.c2s === true || (line.exemption !== undefined && EXEMPTION_RULES[line.exemption][what]);
}

// Participation and franchise of each line, the daily caps kept over the whole invoice.
function reckonFlats(lines: readonly InvoiceLine[], careDate: string): Cents[] {
  const left = { participation: flatOn('participationDayCap', careDate), act: flatOn('franchiseActDayCap', careDate), trip: flatOn('franchiseTripDayCap', careDate) };
  const take = (pot: keyof typeof left, wanted: Cents): Cents => {
    const taken = Math.min(left[pot], wanted);
    left[pot] -= taken;
    return taken;
  };
  return lines.map((line) => {
    if (CONSULTS.includes(line.family)) return isSpared(line, 'participation') ? 0 : take('participation', flatOn('participation', careDate) * line.quantity);
    if (isSpared(line, 'franchise')) return 0;
    if (line.family.startsWith('drug-')) return flatOn('franchiseBox', careDate) * line.quantity;
    if (line.family === 'auxiliary') return take('act', flatOn('franchiseAct', careDate) * line.quantity);
    return line.family === 'transport' ? take('trip', flatOn('franchiseTrip', careDate) * line.quantity) : 0;
  });
}

// What a rule of the product gives for the complementary part, before any cap.
function wantedOf(rule: ProductRule, line: InvoiceLine, { amo, careDate }: { readonly amo: Amo; readonly careDate: string }): Cents {
  const bases: Record<Base, Cents> = { DR: line.priceCents, TR: baseOf(line, careDate), TM: amo.tmCents, MRO: amo.grossCents, PMSS: flatOn('pmss', careDate), RAC: Math.max(0, line.priceCents - amo.grossCents) };
  const value = evaluateFormula(rule.formula, bases);
  return Math.max(0, rule.includesAmo ? value - amo.grossCents : value);
}

const OUT_OF_DOMAIN: Share = { cents: 0, capped: { fr: 'Le domaine PHAR ne comprend pas les médicaments à 15 %.', en: 'The PHAR domain does not include drugs paid at 15 %.' } };
const NOT_COVERED: Share = { cents: 0, capped: { fr: 'Le contrat ne couvre pas cet acte.', en: 'The contract does not cover this act.' } };

interface LineContext extends Context {
  readonly amo: Amo;
  readonly rule: ProductRule | undefined;
  readonly equipmentLeftCents: Cents | undefined;
}

function wantedShare(line: InvoiceLine, context: LineContext): Share {
  const { product, rule, careDate, amo, equipmentLeftCents } = context;
  if (line.domain === 'PHAR' && line.family === 'drug-15') return OUT_OF_DOMAIN;
  if (product.responsible && isFullBasket(line, careDate)) return { cents: line.priceCents - amo.grossCents };
  const owed = product.responsible && isDailyFlat(line) ? amo.tmCents : 0;
  if (rule === undefined) return owed > 0 ? { cents: owed } : NOT_COVERED;
  const wanted = Math.max(owed, wantedOf(rule, line, context));
  if (!product.responsible) return { cents: wanted };
  const withOptam = line.optam === false ? findRule(product, { ...line, optam: true }) : undefined;
  return keepResponsible(line, wanted, { careDate, baseCents: baseOf(line, careDate), amoGrossCents: amo.grossCents, tmCents: amo.tmCents, ...(equipmentLeftCents === undefined ? {} : { equipmentLeftCents }),
    ...(withOptam === undefined || withOptam === rule ? {} : { withOptamCents: wantedOf(withOptam, line, context) }) });
}

function reckonShare(line: InvoiceLine, context: LineContext): Share {
  const wanted = wantedShare(line, context);
  return { ...wanted, cents: Math.max(0, Math.min(line.priceCents - context.amo.grossCents, wanted.cents)) };
}

function explain(line: Omit<ReckonedLine, 'sentence' | 'notes'>, rule: ProductRule | undefined): Words {
  const amounts = { price: euros(line.priceCents), amo: euros(line.amoGrossCents), amc: euros(line.amcCents), patient: euros(line.patientCounterCents) };
  const later = line.patientTotalCents - line.patientCounterCents;
  const [laterFr, laterEn] = later > 0 ? [` ; ${euros(later)} seront retenus plus tard par l'assurance maladie`, `; ${euros(later)} will be recovered later by the compulsory insurance`] : ['', ''];
  const [ruleFr, ruleEn] = rule === undefined ? ['', ''] : [` (${rule.label.fr})`, ` (${rule.label.en})`];
  return { fr: `${line.code} : sur ${amounts.price}, l'assurance maladie paie ${amounts.amo}, la complémentaire ${amounts.amc}${ruleFr}, le patient ${amounts.patient}${laterFr}.`,
    en: `${line.code}: of ${amounts.price}, the compulsory insurance pays ${amounts.amo}, the complementary ${amounts.amc}${ruleEn}, the patient ${amounts.patient}${laterEn}.` };
}

const MEMORY: Words = { fr: 'Cette garantie dépend de ce qui a déjà été utilisé : le montant est indicatif, demandez une prise en charge.', en: 'This guarantee depends on what was used before: the amount is indicative, ask for a prior agreement.' };

function reckonLine(line: InvoiceLine, context: Context & { readonly flatCents: Cents; readonly equipmentLeftCents: Cents | undefined }): ReckonedLine {
  const amo = reckonAmo(line, context);
  const rule = findRule(context.product, line);
  const share = reckonShare(line, { ...context, rule, amo });
  const flat = Math.min(context.flatCents, amo.grossCents);
  const memory = rule?.memory !== undefined;
  const amounts = { code: line.code, priceCents: line.priceCents, amoGrossCents: amo.grossCents, amoNetCents: amo.grossCents - flat, tmCents: amo.tmCents, amcCents: share.cents,
    patientTotalCents: line.priceCents - amo.grossCents - share.cents + flat, patientCounterCents: line.priceCents - amo.grossCents - share.cents, guaranteed: !memory, authorizationRequired: memory };
  return { ...amounts, sentence: explain(amounts, rule), notes: [...amo.notes, ...(share.capped === undefined ? [] : [share.capped]), ...(memory ? [MEMORY] : [])] };
}

// Line by line: what an optical equipment's frame takes of its cap is not left to the lenses.
function reckonLines(context: Context): ReckonedLine[] {
  const { lines, careDate } = context;
  const flats = reckonFlats(lines, careDate);
  const left = new Map<InvoiceLine['equipment'], Cents>();
  return lines.map((line, i) => {
    const equipment = equipmentOf(line, lines);
    const equipmentLeftCents = equipment === undefined ? undefined : (left.get(equipment) ?? valueOn<Cents>(RESPONSIBLE.opticsEquipment[equipment], careDate));
    const reckoned = reckonLine(line, { ...context, flatCents: flats[i] ?? 0, equipmentLeftCents });
    if (equipmentLeftCents !== undefined) left.set(equipment, equipmentLeftCents - reckoned.amcCents);
    return reckoned;
  });
}

/**
 * Reckons invoice lines for one product on the day of care, in integer cents, half up.
 * Ticket modérateur = base − compulsory part (never rounded twice); the complementary never pays above what is
 * left of the price; participation and franchise never enter its part nor what is paid at the counter.
 */
export function reckonInvoice(lines: readonly InvoiceLine[], context: { readonly product: Product; readonly careDate: string }): Reckoning {
  const reckoned = reckonLines({ ...context, lines });
  const sum = (name: keyof Reckoning['totals']): Cents => reckoned.reduce((total, line) => total + line[name], 0);
  return { lines: reckoned, authorizationRequired: reckoned.some((line) => line.authorizationRequired), totals: {
    priceCents: sum('priceCents'), amoGrossCents: sum('amoGrossCents'), amoNetCents: sum('amoNetCents'), tmCents: sum('tmCents'), amcCents: sum('amcCents'),
    patientTotalCents: sum('patientTotalCents'), patientCounterCents: sum('patientCounterCents') } };
}
