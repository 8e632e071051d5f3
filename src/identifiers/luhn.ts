/** Whether a string of digits has a valid Luhn key (ISO/IEC 7812-1). */
export function hasLuhnKey(digits: string): boolean {
  return luhnSum(digits) % 10 === 0;
}

/** The digit that completes `digits` to a valid Luhn number. */
export function luhnKey(digits: string): string {
  return String((10 - (luhnSum(`${digits}0`) % 10)) % 10);
}

function luhnSum(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum;
}
