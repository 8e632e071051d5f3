/** Money in integer euro cents. */
export type Cents = number;
/** Hundredths of a percent: 7000 is 70 %. */
export type BasisPoints = number;

/** `rate` of an amount, half a cent up. Exact: both are integers below 2^53. */
export function shareOf(amountCents: Cents, rate: BasisPoints): Cents {
  return Math.floor((amountCents * rate + 5000) / 10_000);
}

/** `12,34 €` */
export function euros(cents: Cents): string {
  return `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')} €`;
}
