// Every page of the portal, in both languages: axe finds nothing, nothing sticks out at 360 px; pictures for the documentation.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPortal, signInAs, type Portal, type Visit } from '../support/browser.ts';
import { asInsurer, registerCard, writeCard } from '../support/cards.ts';
import { lookAt as look } from '../support/look-at.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let portal: Portal;
let doctors: readonly string[] = [];
let code = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  doctors = (world.sandbox.establishments.find((e) => e.peerGroup === 'doctor')?.professionals ?? []).map((rpps) => `8${rpps}`);
  portal = await openPortal(world);
  const insurer = await asInsurer(world, world.amc);
  code = await writeCard(world.amc);
  await registerCard(world, insurer, [code]);
});
after(async () => { await portal.close(); await world.close(); });

const WORDS = {
  fr: { locale: 'fr-FR', psc: 'Pro Santé Connect', ask: 'Question', day: 'Ma journée', access: 'Mes accès', create: 'Créer une clé d’accès', created: /Clé d’accès créée/, one: '1 clé d’accès.', left: /^reste \d+ sur \d+$/, scan: 'Code de la carte', next: /Question suivante/, submit: 'Demander', insurer: 'Assureur complémentaire', person: 'NIR ou numéro d’adhérent', birth: 'Date de naissance', yes: 'OUI', no: 'NON', unsure: 'INDÉTERMINÉ', add: 'Ajouter : G consultation' },
  en: { locale: 'en-GB', psc: 'Pro Santé Connect', ask: 'Question', day: 'My day', access: 'My access', create: 'Create a passkey', created: /Passkey created/, one: '1 passkey.', left: /^\d+ of \d+ left$/, scan: 'Card code', next: /Next question/, submit: 'Ask', insurer: 'Complementary insurer', person: 'NIR or adhérent number', birth: 'Birth date', yes: 'YES', no: 'NO', unsure: 'UNDETERMINED', add: 'Add: G consultation' },
} as const;

for (const language of ['fr', 'en'] as const) {
  test(`every page in ${language}`, async () => {
    const words = WORDS[language];
    const visit: Visit = await portal.person({ locale: words.locale });
    const { page } = visit;
    const named = (name: string): string => (language === 'en' ? `en-${name}` : name);
    await page.goto(world.portalOrigin);
    await page.getByRole('button', { name: words.psc }).waitFor();
    await look(page, named('portal-sign-in'));
    await signInAs(visit, world, doctors[language === 'fr' ? 0 : 1] ?? '');
    const ask = async (person: { nir: string; birthDate: string }, amc: string): Promise<void> => {
      await page.getByRole('combobox', { name: words.insurer }).fill(amc);
      await page.keyboard.press('Tab');
      await page.getByLabel(words.person).fill(person.nir);
      await page.getByLabel(words.birth).fill(person.birthDate);
    };
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    await look(page, named('portal-faults'));
    await page.getByRole('button', { name: words.add }).click();
    await ask(world.person, world.amc);
    await look(page, named('portal-question'));
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.getByRole('heading', { name: words.yes }).waitFor();
    await look(page, named('portal-yes'));
    await page.getByRole('button', { name: words.next }).click();
    await ask({ ...world.person, birthDate: '1901-01-01' }, world.amc);
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.getByRole('heading', { name: words.no }).waitFor();
    await look(page, named('portal-no'));
    await page.keyboard.press('n');
    const [silentAmc, silent] = Object.entries(world.sandbox.persons).at(-1) ?? ['', world.person];
    await ask(silent, silentAmc);
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.getByRole('heading', { name: words.unsure }).waitFor();
    await look(page, named('portal-undetermined'));
    for (const width of [320, 360, 1200]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok(await page.evaluate<boolean>("(() => { const heading = document.querySelector('.verdict'), text = document.createRange(); text.selectNodeContents(heading.lastChild); const lines = text.getClientRects(); return lines.length === 1 && lines[0].right <= heading.getBoundingClientRect().right; })()"), `on one line at ${width} px`);
    }
    await page.keyboard.press('n');
    await page.getByLabel(words.scan).fill(code);
    await page.getByRole('heading', { name: words.yes }).waitFor();
    await page.getByRole('button', { name: words.access }).click();
    await look(page, named('portal-access'));
    await page.getByRole('button', { name: words.create }).click();
    await page.getByText(words.created).waitFor();
    await page.getByText(words.one, { exact: true }).waitFor();
    await page.getByRole('button', { name: words.day }).click();
    await page.locator('table').waitFor();
    await page.getByText(words.left).first().waitFor();
    await look(page, named('portal-day'));
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, named('portal-day-dark'));
    await page.getByRole('button', { name: words.ask }).click();
    await look(page, named('portal-answer-dark'));
    await page.keyboard.press('n');
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    await look(page, named('portal-faults-dark'));
    assert.deepEqual(visit.complaints, []);
  });
}

test('an address that leads nowhere says so in both languages, and leads back', async () => {
  const { page, complaints } = await portal.person();
  const reply = await page.goto(`${world.portalOrigin}/mes-acces`);
  assert.deepEqual([reply?.status(), reply?.headers()['content-security-policy']?.includes("default-src 'none'")], [404, true]);
  await look(page, 'portal-missing');
  await page.getByRole('link', { name: 'Back to the first page' }).waitFor();
  await page.getByRole('link', { name: 'Revenir à l’accueil' }).click();
  await page.getByRole('heading', { name: 'Qui êtes-vous ?' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('the answer’s keys act where the answer has the focus, not from another screen or the bar', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, doctors[2] ?? doctors[0] ?? '');
  await page.getByLabel('Code de la carte').fill(code);
  const answer = page.getByRole('heading', { name: 'OUI', exact: true });
  await answer.waitFor();
  await page.getByRole('button', { name: 'Ma journée' }).click();
  await page.locator('table').waitFor();
  await page.keyboard.press('n');
  await page.getByRole('button', { name: 'Question', exact: true }).click();
  await answer.waitFor();
  await page.getByRole('button', { name: 'Ma journée' }).focus();
  await page.keyboard.press('n');
  await page.keyboard.press('c');
  assert.ok(await answer.isVisible());
  assert.equal(await page.getByText('Copié').count(), 0);
  await page.locator('article .lead').click();
  await page.keyboard.press('c');
  await page.getByText('Copié').first().waitFor();
  await page.getByRole('button', { name: 'Imprimer' }).focus();
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  assert.deepEqual(visit.complaints, []);
});
