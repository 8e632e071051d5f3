import { AppError, type PublicText } from '../ground/index.ts';
import enisa from './enisa.json' with { type: 'json' };
import type { StoredAssessment } from './types.ts';

/** The method's tables, every value as data. */
export const ENISA = enisa;

export type DataCategory = keyof typeof enisa.dataCategories;
export type Adjustment = keyof typeof enisa.adjustments;
export type Identifier = keyof typeof enisa.identifiers;
export type Level = StoredAssessment['level'];

/** What is known of a breach, as the method asks it. Every choice bears its justification. */
export interface AssessmentInput {
  /** Categories of data; several: the highest counts. */
  readonly categories: readonly DataCategory[];
  readonly adjustments?: readonly { readonly kind: Adjustment; readonly points: number; readonly why: string }[];
  /** How easily a person is identified: a general level, or the method's cases by identifier; the highest counts. */
  readonly identification: { readonly general: keyof typeof enisa.identification } | { readonly identifiers: Readonly<Partial<Record<Identifier, string>>> };
  readonly confidentiality: keyof typeof enisa.circumstances.confidentiality;
  readonly integrity?: keyof typeof enisa.circumstances.integrity;
  readonly availability?: keyof typeof enisa.circumstances.availability;
  readonly malicious: boolean;
  /** Persons concerned; null: not known. */
  readonly persons: number | null;
  /** The data cannot be read by who got them (strong encryption, key safe). */
  readonly unintelligible?: boolean;
  /** A third party read the NIR itself (an answer of this platform holds none). */
  readonly nirRead: boolean;
  /** Why data, identification and circumstances are as said. */
  readonly justification: { readonly data: string; readonly identification: string; readonly circumstances: string };
  /** A higher level than reckoned, decided by a person with a reason. */
  readonly raised?: { readonly level: Level; readonly why: string };
}

/** A finished assessment. */
export interface Assessment extends StoredAssessment {
  readonly inputs: AssessmentInput;
  readonly dataContext: number;
  readonly easeOfIdentification: number;
  readonly circumstances: number;
  readonly flags: readonly ('many-persons' | 'unintelligible')[];
  /** Why the persons should be told, as proposed to the controller, who decides. */
  readonly tellBecause: readonly ('severity' | 'nir' | 'many-and-malicious' | 'raised')[];
}

const LEVELS: readonly Level[] = ['low', 'medium', 'high', 'very-high'];
const FLOOR: Readonly<Record<Level, number>> = { low: 0, medium: 2, high: 3, 'very-high': 4 };

function refuse(field: string, rule: string, message: PublicText): never {
  throw new AppError({ code: 'bad-input', detail: rule, publicText: message, faults: [{ field, rule, message, remedy: { fr: 'Complétez l’évaluation.', en: 'Complete the assessment.' } }] });
}

function must(text: string, field: string): void {
  if (text.trim().length < 3) refuse(field, 'justification', { fr: `La justification manque : ${field}.`, en: `The justification is missing: ${field}.` });
}

function dataContext(input: AssessmentInput): number {
  if (input.categories.length === 0) refuse('categories', 'required', { fr: 'Il faut au moins une catégorie de données.', en: 'At least one category of data is needed.' });
  let points = Math.max(...input.categories.map((category) => enisa.dataCategories[category]));
  for (const { kind, points: change, why } of input.adjustments ?? []) {
    const { min, max } = enisa.adjustments[kind];
    if (!Number.isInteger(change) || change < min || change > max) refuse('adjustments', 'range', { fr: `${kind} : un entier de ${min} à ${max}.`, en: `${kind}: a whole number from ${min} to ${max}.` });
    must(why, `adjustments.${kind}`);
    points += change;
  }
  return Math.min(enisa.dataRange.max, Math.max(enisa.dataRange.min, points));
}

function identification(input: AssessmentInput): number {
  const said = input.identification;
  if ('general' in said) return enisa.identification[said.general];
  const values = Object.entries(said.identifiers).map(([identifier, which]) => (enisa.identifiers[identifier as Identifier] as Readonly<Record<string, number>>)[which] ?? refuse('identification', 'value', { fr: `Valeur inconnue : ${which}.`, en: `Unknown value: ${which}.` }));
  return values.length === 0 ? refuse('identification', 'required', { fr: 'Il faut au moins un identifiant.', en: 'At least one identifier is needed.' }) : Math.max(...values);
}

const levelOf = (score: number): Level => (enisa.levels.find((band) => band.below === undefined || score < band.below)?.level ?? 'very-high') as Level;

function whyTell(input: AssessmentInput, reckoned: number): Assessment['tellBecause'] {
  const because: Assessment['tellBecause'][number][] = [];
  if (reckoned >= FLOOR.high) because.push('severity');
  if (input.nirRead) because.push('nir');
  // The method ignores how many they are: it can rate a mass harvest too low.
  if (input.malicious && (input.persons ?? Infinity) > enisa.flags.manyPersons) because.push('many-and-malicious');
  if (input.raised !== undefined && LEVELS.indexOf(input.raised.level) >= LEVELS.indexOf('high') && !because.includes('severity')) because.push('raised');
  return because;
}

/**
 * The severity of a breach by ENISA's method: SE = DPC × EI + CB. Overridden upward only.
 * @throws AppError `bad-input`: a justification is missing, a value is not in the tables, or the level would be lowered
 */
export function assess(input: AssessmentInput): Assessment {
  for (const [field, text] of Object.entries(input.justification)) must(text, field);
  const [data, ease] = [dataContext(input), identification(input)];
  const { confidentiality, integrity, availability, malicious } = enisa.circumstances;
  const circumstances = confidentiality[input.confidentiality] + integrity[input.integrity ?? 'none'] + availability[input.availability ?? 'none'] + malicious[input.malicious ? 'yes' : 'no'];
  const reckoned = data * ease + circumstances;
  const computed = levelOf(reckoned);
  if (input.raised !== undefined) {
    must(input.raised.why, 'raised');
    if (LEVELS.indexOf(input.raised.level) <= LEVELS.indexOf(computed)) refuse('raised', 'downward', { fr: 'Un niveau ne peut être que relevé.', en: 'A level may only be raised.' });
  }
  const tellBecause = whyTell(input, reckoned);
  const unreadable = input.unintelligible === true;
  return { inputs: input, dataContext: data, easeOfIdentification: ease, circumstances, reckoned, score: input.raised === undefined ? reckoned : Math.max(reckoned, FLOOR[input.raised.level]), level: input.raised?.level ?? computed,
    flags: [...((input.persons ?? Infinity) > enisa.flags.manyPersons ? ['many-persons' as const] : []), ...(unreadable ? ['unintelligible' as const] : [])], tellBecause, tellPersons: tellBecause.length > 0 };
}
