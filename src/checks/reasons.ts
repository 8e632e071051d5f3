import { AppError, type PublicText } from '../ground/index.ts';
import { undetermined, type GateCode, type InsurerFacts, type Told } from '../gate/index.ts';
import type { AnswerReason } from './answer.ts';
import type { Touch } from './touches.ts';

/** Why an answer is not a yes, in the words of who reads it, and what to do. */
export interface Reason {
  readonly code: AnswerReason;
  readonly text: PublicText;
  readonly remedy: PublicText;
}

const NO: Readonly<Record<'no' | 'not-in-force' | 'domain-closed' | 'no-convention', Reason>> = {
  no: { code: 'not-recognised',
    text: { fr: "Cet assureur n'accorde pas le tiers payant avec ces informations.", en: 'This insurer does not grant tiers payant on these details.' },
    remedy: { fr: "Vérifiez le NIR, la date de naissance, le rang et l'assureur ; demandez la carte de l'année ; sinon appelez le numéro imprimé sur la carte.", en: 'Check the NIR, birth date, rank and insurer; ask for this year’s card; otherwise call the number on the card.' } },
  'not-in-force': { code: 'not-in-force',
    text: { fr: "Les droits de cette personne ne sont pas ouverts à la date des soins.", en: 'This person’s rights are not in force on the date of care.' },
    remedy: { fr: 'Vérifiez la date des soins ; demandez la nouvelle carte.', en: 'Check the date of care; ask for the new card.' } },
  'domain-closed': { code: 'domain-closed',
    text: { fr: "Le contrat de cette personne n'ouvre pas le tiers payant pour ce domaine.", en: 'This person’s contract does not open tiers payant for this domain.' },
    remedy: { fr: "Vérifiez le domaine ; le patient règle sa part et se fait rembourser par son assureur.", en: 'Check the domain; the patient pays the share and is reimbursed by the insurer.' } },
  'no-convention': { code: 'no-convention',
    text: { fr: "Votre établissement n'a pas de convention en cours avec cet assureur : le tiers payant ne vous serait pas payé. Cela ne dit rien de votre patient.", en: 'Your establishment has no convention in force with this insurer: tiers payant would not be paid to you. This says nothing about your patient.' },
    remedy: { fr: "Signez la convention de l'assureur, ou faites régler la part complémentaire.", en: 'Sign the insurer’s convention, or have the complementary share paid.' } },
};

/** The reason of a no. `unknown` is told in the same words to a caller who proved the person's presence. */
export function reasonOfNo(outcome: Exclude<Told['outcome'], 'yes' | 'undetermined'>): Reason {
  return NO[outcome === 'unknown' ? 'no' : outcome];
}

/** The reason of an answer that could not be determined: it depends on the insurer, never on the person. */
export function insurerSilent(insurer: InsurerFacts): Reason & { readonly insurerRule: PublicText } {
  return { code: 'insurer-silent',
    text: { fr: `${insurer.name} n'a pas mis ses droits à jour : nous ne pouvons pas répondre. Ce n'est pas un refus.`, en: `${insurer.name} has not brought its rights up to date: we cannot answer. This is not a refusal.` },
    remedy: { fr: `${insurer.rule.fr} ${insurer.channel.fr}`, en: `${insurer.rule.en} ${insurer.channel.en}` },
    insurerRule: insurer.rule };
}

/** Our own failure to answer, with what the insurer allows meanwhile; any other cause as it is. */
export function withInsurerRule(cause: unknown, insurer: InsurerFacts): unknown {
  if (!(cause instanceof AppError) || cause.code !== 'unavailable') return cause;
  const { code, publicText, detail, faults, retryAfterSeconds } = cause;
  return new AppError({ code, publicText, faults, cause, insurerRule: { fr: `${insurer.rule.fr} ${insurer.channel.fr}`, en: `${insurer.rule.en} ${insurer.channel.en}` },
    ...(detail === undefined ? {} : { detail }), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
}

/** What to do after a freeze, and how to appeal; which calls a software has for it stands in docs/formats/checks-api.md. */
export const AFTER_FREEZE: PublicText = {
  fr: 'Reconnectez-vous au portail par Pro Santé Connect : un premier gel automatique y est levé aussitôt. Sinon, demandez une révision, sur le portail ou par votre logiciel : une personne la lit dans les 30 minutes aux heures d’ouverture.',
  en: 'Sign in to the portal again through Pro Santé Connect: a first automatic freeze is lifted there at once. Otherwise ask for a review, on the portal or by your software: a person reads it within 30 opening minutes.' };

const DID_NOT_LOOK: PublicText = { fr: "Nous n'avons pas regardé ; cela ne dit rien de votre patient.", en: 'We did not look; this says nothing about your patient.' };

function refused(code: 'frozen' | 'ceiling' | 'forbidden' | 'unauthenticated' | 'conflict', why: PublicText, retryAfterSeconds?: number): AppError {
  return new AppError({ code, publicText: why, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
}

const both = (fr: string, en: string): PublicText => ({ fr, en });
const unlooked = (fr: string, en: string): PublicText => both(`${fr} ${DID_NOT_LOOK.fr}`, `${en} ${DID_NOT_LOOK.en}`);

/** A fault of a card that was shown: named, because the card is in the hand of who asks. */
export function cardFault(rule: string, message: PublicText): AppError {
  const remedy = both('Demandez la carte en cours, ou saisissez les quatre champs.', 'Ask for the current card, or fill in the four fields.');
  return new AppError({ code: 'bad-input', detail: rule, publicText: both(`${message.fr} ${DID_NOT_LOOK.fr}`, `${message.en} ${DID_NOT_LOOK.en}`), faults: [{ field: 'card', rule, message, remedy }] });
}

/** The same refusal with where the user of a software may confirm, and the code. */
export function withTouch(refusal: AppError, touch: Touch): AppError {
  const { code, publicText, retryAfterSeconds } = refusal;
  const shown = `${touch.code.slice(0, 4)}-${touch.code.slice(4)}`;
  return new AppError({ code, touch, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), publicText: both(
    `${publicText.fr} Pour continuer aujourd’hui, un professionnel de l’établissement ouvre ${touch.address}, « Ma journée », et confirme par sa clé d’accès avec le code ${shown}.`,
    `${publicText.en} To go on today, a professional of the establishment opens ${touch.address}, “My day”, and confirms with their passkey and the code ${shown}.`) });
}

/** The refusal for a code of the gate: answered before any look-up. */
export function refusalOf(code: GateCode): AppError {
  switch (code) {
    case 'frozen': return refused('frozen', unlooked(`Cet accès est gelé par mesure de sécurité. ${AFTER_FREEZE.fr}`, `This access is frozen as a safety measure. ${AFTER_FREEZE.en}`));
    case 'frozen-unproven': return refused('frozen', unlooked(`Les questions sans carte sont gelées par mesure de sécurité. Avec la carte du patient, ou pour un patient déjà pris en charge ici, vous pouvez continuer. ${AFTER_FREEZE.fr}`,
      `Questions without a card are frozen as a safety measure. With the patient’s card, or for a patient already cared for here, you can go on. ${AFTER_FREEZE.en}`));
    case 'stopped': return refused('frozen', unlooked("L'opérateur a suspendu ce service pour quelques heures. Utilisez la carte imprimée selon les règles de l'assureur.", 'The operator has suspended this service for some hours. Use the printed card by the insurer’s rules.'));
    case 'step-up': {
      const why = unlooked('Confirmez que c’est bien vous : un geste de votre clé d’accès, ou une nouvelle connexion.', 'Confirm that it is you: a touch of your passkey, or a new sign-in.');
      return new AppError({ code: 'forbidden', detail: 'step-up', publicText: why, faults: [{ field: 'session', rule: 'step-up', message: both('Une confirmation est demandée.', 'A confirmation is asked for.'), remedy: both('Avec votre clé d’accès, la question est gardée.', 'With your passkey the question is kept.') }] });
    }
    case 'ceiling': return refused('ceiling', unlooked('Le nombre de personnes que cet accès peut consulter est atteint pour le moment. Scannez la carte du patient, qui compte à part, ou réessayez plus tard.', 'This access has reached the number of persons it may ask about for now. Scan the patient’s card, which counts apart, or try again later.'), 60);
    case 'reserve': return refused('ceiling', unlooked("Votre établissement a presque atteint son plafond sans carte pour aujourd'hui ; ce qui reste est gardé pour qui a peu demandé. Scannez la carte, ou passez par le portail et confirmez avec votre clé d'accès.",
      'Your establishment has nearly reached its ceiling without cards for today; what is left is kept for those who asked little. Scan the card, or use the portal and confirm with your passkey.'), 900);
    case 'touch': return refused('ceiling', unlooked("Les questions d'aujourd'hui ne ressemblent pas aux habituelles : au-delà de dix personnes sans carte dans la journée, un professionnel de l'établissement confirme que c'est bien vous.",
      'Today’s questions are unlike the usual ones: beyond ten persons without a card in a day, a professional of the establishment confirms that it is you.'), 900);
    case 'suspended': return refused('forbidden', unlooked("Cette installation est suspendue. Appelez votre éditeur ou l'opérateur.", 'This installation is suspended. Call your vendor or the operator.'));
    case 'departed': return refused('forbidden', unlooked("L'annuaire ne donne plus d'activité en cours ici pour ce professionnel ou cet établissement.", 'The directory shows no current activity here for this professional or establishment.'));
    case 'user-missing': {
      const why = unlooked("La question ne nomme pas d'utilisateur.", 'The question names no user.');
      return new AppError({ code: 'bad-input', publicText: why, faults: [{ field: 'user', rule: 'required', message: why,
        remedy: both("Renseignez le pseudonyme de la personne qui demande, propre à votre logiciel.", 'Fill in the pseudonym of who is asking, your software’s own.') }] });
    }
    case 'forbidden': return refused('forbidden', unlooked('Cet accès ne permet pas de poser de question de droits.', 'This access may not ask rights questions.'));
    case 'conflict': return refused('conflict', both("Cette clé d'idempotence a déjà servi à une autre question. Prenez-en une nouvelle.", 'This idempotency key was used for another question. Take a new one.'));
    case 'card-unknown': return cardFault('card-unknown', both("Cette carte n'est pas enregistrée chez son assureur.", 'This card is not registered with its insurer.'));
    case 'card-revoked': return cardFault('card-revoked', both('Cette carte a été annulée par son assureur.', 'This card was revoked by its insurer.'));
    case 'insurer': return refused('forbidden', both('Assureur inconnu.', 'Unknown insurer.'));
    case 'session': case 'binding': case 'replay':
      return refused('unauthenticated', both('Jeton ou preuve refusé. Demandez un nouveau jeton et signez une nouvelle preuve.', 'Token or proof refused. Ask for a new token and sign a new proof.'));
    case 'closed': return undetermined(new Error('the gate is closed until it is known what a restored database lost'));
    case 'busy': case 'isolation':
      return new AppError({ code: 'unavailable', retryAfterSeconds: 2, publicText: both("Nous n'avons pas pu répondre. Réessayez.", 'We could not answer. Try again.') });
  }
}
