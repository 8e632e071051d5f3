// Every page of the desk, in both languages: axe finds nothing, nothing sticks out at 360 px; pictures for the documentation.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, visit, type Visit } from '../support/browser.ts';
import { lookAt } from '../support/look-at.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { playDeskHour, playIncident } from '../support/desk-hour.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let desk: TestDesk;
let browser: Awaited<ReturnType<typeof launchChromium>>;
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  desk = await openDesk(world.database);
  await playIncident(world);
  await playDeskHour(world, desk);
  browser = await launchChromium();
});
after(async () => { await browser?.close(); await desk?.close(); await world?.close(); });

const WORDS = {
  fr: { locale: 'fr-FR', have: /J’ai reçu un code/, code: 'Code à usage unique', use: 'Créer ma clé d’accès', made: /Clé d’accès créée/, enter: 'Entrer avec ma clé d’accès', hour: /Dernière heure/, freezes: 'Gels', lift: 'Lever', signals: 'Signaux', requests: 'À deux', look: 'Consulter', officers: 'Officiers', stop: 'Demander un arrêt', now: 'Maintenant', open: 'Ouvrir l’incident 1', told: /Personnes dont des données ont été lues/, days: /^reste \d+ j \d+ h$/, assess: 'Réévaluer', whom: 'RPPS, ou référence d’une personne', reason: 'Motif', lookNow: 'Inscrire au journal et regarder', nobody: /Aucun professionnel n’a ce numéro/, entries: /entrées/ },
  en: { locale: 'en-GB', have: /I was given a code/, code: 'One-time code', use: 'Create my passkey', made: /Passkey created/, enter: 'Enter with my passkey', hour: /Last hour/, freezes: 'Freezes', lift: 'Lift', signals: 'Signals', requests: 'Takes two', look: 'Look up', officers: 'Officers', stop: 'Ask for a stop', now: 'Now', open: 'Open incident 1', told: /Persons whose data was read/, days: /^\d+ d \d+ h left$/, assess: 'Assess again', whom: 'RPPS, or a person’s reference', reason: 'Reason', lookNow: 'Write in the journal and look', nobody: /No professional has this number/, entries: /entries/ },
} as const;

for (const language of ['fr', 'en'] as const) {
  test(`every page in ${language}`, async () => {
    const words = WORDS[language];
    const seen: Visit = await visit(browser, { locale: words.locale });
    const { page } = seen;
    const look = (name: string): Promise<void> => lookAt(page, language === 'en' ? `en-${name}` : name);
    await page.goto(desk.origin);
    await page.getByRole('button', { name: words.have }).click();
    await look('desk-sign-in');
    await page.getByLabel(words.code).fill(desk.codes[language === 'fr' ? 0 : 1]?.code ?? '');
    await page.getByRole('button', { name: words.use, exact: true }).click();
    await page.getByText(words.made).waitFor();
    await page.getByRole('button', { name: words.enter }).click();
    await page.getByText(words.hour).waitFor();
    await look('desk-now');
    await page.getByRole('button', { name: words.freezes, exact: true }).click();
    await page.locator('.card').first().waitFor();
    await look('desk-freezes');
    await page.getByRole('button', { name: words.lift, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await look('desk-lift');
    await page.keyboard.press('Escape');
    await page.getByRole('navigation').getByRole('button', { name: 'Incidents', exact: true }).click();
    await page.getByRole('button', { name: words.open }).first().waitFor();
    await look('desk-incidents');
    await page.getByRole('button', { name: words.open }).first().click();
    await page.getByText(words.told).waitFor();
    await page.getByText(words.days).first().waitFor();
    await look('desk-incident');
    await page.setViewportSize({ width: 360, height: 800 });
    const row = page.getByRole('row', { name: /Prévoyance Imaginaire/ }).last();
    await row.getByRole('cell').last().scrollIntoViewIfNeeded();
    assert.ok((await row.getByRole('rowheader').boundingBox() ?? assert.fail()).x >= 0, 'whose row it is stays in sight');
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.getByRole('button', { name: words.assess }).click();
    await page.getByRole('dialog').waitFor();
    await look('desk-severity');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: words.signals, exact: true }).click();
    await page.getByRole('table').nth(1).waitFor();
    await look('desk-signals');
    await page.getByRole('button', { name: words.requests, exact: true }).click();
    await page.locator('.card').first().waitFor();
    await look('desk-requests');
    await page.getByRole('button', { name: words.look, exact: true }).click();
    await page.getByLabel(words.whom).fill('99999999999');
    await page.getByLabel(words.reason).fill('contrôle 12');
    await page.getByRole('button', { name: words.lookNow }).click();
    await page.getByText(words.nobody).waitFor();
    await look('desk-look-unknown');
    await page.getByLabel(words.whom).fill(world.sandbox.establishments[0]?.professionals[0] ?? '');
    await page.getByRole('button', { name: words.lookNow }).click();
    await page.getByText(words.nobody).waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: words.entries }).waitFor();
    assert.doesNotMatch(await page.getByRole('main').innerText(), /\bask\b|step-up/, 'in words');
    await look('desk-look');
    await page.getByRole('button', { name: words.officers, exact: true }).click();
    await page.locator('.card').first().waitFor();
    await look('desk-officers');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look('desk-officers-dark');
    await page.getByRole('button', { name: words.now, exact: true }).click();
    await page.getByText(words.hour).waitFor();
    await look('desk-now-dark');
    assert.deepEqual(seen.complaints, []);
  });
}

test('an address that leads nowhere leads back', async () => {
  const { page, complaints } = await visit(browser, {});
  assert.equal((await page.goto(`${desk.origin}/incidents/1`))?.status(), 404);
  await lookAt(page, 'desk-missing');
  await page.getByRole('link', { name: 'Revenir à l’accueil' }).click();
  await page.getByRole('button', { name: 'Entrer avec ma clé d’accès' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('by keyboard alone, at 200 %: in, a freeze lifted with its reason, out', async () => {
  const seen = await visit(browser, { width: 600 });
  const { page } = seen;
  await page.goto(desk.origin);
  const reach = async (name: string | RegExp): Promise<void> => {
    const dialog = page.getByRole('dialog');
    const within = (await dialog.count()) > 0 ? dialog : page;
    const wanted = within.getByRole('button', { name, exact: typeof name === 'string' }).or(within.getByRole('textbox', { name })).first();
    await wanted.waitFor();
    for (let presses = 0; presses < 80; presses += 1) {
      if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`not reached by Tab: ${String(name)}`);
  };
  const press = async (name: string | RegExp): Promise<void> => {
    await reach(name);
    await page.keyboard.press('Enter');
  };
  await press(/J’ai reçu un code/);
  await reach('Code à usage unique');
  await page.keyboard.type(desk.codes[4]?.code ?? '');
  await press('Créer ma clé d’accès');
  await page.getByText(/Clé d’accès créée/).waitFor();
  await press('Entrer avec ma clé d’accès');
  await page.getByText(/Dernière heure/).waitFor();
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 600'));
  await press('Gels');
  await page.getByText('Gel n° 1').waitFor();
  await press('Lever');
  await page.getByRole('dialog').waitFor();
  await reach('Motif');
  await page.keyboard.type('vérifié par téléphone');
  await press('Lever');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press('Quitter');
  await page.getByRole('heading', { name: 'Qui êtes-vous ?' }).waitFor();
  assert.deepEqual(seen.complaints, []);
});
