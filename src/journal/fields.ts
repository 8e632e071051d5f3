/** The set of fields an answer may hold, as bits of an entry's `fields` (docs/formats/journal-entry.md). */
export const FIELD = {
  verdict: 1,
  period: 2,
  rule: 4,
  amounts: 8,
  guarantee: 16,
  reason: 32,
} as const;
