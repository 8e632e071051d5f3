import type { Words } from '../shared/language.tsx';
import { APPEAL_WORDS } from './event-words.ts';

/** What the guard saw, in a few words; the freeze itself says it in a sentence. */
const SEEN_WORDS: Readonly<Record<string, Words>> = {
  neighbours: { fr: 'numéros voisins', en: 'neighbouring numbers' },
  insurers: { fr: 'une identité chez plusieurs assureurs', en: 'one identity at several insurers' },
  dates: { fr: 'plusieurs dates pour un numéro', en: 'several dates for one number' },
  misses: { fr: 'trop de numéros inconnus', en: 'too many unknown numbers' },
  pace: { fr: 'rythme', en: 'pace' },
  evenness: { fr: 'intervalles réguliers', en: 'even intervals' },
  novelty: { fr: 'lieux inhabituels', en: 'unusual places' },
  'new-insurers': { fr: 'assureurs inhabituels', en: 'unusual insurers' },
  hours: { fr: 'heures inhabituelles', en: 'unusual hours' },
  'new-source': { fr: 'autre appareil ou réseau', en: 'another device or network' },
  uncared: { fr: 'peu de soins facturés', en: 'little care billed' },
  order: { fr: 'une liste lue ailleurs', en: 'a list read elsewhere' },
  cohort: { fr: 'mêmes personnes ailleurs', en: 'same persons elsewhere' },
  decoy: { fr: 'leurre', en: 'decoy' },
};

const ORDERED_BY: Readonly<Record<string, Words>> = {
  guard: { fr: 'par le garde', en: 'by the guard' },
  decoy: { fr: 'par un leurre', en: 'by a decoy' },
};

const SPAN_WORDS: Readonly<Record<string, Words>> = {
  minute: { fr: 'en une minute', en: 'in a minute' },
  hour: { fr: 'en une heure', en: 'in an hour' },
  day: { fr: 'en un jour', en: 'in a day' },
  month: { fr: 'en 30 jours', en: 'in 30 days' },
};

const same = (text: string): Words => ({ fr: text, en: text });
const named = (words: Readonly<Record<string, Words>>, code: string): Words => words[code] ?? same(code);
const both = (tell: (language: keyof Words) => string): Words => ({ fr: tell('fr'), en: tell('en') });
const seen = (codes: string): Words => both((language) => codes.split(', ').map((code) => named(SEEN_WORDS, code)[language]).join(', '));
const persons = (names: string): string => names.replace(' and ', ', ');

/** How the database writes what happened, by purpose and outcome, and how the feed tells it: groups of the expression, in order. */
interface Form {
  readonly of: RegExp;
  readonly detail: RegExp;
  readonly tell: (groups: readonly string[]) => Words;
}

const FORMS: readonly Form[] = [
  { of: /^freeze\/held$/, detail: /^too many/, tell: () => ({ fr: 'trop de gels automatiques en une heure', en: 'too many automatic freezes in an hour' }) },
  { of: /^freeze\//, detail: /^(guard|decoy): (.*)$/s, tell: ([by = '', codes = '']) => both((language) => `${named(ORDERED_BY, by)[language]} · ${seen(codes)[language]}`) },
  { of: /^freeze\//, detail: /^peer (.+?): .*$/s, tell: ([peer = '']) => ({ fr: `signal de ${peer}`, en: `signal of ${peer}` }) },
  { of: /^unfreeze\/on-call$/, detail: /^(.+?) for 12 hours: (.*)$/s, tell: ([by = '', why = '']) => ({ fr: `${by}, pour 12 heures · ${why}`, en: `${by}, for 12 hours · ${why}` }) },
  { of: /^(freeze|unfreeze|review)\//, detail: /^(.+?): (.*)$/s, tell: ([by = '', why = '']) => same(`${by} · ${why}`) },
  { of: /^appeal\//, detail: /^(.+)$/s, tell: ([reason = '']) => named(APPEAL_WORDS, reason) },
  { of: /^signal\/step-up$/, detail: /^(.+)$/s, tell: ([codes = '']) => seen(codes) },
  { of: /^signal\/alarm$/, detail: /^spread: (\d+) of (\d+) users/, tell: ([unlike = '', active = '']) => ({ fr: `${unlike} utilisateurs sur ${active} ne se ressemblent pas aujourd’hui`, en: `${unlike} of ${active} users are unlike themselves today` }) },
  { of: /^signal\/alarm$/, detail: /^order: (\d+) users/, tell: ([users = '']) => ({ fr: `${users} utilisateurs lisent une même liste`, en: `${users} users read one list` }) },
  { of: /^signal\/(sent|taken-back)$/, detail: /^to (\d+) peers by (.+?): (.*)$/s, tell: ([peers = '', by = '', why = '']) => ({ fr: `à ${peers} pairs · ${persons(by)} · ${why}`, en: `to ${peers} peers · ${persons(by)} · ${why}` }) },
  { of: /^signal\//, detail: /^(\S+) by (.+)$/s, tell: ([peer = '', by = '']) => same(`${peer} · ${persons(by)}`) },
  { of: /^alarm\//, detail: /^(.*): (\d+) persons without presence in an? (\w+), ceiling (\d+)$/s, tell: ([subject = '', told = '', span = '', ceiling = '']) => {
    const before = subject === '' ? '' : `${subject} · `;
    return { fr: `${before}${told} personnes sans présence ${named(SPAN_WORDS, span).fr}, plafond ${ceiling}`, en: `${before}${told} persons without presence ${named(SPAN_WORDS, span).en}, ceiling ${ceiling}` };
  } },
  { of: /^stop\/ended$/, detail: /^(\d+) by (.+)$/s, tell: ([stop = '', by = '']) => ({ fr: `n° ${stop} · ${by}`, en: `no. ${stop} · ${by}` }) },
  { of: /^stop\//, detail: /^(.*): by (.+?), ([\d.]+) hours: (.*)$/s, tell: ([subject = '', by = '', hours = '', why = '']) => same([subject, persons(by), `${hours} h`, why].filter((part) => part !== '').join(' · ')) },
  { of: /^ceilings\//, detail: /^(\d+) ceilings from (\S+) by (.+?): (.*)$/s, tell: ([count = '', from = '', by = '', why = '']) => ({ fr: `${count} plafonds à partir du ${from} · ${by} · ${why}`, en: `${count} ceilings from ${from} · ${by} · ${why}` }) },
  { of: /^decoys\//, detail: /^(\d+) by (.+?): (.*)$/s, tell: ([epoch = '', by = '', why = '']) => ({ fr: `époque ${epoch} · ${persons(by)} · ${why}`, en: `epoch ${epoch} · ${persons(by)} · ${why}` }) },
  { of: /^restore\/stands$/, detail: /a tree of (\d+) leaves/, tell: ([leaves = '']) => ({ fr: `${leaves} écritures publiées`, en: `${leaves} published entries` }) },
  { of: /^restore\/behind$/, detail: /^(\d+) leaves were signed, (\d+) are here/, tell: ([signed = '', here = '']) => ({ fr: `${signed} écritures signées, ${here} sont ici`, en: `${signed} entries were signed, ${here} are here` }) },
  { of: /^restore\/gap$/, detail: /ended at (\d+) leaves, root \S+; (\d+) of them are here; by (.+?): (.*)$/s, tell: ([signed = '', here = '', by = '', why = '']) => ({ fr: `${signed} écritures signées, ${here} sont ici · ${persons(by)} · ${why}`, en: `${signed} entries were signed, ${here} are here · ${persons(by)} · ${why}` }) },
];

/** What an entry's detail says, in words; undefined when no form fits. */
export function tellDetail(of: string, detail: string): Words | undefined {
  for (const form of FORMS) {
    const found = form.of.test(of) ? form.detail.exec(detail) : null;
    if (found !== null) return form.tell(found.slice(1));
  }
  return undefined;
}
