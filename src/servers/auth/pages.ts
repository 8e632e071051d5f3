import { createHash } from 'node:crypto';
import type { PublicText } from '../../ground/index.ts';
import type { Place } from './portal-store.ts';

export type Language = 'fr' | 'en';

const STYLE = `:root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}main{max-width:34rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.5rem}ul{list-style:none;padding:0}li{margin:.75rem 0}a{display:block;padding:.9rem 1.1rem;border:2px solid currentcolor;border-radius:.5rem;color:inherit;text-decoration:none}
a:hover,a:focus-visible{outline:3px solid Highlight;outline-offset:2px}small{display:block}`;

/** The policy of these pages: nothing but their own style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function page(language: Language, title: string, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(title)} · Rempart</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

/** The first language we speak among those a browser asks for. */
export function languageOf(accepted: string | undefined): Language {
  return /^\s*en\b/i.test(accepted ?? '') ? 'en' : 'fr';
}

/** "For whom do you act?": one link an establishment. */
export function placesPage(language: Language, places: readonly Place[], base: string): string {
  const words = language === 'fr' ? { title: 'Pour quel lieu agissez-vous ?', help: 'Vos questions seront comptées pour ce lieu. Vous pourrez en changer en vous reconnectant.' }
    : { title: 'Where are you acting today?', help: 'Your questions will be counted for this place. Sign in again to change it.' };
  const links = places.map((place) => `<li><a href="${escape(`${base}?place=${place.id}`)}">${escape(place.name)}<small>${escape(place.town)}</small></a></li>`).join('');
  return page(language, words.title, `<h1>${words.title}</h1><p>${words.help}</p><ul>${links}</ul>`);
}

/** What could not be done, and the way back. */
export function failurePage(language: Language, text: PublicText, back: string): string {
  const title = language === 'fr' ? 'Connexion interrompue' : 'Sign-in interrupted';
  return page(language, title, `<h1>${title}</h1><p>${escape(text[language])}</p><a href="${escape(back)}">${language === 'fr' ? 'Revenir au portail' : 'Back to the portal'}</a>`);
}
