import type { BasisPoints, Cents } from './cents.ts';
import { EXEMPTION_RULES, FAMILIES, HEAVY_ACT, REGIMES, RESPONSIBLE, type Exemption, type Family, type Regime } from './parameters.ts';

export const NOMENCLATURES = ['NGAP', 'CCAM', 'NABM', 'LPP', 'CIP13', 'GHS'] as const;
export const EXEMPTIONS = Object.keys(EXEMPTION_RULES) as readonly Exemption[];
export const EQUIPMENTS = Object.keys(RESPONSIBLE.opticsEquipment) as readonly (keyof typeof RESPONSIBLE.opticsEquipment)[];

/** One line of an invoice, as the software has it. Amounts in cents, rates in basis points. */
export interface InvoiceLine {
  readonly code: string;
  readonly nomenclature: (typeof NOMENCLATURES)[number];
  readonly domain: string;
  readonly family: Family;
  readonly quantity: number;
  readonly coefficient?: number;
  readonly priceCents: Cents;
  readonly baseCents: Cents;
  readonly amoRate?: BasisPoints;
  readonly amoAmountCents?: Cents;
  readonly exemption?: Exemption;
  /** The person has the Complémentaire santé solidaire, whatever the exemption of this line. */
  readonly c2s?: boolean;
  readonly carePath: boolean;
  readonly optam?: boolean;
  readonly regime: Regime;
  readonly under18: boolean;
  readonly prescribedOn?: string;
  readonly class?: 'A' | 'B' | 'I' | 'II';
  readonly equipment?: (typeof EQUIPMENTS)[number];
}

/** A fault of an input: where, which rule, what to do. */
export interface InvoiceFault {
  readonly path: string;
  readonly rule: string;
  readonly message: { readonly fr: string; readonly en: string };
  readonly remedy: { readonly fr: string; readonly en: string };
}

const FAMILY_OF_CODE: Readonly<Record<string, Family>> = { PH1: 'drug-100', MX7: 'drug-65', PH7: 'drug-65', PH4: 'drug-30', PH2: 'drug-15', FJ: 'hospital-day', FJH: 'hospital-day', FPU: 'emergency-flat' };
const FAMILY_OF_DOMAIN: Readonly<Record<string, Family>> = { MEDE: 'consultation', SAGE: 'consultation', CSTE: 'consultation', AUXM: 'auxiliary', LABO: 'biology', DENT: 'dental', TRAN: 'transport', HOSP: 'hospital', EXTE: 'consultation', AUDI: 'audio', OPTI: 'optics-lens', RADL: 'consultation', PHAR: 'lpp', PHNO: 'drug-15' };
/** The kind of act that a domain is usually about: its rule is the one told when no line was given. */
export function usualFamily(domain: string): Family {
  return domain === 'PHAR' ? 'drug-65' : familyOfDomain(domain);
}

// Of an act that its code does not place: what is neither a drug nor known by its code in a pharmacy is a device.
function familyOfDomain(domain: string): Family {
  return FAMILY_OF_DOMAIN[domain] ?? 'consultation';
}

const FIELDS = ['code', 'nomenclature', 'domain', 'family', 'quantity', 'coefficient', 'priceCents', 'baseCents', 'amoRate', 'amoAmountCents', 'exemption', 'c2s', 'carePath', 'optam', 'regime', 'under18', 'prescribedOn', 'class', 'equipment'];
const LINES_MAX = 50;

function fault(path: string, rule: string, words: { fr: string; en: string }): InvoiceFault {
  return { path, rule, message: words, remedy: { fr: 'Corrigez ce champ et renvoyez.', en: 'Correct this field and send again.' } };
}

interface Check { readonly name: string; readonly ok: (value: unknown) => boolean; readonly required: boolean; readonly fr: string; readonly en: string }

const integer = (min: number, max: number) => (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const oneOf = (list: readonly string[]) => (value: unknown): boolean => typeof value === 'string' && list.includes(value);
const boolean = (value: unknown): boolean => typeof value === 'boolean';
function isDay(value: unknown): boolean {
  const [, year = 0, month = 0, day = 0] = (typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null)?.map(Number) ?? [];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}
const optional = (name: string, ok: Check['ok'], what: string): Check => ({ name, ok, required: false, fr: `Attendu : ${what}.`, en: `Expected: ${what}.` });
const required = (name: string, ok: Check['ok'], what: string): Check => ({ name, ok, required: true, fr: `Attendu : ${what}.`, en: `Expected: ${what}.` });

const CHECKS: readonly Check[] = [
  required('code', (v) => typeof v === 'string' && /^[A-Za-z0-9+-]{1,15}$/.test(v), '1-15 A-Z a-z 0-9 + -'),
  required('nomenclature', oneOf(NOMENCLATURES), NOMENCLATURES.join(' | ')),
  required('priceCents', integer(0, 10_000_000), 'integer cents, 0 to 10000000'),
  optional('domain', (v) => typeof v === 'string' && /^[A-Z]{4}$/.test(v), 'a domain code'),
  optional('family', oneOf(FAMILIES), FAMILIES.join(' | ')),
  optional('quantity', integer(1, 999), 'integer 1 to 999'),
  optional('coefficient', (v) => typeof v === 'number' && v > 0 && v <= 10_000, 'number above 0'),
  optional('baseCents', integer(0, 10_000_000), 'integer cents, 0 to 10000000'),
  optional('amoRate', integer(0, 10_000), 'basis points, 0 to 10000'),
  optional('amoAmountCents', integer(0, 10_000_000), 'integer cents, 0 to 10000000'),
  optional('exemption', oneOf(EXEMPTIONS), EXEMPTIONS.join(' | ')),
  optional('c2s', boolean, 'true | false'), optional('carePath', boolean, 'true | false'), optional('optam', boolean, 'true | false'), optional('under18', boolean, 'true | false'),
  optional('regime', oneOf(REGIMES), REGIMES.join(' | ')),
  optional('prescribedOn', isDay, 'YYYY-MM-DD, a day that exists'),
  optional('class', oneOf(['A', 'B', 'I', 'II']), 'A | B | I | II'),
  optional('equipment', oneOf(EQUIPMENTS), EQUIPMENTS.join(' | ')),
];

function lineFaults(line: Record<string, unknown>, path: string): InvoiceFault[] {
  const faults = CHECKS.flatMap((check) => {
    const value = line[check.name];
    if (value === undefined) return check.required ? [fault(`${path}.${check.name}`, 'required', { fr: 'Ce champ est obligatoire.', en: 'This field is required.' })] : [];
    return check.ok(value) ? [] : [fault(`${path}.${check.name}`, 'value', check)];
  });
  const unknown = Object.keys(line).filter((name) => !FIELDS.includes(name)).length;
  if (unknown > 0) faults.push(fault(path, 'unknown-field', { fr: `Champ inconnu. Admis : ${FIELDS.join(', ')}.`, en: `Unknown field. Allowed: ${FIELDS.join(', ')}.` }));
  if (typeof line['amoAmountCents'] === 'number' && typeof line['priceCents'] === 'number' && line['amoAmountCents'] > line['priceCents']) {
    faults.push(fault(`${path}.amoAmountCents`, 'amo-above-price', { fr: 'La part obligatoire dépasse le prix.', en: 'The compulsory part is above the price.' }));
  }
  return faults;
}

// 100 % Santé: a class belongs to a kind of article. One on another act would make it wholly paid.
function classFaults(line: InvoiceLine, path: string): InvoiceFault[] {
  const fits: Readonly<Record<string, readonly string[]>> = { A: ['optics-frame', 'optics-lens'], B: ['optics-frame', 'optics-lens'], I: ['audio'], II: ['audio'] };
  if (line.class === undefined || fits[line.class]?.includes(line.family) === true) return [];
  return [fault(`${path}.class`, 'class-of-family', { fr: `Classe ${line.class} : seulement pour ${fits[line.class]?.join(', ')}.`, en: `Class ${line.class}: only for ${fits[line.class]?.join(', ')}.` })];
}

const MEDICAL_DOMAINS = ['MEDE', 'SAGE', 'CSTE', 'EXTE', 'HOSP'];

function isHeavy(line: Partial<InvoiceLine> & Pick<InvoiceLine, 'priceCents'>, domain: string): boolean {
  const unitCents = (line.baseCents ?? line.priceCents) / (line.quantity ?? 1);
  return MEDICAL_DOMAINS.includes(domain) && ((line.nomenclature === 'CCAM' && unitCents >= HEAVY_ACT.fromCents) || (line.nomenclature === 'NGAP' && (line.coefficient ?? 0) >= HEAVY_ACT.fromCoefficient));
}

type GivenLine = Partial<InvoiceLine> & Pick<InvoiceLine, 'code' | 'nomenclature' | 'priceCents'>;

const DRUG_OF_RATE: Readonly<Record<BasisPoints, Family>> = { 10_000: 'drug-100', 6500: 'drug-65', 3000: 'drug-30', 1500: 'drug-15' };

// A CIP13 says which drug it is, not at what rate it is paid: that decides on domain, franchise and share, and is never guessed.
function drugFamily(line: GivenLine): Family | undefined {
  const family = FAMILY_OF_CODE[line.code.toUpperCase()];
  if (family?.startsWith('drug-') === true) return family;
  // What an exemption pays whole is not thereby a drug paid at 100 %.
  const waived = line.exemption !== undefined && EXEMPTION_RULES[line.exemption].full && line.amoRate === 10_000;
  return waived ? undefined : DRUG_OF_RATE[line.amoRate ?? -1];
}

function drugFaults(line: GivenLine, path: string): InvoiceFault[] {
  if (line.nomenclature !== 'CIP13' || line.family !== undefined || drugFamily(line) !== undefined) return [];
  return [{ path: `${path}.family`, rule: 'drug-rate', message: { fr: 'Le code CIP13 d’un médicament ne dit pas à quel taux il est remboursé.', en: 'A drug’s CIP13 does not say at what rate it is paid.' },
    remedy: { fr: 'Donnez son code PH1, PH7, PH4 ou PH2 au lieu du CIP13, ou family (drug-100, drug-65, drug-30, drug-15), ou, sans exonération, amoRate (10000, 6500, 3000, 1500).',
      en: 'Give its code PH1, PH7, PH4 or PH2 in place of the CIP13, or family (drug-100, drug-65, drug-30, drug-15), or, without an exemption, amoRate (10000, 6500, 3000, 1500).' } }];
}

function familyOf(line: GivenLine, domain: string): Family {
  const drug = line.nomenclature === 'CIP13' ? drugFamily(line) : undefined;
  return line.family ?? drug ?? FAMILY_OF_CODE[line.code.toUpperCase()] ?? (isHeavy(line, domain) ? 'heavy-act' : familyOfDomain(domain));
}

function complete(given: GivenLine, domain: string): InvoiceLine {
  const own = given.domain ?? domain;
  const family = familyOf(given, own);
  return { ...given, domain: own, family, quantity: given.quantity ?? 1, baseCents: given.baseCents ?? given.priceCents, carePath: given.carePath ?? true,
    regime: given.regime ?? 'general', under18: given.under18 ?? false };
}

/** Reads invoice lines; the lines are there only when there is no fault. */
export function readInvoiceLines(value: unknown, context: { readonly path: string; readonly domain: string }): { readonly lines: readonly InvoiceLine[] | undefined; readonly faults: readonly InvoiceFault[] } {
  const { path, domain } = context;
  if (!Array.isArray(value) || value.length === 0 || value.length > LINES_MAX) {
    return { lines: undefined, faults: [fault(path, 'lines', { fr: `Une liste de 1 à ${LINES_MAX} lignes.`, en: `A list of 1 to ${LINES_MAX} lines.` })] };
  }
  const faults = value.flatMap((line: unknown, i) => (typeof line === 'object' && line !== null && !Array.isArray(line)
    ? lineFaults(line as Record<string, unknown>, `${path}[${i}]`) : [fault(`${path}[${i}]`, 'type', { fr: 'Une ligne est un objet.', en: 'A line is an object.' })]));
  if (faults.length > 0) return { faults, lines: undefined };
  const given = value as readonly GivenLine[];
  const rateless = given.flatMap((line, i) => drugFaults(line, `${path}[${i}]`));
  if (rateless.length > 0) return { faults: rateless, lines: undefined };
  const lines = given.map((line) => complete(line, domain));
  const misfits = lines.flatMap((line, i) => classFaults(line, `${path}[${i}]`));
  return { faults: misfits, lines: misfits.length > 0 ? undefined : lines };
}
