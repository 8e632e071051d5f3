import type { PublicText } from '../ground/index.ts';
import type { Reckoning } from '../guarantees/index.ts';

export type Verdict = 'yes' | 'no' | 'undetermined';
/** Why an answer is not a yes. A bare no is `not-recognised` whatever its cause. */
export type AnswerReason = 'not-recognised' | 'not-in-force' | 'domain-closed' | 'no-convention' | 'insurer-silent';

/** A guarantee as its holder gets it: the insurer's commitment within its terms. */
export interface Guarantee {
  readonly number: string;
  readonly expiresOn: string;
  /** Compact JWS (EdDSA) over number, terms and dates. */
  readonly token: string;
  readonly terms: PublicText;
}

/** The least that serves: no identity, no other domain, no other insurer. */
export interface Answer {
  /** Number of the journal entry. */
  readonly entry: number;
  readonly reference: string;
  readonly verdict: Verdict;
  readonly reason?: { readonly code: AnswerReason; readonly text: PublicText; readonly remedy: PublicText };
  readonly domain: string;
  readonly careDate: string;
  /** ISO 8601 instant. */
  readonly answeredAt: string;
  readonly coverage?: { readonly from: string; readonly to: string | null };
  readonly rule?: PublicText;
  readonly reckoning?: Reckoning;
  readonly authorizationRequired: boolean;
  /** How to reach the insurer for the agreement that is required. */
  readonly channel?: PublicText;
  readonly guarantee?: Guarantee;
  readonly insurerRule?: PublicText;
  readonly retryAfterSeconds?: number;
  /** Promise that the entry will stand in the published journal (docs/formats/receipt.md). A guarantee's token is its own. */
  readonly receipt?: string;
}
