import type { PublicText } from '../ground/index.ts';
import type { NoticeSection, NoticeStyle, NoticeText } from './notice.ts';

/** A fault of a letter: which rule, where, and what to do. */
export interface NoticeFault {
  readonly rule: 'missing' | 'link' | 'hedge' | 'asks' | 'long-sentence' | 'hard-to-read' | 'code';
  readonly where: string;
  readonly message: PublicText;
}

/** What GDPR article 34(2) demands, and what this project adds. */
const REQUIRED: readonly NoticeSection['id'][] = ['what', 'which', 'not', 'risk', 'done', 'do', 'dpo', 'check', 'complain', 'next'];
const LINK = /https?:|www\.|\b[\w-]+\.(?:fr|com|org|net|eu|gouv|info|care|sante)\b|[\w.+-]+@[\w-]+|\bQR\b|\bcliquez\b|\bflashez\b/iu;
const HEDGE = /\b(?:peut-être|il se peut|il semble|semblerait|pourrai(?:t|ent)|auraient? pu|seraient?|susceptibles?|éventuel(?:le)?s?|éventuellement|potentiel(?:le)?s?|potentiellement|aucune preuve|à notre connaissance|possiblement|a priori|certaines informations)\b/iu;
const ASKS = /\b(?:envoyez|communiquez|transmettez|renvoyez|fournissez|confirmez|saisissez|remplissez|indiquez)(?:-| )(?:nous|moi|vos|votre|le|la|les)\b/iu;
const CODE = /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/;
/** Words a sentence, at most; and ease of reading (Kandel and Moles 1958: 100 very easy, 0 very hard), at least. Ours until a reader's panel sets them. */
export const READING: Readonly<Record<NoticeStyle, { readonly words: number; readonly ease: number }>> = { plain: { words: 28, ease: 55 }, large: { words: 28, ease: 55 }, falc: { words: 18, ease: 70 } };

const sentencesOf = (text: string): string[] => text.split(/[.!?:](?:\s|$)|\n/).map((one) => one.trim()).filter((one) => one !== '');
const wordsOf = (text: string): string[] => text.match(/[\p{L}\d]+/gu) ?? [];

// Groups of vowels; a mute e at the end does not count.
function syllables(word: string): number {
  const groups = word.toLowerCase().replace(/(?<=[^aeiouyàâäéèêëîïôöùûü])e(?:s|nt)?$/u, '').match(/[aeiouyàâäéèêëîïôöùûü]+/gu);
  return Math.max(1, groups?.length ?? 1);
}

/** How easy a French text reads: 207 − 1.015 × words per sentence − 73.6 × syllables per word. */
export function readingEase(text: string): number {
  const words = wordsOf(text);
  if (words.length === 0) return 0;
  return 207 - 1.015 * (words.length / Math.max(1, sentencesOf(text).length)) - 73.6 * (words.reduce((sum, word) => sum + syllables(word), 0) / words.length);
}

const fault = (rule: NoticeFault['rule'], where: string, message: PublicText): NoticeFault => ({ rule, where, message });

function wordFaults(where: string, text: string, style: NoticeStyle): NoticeFault[] {
  const faults: NoticeFault[] = [];
  const [link, hedge, asks] = [LINK.exec(text), HEDGE.exec(text), ASKS.exec(text)];
  if (link !== null) faults.push(fault('link', where, { fr: `Ni lien ni adresse à suivre : « ${link[0]} ».`, en: `No link, no address to follow: “${link[0]}”.` }));
  if (hedge !== null) faults.push(fault('hedge', where, { fr: `Dites ce qui est, sans détour : « ${hedge[0]} ».`, en: `Say what is, without hedging: “${hedge[0]}”.` }));
  if (asks !== null) faults.push(fault('asks', where, { fr: `La lettre ne demande rien : « ${asks[0]} ».`, en: `The letter asks for nothing: “${asks[0]}”.` }));
  const long = sentencesOf(text).find((one) => wordsOf(one).length > READING[style].words);
  if (long !== undefined && where !== 'dpo') faults.push(fault('long-sentence', where, { fr: `Phrase de plus de ${READING[style].words} mots : « ${long.slice(0, 60)}… ».`, en: `A sentence of more than ${READING[style].words} words: “${long.slice(0, 60)}…”.` }));
  return faults;
}

const textOf = (section: NoticeSection): string => [...section.paragraphs, ...(section.list ?? [])].join('\n');

/** Everything that keeps a letter from being what article 34 demands; empty when it may go out. */
export function lintNotice(text: NoticeText): NoticeFault[] {
  const faults = REQUIRED.filter((id) => textOf(text.sections.find((section) => section.id === id) ?? { id, heading: '', paragraphs: [] }).trim().length < 12)
    .map((id) => fault('missing', id, { fr: `Il manque : ${id}.`, en: `Missing: ${id}.` }));
  const which = text.sections.find((section) => section.id === 'which');
  if (which !== undefined && (which.list ?? []).length === 0) faults.push(fault('missing', 'which', { fr: 'La liste de ce qui a été lu est vide.', en: 'The list of what was read is empty.' }));
  if (!/\d/.test(textOf(text.sections.find((section) => section.id === 'what') ?? { id: 'what', heading: '', paragraphs: [] }))) faults.push(fault('missing', 'what', { fr: 'Il manque la date.', en: 'The date is missing.' }));
  if (!/\d(?:.?\d){5}/.test(textOf(text.sections.find((section) => section.id === 'dpo') ?? { id: 'dpo', heading: '', paragraphs: [] }))) faults.push(fault('missing', 'dpo', { fr: 'Il manque un numéro de téléphone pour joindre le délégué à la protection des données.', en: 'A telephone number of the data-protection officer is missing.' }));
  if (!CODE.test(text.code)) faults.push(fault('code', 'code', { fr: 'Il manque le code de vérification.', en: 'The verification code is missing.' }));
  faults.push(...[['title', text.title], ['opening', text.opening], ['sender', text.sender], ['signedBy', text.signedBy], ['closing', text.closing]].flatMap(([where = '', words = '']) => wordFaults(where, words, text.style)));
  faults.push(...text.sections.flatMap((section) => wordFaults(section.id, `${section.heading}\n${textOf(section)}`, text.style)));
  const all = text.sections.filter((section) => section.id !== 'dpo' && section.id !== 'complain').map(textOf).join('\n');
  const ease = readingEase(all);
  if (ease < READING[text.style].ease) faults.push(fault('hard-to-read', 'letter', { fr: `Trop difficile à lire : ${ease.toFixed(0)} sur 100, il faut ${READING[text.style].ease}.`, en: `Too hard to read: ${ease.toFixed(0)} of 100; it takes ${READING[text.style].ease}.` }));
  return faults;
}
