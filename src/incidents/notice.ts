import type { PackAbout } from './pack-format.ts';
import type { PackPerson } from './pack-reader.ts';
import { dayWords, FIELD_WORDS, GROUP_WORDS } from './words.ts';

/** Plain: a letter. `falc`: easy to read and understand. `large`: plain, in large print. */
export type NoticeStyle = 'plain' | 'falc' | 'large';

/** What the insurer says of itself on its letters. No link, no e-mail address: a telephone number and a postal address. */
export interface NoticeProfile {
  readonly sender: string;
  /** Data-protection officer: name, telephone, postal address. GDPR article 34(2). */
  readonly dpo: string;
  /** Telephone, as the membership card prints it. */
  readonly phone: string;
  readonly signedBy: string;
  readonly place?: string;
}

export interface NoticeSection {
  readonly id: 'what' | 'which' | 'not' | 'risk' | 'done' | 'do' | 'dpo' | 'check' | 'complain' | 'next';
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly list?: readonly string[];
}

/** A person's letter as text, before it is laid out. */
export interface NoticeText {
  readonly style: NoticeStyle;
  readonly sender: string;
  readonly recipient: string;
  readonly dateLine: string;
  readonly title: string;
  readonly opening: string;
  readonly sections: readonly NoticeSection[];
  readonly code: string;
  readonly closing: string;
  readonly signedBy: string;
}

/** Of whom and what a letter speaks. */
export interface NoticeSource {
  readonly person: PackPerson;
  readonly about: PackAbout;
  readonly profile: NoticeProfile;
  readonly style: NoticeStyle;
  readonly on: Date;
}

function days(at: readonly string[]): string {
  const all = [...new Set(at.map((one) => dayWords(one)))];
  if (all.length === 1) return `le ${all[0]}`;
  return all.length <= 4 ? `les ${all.slice(0, -1).join(', ')} et ${all.at(-1)}` : `${all.length} jours différents, du ${all[0]} au ${all.at(-1)}`;
}

const places = (groups: readonly string[]): string => groups.map((group) => GROUP_WORDS[group] ?? 'professionnel de santé').join(' ou ');
/** The period of a cover, told with every yes (docs/formats/journal-entry.md). */
const COVERED = 2;

// What an answer never holds; and, where a question was asked, what whoever asked it had to know before.
function notRead({ asked, lookedUp }: PackPerson): string {
  const care = lookedUp ? 'Vos maladies, vos actes et vos médicaments n’y sont pas non plus.' : 'Vos soins et vos maladies n’y sont pas non plus.';
  return asked ? `${care} Pour poser la question, il fallait déjà connaître votre date de naissance et votre numéro de Sécurité sociale ou d’adhérent, ou avoir votre carte.` : care;
}

const told = (fields: number): string[] => FIELD_WORDS.filter(([bit]) => (fields & bit) !== 0).map(([, words]) => words);

function plainSections({ person, about, profile }: NoticeSource): NoticeSection[] {
  const times = person.times === 1 ? 'une fois' : `${person.times} fois`;
  return [
    { id: 'what', heading: 'Ce qui s’est passé', paragraphs: [`Quelqu’un s’est servi, sans en avoir le droit, du compte d’un professionnel de santé (${places(person.groups)}).`, `Avec ce compte, il a interrogé le service qui dit si le tiers payant est possible. ${person.asked ? 'Il a posé une question sur vous' : 'Il a consulté un accord de prise en charge qui vous concerne'} ${times}, ${days(person.at)}.`] },
    { id: 'which', heading: 'Ce qui a été lu sur vous', paragraphs: ['Le service a répondu. Il a donné :'], list: told(person.fields) },
    { id: 'not', heading: 'Ce qui n’a pas été lu', paragraphs: [`Votre nom, votre adresse, votre numéro de téléphone et votre compte bancaire ne sont pas dans ces réponses. ${notRead(person)}`] },
    { id: 'risk', heading: 'Ce qui risque d’arriver', paragraphs: [`${person.lookedUp || (person.fields & COVERED) !== 0 ? 'Un escroc sait maintenant que vous êtes assuré chez nous.' : 'Un escroc sait maintenant que vous avez ou avez eu un contrat chez nous.'} Il tentera de vous appeler, ou de vous écrire un message. Il dira qu’il vient de nous, de l’Assurance maladie ou d’un professionnel de santé. Il parlera d’un remboursement à recevoir. Il voudra vos codes, votre carte bancaire ou de l’argent.`] },
    { id: 'done', heading: 'Ce qui a été fait', paragraphs: [about.containedAt === null ? 'Le compte est surveillé et le blocage est en cours.' : `Le compte est bloqué depuis le ${dayWords(about.containedAt)}.`, 'Nous savons qui a été concerné, et nous écrivons à chacun.'] },
    { id: 'do', heading: 'Ce que vous pouvez faire', paragraphs: [], list: ['Ne donnez jamais un code, un mot de passe ou un numéro de carte bancaire au téléphone, ni par message.', 'Un message parle d’un remboursement ? N’y touchez pas et effacez-le.', `Vous doutez ? Raccrochez. Appelez le ${profile.phone}, le numéro imprimé sur votre carte d’adhérent.`, 'Regardez vos remboursements et vos relevés de banque. Un soin que vous n’avez pas eu ? Appelez-nous.', 'Vous avez déjà donné un code ? Appelez tout de suite votre banque, puis le service public 17Cyber.'] },
    { id: 'dpo', heading: 'Qui répond à vos questions', paragraphs: [`Notre délégué à la protection des données : ${profile.dpo}.`] },
    { id: 'check', heading: 'Ce courrier est-il vrai ?', paragraphs: ['Chaque courrier porte un code différent. Le vôtre est imprimé ci-dessous.', `Pour vérifier, appelez le ${profile.phone}, ou ouvrez vous-même l’adresse imprimée sur votre carte d’adhérent. Le code suffit : personne ne vous demandera autre chose.`] },
    { id: 'complain', heading: 'Si vous n’êtes pas d’accord', paragraphs: ['Vous avez le droit de vous plaindre à la CNIL, 3 place de Fontenoy, 75007 Paris. Vous avez aussi le droit de porter plainte à la police ou à la gendarmerie.'] },
    { id: 'next', heading: 'La suite', paragraphs: [about.nextUpdateAt === null ? 'Si nous apprenons autre chose sur vous, nous vous écrirons de nouveau. Sinon, vous n’avez rien à attendre.' : `Nous vous écrirons de nouveau avant le ${dayWords(about.nextUpdateAt)}.`] },
  ];
}

function easySections({ person, about, profile }: NoticeSource): NoticeSection[] {
  return [
    { id: 'what', heading: 'Que s’est-il passé ?', paragraphs: ['Une personne a volé le compte d’un soignant.', `Ce soignant est : ${places(person.groups)}.`, person.asked ? 'Avec ce compte, elle a posé des questions sur vous.' : 'Avec ce compte, elle a lu un accord de prise en charge.', `C’était ${days(person.at)}.`] },
    { id: 'which', heading: 'Que sait cette personne ?', paragraphs: ['Elle sait :'], list: told(person.fields) },
    { id: 'not', heading: 'Que ne sait-elle pas ?', paragraphs: ['Elle n’a pas lu votre adresse.', person.lookedUp ? 'Elle n’a pas lu vos maladies.' : 'Elle n’a pas lu vos soins.', 'Elle n’a pas lu votre compte en banque.'] },
    { id: 'risk', heading: 'Quel est le danger ?', paragraphs: ['Un voleur va vous appeler ou vous écrire.', 'Il va mentir.', 'Il va dire : je suis votre mutuelle.', 'Il veut vos codes ou votre argent.'] },
    { id: 'done', heading: 'Qu’avons-nous fait ?', paragraphs: [about.containedAt === null ? 'Nous bloquons le compte volé.' : `Le compte volé est bloqué depuis le ${dayWords(about.containedAt)}.`, 'Nous écrivons à toutes les personnes.'] },
    { id: 'do', heading: 'Que devez-vous faire ?', paragraphs: [], list: ['Ne donnez jamais vos codes.', 'Ne donnez jamais votre numéro de carte bancaire.', 'On vous appelle et vous doutez ? Raccrochez.', `Puis appelez-nous : ${profile.phone}.`, 'Ce numéro est sur votre carte d’adhérent.', 'Vous avez donné un code ? Appelez votre banque, puis le 17Cyber.', 'Un proche peut vous aider à lire cette lettre.'] },
    { id: 'dpo', heading: 'Qui répond à vos questions ?', paragraphs: [`Cette personne vous répond : ${profile.dpo}.`] },
    { id: 'check', heading: 'Cette lettre est-elle vraie ?', paragraphs: ['Un code est écrit plus bas.', 'Ce code est seulement pour vous.', `Appelez le ${profile.phone} et lisez le code.`, 'Nous vous dirons si la lettre est vraie.'] },
    { id: 'complain', heading: 'Voulez-vous vous plaindre ?', paragraphs: ['Vous avez le droit.', 'Écrivez à la CNIL, 3 place de Fontenoy, 75007 Paris.', 'Ou allez à la police.'] },
    { id: 'next', heading: 'Et après ?', paragraphs: [about.nextUpdateAt === null ? 'Si nous apprenons autre chose, nous vous écrirons.' : `Nous vous écrirons encore avant le ${dayWords(about.nextUpdateAt)}.`] },
  ];
}

/** A person's letter: its own fields, times and code; never a link, never a request. French. @throws Error for a person without identity */
export function noticeText(source: NoticeSource): NoticeText {
  const { person, profile, style, on } = source;
  const name = person.identity === null ? `Référence ${person.reference}` : `${person.identity.givenNames.split(' ')[0]} ${person.identity.familyName}`;
  return { style, sender: profile.sender, recipient: person.minor === true ? `Aux parents ou représentants de ${name}` : name, dateLine: `${profile.place === undefined ? '' : `${profile.place}, `}le ${dayWords(on)}`,
    title: style === 'falc' ? 'Une personne a lu des informations sur vous' : 'Des informations sur vous ont été lues par quelqu’un qui n’en avait pas le droit', opening: style === 'falc' ? 'Cette lettre est importante. Lisez-la en entier.' : 'Cette lettre vous dit ce qui a été lu, ce que vous risquez et ce que vous pouvez faire. Elle ne vous demande rien.',
    sections: style === 'falc' ? easySections(source) : plainSections(source), code: person.code, closing: style === 'falc' ? 'Nous sommes désolés.' : 'Nous vous présentons nos excuses.', signedBy: profile.signedBy };
}
