import type { Words } from '../shared/language.tsx';

/** Answer of `POST /v1/checks` (docs/openapi.json, `Answer`). */
export interface Answer {
  readonly entry: number;
  readonly verdict: 'yes' | 'no' | 'undetermined';
  readonly reason?: { readonly code: string; readonly text: Words; readonly remedy: Words };
  readonly domain: string;
  readonly careDate: string;
  readonly answeredAt: string;
  readonly coverage?: { readonly from: string; readonly to: string | null };
  readonly rule?: Words;
  readonly reckoning?: { readonly lines: readonly ReckonedLine[]; readonly totals: Amounts; readonly authorizationRequired: boolean };
  readonly authorizationRequired: boolean;
  readonly channel?: Words;
  readonly guarantee?: { readonly number: string; readonly expiresOn: string; readonly terms: Words };
  readonly insurerRule?: Words;
}

export interface Amounts {
  readonly priceCents: number;
  /** Compulsory part as it is paid now, before what is kept back later. */
  readonly amoGrossCents: number;
  readonly amcCents: number;
  readonly tmCents: number;
  readonly patientTotalCents: number;
  readonly patientCounterCents: number;
}

export interface ReckonedLine extends Amounts {
  readonly code: string;
  readonly sentence: Words;
  readonly notes: readonly Words[];
}

/** `GET /v1/my/day`. */
export interface Day {
  readonly questions: readonly { readonly entry: number; readonly at: string; readonly outcome: string; readonly domain: string; readonly guarantee: string | null }[];
  readonly ceilings: readonly { readonly class: 'u' | 'k' | 'c'; readonly perDay: number; readonly used: number; readonly raisedUntil: string | null }[];
  readonly signIns: readonly { readonly at: string; readonly how: 'psc' | 'passkey'; readonly endedAt: string | null; readonly current: boolean }[];
  readonly passkeys: readonly { readonly enrolledAt: string; readonly lastUsedAt: string | null }[];
}

export interface Insurer {
  readonly amcNumber: string;
  readonly name: string;
  /** What it allows with the printed card when we cannot answer, and how to reach it. */
  readonly rule: Words;
  readonly channel: Words;
}
