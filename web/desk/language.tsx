import { makeLanguage } from '../shared/language.tsx';
import { WORDS } from './words.ts';

/** The desk's texts in the language of whoever looks at the screen. */
export const { Speaking, useLanguage } = makeLanguage(WORDS);
