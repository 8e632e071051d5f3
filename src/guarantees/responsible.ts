import { shareOf, type Cents } from './cents.ts';
import type { InvoiceLine } from './invoice.ts';
import { amoRateOn, RESPONSIBLE, valueOn } from './parameters.ts';

interface Words { readonly fr: string; readonly en: string }

/** What the complementary pays, and why it is not what the product's formula gives. */
export interface Share {
  readonly cents: Cents;
  readonly capped?: Words;
}

/** What the contrat responsable's rules look at besides the line. Amounts in cents. */
export interface ResponsibleContext {
  readonly careDate: string;
  /** Base of the compulsory insurance, never above the price. */
  readonly baseCents: Cents;
  readonly amoGrossCents: Cents;
  readonly tmCents: Cents;
  /** What the product's own rule for sector 1 and OPTAM would give, where it has one apart. */
  readonly withOptamCents?: Cents;
  /** What is left of the optical equipment's cap on this invoice. */
  readonly equipmentLeftCents?: Cents;
}

interface Cap {
  readonly limit: Cents | undefined;
  readonly words: Words;
}

/** Whether the act belongs to a 100 % Santé basket on that day: a responsible contract leaves nothing of it to pay. */
export function isFullBasket(line: InvoiceLine, careDate: string): boolean {
  const { optics, dental, audio } = RESPONSIBLE.fullBasketFrom;
  if (line.family === 'dental-basket') return careDate >= dental;
  return (line.class === 'A' && careDate >= optics) || (line.class === 'I' && careDate >= audio);
}

/** The forfait journalier is covered without limit of time (CSS R871-2). */
export function isDailyFlat(line: InvoiceLine): boolean {
  return line.family === 'hospital-day' || line.family === 'hospital-day-psychiatry';
}

/** The optical equipment that a class B article belongs to: its own, or that of the invoice's lenses. */
export function equipmentOf(line: InvoiceLine, lines: readonly InvoiceLine[]): InvoiceLine['equipment'] {
  if (line.class !== 'B') return undefined;
  return line.equipment ?? lines.find((other) => other.family === 'optics-lens' && other.equipment !== undefined)?.equipment;
}

function outsideCarePath(line: InvoiceLine, { careDate, baseCents }: ResponsibleContext): Cap[] {
  if (line.family !== 'consultation' || line.carePath) return [];
  const limit = baseCents - shareOf(baseCents, amoRateOn(careDate, { ...line, carePath: true }));
  return [{ limit, words: { fr: 'Hors parcours de soins : un contrat responsable ne paie pas la majoration.', en: 'Outside the care path: a responsible contract does not pay the increase.' } }];
}

function outsideOptam(line: InvoiceLine, { careDate, baseCents, tmCents, withOptamCents }: ResponsibleContext): Cap[] {
  if (line.optam !== false) return [];
  const [excess, gap] = [valueOn(RESPONSIBLE.outsideOptamExcess, careDate), valueOn(RESPONSIBLE.outsideOptamGap, careDate)];
  const caps: Cap[] = [{ limit: excess === undefined ? undefined : tmCents + shareOf(baseCents, excess), words: { fr: 'Hors OPTAM : le dépassement pris en charge est plafonné à 100 % de la base.', en: 'Outside OPTAM: the excess covered is capped at 100 % of the base.' } }];
  if (withOptamCents !== undefined && gap !== undefined) {
    caps.push({ limit: Math.max(tmCents, withOptamCents - shareOf(baseCents, gap)), words: { fr: 'Hors OPTAM : au moins 20 points de moins que sous OPTAM.', en: 'Outside OPTAM: at least 20 points less than under OPTAM.' } });
  }
  return caps;
}

function ofArticles(line: InvoiceLine, { careDate, amoGrossCents, equipmentLeftCents }: ResponsibleContext): Cap[] {
  if (line.class === 'B') {
    const frame: Cap = { limit: line.family === 'optics-frame' ? valueOn(RESPONSIBLE.frameClassB, careDate) : undefined, words: { fr: 'Monture de classe B : au plus 100 €.', en: 'Class B frame: at most €100.' } };
    return [frame, { limit: equipmentLeftCents, words: { fr: 'Équipement de classe B : plafond du contrat responsable, monture et verres ensemble.', en: 'Class B equipment: the responsible contract’s cap, frame and lenses together.' } }];
  }
  const ear = line.class === 'II' ? valueOn(RESPONSIBLE.audioClassII, careDate) : undefined;
  return [{ limit: ear === undefined ? undefined : Math.max(0, ear * line.quantity - amoGrossCents), words: { fr: 'Audioprothèse de classe II : plafond du contrat responsable, par oreille.', en: 'Class II hearing aid: the responsible contract’s cap, an ear.' } }];
}

/** Caps of a responsible contract on what the product's formula gives (CSS L871-1, R871-1 and 2): the lowest decides. */
export function keepResponsible(line: InvoiceLine, wanted: Cents, context: ResponsibleContext): Share {
  const caps = [...outsideCarePath(line, context), ...outsideOptam(line, context), ...ofArticles(line, context)];
  return caps.reduce<Share>((share, { limit, words }) => (limit === undefined || share.cents <= limit ? share : { cents: limit, capped: words }), { cents: wanted });
}
