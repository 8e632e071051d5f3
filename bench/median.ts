/** The middle one of some figures; of an even number the upper one of the two; 0 of none. */
export const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
