import type { PublicText } from '../ground/index.ts';

/** Where an incident stands. `suspected`: not yet established; `dismissed`: it was none. */
export type IncidentState = 'suspected' | 'confirmed' | 'contained' | 'closed' | 'dismissed';

/** Who decides. Steps that cannot be undone take two persons with different names. */
export interface Order {
  readonly by: string;
  readonly reason?: string;
}
/** An order of two persons. */
export interface TwoPersons extends Order {
  readonly and: string;
}

/** A credential, place or session whose answers are in question; row numbers of `access`, a session by its hash (uuid). */
export interface ScopeItem {
  readonly kind: 'user' | 'professional' | 'installation' | 'establishment' | 'session';
  readonly id: number | string;
}

/** Which credentials, and in which window; without `to`, until the list is made. */
export interface Scope {
  readonly items: readonly ScopeItem[];
  readonly from: Date;
  readonly to?: Date;
}
/** One version of an incident's scope. */
export interface ScopeVersion extends Omit<Scope, 'to'> {
  readonly version: number;
  readonly at: Date;
  readonly by: string;
  readonly to: Date | null;
  readonly reason: string;
}

/** An incident in a list. */
export interface IncidentSummary {
  readonly id: number;
  readonly title: string;
  readonly state: IncidentState;
  readonly openedAt: Date;
  /** 'guard', 'person' or an officer's name. */
  readonly openedBy: string;
  readonly freezeId: number | null;
  /** When the operator was reasonably certain; null while suspected. */
  readonly awareAt: Date | null;
  readonly notification: 'undecided' | 'notify' | 'none';
  readonly drill: boolean;
  /** Persons of the last complete list; null before there is one. */
  readonly persons: number | null;
  readonly insurers: number | null;
  /** The next duty to end; null when none runs. */
  readonly nextDueAt: Date | null;
}

/** One incident. */
export interface Incident extends Omit<IncidentSummary, 'persons' | 'insurers' | 'nextDueAt'> {
  readonly containedAt: Date | null;
  readonly closedAt: Date | null;
  /** The officers' words for the form, by field of {@link Facts}. */
  readonly facts: Facts;
  readonly severity: StoredAssessment | null;
  readonly notificationReason: string | null;
}

/** What only officers know. Everything may be missing: the form then says "unknown" (docs/formats/cnil-file.md). */
export interface Facts {
  readonly description?: string;
  readonly vector?: 'phishing' | 'stolen-device' | 'stolen-session' | 'stolen-key' | 'abuse-by-user' | 'unknown';
  readonly discovery?: string;
  readonly measuresTaken?: string;
  readonly measuresPlanned?: string;
  readonly consequences?: string;
  readonly policeComplaint?: string;
  readonly otherAuthorities?: string;
  readonly crossBorder?: string;
  readonly nextUpdateAt?: string;
}

/** An assessment as it was recorded. */
export interface StoredAssessment {
  readonly inputs: unknown;
  readonly reckoned: number;
  readonly score: number;
  readonly level: 'low' | 'medium' | 'high' | 'very-high';
  readonly tellPersons: boolean;
}

/** What happened to an incident. */
export interface IncidentEvent {
  readonly id: number;
  readonly at: Date;
  readonly kind: string;
  readonly by: string;
  readonly and: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Number of its journal entry. */
  readonly entry: number;
}

/** A list of exposed persons, or one being made. */
export interface Exposure {
  readonly id: number;
  readonly incidentId: number;
  readonly scopeVersion: number;
  readonly from: Date;
  readonly to: Date;
  readonly state: 'listing' | 'listed';
  readonly startedAt: Date;
  readonly listedAt: Date | null;
  /** Periods of the window purged from the journal: nothing can be said about them. */
  readonly notDeterminable: readonly { readonly from: string; readonly to: string }[];
  /** One was purged since: the list must be made again. */
  readonly purgedSince: boolean;
  readonly decoysLeftOut: number;
  /** Look-ups of the same installations that name no user. */
  readonly unattributed: number;
  /** Documents that the scope's installations fetched; encrypted, so listed apart. */
  readonly packs: readonly number[];
  readonly insurers: readonly InsurerCount[];
  readonly totals: ExposureTotals;
}

/** Counts of one insurer in a list. */
export interface InsurerCount {
  readonly insurerId: number;
  readonly amcNumber: string;
  readonly name: string;
  /** Distinct persons disclosed. */
  readonly persons: number;
  /** Distinct rows of the register (contracts) of these persons. */
  readonly records: number;
  /** Answers that disclosed. */
  readonly disclosures: number;
  /** Persons with no contract of this insurer in force today. */
  readonly former: number;
  /** Disclosures by field, of {@link import('../journal/index.ts').FIELD}. */
  readonly fields: Readonly<Record<string, number>>;
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  /** Entries that named nobody, by outcome. */
  readonly asked: Readonly<Record<string, number>>;
}

/** Sums over the insurers. A person of two insurers counts at each: the operator cannot know they are one. */
export interface ExposureTotals {
  readonly persons: number;
  readonly records: number;
  readonly disclosures: number;
  readonly former: number;
  readonly asked: number;
}

/** What changed between two lists, by insurer. */
export interface ExposureDifference {
  readonly insurerId: number;
  readonly amcNumber: string;
  readonly added: number;
  readonly removed: number;
  readonly kept: number;
}

export type DocumentKind = 'insurer-pack' | 'authority-file' | 'authority-pdf' | 'professional-letter' | 'case-file';

/** A version of something that goes out. */
export interface IncidentDocument {
  readonly id: number;
  readonly incidentId: number;
  readonly kind: DocumentKind;
  readonly version: number;
  /** The controller it concerns; null: the operator itself. */
  readonly insurerId: number | null;
  readonly amcNumber: string | null;
  /** 'insurer:AMC', 'cnil', 'user:ROW', 'peer:…'. */
  readonly recipient: string;
  readonly exposureId: number | null;
  readonly mediaType: string;
  readonly madeAt: Date;
  readonly madeBy: string;
  readonly releasedBy: readonly string[] | null;
  readonly sealedAt: Date | null;
  readonly bytes: number | null;
  readonly parts: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string | null;
  /** Ed25519 by the operator, base64 (docs/formats/insurer-pack.md). */
  readonly signature: string | null;
  readonly sentAt: Date | null;
  readonly sentBy: readonly string[] | null;
  readonly sentVia: string | null;
  readonly proof: Readonly<Record<string, unknown>> | null;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
}

export type DutyKind = 'authority' | 'tell-insurer' | 'acknowledge' | 'tell-persons';

/** A duty of one controller and its end; hours are continuous. */
export interface Clock {
  readonly id: number;
  readonly incidentId: number;
  readonly kind: DutyKind;
  /** null: the operator as controller. */
  readonly insurerId: number | null;
  readonly amcNumber: string | null;
  readonly startedAt: Date;
  readonly hours: number;
  readonly dueAt: Date;
  readonly metAt: Date | null;
  readonly metBy: string | null;
  readonly documentId: number | null;
  /** The list that added persons to those its insurer was told of; null: the first start. */
  readonly exposureId: number | null;
  readonly lateReason: string | null;
}

/** How far an insurer is: what it was sent, has acknowledged, has told. */
export interface InsurerStanding {
  readonly insurerId: number;
  readonly amcNumber: string;
  readonly name: string;
  readonly persons: number;
  readonly sentAt: Date | null;
  readonly acknowledgedAt: Date | null;
  readonly told: number | null;
  readonly reportedAt: Date | null;
  readonly lastReminderAt: Date | null;
  readonly nextDueAt: Date | null;
}

/** Why a step was refused, in words: what to do. */
export const REFUSALS: Readonly<Record<string, PublicText>> = {
  person: { fr: 'Il manque le nom de la personne qui décide.', en: 'The name of the person who decides is missing.' },
  'two-persons': { fr: 'Cette étape ne se défait pas : elle demande deux personnes différentes, nommées.', en: 'This step cannot be undone: it takes two different persons, by name.' },
  reason: { fr: 'Il manque le motif.', en: 'The reason is missing.' },
  step: { fr: 'Cette étape ne suit pas l’état où se trouve l’incident.', en: 'This step does not follow from where the incident stands.' },
  time: { fr: 'Cette heure est dans le futur.', en: 'That time is in the future.' },
  'left-to-do': { fr: 'L’incident ne peut pas être clos : il reste des étapes à faire.', en: 'The incident cannot be closed: something is left to do.' },
  downward: { fr: 'Un niveau ne peut être relevé qu’au-dessus du calcul, jamais abaissé.', en: 'A level may be raised above what was reckoned, never lowered.' },
  late: { fr: 'Le délai est passé : indiquez les motifs du retard.', en: 'The time is over: give the reasons for the delay.' },
  undecided: { fr: 'La décision de notifier n’est pas prise, ou il a été décidé de ne pas notifier.', en: 'Whether to notify is not decided, or it was decided not to.' },
  mandate: { fr: 'Cet assureur n’a pas donné mandat de notifier en son nom.', en: 'This insurer gave no mandate to notify in its name.' },
  'no-drill': { fr: 'Ce gel est réel, et son incident aussi : un exercice se lance par son propre bouton, sur la page des incidents.', en: 'This freeze is real, and so is its incident: a drill is started by its own button, on the page of incidents.' },
  'is-drill': { fr: 'L’incident de ce gel est un exercice. Pour un incident réel sur cet accès, ouvrez-en un autre sur la page des incidents.', en: 'The incident of this freeze is a drill. For a real one about this access, open another on the page of incidents.' },
  changed: { fr: 'Ces mots ont été changés entre-temps. Rien n’a été enregistré : relisez-les, puis recommencez.', en: 'These words were changed meanwhile. Nothing was saved: read them, then repeat.' },
  closed: { fr: 'Cette base vient d’une restauration ou d’une bascule, et on ne sait pas encore ce qu’elle a perdu : une liste établie maintenant pourrait oublier des personnes. Voyez « rempart restore status » ; la liste pourra être établie dès que la porte répondra.',
    en: 'This database was restored or promoted, and it is not known yet what it lost: a list made now might leave persons out. See `rempart restore status`; the list can be made as soon as the gate answers.' },
  list: { fr: 'Depuis cette liste, une période de sa fenêtre a été effacée ou perdue : refaites la liste, qui la nommera.', en: 'Since this list was made a period of its window was erased or lost: make the list again, which will name it.' },
  unknown: { fr: 'Introuvable, déjà fait, ou l’incident est terminé.', en: 'Not found, done before, or the incident is over.' },
};
