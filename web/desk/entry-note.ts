import type { Words } from '../shared/language.tsx';
import { HAPPENING_WORDS, KIND_WORDS } from './event-words.ts';
import { EVENT_WORDS } from './incident-words.ts';
import { tellDetail } from './note-forms.ts';
import type { Happening } from './shapes.ts';

/** An entry of the journal as the feed tells it. */
export interface Told {
  readonly title: Words;
  readonly note: Words;
}

const same = (text: string): Words => ({ fr: text, en: text });
const join = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

// "WHAT by WHO[ and WHO]: WHY", as the database writes what a person did.
function readNote(detail: string): { readonly what: string; readonly who: string; readonly why: string } | undefined {
  const [, what = '', who = '', why = ''] = /^(.+?) by (.+?): (.*)$/s.exec(detail) ?? [];
  // What was done may stand where a reason would: its particulars are on the incident's page.
  return who === '' ? undefined : { what, who: who.replace(' and ', ', '), why: why.startsWith('{') ? '' : why };
}

/** An entry in words: what happened, then who and why. What is not known in words is shown as it is written, never hidden. */
export function tellEntry(event: Pick<Happening, 'purpose' | 'outcome' | 'detail'>): Told {
  const title = HAPPENING_WORDS[`${event.purpose}/${event.outcome}`] ?? HAPPENING_WORDS[event.purpose] ?? same(event.purpose);
  const detail = event.detail ?? '';
  const note = readNote(detail);
  if (event.purpose === 'incident') {
    const number = /^incident (\d+)$/.exec(note?.what ?? '')?.[1];
    const done = EVENT_WORDS[event.outcome];
    if (note === undefined || number === undefined || done === undefined) return { title, note: same(detail) };
    return { title: { fr: `Incident ${number} : ${done.fr.toLowerCase()}`, en: `Incident ${number}: ${done.en.toLowerCase()}` }, note: same(join([note.who, note.why])) };
  }
  const kind = event.purpose === 'desk' ? KIND_WORDS[note?.what ?? ''] : undefined;
  if (note !== undefined && kind !== undefined) return { title, note: { fr: join([kind.fr, note.who, note.why]), en: join([kind.en, note.who, note.why]) } };
  if (event.purpose === 'desk' && event.outcome === 'enrolled') return { title, note: same(detail.replace(/, by a code of .*$/, '')) };
  return { title, note: tellDetail(`${event.purpose}/${event.outcome}`, detail) ?? same(detail) };
}
