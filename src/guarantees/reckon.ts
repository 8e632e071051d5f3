import { euros, shareOf, type Cents } from './cents.ts';
import { evaluateFormula, type Base } from './formula.ts';
import type { InvoiceLine } from './invoice.ts';
import { amoRateOn, flatOn, RESPONSIBLE, valueOn, type Family } from './parameters.ts';
import { findRule, type Product, type ProductRule } from './product.ts';

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

const HUNDRED = 10_000;

// Forfaits the compulsory insurance leaves whole to the patient or the complementary.
function flatBase(line: InvoiceLine, careDate: string): Cents | undefined {
  if (line.family === 'hospital-day') return flatOn('hospitalDay', careDate) * line.quantity;
  return line.family === 'emergency-flat' ? flatOn('emergency', careDate) : undefined;
}

function expectedAmo(line: InvoiceLine, careDate: string): Cents {
  if (line.family === 'heavy-act') return Math.max(0, line.baseCents - flatOn('heavyAct', careDate));
  if (flatBase(line, careDate) !== undefined) return 0;
  const covered = line.exemption !== undefined && line.exemption !== 'c2s';
  const rate = covered ? HUNDRED : amoRateOn(careDate, line);
  return shareOf(line.baseCents, rate);
}

function reckonAmo(line: InvoiceLine, careDate: string): Amo {
  const expected = Math.min(expectedAmo(line, careDate), line.priceCents);
  const given = line.amoAmountCents ?? (line.amoRate === undefined ? undefined : Math.min(shareOf(line.baseCents, line.amoRate), line.priceCents));
  const grossCents = given ?? expected;
  const notes = given !== undefined && given !== expected
    ? [{ fr: `La part obligatoire indiquée (${euros(given)}) diffère de nos barèmes (${euros(expected)}) ; nous avons pris la vôtre.`, en: `The compulsory part given (${euros(given)}) differs from our tables (${euros(expected)}); we used yours.` }] : [];
  const base = flatBase(line, careDate) ?? line.baseCents;
  return { grossCents, tmCents: Math.max(0, base - grossCents), notes };
}

const CONSULTS: readonly Family[] = ['consultation', 'biology'];

// Participation and franchise of each line, the daily caps kept over the whole invoice.
function reckonFlats(lines: readonly InvoiceLine[], careDate: string): Cents[] {
  const left = { participation: flatOn('participationDayCap', careDate), act: flatOn('franchiseActDayCap', careDate), trip: flatOn('franchiseTripDayCap', careDate) };
  const take = (pot: keyof typeof left, wanted: Cents): Cents => {
    const taken = Math.min(left[pot], wanted);
    left[pot] -= taken;
    return taken;
  };
  return lines.map((line) => {
    if (line.under18 || line.exemption === 'maternity' || line.exemption === 'c2s' || line.exemption === 'at-mp') return 0;
    if (CONSULTS.includes(line.family)) return take('participation', flatOn('participation', careDate) * line.quantity);
    if (line.family.startsWith('drug-')) return flatOn('franchiseBox', careDate) * line.quantity;
    if (line.family === 'auxiliary') return take('act', flatOn('franchiseAct', careDate) * line.quantity);
    return line.family === 'transport' ? take('trip', flatOn('franchiseTrip', careDate) * line.quantity) : 0;
  });
}

interface Share {
  readonly cents: Cents;
  readonly capped?: Words;
}

const full100 = (line: InvoiceLine): boolean => line.class === 'A' || line.class === 'I' || line.family === 'dental-basket';

// Caps and duties of a responsible contract, on top of the product's own formula.
function keepResponsible(line: InvoiceLine, wanted: Cents, context: { readonly careDate: string; readonly amo: Amo }): Share {
  const { careDate, amo } = context;
  if (full100(line) && careDate >= '2020-01-01') return { cents: line.priceCents - amo.grossCents };
  let cents = wanted;
  let capped: Words | undefined;
  const cap = (limit: Cents | undefined, words: Words): void => {
    if (limit === undefined || cents <= limit) return;
    [cents, capped] = [limit, words];
  };
  if (line.family === 'consultation' && !line.carePath) {
    cap(line.baseCents - shareOf(line.baseCents, amoRateOn(careDate, { ...line, carePath: true })), { fr: 'Hors parcours de soins : un contrat responsable ne paie pas la majoration.', en: 'Outside the care path: a responsible contract does not pay the increase.' });
  }
  if (line.optam === false) {
    const excess = valueOn(RESPONSIBLE.outsideOptamExcess, careDate);
    cap(excess === undefined ? undefined : amo.tmCents + shareOf(line.baseCents, excess), { fr: 'Hors OPTAM : le dépassement pris en charge est plafonné à 100 % de la base.', en: 'Outside OPTAM: the excess covered is capped at 100 % of the base.' });
  }
  if (line.family === 'optics-frame' && line.class === 'B') cap(valueOn(RESPONSIBLE.frameClassB, careDate), { fr: 'Monture de classe B : au plus 100 €.', en: 'Class B frame: at most €100.' });
  if (line.family === 'optics-lens' && line.class === 'B' && line.equipment !== undefined) cap(valueOn(RESPONSIBLE.opticsEquipment[line.equipment], careDate), { fr: 'Équipement de classe B : plafond du contrat responsable.', en: 'Class B equipment: the responsible contract’s cap.' });
  if (line.family === 'audio' && line.class === 'II') {
    const limit = valueOn(RESPONSIBLE.audioClassII, careDate);
    cap(limit === undefined ? undefined : Math.max(0, limit - amo.grossCents), { fr: 'Audioprothèse de classe II : plafond du contrat responsable.', en: 'Class II hearing aid: the responsible contract’s cap.' });
  }
  return capped === undefined ? { cents } : { cents, capped };
}

function reckonShare(line: InvoiceLine, context: { readonly product: Product; readonly rule: ProductRule | undefined; readonly careDate: string; readonly amo: Amo }): Share {
  const { product, rule, careDate, amo } = context;
  const outOfDomain = line.domain === 'PHAR' && line.family === 'drug-15';
  if (outOfDomain) return { cents: 0, capped: { fr: 'Le domaine PHAR ne comprend pas les médicaments à 15 %.', en: 'The PHAR domain does not include drugs paid at 15 %.' } };
  if (rule === undefined) return { cents: 0, capped: { fr: 'Le contrat ne couvre pas cet acte.', en: 'The contract does not cover this act.' } };
  const rest = Math.max(0, line.priceCents - amo.grossCents);
  const base = flatBase(line, careDate) ?? line.baseCents;
  const bases: Record<Base, Cents> = { DR: line.priceCents, TR: base, TM: amo.tmCents, MRO: amo.grossCents, PMSS: flatOn('pmss', careDate), RAC: rest };
  const value = evaluateFormula(rule.formula, bases);
  const wanted = Math.max(0, rule.includesAmo ? value - amo.grossCents : value);
  const kept = product.responsible ? keepResponsible(line, wanted, { careDate, amo }) : { cents: wanted };
  return { ...kept, cents: Math.min(rest, Math.max(0, kept.cents)) };
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

function reckonLine(line: InvoiceLine, context: { readonly product: Product; readonly careDate: string; readonly flatCents: Cents }): ReckonedLine {
  const { product, careDate } = context;
  const amo = reckonAmo(line, careDate);
  const rule = findRule(product, line);
  const share = reckonShare(line, { product, rule, careDate, amo });
  const flat = Math.min(context.flatCents, amo.grossCents);
  const memory = rule?.memory !== undefined;
  const amounts = { code: line.code, priceCents: line.priceCents, amoGrossCents: amo.grossCents, amoNetCents: amo.grossCents - flat, tmCents: amo.tmCents, amcCents: share.cents,
    patientTotalCents: line.priceCents - amo.grossCents - share.cents + flat, patientCounterCents: line.priceCents - amo.grossCents - share.cents, guaranteed: !memory, authorizationRequired: memory };
  return { ...amounts, sentence: explain(amounts, rule), notes: [...amo.notes, ...(share.capped === undefined ? [] : [share.capped]), ...(memory ? [MEMORY] : [])] };
}

/**
 * Reckons invoice lines for one product on the day of care, in integer cents, half up.
 * Ticket modérateur = base − compulsory part (never rounded twice); the complementary never pays above what is
 * left of the price; participation and franchise never enter its part nor what is paid at the counter.
 */
export function reckonInvoice(lines: readonly InvoiceLine[], context: { readonly product: Product; readonly careDate: string }): Reckoning {
  const flats = reckonFlats(lines, context.careDate);
  const reckoned = lines.map((line, i) => reckonLine(line, { ...context, flatCents: flats[i] ?? 0 }));
  const sum = (name: keyof Reckoning['totals']): Cents => reckoned.reduce((total, line) => total + line[name], 0);
  return { lines: reckoned, authorizationRequired: reckoned.some((line) => line.authorizationRequired), totals: {
    priceCents: sum('priceCents'), amoGrossCents: sum('amoGrossCents'), amoNetCents: sum('amoNetCents'), tmCents: sum('tmCents'), amcCents: sum('amcCents'),
    patientTotalCents: sum('patientTotalCents'), patientCounterCents: sum('patientCounterCents') } };
}
