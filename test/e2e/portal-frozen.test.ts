// Stopped in the middle of a day: what a professional reads is for them, and the way on is at hand.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { demandStepUp, freezeByGuard } from '../../src/guard/index.ts';
import { openPortal, signInAs, type Portal, type Visit } from '../support/browser.ts';
import { lookAt } from '../support/look-at.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let portal: Portal;
let pharmacists: string[] = [];
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacists = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy').flatMap((e) => e.professionals).map((rpps) => `8${rpps}`);
  portal = await openPortal(world);
});
after(async () => { await portal.close(); await world.close(); });

const REASONS = [{ code: 'pace', fr: 'Essai du rythme.', en: 'A test of the pace.' }];
const nextPerson = (): string => pharmacists.shift() ?? assert.fail('more pharmacists are needed');
const lastUser = async (): Promise<number> => Number((await world.database.pool('owner').query<{ user_id: string }>('select user_id from access.sign_in order by confirmed_at desc nulls last limit 1')).rows[0]?.user_id);

async function ask(page: Page, [amc, person] = [world.amc, world.person]): Promise<void> {
  await page.getByRole('combobox', { name: 'Assureur complémentaire' }).fill(amc);
  await page.keyboard.press('Tab');
  await page.getByLabel('NIR ou numéro d’adhérent').fill(person.nir);
  await page.getByLabel('Date de naissance').fill(person.birthDate);
  await page.getByRole('button', { name: 'Demander' }).click();
}

// By the button that stands beside the refusal.
async function signInAgain(visit: Visit, person: string): Promise<void> {
  const { page } = visit;
  await signInAs(visit, world, person);
  await page.getByRole('button', { name: 'Question', exact: true }).click();
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  await ask(page);
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
}

test('frozen by the guard: the same way out on every screen, in words without a call of the interface, one press away', async () => {
  const person = nextPerson();
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, person);
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  await freezeByGuard(world.database.pool('rempart_guard', 1), await lastUser(), REASONS);
  await ask(page);
  await page.getByText('Essai du rythme.').waitFor();
  await page.getByRole('button', { name: 'Se connecter avec Pro Santé Connect' }).waitFor();
  await lookAt(page, 'portal-frozen');
  const asked = await page.locator('main').innerText();
  await page.getByRole('button', { name: 'Mes accès' }).click();
  await page.getByRole('button', { name: 'Créer une clé d’accès' }).click();
  await page.getByText('Essai du rythme.').last().waitFor();
  const access = await page.locator('main').innerText();
  for (const told of [asked, access]) {
    assert.match(told, /un premier gel automatique y est levé aussitôt/);
    assert.doesNotMatch(told, /POST|\/v1\/|Appelez l.opérateur/);
  }
  await signInAgain(visit, person);
  assert.deepEqual(visit.complaints, []);
});

test('a touch is asked of who has no passkey: said once, and signing in again is the confirmation', async () => {
  const person = nextPerson();
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, person);
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  await demandStepUp(world.database.pool('rempart_guard', 1), await lastUser(), REASONS);
  await ask(page);
  await page.getByRole('alert').waitFor();
  assert.equal((await page.getByRole('alert').innerText()).match(/Confirmez que c’est bien vous/g)?.length, 1);
  assert.equal(await page.getByRole('button', { name: 'Confirmer par ma clé d’accès' }).count(), 0);
  await lookAt(page, 'portal-touch');
  await signInAgain(visit, person);
  assert.deepEqual(visit.complaints, []);
});

test('at the ceiling: what to do, and the way there', async () => {
  const owner = world.database.pool('owner');
  await owner.query("insert into guard.ceiling select peer_group, scope, class, current_date, 1, 1, 1, 100, 'test' from guard.ceiling where peer_group = 'pharmacy' and scope = 'a' and class = 'u'");
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await ask(page);
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  await page.keyboard.press('n');
  const [, other] = Object.entries(world.sandbox.persons);
  await ask(page, other);
  await page.getByRole('alert').filter({ hasText: 'Scannez la carte du patient, qui compte à part' }).waitFor();
  await lookAt(page, 'portal-ceiling');
  await page.getByText(/relever votre plafond jusqu’à ce soir/).getByRole('button', { name: 'Ma journée' }).click();
  await page.getByText('reste 0 sur 1', { exact: true }).first().waitFor();
  assert.deepEqual(visit.complaints, []);
});
