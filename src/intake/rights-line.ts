import { checkPlainDate, IdentifierError, parseAdherentNumber, parseBirthDate, parseBirthRank, parseConventionType, parseCsr, parseNir, parsePlainDate, type Words } from '../identifiers/index.ts';

/** Fields of a data line, in order (docs/formats/rights-file.md). */
export const RIGHTS_FIELDS = ['type', 'action', 'beneficiaryId', 'contract', 'adherentNumber', 'nir', 'birthDate', 'birthRank', 'familyName', 'givenNames',
  'relationship', 'product', 'order', 'domains', 'validFrom', 'validTo', 'cardFrom', 'cardTo', 'csr', 'conventionType', 'flags', 'regime'] as const;

/** One domain with its own dates; null: the contract's. */
export interface DomainRight {
  readonly code: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What a line grants: the last eleven fields. Thousands of lines say the same. */
export interface RightTerms {
  readonly product: string;
  readonly order: 1 | 2;
  readonly domains: readonly DomainRight[];
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly cardFrom: string;
  readonly cardTo: string;
  readonly csr: string;
  readonly conventionType: string;
  readonly responsible: boolean;
  readonly c2s: boolean;
  readonly regime: 'general' | 'alsace-moselle';
}

/** A line read; the identity is in it and goes no further than its seal. */
export interface RightsLine {
  readonly action: 'U' | 'D';
  readonly beneficiaryId: string;
  readonly contract: string;
  readonly adherentNumber: string;
  readonly nir: string;
  readonly birthDate: string;
  readonly birthRank: number;
  readonly identity: string;
  readonly terms: RightTerms;
}

/** Why a line was set aside. */
export interface LineFault {
  readonly field: string;
  readonly rule: string;
  readonly remedy: Words;
}

class Reader {
  readonly faults: LineFault[] = [];
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  raw(field: (typeof RIGHTS_FIELDS)[number]): string {
    return this.#values[RIGHTS_FIELDS.indexOf(field)] ?? '';
  }

  fault(field: string, rule: string, remedy: Words): void {
    this.faults.push({ field, rule, remedy });
  }

  matching(field: (typeof RIGHTS_FIELDS)[number], pattern: RegExp): string {
    const value = this.raw(field);
    if (!pattern.test(value)) this.fault(field, 'form', { fr: `Attendu : ${pattern.source}`, en: `Expected: ${pattern.source}` });
    return value;
  }

  parsed<T>(field: (typeof RIGHTS_FIELDS)[number], parse: (text: string) => T): T | undefined {
    try {
      return parse(this.raw(field));
    } catch (cause) {
      if (!(cause instanceof IdentifierError)) throw cause;
      for (const finding of cause.findings.filter((f) => f.severity === 'error')) this.fault(field, finding.rule, finding.remedy);
      return undefined;
    }
  }
}

const DOMAIN = /^([A-Z]{4})(?::(\d{4}-\d{2}-\d{2})?:(\d{4}-\d{2}-\d{2})?)?$/;

function readDomains(reader: Reader): DomainRight[] {
  return reader.raw('domains').split(',').flatMap((text) => {
    const match = DOMAIN.exec(text);
    const [from = null, to = null] = match?.slice(2) ?? [];
    const exist = [from, to].every((day) => day === null || checkPlainDate(day).length === 0);
    if (match !== null && exist && (from === null || to === null || from <= to)) return [{ code: match[1] as string, from, to }];
    if (match !== null) reader.fault('domains', exist ? 'before-from' : 'date-form', { fr: 'Les dates d’un domaine existent, et la fin ne précède pas le début.', en: 'A domain’s dates exist, and the end does not come before the start.' });
    else reader.fault('domains', 'form', { fr: 'Attendu : PHAR ou PHAR:2026-01-01:2026-12-31, séparés par des virgules.', en: 'Expected: PHAR or PHAR:2026-01-01:2026-12-31, separated by commas.' });
    return [];
  });
}

function readTerms(reader: Reader): Partial<RightTerms> {
  const validTo = reader.raw('validTo');
  const terms = {
    product: reader.matching('product', /^[A-Z0-9-]{1,20}$/), order: Number(reader.matching('order', /^[12]$/)) as 1 | 2,
    domains: readDomains(reader), validFrom: reader.parsed('validFrom', parsePlainDate), validTo: validTo === '' ? null : reader.parsed('validTo', parsePlainDate),
    cardFrom: reader.parsed('cardFrom', parsePlainDate), cardTo: reader.parsed('cardTo', parsePlainDate), csr: reader.parsed('csr', parseCsr),
    conventionType: reader.parsed('conventionType', parseConventionType), regime: reader.matching('regime', /^(general|alsace-moselle)$/) as RightTerms['regime'],
    responsible: reader.matching('flags', /^R?C?$/).includes('R'), c2s: reader.raw('flags').includes('C'),
  };
  if (terms.validTo != null && terms.validFrom !== undefined && terms.validTo < terms.validFrom) {
    reader.fault('validTo', 'before-from', { fr: 'La fin ne précède pas le début.', en: 'The end does not come before the start.' });
  }
  if (terms.cardFrom !== undefined && terms.cardTo !== undefined && terms.cardTo < terms.cardFrom) {
    reader.fault('cardTo', 'before-from', { fr: 'La fin ne précède pas le début.', en: 'The end does not come before the start.' });
  }
  return terms as Partial<RightTerms>;
}

/** Reads a data line; either the line, or every fault with its field, rule and remedy. */
export function readRightsLine(text: string): { readonly line: RightsLine; readonly faults?: undefined } | { readonly line?: undefined; readonly faults: readonly LineFault[] } {
  const values = text.split(';');
  if (values.length !== RIGHTS_FIELDS.length || values[0] !== 'L') {
    return { faults: [{ field: 'line', rule: 'fields', remedy: { fr: `Une ligne a ${RIGHTS_FIELDS.length} champs et commence par L.`, en: `A line has ${RIGHTS_FIELDS.length} fields and starts with L.` } }] };
  }
  const reader = new Reader(values);
  const terms = readTerms(reader);
  const line = {
    action: reader.matching('action', /^[UD]$/), beneficiaryId: reader.matching('beneficiaryId', /^[A-Za-z0-9-]{1,40}$/), contract: reader.matching('contract', /^[A-Za-z0-9-]{1,40}$/),
    adherentNumber: reader.parsed('adherentNumber', parseAdherentNumber), nir: reader.parsed('nir', parseNir), birthDate: reader.parsed('birthDate', parseBirthDate), birthRank: reader.parsed('birthRank', parseBirthRank), terms,
    identity: [reader.matching('familyName', /^[^;]{1,80}$/), reader.matching('givenNames', /^[^;]{1,120}$/), reader.raw('relationship'), values[5], values[6], values[7], values[4], values[2], values[3]].join(';'),
  };
  return reader.faults.length > 0 ? { faults: reader.faults } : { line: line as RightsLine };
}
