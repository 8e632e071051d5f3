// The portal without a mouse, enlarged twice, on a slow line, on paper.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openPortal, signInAs, type Portal, type Visit } from '../support/browser.ts';
import { writeCard } from '../support/cards.ts';
import { startWorld, type World } from '../support/world.ts';

const PICTURES = process.env['REMPART_SCREENSHOTS'];

let world: World;
let portal: Portal;
let pharmacists: string[] = [];
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacists = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy').flatMap((e) => e.professionals).map((rpps) => `8${rpps}`);
  portal = await openPortal(world);
});
after(async () => { await portal.close(); await world.close(); });

const nextPerson = (): string => pharmacists.shift() ?? assert.fail('more pharmacists are needed');
const focused = (page: Page): Promise<string> => page.evaluate<string>("(() => { const e = document.activeElement; return (e.labels?.[0]?.textContent ?? '') + ' ' + (e.getAttribute('aria-label') ?? '') + ' ' + (e.tagName === 'INPUT' ? '' : e.textContent); })()");

// Tab until the focus is on what bears these words; nobody presses it forty times.
async function tabTo(page: Page, words: RegExp): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    if (words.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard never reached ${words}`);
}

async function askByKeyboard({ page }: Visit): Promise<void> {
  await page.getByRole('heading', { name: /Le tiers payant est-il accordé/ }).waitFor();
  await tabTo(page, /Assureur complémentaire/);
  await page.keyboard.type(world.amc, { delay: 60 });
  // All insurers are listed until what was typed narrows them down.
  await page.getByRole('option').first().waitFor();
  await page.getByRole('option').nth(1).waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await tabTo(page, /NIR ou numéro/);
  await page.keyboard.type(world.person.nir);
  await tabTo(page, /Date de naissance/);
  await page.keyboard.type(world.person.birthDate);
  await page.keyboard.press('Enter');
}

test('by keyboard alone: four fields, the answer, the next question, every screen, and out', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await page.goto(world.portalOrigin);
  await page.getByRole('button', { name: /Pro Santé Connect/ }).waitFor();
  await page.keyboard.press('Tab');
  assert.match(await focused(page), /Aller au contenu/, 'the first stop skips to the content');
  await tabTo(page, /Se connecter avec Pro Santé Connect/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/wallet\.localhost/);
  await signInAs(visit, world, nextPerson());
  await askByKeyboard(visit);
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  assert.match(await focused(page), /OUI/, 'a screen reader is taken to the verdict');
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: /Le tiers payant est-il accordé/ }).waitFor();
  await tabTo(page, /^ *Code de la carte/);
  for (const screen of ['Ma journée', 'Mes accès']) {
    await page.keyboard.press('Shift+Tab');
    await page.locator('body').evaluate('document.querySelector(".brand").setAttribute("tabindex", "-1"); document.querySelector(".brand").focus()');
    await tabTo(page, new RegExp(screen));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: screen }).and(page.locator('[aria-current="page"]')).waitFor();
  }
  assert.deepEqual(visit.complaints, []);
});

test('an insurer’s whole number is its choice, by Tab or Enter, however fast it is typed; a card scanned into a field leaves nothing there', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  const insurer = page.getByRole('combobox', { name: 'Assureur complémentaire' });
  for (const key of ['Tab', 'Enter']) {
    for (const delay of [0, 90]) {
      await insurer.focus();
      await page.keyboard.type(world.amc, { delay });
      await page.keyboard.press(key);
      assert.match(await insurer.inputValue(), new RegExp(`\\D ${world.amc}$`), `${key}, ${delay} ms`);
      await page.getByRole('button', { name: 'Effacer' }).click();
      assert.equal(await insurer.inputValue(), '');
    }
  }
  await insurer.focus();
  await page.keyboard.type('mutuelle', { delay: 1 });
  // What was held back comes when no scanner is heard any more.
  await page.locator('[role="combobox"][value="mutuelle"]').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await insurer.inputValue(), '', 'what several are found by chooses none');
  const person = page.getByLabel('NIR ou numéro d’adhérent');
  await person.focus();
  await page.keyboard.type(world.person.nir, { delay: 1 });
  await page.keyboard.press('Tab');
  assert.equal(await person.inputValue(), world.person.nir);
  await person.fill('');
  await page.keyboard.type(await writeCard(world.amc), { delay: 1 });
  await page.keyboard.press('Enter');
  await page.getByText("Cette carte n'est pas enregistrée chez son assureur").first().waitFor();
  assert.equal(await person.inputValue(), '');
  assert.deepEqual(visit.complaints, []);
});

test('enlarged twice on a small screen, everything is still there and nothing sticks out', async () => {
  const visit = await portal.person({ width: 640 });
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  // A browser's 200 % halves the width that the page has.
  await page.setViewportSize({ width: 320, height: 450 });
  await askByKeyboard(visit);
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  assert.ok(await page.evaluate<number>('document.documentElement.scrollWidth') <= 320);
  await page.getByRole('button', { name: /Question suivante/ }).click();
});

test('on a slow line it says that it is working, and answers; on none it says so', async () => {
  const visit = await portal.person();
  const { page, cdp } = visit;
  await signInAs(visit, world, nextPerson());
  await page.getByRole('heading', { name: /Le tiers payant est-il accordé/ }).waitFor();
  await cdp.send('Network.enable');
  // A village's line: 400 kbit/s down, 200 up, 400 ms there and back.
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 25_000 });
  await askByKeyboard(visit);
  await page.getByText('Un instant…').waitFor();
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  await cdp.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.keyboard.press('n');
  await askByKeyboard(visit);
  await page.getByText('Nous ne sommes pas joignables').waitFor();
  assert.deepEqual(visit.complaints, []);
});

test('on paper: verdict, amount, guarantee and terms, no buttons, nobody’s identity', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await askByKeyboard(visit);
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  await page.emulateMedia({ media: 'print' });
  const seen = await page.locator('body').innerText();
  assert.match(seen, /(fictif|fictive).*OUI.*RG-\d/s, 'the place that asked, the verdict, the guarantee');
  assert.ok(!/Question suivante|Changer d’utilisateur/.test(seen));
  assert.ok(!seen.includes(world.person.nir) && !seen.includes(world.person.birthDate));
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, 'portal-print.png') });
  }
});
