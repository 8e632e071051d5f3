import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';

export type Language = 'fr' | 'en';

/** A text in both languages. */
export interface Words {
  readonly fr: string;
  readonly en: string;
}

/** What a page says, in the language of whoever looks at it. */
export interface Spoken<Key extends string> {
  readonly language: Language;
  /** A text of the page, its `{x}` filled in. */
  readonly t: (key: Key, values?: Readonly<Record<string, string | number>>) => string;
  /** The right one of two texts. */
  readonly both: (words: Words) => string;
  readonly euros: (cents: number) => string;
  readonly number: (count: number) => string;
  readonly date: (iso: string) => string;
  readonly moment: (iso: string) => string;
  readonly hour: (iso: string) => string;
  readonly toggle: () => void;
}

const KEPT = 'rempart-language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'fr' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'fr';
}

function speak<Key extends string>(words: Readonly<Record<Key, Words>>, language: Language, toggle: () => void): Spoken<Key> {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short' });
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' });
  const number = new Intl.NumberFormat(locale);
  return {
    language, toggle,
    t: (key, values = {}) => words[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')),
    both: (either) => either[language],
    euros: (cents) => money.format(cents / 100),
    number: (count) => number.format(count),
    date: (iso) => day.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`)),
    moment: (iso) => moment.format(new Date(iso)),
    hour: (iso) => hour.format(new Date(iso)),
  };
}

/** A page's own language: `Speaking` gives every text below it in one language, which stays with the browser. */
export function makeLanguage<Key extends string>(words: Readonly<Record<Key, Words>>): { readonly Speaking: (props: { readonly children: ReactNode }) => ReactNode; readonly useLanguage: () => Spoken<Key> } {
  const Context = createContext<Spoken<Key> | undefined>(undefined);
  function Speaking({ children }: { readonly children: ReactNode }): ReactNode {
    const [language, setLanguage] = useState(firstLanguage);
    useEffect(() => { document.documentElement.lang = language; }, [language]);
    const spoken = useMemo(() => speak(words, language, () => setLanguage((was) => {
      const now = was === 'fr' ? 'en' : 'fr';
      localStorage.setItem(KEPT, now);
      return now;
    })), [language]);
    return <I18nProvider locale={language === 'fr' ? 'fr-FR' : 'en-GB'}><Context value={spoken}>{children}</Context></I18nProvider>;
  }
  function useLanguage(): Spoken<Key> {
    const spoken = useContext(Context);
    if (spoken === undefined) throw new Error('outside Speaking');
    return spoken;
  }
  return { Speaking, useLanguage };
}
