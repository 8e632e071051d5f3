import { hasLuhnKey, luhnKey } from '../identifiers/index.ts';

const DIGITS = 12;

/** A guarantee's number as it is printed and typed: `RG-000000001234-7`, its entry's number with a Luhn key. */
export function formatGuaranteeNumber(entry: number): string {
  const digits = String(entry).padStart(DIGITS, '0');
  return `RG-${digits}-${luhnKey(digits)}`;
}

/** The entry behind a typed number; undefined when it is malformed or its key is wrong. */
export function findEntryOfGuarantee(typed: string): number | undefined {
  const match = /^(?:RG)?(\d{12})(\d)$/.exec(typed.toUpperCase().replaceAll(/[\s-]/g, ''));
  return match !== null && hasLuhnKey(`${match[1]}${match[2]}`) ? Number(match[1]) : undefined;
}
