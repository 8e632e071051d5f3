import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { WORDS, type WordKey } from './words.ts';

export type Language = 'fr' | 'en';

interface Spoken {
  readonly language: Language;
  /** A text of the portal, its `{x}` filled in. */
  readonly t: (key: WordKey, values?: Readonly<Record<string, string | number>>) => string;
  /** The right one of two texts that the API gave. */
  readonly both: (words: { readonly fr: string; readonly en: string }) => string;
  readonly euros: (cents: number) => string;
  readonly date: (iso: string) => string;
  readonly moment: (iso: string) => string;
  /** The hour and minute of today. */
  readonly hour: (iso: string) => string;
  readonly toggle: () => void;
}

const Context = createContext<Spoken | undefined>(undefined);
const KEPT = 'rempart-language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'fr' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'fr';
}

/** Gives every text below in one language; the choice stays with the browser. */
export function Speaking({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => { document.documentElement.lang = language; }, [language]);
  const spoken = useMemo<Spoken>(() => {
    const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
    const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
    const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short' });
    const hour = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' });
    return {
      language,
      t: (key, values = {}) => WORDS[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')),
      both: (words) => words[language],
      euros: (cents) => money.format(cents / 100),
      date: (iso) => day.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`)),
      moment: (iso) => moment.format(new Date(iso)),
      hour: (iso) => hour.format(new Date(iso)),
      toggle: () => setLanguage((was) => {
        const now = was === 'fr' ? 'en' : 'fr';
        localStorage.setItem(KEPT, now);
        return now;
      }),
    };
  }, [language]);
  return <I18nProvider locale={language === 'fr' ? 'fr-FR' : 'en-GB'}><Context value={spoken}>{children}</Context></I18nProvider>;
}

/** The language of whoever looks at the screen. */
export function useLanguage(): Spoken {
  const spoken = useContext(Context);
  if (spoken === undefined) throw new Error('outside Speaking');
  return spoken;
}
