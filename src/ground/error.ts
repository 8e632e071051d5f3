/** Every kind of failure a caller may meet. The code is stable; texts may change. */
export type ErrorCode =
  | 'bad-input'
  | 'too-large'
  | 'not-found'
  | 'wrong-method'
  | 'unauthenticated'
  | 'forbidden'
  | 'frozen'
  | 'ceiling'
  | 'conflict'
  | 'unavailable'
  | 'internal';

/** A text in both languages of the interface, French first. */
export interface PublicText {
  readonly fr: string;
  readonly en: string;
}

/** One fault in an input: which field, which rule, what to do. Never holds the value itself. */
export interface FieldFault {
  readonly field: string;
  readonly rule: string;
  readonly message: PublicText;
  readonly remedy: PublicText;
}

interface AppErrorOptions {
  readonly code: ErrorCode;
  readonly publicText: PublicText;
  /** For the log only; must hold no identity. */
  readonly detail?: string;
  readonly faults?: readonly FieldFault[];
  readonly retryAfterSeconds?: number;
  /** Where somebody may confirm that it is them, and with which code. */
  readonly touch?: { readonly address: string; readonly code: string };
  /** What the insurer allows meanwhile, where we could not answer. */
  readonly insurerRule?: PublicText;
  readonly cause?: unknown;
}

/** The one error class: a stable code, a text for the caller, a detail for the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly publicText: PublicText;
  readonly detail: string | undefined;
  readonly faults: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;
  readonly touch: { readonly address: string; readonly code: string } | undefined;
  readonly insurerRule: PublicText | undefined;

  constructor(options: AppErrorOptions) {
    super(options.publicText.en, { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code;
    this.publicText = options.publicText;
    this.detail = options.detail;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.touch = options.touch;
    this.insurerRule = options.insurerRule;
  }
}

/** Throws when one of our own assumptions does not hold: a bug, never bad input. */
export function invariant(holds: boolean, assumption: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${assumption}`);
}
