import { AppError, type FieldFault, type PublicText } from '../../ground/index.ts';
import { IdentifierError } from '../../identifiers/index.ts';

/** Collects every fault of an input before refusing it, so that the caller mends all at once. */
export class FieldReader {
  readonly faults: FieldFault[] = [];

  fault(field: string, rule: string, words: { readonly fr: string; readonly en: string; readonly remedyFr: string; readonly remedyEn: string }): undefined {
    this.faults.push({ field, rule, message: { fr: words.fr, en: words.en }, remedy: { fr: words.remedyFr, en: words.remedyEn } });
    return undefined;
  }

  missing(field: string): undefined {
    return this.fault(field, 'required', { fr: 'Ce champ est obligatoire.', en: 'This field is required.', remedyFr: 'Renseignez-le.', remedyEn: 'Fill it in.' });
  }

  wrongType(field: string, expected: string): undefined {
    return this.fault(field, 'type', { fr: `Ce champ doit être de type ${expected}.`, en: `This field must be of type ${expected}.`, remedyFr: 'Corrigez le type envoyé.', remedyEn: 'Send the right type.' });
  }

  /** A string of at most `max` characters matching `pattern` (which `form` says in words, where persons type it); undefined (and a fault) otherwise. */
  string(field: string, value: unknown, rule: { readonly max: number; readonly pattern?: RegExp; readonly form?: PublicText; readonly required?: boolean }): string | undefined {
    if (value === undefined || value === null) return rule.required === true ? this.missing(field) : undefined;
    if (typeof value !== 'string') return this.wrongType(field, 'string');
    if (value.length > rule.max) return this.fault(field, 'too-long', { fr: `Au plus ${rule.max} caractères.`, en: `At most ${rule.max} characters.`, remedyFr: 'Raccourcissez.', remedyEn: 'Shorten it.' });
    if (rule.pattern !== undefined && !rule.pattern.test(value)) {
      return this.fault(field, 'alphabet', { fr: 'Caractères ou longueur non admis.', en: 'Characters or length not allowed.', remedyFr: `Attendu : ${rule.form?.fr ?? rule.pattern.source}`, remedyEn: `Expected: ${rule.form?.en ?? rule.pattern.source}` });
    }
    return value;
  }

  /** One of a list of values. */
  oneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T | undefined {
    if (value === undefined || value === null) return this.missing(field);
    if (typeof value !== 'string') return this.wrongType(field, 'string');
    if ((allowed as readonly string[]).includes(value)) return value as T;
    return this.fault(field, 'value', { fr: 'Valeur inconnue.', en: 'Unknown value.', remedyFr: `Une de : ${allowed.join(', ')}.`, remedyEn: `One of: ${allowed.join(', ')}.` });
  }

  /** Parses by an identifier's own parser; its findings become faults of this field. */
  parsed<T>(field: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (cause) {
      if (!(cause instanceof IdentifierError)) throw cause;
      for (const f of cause.findings.filter((finding) => finding.severity === 'error')) {
        this.faults.push({ field, rule: f.rule, message: f.message, remedy: f.remedy });
      }
      return undefined;
    }
  }

  /** Refuses fields that are not known: a misspelt field must not be silently ignored. */
  known(path: string, value: object, names: readonly string[]): void {
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) {
        const shown = /^[A-Za-z][A-Za-z0-9]{0,40}$/.test(name) ? name : '?';
        this.fault(path === '' ? shown : `${path}.${shown}`, 'unknown-field', { fr: 'Champ inconnu.', en: 'Unknown field.', remedyFr: `Champs admis : ${names.join(', ')}.`, remedyEn: `Allowed: ${names.join(', ')}.` });
      }
    }
  }

  /** Throws when anything was found. */
  refuse(): void {
    if (this.faults.length === 0) return;
    throw new AppError({ code: 'bad-input', faults: this.faults, publicText: {
      fr: `${this.faults.length} champ(s) à corriger. Rien n'a été cherché.`, en: `${this.faults.length} field(s) to correct. Nothing was looked up.` } });
  }
}

/** Whether the value is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
