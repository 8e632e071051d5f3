/** A text in both languages of the interface, French first. */
export interface Words {
  readonly fr: string;
  readonly en: string;
}

/** One fault of an identifier: the rule, and what to do. Never holds the value that was typed. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly message: Words;
  readonly remedy: Words;
}

/** Thrown by every `parseX`: all findings at once, without the value. */
export class IdentifierError extends Error {
  readonly kind: string;
  readonly findings: readonly Finding[];

  constructor(kind: string, findings: readonly Finding[]) {
    super(`${kind}: ${findings.map((finding) => finding.rule).join(', ')}`);
    this.name = 'IdentifierError';
    this.kind = kind;
    this.findings = findings;
  }
}

/** A finding that makes the identifier unusable. */
export function fault(rule: string, message: Words, remedy: Words): Finding {
  return { rule, severity: 'error', message, remedy };
}

/** A finding that is said and does not stop. */
export function warning(rule: string, message: Words, remedy: Words): Finding {
  return { rule, severity: 'warning', message, remedy };
}

/** Throws when there is an error among the findings. */
export function refuseErrors(kind: string, findings: readonly Finding[]): void {
  if (findings.some((finding) => finding.severity === 'error')) throw new IdentifierError(kind, findings);
}
