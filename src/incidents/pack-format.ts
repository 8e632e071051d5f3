/*
 * An insurer's pack (docs/formats/insurer-pack.md): a signed file of JSON lines, encrypted with age to the insurer's recipient.
 * Header `H;1;INCIDENT;AMC;VERSION`. Lines: {"about"}, {"key"}, {"person"}.
 */

/** Magic word of a pack's signature. */
export const PACK_MAGIC = 'rempart-pack-v1';
/** Entries on one line; a record with more goes on on the next. */
export const ENTRIES_PER_LINE = 120;

/** What the insurer must know besides its persons. Times are ISO 8601 in UTC. */
export interface PackAbout {
  readonly incident: number;
  readonly title: string;
  readonly insurer: { readonly amcNumber: string; readonly name: string };
  /** The insurer's row number, part of what each identity is sealed to. */
  readonly sealedFor: number;
  readonly operatorAwareAt: string | null;
  readonly window: { readonly from: string; readonly to: string };
  readonly whatHappened: string;
  readonly whatWasDone: string;
  readonly consequences: string;
  /** Professions of the accounts that were used, and how many of each. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly containedAt: string | null;
  readonly counts: { readonly persons: number; readonly records: number; readonly disclosures: number; readonly former: number; readonly asked: number };
  readonly fields: Readonly<Record<string, number>>;
  /** Periods of which nothing can be said: their entries are gone. */
  readonly notDeterminable: readonly { readonly from: string; readonly to: string }[];
  /** What is to be done, and within how many hours of receiving this. */
  readonly todo: readonly { readonly what: string; readonly hours: number }[];
  readonly severity: { readonly score: number; readonly level: string; readonly tellPersons: boolean } | null;
  readonly nextUpdateAt: string | null;
}

/** A line with the wrapped key of the identities sealed after it. */
export interface KeyLine {
  readonly key: number;
  /** base64: an age file of 32 bytes, to the insurer's recipient. */
  readonly wrapped: string;
}

/** A line of one person's record as one kind of place was told of it. The first line of a person bears the notice's code. */
export interface PersonLine {
  readonly person: string;
  readonly row: number | null;
  readonly contract: string | null;
  readonly key: number | null;
  /** base64; null when the register no longer holds the record. */
  readonly sealed: string | null;
  /** Profession of who was told: doctor, pharmacy, … */
  readonly group: string;
  /** Bit set of docs/formats/journal-entry.md. */
  readonly fields: number;
  readonly times: number;
  readonly entries: readonly number[];
  readonly at: readonly string[];
  readonly code?: string;
  /** The same record as the line before, with more entries. */
  readonly more?: true;
}
