// The portal in a real Chromium, on the real servers, with a virtual authenticator.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPortal, signInAs, type Portal } from '../support/browser.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let portal: Portal;
let pharmacist = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacist = `8${world.sandbox.establishments[0]?.professionals[1]}`;
  portal = await openPortal(world);
});
after(async () => { await portal.close(); await world.close(); });

test('first sign-in, four fields, a yes readable from afar', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, pharmacist);
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  await page.getByRole('combobox', { name: 'Assureur complémentaire' }).fill('Rempart');
  await page.getByRole('option').first().click();
  await page.getByLabel('NIR ou numéro d’adhérent').fill(world.person.nir);
  await page.getByLabel('Date de naissance').fill(world.person.birthDate);
  await page.getByRole('button', { name: 'Demander' }).click();
  await page.getByRole('heading', { name: 'OUI' }).waitFor();
  assert.match(await page.locator('.number').innerText(), /^RG-/);
  assert.ok(!(await page.locator('body').innerText()).includes(world.person.nir), 'no identity stays on the screen');
  assert.deepEqual(visit.complaints, []);
});
