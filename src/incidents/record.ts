import type { Assessment } from './severity.ts';
import type { Exposure, Incident, InsurerCount } from './types.ts';
import { consequences, dayWords, timeWords, VECTOR_WORDS, whatHappened, whatWasDone } from './words.ts';

/** Something the form asks and nobody knows yet, or ever: said, never left blank. */
export interface Unknown {
  readonly unknown: 'to-be-determined' | 'cannot-be-determined' | 'not-applicable';
  /** What is missing, from whom. French. */
  readonly why: string;
}
export type Known<T> = T | Unknown;

/** Whether an answer is an explicit unknown. */
export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value;
}

const later = (why: string): Unknown => ({ unknown: 'to-be-determined', why });

/** Who files, or works for who files. What is not given is an explicit unknown. */
export interface Party {
  readonly name: string;
  readonly siren?: string;
  readonly sector?: string;
  readonly address?: string;
  readonly contact?: string;
  readonly dpo?: string;
}

/** A breach as the EDPB's common template maps it (sections 1 to 7, consultation draft of June 2026). */
export interface BreachRecord {
  readonly notification: { readonly stage: 'initial' | 'complementary'; readonly internalReference: string; readonly version: number; readonly previous: Known<string> };
  readonly parties: { readonly controller: { readonly [K in keyof Required<Party>]: Known<string> }; readonly processor: Known<{ readonly name: string; readonly toldAt: Known<string> }> };
  readonly timeline: { readonly certainty: 'established' | 'supposed'; readonly from: string; readonly to: Known<string>; readonly processorAwareAt: Known<string>; readonly awareAt: Known<string>; readonly discovery: Known<string>; readonly lateReasons: Known<string> };
  readonly nature: { readonly confidentiality: true; readonly integrity: false; readonly availability: false; readonly exfiltrated: 'likely'; readonly unintelligible: 'no'; readonly origin: string; readonly cause: Known<string>; readonly description: string };
  readonly subjects: { readonly categories: readonly string[]; readonly number: Known<number>; readonly minors: Known<number>; readonly former: Known<number>; readonly notDeterminable: readonly string[] };
  readonly data: { readonly categories: readonly string[]; readonly nir: string; readonly records: Known<number>; readonly disclosures: Known<number> };
  readonly measuresBefore: readonly string[];
  readonly consequences: { readonly effects: readonly string[]; readonly harms: readonly string[]; readonly description: string; readonly gravity: Known<'négligeable' | 'limitée' | 'importante' | 'maximale'>; readonly method: Known<string> };
  readonly measures: { readonly taken: string; readonly planned: Known<string> };
  readonly communication: { readonly persons: Known<string>; readonly proposal: Known<string>; readonly means: Known<string> };
  readonly others: { readonly crossBorder: Known<string>; readonly authorities: Known<string>; readonly complaint: Known<string>; readonly attachments: readonly string[] };
}

/** What a record is made from. */
export interface RecordSources {
  readonly incident: Incident;
  readonly exposure: Exposure | undefined;
  /** The insurer's own counts; without, the operator files for the professionals' accounts. */
  readonly count?: InsurerCount;
  /** Professionals whose accounts were used: the operator's own data subjects. */
  readonly accounts: number;
  readonly controller: Party;
  readonly operator: Party;
  /** When the controller was told by the processor. */
  readonly toldAt: Date | null;
  readonly stage: 'initial' | 'complementary';
  readonly version: number;
  readonly previous?: string;
  readonly lateReasons?: string;
}

const or = (value: string | null | undefined, why: string): Known<string> => (value === null || value === undefined || value === '' ? later(why) : value);

/** In force on every installation of this platform; what the form calls measures in place before. */
const BEFORE = ['Aucun mot de passe : Pro Santé Connect, ou une clé propre à chaque logiciel, liée à chaque demande', 'Plafonds de personnes par professionnel, par installation et par établissement, comptés dans la base', 'Identités scellées à la clé de chaque assureur : aucune réponse n’en contient',
  'Journal de chaque réponse, écrit avant la réponse', 'Détection des moissons et gel automatique d’un seul utilisateur à la fois', 'Cloisonnement des droits d’accès de chaque programme'];

function dataOf(count: InsurerCount | undefined, accounts: number): BreachRecord['data'] {
  if (count === undefined) return { categories: ['Données d’identification ou d’accès au service (compte d’un professionnel)', 'État civil et coordonnées professionnelles'], nir: 'Non : un compte de professionnel n’en contient pas.', records: accounts, disclosures: { unknown: 'not-applicable', why: 'Concerne les assurés : voir les notifications des assureurs.' } };
  const told = (field: string): boolean => (count.fields[field] ?? 0) > 0;
  return { categories: ['Autre : couverture par une complémentaire santé (oui ou non, période)', ...(told('rule') || told('reason') ? ['Autre : règle du contrat, motif d’un refus'] : []), ...(told('amounts') ? ['Informations d’ordre économique et financier (montants pris en charge)'] : []), ...(told('guarantee') ? ['Autre : accord de prise en charge (numéro, sorte de soin, date)'] : [])],
    nir: 'Le NIR ne figure dans aucune réponse. L’auteur des demandes en connaissait un, ou un numéro d’adhérent, ou tenait un code de carte : une réponse positive l’a confirmé.', records: count.records, disclosures: count.disclosures };
}

function subjectsOf({ exposure, count, accounts }: RecordSources): BreachRecord['subjects'] {
  const notDeterminable = (exposure?.notDeterminable ?? []).map((period) => `du ${timeWords(period.from)} au ${timeWords(period.to)}`);
  if (exposure === undefined) return { categories: [], number: later('La liste n’est pas encore établie.'), minors: later('La liste n’est pas encore établie.'), former: later('La liste n’est pas encore établie.'), notDeterminable };
  if (count === undefined) return { categories: ['Utilisateurs (professionnels de santé)'], number: accounts, minors: 0, former: 0, notDeterminable };
  return { categories: ['Adhérents et leurs ayants droit', 'Patients'], number: count.persons, minors: later('Compté par l’assureur à l’ouverture de son dossier : l’exploitant ne peut pas lire les dates de naissance.'), former: count.former, notDeterminable };
}

const GRAVITY = { low: 'négligeable', medium: 'limitée', high: 'importante', 'very-high': 'maximale' } as const;

/** Fills the record from what is known; what is not known is said. */
export function buildRecord(sources: RecordSources): BreachRecord {
  const { incident, exposure, count, controller, operator, toldAt } = sources;
  const { facts } = incident;
  const severity = incident.severity as (Assessment & { level: keyof typeof GRAVITY }) | null;
  const own = count === undefined;
  return {
    notification: { stage: sources.stage, internalReference: `incident ${incident.id}`, version: sources.version, previous: sources.stage === 'initial' ? { unknown: 'not-applicable', why: 'Première notification.' } : or(sources.previous, 'Numéro donné par la CNIL à la notification initiale.') },
    parties: { controller: { name: controller.name, siren: or(controller.siren, 'Numéro SIREN du responsable.'), sector: or(controller.sector, 'Secteur d’activité du responsable.'), address: or(controller.address, 'Adresse du responsable.'), contact: or(controller.contact, 'Déclarant : nom, fonction, téléphone.'), dpo: or(controller.dpo, 'Coordonnées du délégué à la protection des données.') },
      processor: own ? { unknown: 'not-applicable', why: 'Le responsable notifie pour son propre traitement.' } : { name: operator.name, toldAt: toldAt === null ? later('Date à laquelle le sous-traitant vous a alerté : celle de la réception de ce dossier.') : toldAt.toISOString() } },
    timeline: { certainty: incident.state === 'suspected' ? 'supposed' : 'established', from: (exposure?.insurers.flatMap((one) => one.firstAt ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? exposure?.from ?? incident.openedAt).toISOString(),
      to: incident.containedAt === null ? later('Violation en cours : l’accès n’est pas encore déclaré bloqué.') : incident.containedAt.toISOString(), processorAwareAt: or(incident.awareAt?.toISOString(), 'L’exploitant n’a pas encore établi la violation.'),
      awareAt: own ? or(incident.awareAt?.toISOString(), 'La violation n’est pas encore établie.') : toldAt === null ? later('Moment où vous avez lu ce dossier.') : toldAt.toISOString(),
      discovery: facts.discovery ?? (incident.freezeId === null ? later('Circonstances de la découverte.') : 'Détection automatique : le gel de l’utilisateur a ouvert l’incident.'), lateReasons: sources.lateReasons ?? { unknown: 'not-applicable', why: 'À remplir si la notification part plus de 72 heures après la connaissance.' } },
    nature: { confidentiality: true, integrity: false, availability: false, exfiltrated: 'likely', unintelligible: 'no', origin: facts.vector === 'abuse-by-user' ? 'Autre : usage abusif d’un accès légitime' : 'Piratage, logiciel malveillant, hameçonnage', cause: facts.vector === undefined || facts.vector === 'unknown' ? later('Cause : l’enquête est en cours.') : facts.vector === 'abuse-by-user' ? 'Acte interne malveillant' : 'Acte externe malveillant',
      description: own ? `${facts.description ?? VECTOR_WORDS[facts.vector ?? 'unknown']} L’accès de ${sources.accounts} professionnel(s) a servi à poser des questions de droits.` : whatHappened(facts, count) },
    subjects: subjectsOf(sources), data: dataOf(count, sources.accounts), measuresBefore: BEFORE,
    consequences: { effects: ['Les données se sont répandues plus que nécessaire', 'Les données peuvent être croisées avec d’autres informations'], harms: ['Perte de contrôle sur ses données', 'Fraude (hameçonnage au remboursement)', 'Usurpation d’identité'], description: consequences(facts), gravity: severity === null ? later('La gravité n’est pas encore évaluée.') : GRAVITY[severity.level],
      method: severity === null ? later('La gravité n’est pas encore évaluée.') : `ENISA 2013 : SE = DPC × EI + CB = ${severity.dataContext} × ${severity.easeOfIdentification} + ${severity.circumstances} = ${severity.reckoned}${severity.score > severity.reckoned ? `, relevé à ${severity.score}` : ''}` },
    measures: { taken: whatWasDone(facts, incident.containedAt), planned: or(facts.measuresPlanned, 'Mesures prévues.') },
    communication: { persons: later('Décision du responsable : oui avec la date, non mais prévue, ou non avec le motif de l’article 34(3).'), proposal: severity === null ? later('La gravité n’est pas encore évaluée.') : severity.tellPersons ? `L’exploitant propose d’informer chaque personne (${severity.tellBecause.join(', ')}).` : 'L’exploitant ne propose pas d’informer les personnes ; le responsable décide.', means: later('Courrier individuel tel que préparé, espace personnel, téléphone.') },
    others: { crossBorder: or(facts.crossBorder, 'Personnes résidant hors de France.'), authorities: or(facts.otherAuthorities, 'Autres autorités prévenues (ANSSI, CERT Santé, ACPR).'), complaint: or(facts.policeComplaint, 'Dépôt de plainte.'),
      attachments: [`Liste des personnes établie le ${exposure?.listedAt === null || exposure === undefined ? '—' : dayWords(exposure.listedAt)} (dossier chiffré de l’assureur)`, ...(exposure === undefined || exposure.notDeterminable.length === 0 ? [] : ['Périodes non déterminables du journal'])] },
  };
}
