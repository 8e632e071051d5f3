import type { Browser } from 'playwright-core';
import { visit, type Visit } from './browser.ts';
import type { TestDesk } from './desk.ts';

/** An officer's first minute at the desk in a browser of their own: the code, the passkey, in. `before`: what the page is prepared with. */
export async function sitDown(browser: Browser, desk: TestDesk, options: { readonly index: number; readonly before?: (seen: Visit) => Promise<unknown> }): Promise<Visit> {
  const seen = await visit(browser, {});
  await options.before?.(seen);
  await seen.page.goto(desk.origin);
  await enterByCode(seen, desk, options.index);
  await seen.page.getByText(/Dernière heure/).waitFor();
  return seen;
}

/** From the page that asks who one is: makes a passkey by this officer's code, and enters with it. */
export async function enterByCode({ page }: Visit, desk: TestDesk, index: number): Promise<void> {
  await page.getByRole('button', { name: /J’ai reçu un code/ }).click();
  await page.getByLabel('Code à usage unique').fill(desk.codes[index]?.code.toLowerCase() ?? '');
  await page.getByRole('button', { name: 'Créer ma clé d’accès', exact: true }).click();
  await page.getByText(/Clé d’accès créée/).waitFor();
  await page.getByRole('button', { name: 'Entrer avec ma clé d’accès' }).click();
}
