import { isUnknown, type BreachRecord, type Known } from './record.ts';
import { timeWords } from './words.ts';

/** One question of the form with its answer; an unknown says what is missing. */
export interface FormAnswer {
  readonly question: string;
  readonly answer: string | readonly string[];
  readonly unknown: boolean;
}
export interface FormSection {
  readonly number: number;
  readonly title: string;
  readonly answers: readonly FormAnswer[];
}

const UNKNOWN_WORDS = { 'to-be-determined': 'À compléter', 'cannot-be-determined': 'Ne peut pas être déterminé', 'not-applicable': 'Sans objet' } as const;

function answer(question: string, value: Known<string | number | readonly string[]>): FormAnswer {
  if (isUnknown(value)) return { question, answer: `${UNKNOWN_WORDS[value.unknown]} — ${value.why}`, unknown: value.unknown !== 'not-applicable' };
  return { question, answer: typeof value === 'number' ? String(value) : value, unknown: false };
}
const time = (question: string, value: Known<string>): FormAnswer => answer(question, isUnknown(value) ? value : timeWords(value));
const range = (value: Known<number>): Known<string> => (isUnknown(value) ? value : `${value} au minimum, ${value} au maximum (compte exact, tiré du journal)`);

/** The record in the order of the CNIL's online form, to be copied answer by answer. French. */
export function cnilForm(record: BreachRecord): FormSection[] {
  const { notification, parties, timeline, nature, subjects, data, consequences, measures, communication, others } = record;
  const { controller, processor } = parties;
  const sections: readonly (readonly [string, readonly FormAnswer[]])[] = [
    ['Type de notification', [answer('Type', notification.stage === 'initial' ? 'Initiale (sera complétée)' : 'Complémentaire'), answer('Numéro de la notification initiale', notification.previous), answer('Référence interne', `${notification.internalReference}, version ${notification.version}`)]],
    ['Responsable du traitement', [answer('Organisme', controller.name), answer('SIREN', controller.siren), answer('Secteur', controller.sector), answer('Adresse', controller.address), answer('Déclarant', controller.contact), answer('Délégué à la protection des données', controller.dpo),
      answer('Sous-traitant impliqué', isUnknown(processor) ? processor : processor.name), ...(isUnknown(processor) ? [] : [time('Alerté par le sous-traitant le', processor.toldAt)])]],
    ['Chronologie', [answer('Dates', timeline.certainty === 'established' ? 'Établies' : 'Supposées'), time('Début', timeline.from), time('Fin', timeline.to), time('Connaissance par le sous-traitant', timeline.processorAwareAt), time('Connaissance par le responsable', timeline.awareAt), answer('Circonstances de la découverte', timeline.discovery), answer('Motifs du retard au-delà de 72 heures', timeline.lateReasons)]],
    ['Nature de la violation', [answer('Nature', ['Perte de confidentialité']), answer('Description', nature.description)]],
    ['Origine', [answer('Origine', [nature.origin])]],
    ['Cause', [answer('Cause', nature.cause)]],
    ['Données concernées', [answer('Catégories', data.categories), answer('NIR', data.nir), answer('Données de santé', 'Aucune donnée médicale ; la couverture et le domaine de soins demandé.'), answer('Nombre d’enregistrements', range(data.records)), answer('Nombre de réponses divulguées', data.disclosures)]],
    ['Personnes concernées', [answer('Catégories', subjects.categories.length === 0 ? { unknown: 'to-be-determined', why: 'La liste n’est pas encore établie.' } : subjects.categories), answer('Nombre de personnes', range(subjects.number)), answer('Dont mineurs', subjects.minors), answer('Dont anciens adhérents', subjects.former),
      answer('Périodes non déterminables', subjects.notDeterminable.length === 0 ? 'Aucune' : subjects.notDeterminable)]],
    ['Mesures de sécurité avant la violation', [answer('Mesures', record.measuresBefore)]],
    ['Conséquences', [answer('Perte de confidentialité', consequences.effects), answer('Préjudices possibles', consequences.harms), answer('Description', consequences.description), answer('Gravité', consequences.gravity), answer('Méthode', consequences.method)]],
    ['Mesures prises ou prévues', [answer('Prises', measures.taken), answer('Prévues', measures.planned)]],
    ['Information des personnes', [answer('Personnes informées', communication.persons), answer('Proposition', communication.proposal), answer('Moyens', communication.means)]],
    ['Autres', [answer('Caractère transfrontalier', others.crossBorder), answer('Autres autorités', others.authorities), answer('Plainte', others.complaint), answer('Pièces jointes', others.attachments)]],
  ];
  return sections.map(([title, answers], i) => ({ number: i + 1, title, answers }));
}

/** A change between two versions of a form. */
export interface FormChange {
  readonly section: number;
  readonly question: string;
  readonly before: string;
  readonly after: string;
}

const flat = (one: FormAnswer | undefined): string => (one === undefined ? '' : typeof one.answer === 'string' ? one.answer : one.answer.join(' ; '));

/** What a complementary filing changes. */
export function formChanges(before: readonly FormSection[], after: readonly FormSection[]): FormChange[] {
  return after.flatMap((section) => section.answers.flatMap((one) => {
    const [was, is] = [flat(before.find((other) => other.number === section.number)?.answers.find((other) => other.question === one.question)), flat(one)];
    return was === is ? [] : [{ section: section.number, question: one.question, before: was, after: is }];
  }));
}

/** The file as it goes out in JSON (docs/formats/cnil-file.md). */
export interface CnilFile {
  readonly format: 'rempart-cnil-file-v1';
  readonly record: BreachRecord;
  readonly form: readonly FormSection[];
  readonly changes: readonly FormChange[];
  /** Answers still to be given: section and question. */
  readonly missing: readonly string[];
}

/** The file of a record, compared with the one before. */
export function cnilFile(record: BreachRecord, before?: CnilFile): CnilFile {
  const form = cnilForm(record);
  return { format: 'rempart-cnil-file-v1', record, form, changes: before === undefined ? [] : formChanges(before.form, form), missing: form.flatMap((section) => section.answers.filter((one) => one.unknown).map((one) => `${section.number}. ${one.question}`)) };
}
