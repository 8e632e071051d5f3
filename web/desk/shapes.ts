import type { Words } from '../shared/language.tsx';

/** A freeze, as the desk shows it. */
export interface Freeze {
  readonly id: number;
  readonly at: string;
  readonly by: string;
  readonly reasons: readonly (Words & { readonly code: string })[];
  readonly reviewDueAt: string;
  readonly reviewedAt: string | null;
  readonly reviewedBy: string | null;
  readonly liftedAt: string | null;
  readonly client: string;
  readonly user: string | null;
  readonly establishment: string | null;
  readonly town: string | null;
}

/** Something that happened, from the journal. */
export interface Happening {
  readonly entry: number;
  readonly at: string;
  readonly purpose: string;
  readonly outcome: string;
  readonly detail: string | null;
  readonly establishment: string | null;
}

export interface Stop {
  readonly id: number;
  readonly scope: 'establishment' | 'vendor' | 'platform';
  readonly subject: string;
  readonly reason: string;
  readonly by: string;
  readonly and: string;
  readonly until: string;
}

/** `GET /desk/v1/now`. */
export interface Now {
  readonly at: string;
  readonly since: string;
  readonly minutes: readonly { readonly minute: string; readonly outcome: string; readonly count: number }[];
  readonly events: readonly Happening[];
  readonly freezes: readonly Freeze[];
  readonly stops: readonly Stop[];
  readonly waiting: number;
}

/** What takes two officers. */
export interface TwoRequest {
  readonly id: string;
  readonly kind: string;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly askedBy: string;
  readonly mine: boolean;
  readonly askedAt: string;
  readonly expiresAt: string;
  readonly state: 'asked' | 'done' | 'refused' | 'withdrawn' | 'failed' | 'expired';
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly text: string;
}

export interface OfficerLine {
  readonly id: number;
  readonly name: string;
  readonly role: 'security' | 'data-protection' | 'on-call' | 'auditor';
  readonly madeAt: string;
  readonly madeBy: string;
  readonly removedAt: string | null;
  readonly passkeys: number;
  readonly lastSeenAt: string | null;
}

/** `POST /desk/v1/looks`. */
export interface Look {
  readonly entry: number;
  readonly entries: readonly { readonly entry: number; readonly at: string; readonly purpose: string; readonly outcome: string; readonly presence: string | null; readonly domain: string | null; readonly insurer: string | null; readonly establishment: string | null; readonly disclosed: boolean }[];
  readonly freezes: readonly Freeze[];
}
