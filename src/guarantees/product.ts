import { formulaFaults, type Formula } from './formula.ts';
import { FAMILIES, type Family } from './parameters.ts';

interface Words { readonly fr: string; readonly en: string }

/** What a product pays for some acts; the first rule that matches decides. */
export interface ProductRule {
  readonly families?: readonly Family[];
  readonly codes?: readonly string[];
  readonly classes?: readonly string[];
  readonly domains?: readonly string[];
  /** Only in sector 1 or under OPTAM (true), or only outside (false). */
  readonly optam?: boolean;
  readonly formula: Formula;
  /** The formula's value contains the compulsory part (180 % BR "including AMO"). */
  readonly includesAmo: boolean;
  /** Depends on what was used before (yearly cap, sessions, renewal): no amount is guaranteed. */
  readonly memory?: 'yearly-cap' | 'sessions' | 'renewal';
  /** The rule in a sentence. */
  readonly label: Words;
}

/** A product of an insurer. */
export interface Product {
  readonly code: string;
  readonly responsible: boolean;
  readonly rules: readonly ProductRule[];
}

/** Thrown when a product's definition cannot be read: every fault with its path. */
export class ProductError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'ProductError';
    this.faults = faults;
  }
}

const RULE_FIELDS = ['families', 'codes', 'classes', 'domains', 'optam', 'formula', 'includesAmo', 'memory', 'label'];
const PRODUCT_FIELDS = ['code', 'responsible', 'rules'];

// A selector that is misspelt would make its rule one for every act.
const unknownFaults = (value: object, known: readonly string[], path: string): string[] => Object.keys(value).filter((name) => !known.includes(name)).map(() => `${path}: known fields are ${known.join(', ')}`).slice(0, 1);

const isStrings = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.every((x) => typeof x === 'string'));

function ruleFaults(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: a rule is an object`];
  const rule = value as Record<string, unknown>;
  const faults = [...unknownFaults(rule, RULE_FIELDS, path), ...formulaFaults(rule['formula'], `${path}.formula`)];
  for (const name of ['families', 'codes', 'classes', 'domains']) if (!isStrings(rule[name])) faults.push(`${path}.${name}: a list of strings`);
  if (rule['optam'] !== undefined && typeof rule['optam'] !== 'boolean') faults.push(`${path}.optam: true or false`);
  const unknown = (Array.isArray(rule['families']) ? rule['families'] as string[] : []).filter((family) => !(FAMILIES as readonly string[]).includes(family));
  if (unknown.length > 0) faults.push(`${path}.families: unknown ${unknown.join(', ')}`);
  if (typeof rule['includesAmo'] !== 'boolean') faults.push(`${path}.includesAmo: true or false`);
  if (rule['memory'] !== undefined && !['yearly-cap', 'sessions', 'renewal'].includes(rule['memory'] as string)) faults.push(`${path}.memory: yearly-cap, sessions or renewal`);
  const label = rule['label'] as Record<string, unknown> | undefined;
  if (typeof label?.['fr'] !== 'string' || typeof label['en'] !== 'string') faults.push(`${path}.label: a sentence in fr and en`);
  return faults;
}

/** Reads a product's definition. @throws ProductError */
export function parseProduct(value: unknown): Product {
  if (typeof value !== 'object' || value === null) throw new ProductError(['a product is an object']);
  const product = value as Record<string, unknown>;
  const faults: string[] = unknownFaults(product, PRODUCT_FIELDS, 'product');
  if (typeof product['code'] !== 'string' || !/^[A-Z0-9-]{1,20}$/.test(product['code'])) faults.push('code: 1 to 20 of A-Z, 0-9, -');
  if (typeof product['responsible'] !== 'boolean') faults.push('responsible: true or false');
  if (!Array.isArray(product['rules']) || product['rules'].length > 100) faults.push('rules: a list of at most 100');
  else faults.push(...product['rules'].flatMap((rule: unknown, i) => ruleFaults(rule, `rules[${i}]`)));
  if (faults.length > 0) throw new ProductError(faults);
  return value as Product;
}

/** The rule that decides for an act; undefined when the product does not cover it. */
export function findRule(product: Product, act: { readonly family: Family; readonly code: string; readonly class?: string; readonly domain: string; readonly optam?: boolean }): ProductRule | undefined {
  const takes = (list: readonly string[] | undefined, value: string | undefined): boolean => list === undefined || (value !== undefined && list.includes(value));
  return product.rules.find((rule) => takes(rule.families, act.family) && takes(rule.codes?.map((code) => code.toUpperCase()), act.code.toUpperCase()) && takes(rule.classes, act.class) && takes(rule.domains, act.domain)
    && (rule.optam === undefined || rule.optam === (act.optam ?? true)));
}
