import type { Words } from '../shared/language.tsx';

/** A freeze, as the desk shows it. */
export interface Freeze {
  readonly id: number;
  readonly at: string;
  readonly by: string;
  readonly reasons: readonly (Words & { readonly code: string })[];
  /** By when a human must look: the first look, or an appeal without an answer. Null: nothing is due. */
  readonly dueAt: string | null;
  readonly reviewDueAt: string;
  readonly reviewedAt: string | null;
  readonly reviewedBy: string | null;
  readonly liftedAt: string | null;
  /** Stops only questions without presence. */
  readonly unproven: boolean;
  readonly onCallUntil: string | null;
  readonly onCallBy: string | null;
  readonly appeal: { readonly at: string; readonly reason: string; readonly dueAt: string; readonly answeredAt: string | null } | null;
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

/** More persons told of than is usual, over a place, a vendor's software or the platform. */
export interface Alarm {
  readonly id: number;
  readonly scope: 'establishment' | 'vendor' | 'platform';
  readonly subject: string;
  readonly at: string;
  readonly span: 'minute' | 'hour' | 'day' | 'month';
  readonly told: number;
  readonly ceiling: number;
}

/** `GET /desk/v1/now`. */
export interface Now {
  readonly at: string;
  /** False while a restored database answers nothing. */
  readonly answers: boolean;
  readonly since: string;
  readonly minutes: readonly { readonly minute: string; readonly outcome: string; readonly count: number }[];
  readonly events: readonly Happening[];
  readonly freezes: readonly Freeze[];
  readonly stops: readonly Stop[];
  readonly alarms: readonly Alarm[];
  readonly incidents: readonly IncidentLine[];
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
  /** What was made of it; `refused`: why it could not be done; `because`: the kind of request that withdrew it. */
  readonly result: { readonly refused?: string; readonly because?: string } | null;
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
  /** False: no professional has this number; there is nothing to look at, and nobody is cleared. */
  readonly known: boolean;
  readonly entries: readonly { readonly entry: number; readonly at: string; readonly purpose: string; readonly outcome: string; readonly presence: string | null; readonly domain: string | null; readonly insurer: string | null; readonly establishment: string | null; readonly disclosed: boolean }[];
  readonly freezes: readonly Freeze[];
}

export type IncidentState = 'suspected' | 'confirmed' | 'contained' | 'closed' | 'dismissed';

/** An incident in a list. */
export interface IncidentLine {
  readonly id: number;
  readonly title: string;
  readonly state: IncidentState;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly freeze: number | null;
  readonly awareAt: string | null;
  readonly closedAt: string | null;
  readonly notification: 'undecided' | 'notify' | 'none';
  readonly notificationReason: string | null;
  readonly drill: boolean;
  readonly severity: { readonly score: number; readonly reckoned: number; readonly level: 'low' | 'medium' | 'high' | 'very-high'; readonly tellPersons: boolean; readonly inputs?: { readonly justification?: Readonly<Record<string, string>> } } | null;
  readonly facts: Readonly<Record<string, string>>;
  readonly persons: number | null;
  readonly insurers: number;
  readonly nextDueAt: string | null;
  /** Duties of insurers that want a word from us. */
  readonly reminders: number;
}

export interface IncidentClock {
  readonly id: number;
  readonly kind: 'authority' | 'tell-insurer' | 'acknowledge' | 'tell-persons';
  /** null: the operator itself. */
  readonly controller: string | null;
  /** The list that added persons to those already told; null: the first start. */
  readonly list: number | null;
  readonly dueAt: string;
  readonly hours: number;
  readonly metAt: string | null;
  readonly metBy: string | null;
  readonly lateReason: string | null;
}

export interface InsurerLine {
  readonly amc: string;
  readonly name: string;
  readonly persons: number;
  readonly records: number;
  readonly disclosures: number;
  readonly former: number;
  /** Disclosures by set of fields. */
  readonly fields: Readonly<Record<string, number>>;
  readonly asked: Readonly<Record<string, number>>;
}

export interface OutgoingDocument {
  readonly id: number;
  readonly kind: string;
  readonly version: number;
  readonly recipient: string;
  readonly insurer: string | null;
  readonly madeAt: string;
  readonly sealedAt: string | null;
  readonly bytes: number | null;
  readonly hash: string | null;
  readonly sentAt: string | null;
  readonly sentBy: readonly string[] | null;
  readonly sentVia: string | null;
  readonly proof: Readonly<Record<string, unknown>> | null;
  readonly acknowledgedAt: string | null;
}

export type InsurerDuty = 'acknowledge' | 'authority' | 'tell-persons';

/** Where an insurer of the last list stands. */
export interface Standing {
  readonly amc: string;
  readonly name: string;
  readonly persons: number;
  readonly sentAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly told: number | null;
  readonly means: string | null;
  readonly reportedAt: string | null;
  readonly reminders: number;
  readonly lastReminderAt: string | null;
  readonly lastReminderBy: string | null;
  /** Half their time has passed, and nobody reminded it in the last day. */
  readonly due: readonly InsurerDuty[];
  readonly late: boolean;
}

/** `POST /desk/v1/incidents/difference`: persons, by insurer. */
export interface Difference {
  readonly before: number;
  readonly after: number;
  readonly insurers: readonly { readonly name: string; readonly added: number; readonly removed: number; readonly kept: number }[];
}

/** `GET /desk/v1/signals`. */
export interface Signals {
  readonly peers: readonly { readonly issuer: string; readonly name: string; readonly kind: string; readonly status: 'enabled' | 'paused' | 'disabled'; readonly verifiedAt: string | null; readonly freezesAnHour: number; readonly freezesLeft: number }[];
  readonly alarms: readonly { readonly id: number; readonly peer: string; readonly kind: string; readonly hour: string; readonly count: number }[];
  readonly received: readonly { readonly id: number; readonly peer: string; readonly event: string; readonly takenAt: string; readonly state: string; readonly freeze: number | null; readonly appliedAt: string | null }[];
  readonly sent: readonly { readonly freeze: number; readonly event: string; readonly at: string; readonly peers: number; readonly delivered: number; readonly givenUp: number; readonly takenBack: boolean }[];
  /** Freezes in force that the peers could be told of. */
  readonly tellable: readonly number[];
}

/** `POST /desk/v1/incidents/show`. */
export interface WholeIncident extends IncidentLine {
  readonly leftToDo: readonly string[];
  readonly steps: readonly { readonly to: IncidentState; readonly two: boolean }[];
  readonly scope: { readonly version: number; readonly from: string; readonly to: string | null; readonly reason: string; readonly by: string; readonly items: readonly { readonly kind: string; readonly id: number | string }[] };
  /** The last list. `endsEarly`: it stops before the window does or, where that is open, before the breach was contained. */
  readonly exposure: { readonly id: number; readonly scopeVersion: number; readonly from: string; readonly to: string; readonly endsEarly: boolean; readonly purgedSince: boolean; readonly listedAt: string; readonly unattributed: number; readonly notDeterminable: readonly { readonly from: string; readonly to: string }[]; readonly insurers: readonly InsurerLine[] } | null;
  readonly clocks: readonly IncidentClock[];
  readonly documents: readonly OutgoingDocument[];
  readonly standings: readonly Standing[];
  /** Complete lists, newest first. */
  readonly lists: readonly { readonly id: number; readonly scopeVersion: number; readonly listedAt: string; readonly persons: number }[];
  readonly progress: Readonly<Record<string, number>>;
  /** What is asked for and waits for a second officer. */
  readonly requests: readonly TwoRequest[];
  readonly events: readonly { readonly id: number; readonly at: string; readonly kind: string; readonly by: string; readonly and: string | null; readonly detail: Readonly<Record<string, unknown>>; readonly entry: number }[];
  readonly jobs: readonly { readonly id: number; readonly kind: 'list' | 'packs' | 'send' | 'drill'; readonly progress: string | null; readonly startedAt: string | null; readonly doneAt: string | null; readonly failure: string | null }[];
}
