// What an officer has before them outlives the screen's own refresh and, for the same officer, the end of the session.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { launchChromium, visit, type Visit } from '../support/browser.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { lookAt } from '../support/look-at.ts';
import { enterByCode, sitDown } from '../support/sit-down.ts';

let database: TestDatabase;
let desk: TestDesk;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let claire: Visit;
before(async () => {
  database = await freshDatabase();
  desk = await openDesk(database);
  browser = await launchChromium();
  claire = await sitDown(browser, desk, { index: 0 });
});
after(async () => { await browser?.close(); await desk?.close(); await database?.drop(); });

const owner = <T extends object>(sql: string): Promise<T[]> => database.pool('owner').query<T>(sql).then(({ rows }) => rows);
const go = (page: Page, screen: string): Promise<void> => page.getByRole('navigation').getByRole('button', { name: screen, exact: true }).click();
const reasonOf = (page: Page): Locator => page.getByRole('dialog').getByLabel('Motif');
const refusals = async (): Promise<number> => (await owner<{ n: number }>("select coalesce(sum(count), 0)::int as n from journal.refusal where reason like 'desk %'"))[0]?.n ?? 0;

async function typeFreeze(page: Page): Promise<void> {
  await go(page, 'Gels');
  await page.getByRole('main').getByRole('button', { name: 'Geler un accès' }).click();
  await reasonOf(page).fill('lectures de nuit');
}

async function endSessions(page: Page): Promise<void> {
  // Ended, not made idle: a read under way may count as a gesture.
  await owner('update desk.session set ended_at = now() where ended_at is null');
  await page.getByRole('heading', { name: 'Votre session est terminée' }).waitFor();
}

test('each officer’s half of a one-time code stays until it is said to be handed over; both together make the passkey', async (t) => {
  const karim = await sitDown(browser, desk, { index: 1 });
  t.after(() => karim.context.close());
  await go(claire.page, 'Officiers');
  await claire.page.getByRole('button', { name: 'Nommer un officier' }).click();
  const dialog = claire.page.getByRole('dialog');
  await dialog.getByLabel('Nom').fill('Marc Noir');
  await reasonOf(claire.page).fill('renfort');
  await dialog.getByRole('button', { name: 'Signer la demande' }).click();
  await dialog.waitFor({ state: 'detached' });
  const firstHalf = await claire.page.locator('code').innerText();
  const { page } = karim;
  await go(page, 'À deux');
  await page.getByRole('button', { name: 'Approuver avec ma clé d’accès' }).click();
  const code = page.locator('code');
  await code.waitFor();
  const shown = await code.innerText();
  await page.locator('.feed li').filter({ hasText: 'Fait' }).waitFor();
  assert.equal(await code.innerText(), shown, 'after the list was read again');
  await lookAt(page, 'desk-code');
  await go(page, 'Maintenant');
  await page.getByText(/Dernière heure/).waitFor();
  await go(page, 'À deux');
  assert.equal(await code.innerText(), shown);
  for (const officer of [page, claire.page]) {
    await officer.getByRole('button', { name: 'Remise : effacer' }).click();
    await officer.locator('code').waitFor({ state: 'detached' });
  }
  const marc = await visit(browser, {});
  t.after(() => marc.context.close());
  await marc.page.goto(desk.origin);
  await marc.page.getByRole('button', { name: 'J’ai reçu un code : créer ma clé d’accès' }).click();
  await marc.page.getByLabel('Code à usage unique').fill(shown);
  await marc.page.getByRole('button', { name: 'Créer ma clé d’accès', exact: true }).click();
  await marc.page.getByRole('alert').filter({ hasText: 'il faut les deux' }).waitFor();
  await lookAt(marc.page, 'desk-code-halves');
  await marc.page.getByLabel('Seconde moitié du code').fill(firstHalf);
  await marc.page.getByRole('button', { name: 'Créer ma clé d’accès', exact: true }).click();
  await marc.page.getByText('Clé d’accès créée pour Marc Noir').waitFor();
  // A recovery says what it does before it is approved, and what it withdrew is nobody's own act.
  await owner("insert into desk.request (kind, subject, reason, asked_by, asked_at, expires_at, state) select 'stop', '{\"scope\": \"platform\", \"hours\": 1}', 'essai', id, now(), now() + interval '1 hour', 'asked' from desk.officer where name = 'Aude Blanc'");
  await go(page, 'Officiers');
  await page.locator('.card', { hasText: 'Aude Blanc' }).getByRole('button', { name: 'Clé perdue' }).click();
  await reasonOf(page).fill('téléphone perdu');
  await page.getByRole('dialog').getByRole('button', { name: 'Signer la demande' }).click();
  await page.getByText(/qui approuve reçoit l’autre/).waitFor();
  await go(claire.page, 'À deux');
  const card = claire.page.locator('.card', { hasText: 'Rendre l’accès à Aude Blanc' });
  await card.getByText(/vous recevez une moitié de code .* ses sessions se ferment, et ce qu’il avait demandé est retiré/).waitFor();
  await lookAt(claire.page, 'desk-recovery');
  await card.getByRole('button', { name: 'Approuver avec ma clé d’accès' }).click();
  const withdrawn = claire.page.locator('.feed li', { hasText: 'Retiré : l’accès de cet officier a été rendu par deux autres' });
  await withdrawn.waitFor();
  assert.doesNotMatch(await withdrawn.innerText(), /Aude Blanc.*Aude Blanc/s);
  assert.deepEqual(karim.complaints, []);
});

test('two minutes before the end of the session the page says so, in an open dialog too; one press goes on', async (t) => {
  // The page is told of an idle time that leaves eight seconds before the warning.
  const lucie = await sitDown(browser, desk, { index: 2, before: ({ page }) => page.route('**/desk/v1/me', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json() as object, idleMinutes: 2 + 8 / 60 } });
  }) });
  t.after(() => lucie.context.close());
  const { page } = lucie;
  await typeFreeze(page);
  await page.getByRole('dialog').getByText(/Sans geste de votre part, votre session se termine à \d\d:\d\d/).waitFor();
  await lookAt(page, 'desk-session-ending');
  await owner("update desk.session set last_seen_at = last_seen_at - interval '12 minutes' where officer_id = (select id from desk.officer where name = 'Lucie Petit')");
  await page.getByRole('dialog').getByRole('button', { name: 'Je suis là, continuer' }).click();
  await page.getByRole('dialog').getByText(/Sans geste de votre part/).waitFor({ state: 'detached' });
  const [seen] = await owner<{ recently: boolean }>("select max(s.last_seen_at) > now() - interval '1 minute' as recently from desk.session s join desk.officer o on o.id = s.officer_id where o.name = 'Lucie Petit'");
  assert.equal(seen?.recently, true);
  assert.equal(await reasonOf(page).inputValue(), 'lectures de nuit');
});

test('a session that ends hides what was typed, asks for nothing meanwhile, and gives it back to the same officer alone', async () => {
  const { page, cdp, authenticatorId } = claire;
  await typeFreeze(page);
  await endSessions(page);
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.ok(!(await page.locator('body').innerText()).includes('lectures de nuit'));
  const refused = await refusals();
  await new Promise((resolve) => { setTimeout(resolve, 11_000); });
  assert.equal(await refusals(), refused, 'a screen without a session does not go on asking');
  await page.getByRole('button', { name: 'Entrer avec ma clé d’accès' }).click();
  await reasonOf(page).waitFor();
  assert.equal(await reasonOf(page).inputValue(), 'lectures de nuit');
  await endSessions(page);
  await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
  await enterByCode(claire, desk, 4);
  await page.getByText('Noé Roy').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.ok(!(await page.content()).includes('lectures de nuit'));
  assert.deepEqual(claire.complaints, []);
});
