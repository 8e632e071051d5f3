import './style.css';
import { checkNoticeCode, parseNoticeCode, type NoticeStatus } from '../../src/identifiers/index.ts';
import { loadParameters, lookUp, type Parameters } from './look-up.ts';
import { WORDS, type Language } from './words.ts';

type Shown = { readonly kind: 'known'; readonly status: NoticeStatus; readonly insurers: Parameters['insurers'] } | { readonly kind: 'unknown' | 'undetermined' };

function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`${id} is missing`);
  return element;
}
const [form, fault, answer, switcher] = [find('form'), find('fault'), find('answer'), find('language')];
const input = find('code') as HTMLInputElement;
let language: Language = 'fr';
let shown: Shown | undefined;

function element(name: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

function linesOf(view: Shown): string[] {
  const words = WORDS[language];
  if (view.kind !== 'known') return [];
  const { amcNumber, sentOn, incident } = view.status;
  const day = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${sentOn}T00:00:00Z`));
  return [words.knownBy(view.insurers[amcNumber] ?? words.insurerUnknown(amcNumber), day), ...(incident === 0 ? [] : [words.incident(incident)])];
}

function show(view: Shown | undefined): void {
  shown = view;
  if (view === undefined) return answer.replaceChildren();
  const words = WORDS[language];
  const box = element('div', '', `verdict ${view.kind}`);
  box.append(element('h2', words[view.kind]), ...linesOf(view).map((line) => element('p', line)));
  const advice = element('ul', '', 'advice');
  advice.append(...words[`${view.kind}Advice`].map((line) => element('li', line)));
  return answer.replaceChildren(box, advice);
}

function showFault(wrong: boolean): void {
  fault.hidden = !wrong;
  fault.textContent = wrong ? WORDS[language].fault : '';
  input.setAttribute('aria-invalid', String(wrong));
  if (wrong) input.focus();
}

function speak(to: Language): void {
  language = to;
  const words = WORDS[to];
  document.documentElement.lang = to;
  document.title = words.title;
  for (const part of document.querySelectorAll<HTMLElement>('[data-word]')) part.textContent = words[part.dataset['word'] as 'title'];
  switcher.textContent = words.language;
  switcher.lang = to === 'fr' ? 'en' : 'fr';
  if (!fault.hidden) showFault(true);
  show(shown);
}

async function check(typed: string): Promise<Shown> {
  try {
    const parameters = await loadParameters();
    const status = await lookUp(parseNoticeCode(typed), parameters);
    return status === undefined ? { kind: 'unknown' } : { kind: 'known', status, insurers: parameters.insurers };
  } catch {
    return { kind: 'undetermined' };
  }
}

async function submit(): Promise<void> {
  const wrong = checkNoticeCode(input.value).length > 0;
  showFault(wrong);
  show(undefined);
  if (wrong) return;
  answer.replaceChildren(element('p', WORDS[language].checking));
  show(await check(input.value));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
switcher.addEventListener('click', () => speak(language === 'fr' ? 'en' : 'fr'));
