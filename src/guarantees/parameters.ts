import type { BasisPoints, Cents } from './cents.ts';

/** Kind of act, as the compulsory insurance pays it. */
export const FAMILIES = ['consultation', 'dental', 'dental-basket', 'auxiliary', 'biology', 'drug-100', 'drug-65', 'drug-30', 'drug-15', 'lpp', 'optics-frame',
  'optics-lens', 'audio', 'transport', 'hospital', 'hospital-day', 'hospital-day-psychiatry', 'emergency-flat', 'emergency-flat-reduced', 'heavy-act'] as const;
export type Family = (typeof FAMILIES)[number];
export const REGIMES = ['general', 'alsace-moselle'] as const;
export type Regime = (typeof REGIMES)[number];

/** A value in force from a day on, with where it was read; `unverified` is from memory and to be confirmed. */
export interface Dated<T> {
  readonly from: string;
  readonly value: T;
  readonly source: string;
  readonly status: 'read' | 'unverified';
}

/** Changes whenever a value below does: entries and guarantees name it. */
export const PARAMETERS_VERSION = '2026-11-25';

const always = '1900-01-01';
const read = <T>(from: string, value: T, source: string): Dated<T> => ({ from, value, source, status: 'read' });
const unsure = <T>(from: string, value: T, source: string): Dated<T> => ({ from, value, source, status: 'unverified' });

/** Compulsory rates. Alsace-Moselle only where it differs. */
export const AMO_RATES: Readonly<Record<Family, readonly Dated<BasisPoints>[]>> = {
  consultation: [read(always, 7000, 'ameli, tableau récapitulatif')],
  dental: [read(always, 7000, 'ameli'), read('2023-10-15', 6000, 'arrêté du 14/10/2023')],
  'dental-basket': [read(always, 7000, 'ameli'), read('2023-10-15', 6000, 'arrêté du 14/10/2023')],
  auxiliary: [read(always, 6000, 'CSS R160-5; one stored page shows 70 %')],
  biology: [unsure(always, 6000, 'memory')],
  'drug-100': [read(always, 10_000, 'code PH1')], 'drug-65': [read(always, 6500, 'code PH7')], 'drug-30': [read(always, 3000, 'code PH4')], 'drug-15': [read(always, 1500, 'code PH2')],
  lpp: [read(always, 6000, 'LPP')], 'optics-frame': [read(always, 6000, 'LPP')], 'optics-lens': [read(always, 6000, 'LPP')], audio: [read(always, 6000, '100 % Santé')],
  transport: [read(always, 6500, 'ameli'), read('2023-08-01', 5500, 'transport sanitaire, 01/08/2023')],
  hospital: [read(always, 8000, 'ticket modérateur 20 %')],
  'hospital-day': [read(always, 0, 'forfait journalier')], 'hospital-day-psychiatry': [read(always, 0, 'forfait journalier')],
  'emergency-flat': [read(always, 0, 'forfait patient urgences')], 'emergency-flat-reduced': [read(always, 0, 'forfait patient urgences')],
  'heavy-act': [read(always, 10_000, 'less the flat participation')],
};

const ALSACE_MOSELLE: Partial<Readonly<Record<Family, readonly Dated<BasisPoints>[]>>> = {
  consultation: [unsure(always, 9000, 'memory')], auxiliary: [read(always, 9000, 'kinésithérapie')], biology: [unsure(always, 9000, 'memory')],
  dental: [unsure(always, 9000, 'memory')], 'dental-basket': [unsure(always, 9000, 'memory')], 'drug-65': [unsure(always, 9000, 'memory')], 'drug-30': [unsure(always, 8000, 'memory')], 'drug-15': [unsure(always, 8000, 'memory')],
  lpp: [unsure(always, 9000, 'memory')], 'optics-frame': [unsure(always, 9000, 'LPP')], 'optics-lens': [unsure(always, 9000, 'LPP')], audio: [unsure(always, 9000, 'LPP')],
  hospital: [unsure(always, 10_000, 'memory')], transport: [unsure(always, 10_000, 'memory')],
  'hospital-day': [unsure(always, 10_000, 'memory')], 'hospital-day-psychiatry': [unsure(always, 10_000, 'memory')],
};

/** What a doctor's act outside the coordinated care path loses of its rate: 70 % becomes 30 %. Of another rate, by the same points: unverified. */
const LOST_OUTSIDE_CARE_PATH = [read<BasisPoints>(always, 4000, 'ameli, hors parcours')];

/** What an exemption changes. `full`: 100 % of the base. */
interface ExemptionRule {
  readonly full: boolean;
  readonly participation: boolean;
  readonly franchise: boolean;
  /** Forfaits that the compulsory insurance pays for them. */
  readonly flats: readonly Family[];
  /** Whether leaving the care path still costs. */
  readonly carePath: boolean;
}

const NO_DAY: readonly Family[] = ['hospital-day', 'hospital-day-psychiatry'];

/** Exemptions of the ticket modérateur, of participation and of franchise (ameli; who pays which forfait: unverified). */
export const EXEMPTION_RULES = {
  ald: { full: true, participation: false, franchise: false, flats: [], carePath: true },
  maternity: { full: true, participation: true, franchise: true, flats: [...NO_DAY, 'emergency-flat', 'emergency-flat-reduced'], carePath: false },
  c2s: { full: false, participation: true, franchise: true, flats: [], carePath: true },
  'at-mp': { full: true, participation: true, franchise: false, flats: NO_DAY, carePath: false },
  'war-pension': { full: true, participation: true, franchise: true, flats: [...NO_DAY, 'emergency-flat', 'emergency-flat-reduced'], carePath: false },
} as const satisfies Readonly<Record<string, ExemptionRule>>;
export type Exemption = keyof typeof EXEMPTION_RULES;

/** A technical act is heavy from this base (cents) or coefficient on: a flat participation instead of the ticket modérateur. */
export const HEAVY_ACT = { fromCents: 12_000, fromCoefficient: 60, source: 'ameli, participation forfaitaire' } as const;

/** Flat amounts, in cents. */
export const FLAT = {
  /** Participation forfaitaire, a doctor's act or biology. */
  participation: [read<Cents>(always, 100, 'ameli'), read<Cents>('2024-05-15', 200, 'décret, 15/05/2024')],
  participationDayCap: [read<Cents>(always, 400, 'one source; another figure is 8 €')],
  franchiseBox: [read<Cents>(always, 50, 'ameli'), read<Cents>('2024-03-31', 100, 'décret, 31/03/2024')],
  franchiseAct: [read<Cents>(always, 50, 'ameli'), read<Cents>('2024-03-31', 100, 'décret, 31/03/2024')],
  franchiseActDayCap: [unsure<Cents>(always, 200, 'memory'), read<Cents>('2024-03-31', 400, 'décret, 31/03/2024')],
  franchiseTrip: [read<Cents>(always, 200, 'ameli'), read<Cents>('2024-03-31', 400, 'décret, 31/03/2024')],
  franchiseTripDayCap: [unsure<Cents>(always, 400, 'memory'), read<Cents>('2024-03-31', 800, 'décret, 31/03/2024')],
  hospitalDay: [unsure<Cents>(always, 1800, 'memory'), unsure<Cents>('2018-01-01', 2000, 'forfait journalier; its first day from memory'), read<Cents>('2026-03-01', 2300, 'arrêté, 01/03/2026')],
  hospitalDayPsychiatry: [unsure<Cents>(always, 1350, 'memory'), unsure<Cents>('2018-01-01', 1500, 'forfait journalier; its first day from memory'), read<Cents>('2026-03-01', 1700, 'arrêté, 01/03/2026')],
  emergency: [read<Cents>(always, 1961, 'forfait patient urgences'), read<Cents>('2026-03-01', 2300, 'arrêté, 01/03/2026')],
  emergencyReduced: [read<Cents>(always, 849, 'forfait patient urgences minoré'), read<Cents>('2026-03-01', 996, 'arrêté, 01/03/2026')],
  heavyAct: [read<Cents>(always, 1800, 'ameli'), read<Cents>('2019-01-01', 2400, 'ameli'), unsure<Cents>('2026-04-01', 3200, '1 April in the project, 22 April in another source')],
  pmss: [unsure<Cents>(always, 386_400, 'before 2024 not given'), read<Cents>('2024-01-01', 386_400, 'PMSS 2024'), unsure<Cents>('2025-01-01', 392_500, 'memory'), unsure<Cents>('2026-01-01', 400_500, 'memory')],
} as const;

/** Rules of the contrat responsable (CSS L871-1, R871-1 and 2), in cents and basis points. */
export const RESPONSIBLE = {
  /** Above the ticket modérateur, outside OPTAM: at most this share of the base. */
  outsideOptamExcess: [unsure<BasisPoints>('2017-01-01', 10_000, 'memory')],
  frameClassB: [read<Cents>('2020-01-01', 10_000, 'décret du 11/01/2019')],
  /** The excess outside OPTAM is covered by at least so much less of the base than with OPTAM. */
  outsideOptamGap: [unsure<BasisPoints>('2016-01-01', 2000, 'memory')],
  audioClassII: [unsure<Cents>('2021-01-01', 170_000, 'per ear, compulsory part included')],
  /** From when the 100 % Santé baskets leave nothing to pay. */
  fullBasketFrom: { optics: '2020-01-01', dental: '2020-01-01', audio: '2021-01-01' },
  opticsEquipment: { simple: [read<Cents>('2020-01-01', 42_000, 'décret du 11/01/2019')], complex: [read<Cents>('2020-01-01', 70_000, 'décret du 11/01/2019')],
    'very-complex': [read<Cents>('2020-01-01', 80_000, 'décret du 11/01/2019')], 'simple-complex': [unsure<Cents>('2020-01-01', 56_000, 'memory')],
    'simple-very-complex': [unsure<Cents>('2020-01-01', 61_000, 'memory')], 'complex-very-complex': [unsure<Cents>('2020-01-01', 75_000, 'memory')] },
} as const;

/** The value in force on a day; undefined before the first. */
export function valueOn<T>(values: readonly Dated<T>[], date: string): T | undefined {
  return values.findLast((dated) => dated.from <= date)?.value;
}

function valueAlways<T>(values: readonly Dated<T>[], date: string): T {
  return valueOn(values, date) ?? (values[0] as Dated<T>).value;
}

const FLATS: readonly Family[] = [...NO_DAY, 'emergency-flat', 'emergency-flat-reduced'];

/** The compulsory rate of an act on the day of care, of its base or of its forfait. */
export function amoRateOn(date: string, act: { readonly family: Family; readonly regime: Regime; readonly carePath: boolean; readonly exemption?: Exemption }): BasisPoints {
  const values = act.regime === 'alsace-moselle' ? (ALSACE_MOSELLE[act.family] ?? AMO_RATES[act.family]) : AMO_RATES[act.family];
  const exempt: ExemptionRule | undefined = act.exemption === undefined ? undefined : EXEMPTION_RULES[act.exemption];
  const full = FLATS.includes(act.family) ? exempt?.flats.includes(act.family) : exempt?.full;
  const rate = full === true ? 10_000 : valueAlways(values, date);
  const outside = act.family === 'consultation' && !act.carePath && exempt?.carePath !== false;
  return outside ? Math.max(0, rate - valueAlways(LOST_OUTSIDE_CARE_PATH, date)) : rate;
}

/** A flat amount on the day of care. */
export function flatOn(name: keyof typeof FLAT, date: string): Cents {
  return valueAlways<Cents>(FLAT[name], date);
}
