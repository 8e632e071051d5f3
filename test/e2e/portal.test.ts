// The portal in a real Chromium, on the real servers, with a virtual authenticator.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { stateFolder } from '../../src/ground/index.ts';
import { demandStepUp, freezeByOperator, reviewFreeze } from '../../src/guard/index.ts';
import { dataMatrixPng } from '../support/barcode.ts';
import { chooseAtStandIn, openPortal, signInAs, type Portal, type Visit } from '../support/browser.ts';
import { asInsurer, registerCard, writeCard } from '../support/cards.ts';
import { startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let portal: Portal;
let insurer: Signed;
// One professional a test, so that no test's passkeys or freezes are another's.
let pharmacists: string[] = [];
// Of the place whose software asks.
let colleague = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 300 });
  pharmacists = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy').flatMap((e) => e.professionals.slice(1)).map((rpps) => `8${rpps}`);
  colleague = pharmacists.shift() ?? '';
  portal = await openPortal(world);
  insurer = await asInsurer(world, world.amc);
});
after(async () => { await portal.close(); await world.close(); });

const nextPerson = (): string => pharmacists.shift() ?? assert.fail('more pharmacists are needed');
const answered = (page: Page, verdict: string): Promise<void> => page.getByRole('heading', { name: verdict, exact: true }).waitFor();

async function fill(page: Page, change: { amc?: string; nir?: string; birthDate?: string } = {}): Promise<void> {
  await page.getByRole('combobox', { name: 'Assureur complémentaire' }).fill(change.amc ?? world.amc);
  // All insurers are listed until what was typed narrows them down.
  await page.getByRole('option').first().waitFor();
  await page.getByRole('option').nth(1).waitFor({ state: 'detached' });
  await page.getByRole('option').first().click();
  await page.getByLabel('NIR ou numéro d’adhérent').fill(change.nir ?? world.person.nir);
  await page.getByLabel('Date de naissance').fill(change.birthDate ?? world.person.birthDate);
}

const send = (page: Page): Promise<void> => page.getByRole('button', { name: 'Demander' }).click();

async function enrol(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByRole('button', { name: 'Mes accès' }).click();
  await page.getByRole('button', { name: 'Créer une clé d’accès' }).click();
  await page.getByText(/Clé d’accès créée/).waitFor();
}

async function newCard(): Promise<string> {
  const code = await writeCard(world.amc);
  await registerCard(world, insurer, [code]);
  return code;
}

test('the three verdicts by four fields; no identity stays on the screen, in storage or in the address', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await fill(page, { nir: world.person.nir.toLowerCase(), birthDate: world.person.birthDate.split('-').reverse().join('/') });
  await send(page);
  await answered(page, 'OUI');
  const everything = await page.evaluate<string>('document.documentElement.outerHTML + location.href + JSON.stringify(sessionStorage) + JSON.stringify(localStorage)');
  for (const identity of [world.person.nir, world.person.birthDate]) assert.ok(!everything.includes(identity));
  const number = await page.locator('.number').innerText();
  await page.keyboard.press('c');
  await page.getByText('Copié').first().waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), number);
  await page.keyboard.press('n');
  await fill(page, { birthDate: '1901-01-01' });
  await send(page);
  await answered(page, 'NON');
  assert.match(await page.locator('article').innerText(), /demandez la carte de l'année.*appelez le numéro imprimé/s);
  await page.keyboard.press('n');
  const [silentAmc, silent] = Object.entries(world.sandbox.persons).at(-1) ?? assert.fail();
  await fill(page, { amc: silentAmc, nir: silent.nir, birthDate: silent.birthDate });
  await send(page);
  await answered(page, 'INDÉTERMINÉ');
  assert.match(await page.locator('article').innerText(), /Ce n'est pas un refus/);
  assert.deepEqual(visit.complaints, []);
});

test('faults are named field by field before anything is asked, and nothing typed is lost', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await fill(page, { nir: '255081416802500', birthDate: '32/02/1980' });
  await send(page);
  await page.getByText('La clé du NIR ne correspond pas').waitFor();
  await page.getByText('La date de naissance n’est pas lisible ou n’existe pas').waitFor();
  assert.equal(await page.getByLabel('NIR ou numéro d’adhérent').inputValue(), '255081416802500');
  assert.equal(await page.evaluate("document.activeElement?.getAttribute('aria-invalid')"), 'true', 'the first faulty field has the focus');
});

test('invoice lines: the compulsory part as one types, each one’s share with the answer', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await page.getByRole('button', { name: 'Ajouter : PH7' }).click();
  await page.getByLabel('Prix (€)').fill('12,40');
  await page.getByText(/Part obligatoire 8,06.*ticket modérateur 4,34/).waitFor();
  await fill(page);
  await send(page);
  await answered(page, 'OUI');
  assert.match(await page.locator('table').innerText(), /PH7\s+12,40.*8,06.*4,34/s);
});

test('our card: typed by a scanner on a French keyboard, pasted as a picture, chosen as a file: the answer at once', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  const onFrench: Record<string, string> = { A: 'Q', Q: 'A', Z: 'W', W: 'Z', M: '?', 1: '&', 2: 'é', 3: '"', 4: "'", 5: '(', 6: '-', 7: 'è', 8: '_', 9: 'ç', 0: 'à' };
  const code = await newCard();
  await page.getByLabel('Code de la carte').focus();
  await page.keyboard.type(Array.from(code, (c) => onFrench[c] ?? c).join(''));
  await answered(page, 'OUI');
  const shown = await page.getByText(/Réponse n° /).innerText();
  // From the answer's screen, the next card is scanned straight away.
  await page.keyboard.type(await newCard(), { delay: 1 });
  await page.keyboard.press('Enter');
  await page.getByText(/Réponse n° /).filter({ hasNotText: shown }).waitFor();
  await page.keyboard.press('n');
  const picture = join(stateFolder('pictures'), 'card.png');
  writeFileSync(picture, await dataMatrixPng(await newCard()));
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Image' }).click();
  await (await chooser).setFiles(picture);
  await answered(page, 'OUI');
  const { rows } = await world.database.pool('owner').query("select count(*)::int as n from journal.entry where purpose = 'ask' and presence = 'card'");
  assert.ok(rows[0].n >= 3, 'presence was proven by the card each time');
  assert.deepEqual(visit.complaints, []);
});

test('today’s DataMatrix fills in three fields and asks for the birth date; it proves no presence', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  const picture = join(stateFolder('pictures'), 'observed.png');
  writeFileSync(picture, await dataMatrixPng(`AMC#1#${world.amc}#101#AB1234#VMP*/`));
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Image' }).click();
  await (await chooser).setFiles(picture);
  await page.getByText(/il reste la date de naissance/).waitFor();
  assert.equal(await page.getByLabel('NIR ou numéro d’adhérent').inputValue(), 'AB1234');
  assert.match(await page.getByRole('combobox', { name: 'Assureur complémentaire' }).inputValue(), new RegExp(world.amc));
  await page.getByLabel('Date de naissance').fill('01/02/1980');
  await send(page);
  await answered(page, 'NON');
  const { rows } = await world.database.pool('owner').query("select presence from journal.entry where purpose = 'ask' order by id desc limit 1");
  assert.equal(rows[0].presence, 'none');
});

test('a revoked card is refused with the reason, and the four fields remain', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await page.getByLabel('Code de la carte').fill(await writeCard(world.amc));
  await page.getByText("Cette carte n'est pas enregistrée chez son assureur").first().waitFor();
  await page.getByRole('button', { name: 'Demander' }).waitFor();
});

test('passkey: enrolled, steps up; a reload costs one touch, returns to the same screen and keeps all but identities', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await enrol(visit);
  await page.getByRole('button', { name: 'Confirmer par ma clé d’accès' }).click();
  await page.getByText('Confirmé.').waitFor();
  await page.getByRole('button', { name: 'Question', exact: true }).click();
  await page.getByRole('button', { name: 'Ajouter : PH7' }).click();
  await page.getByLabel('Prix (€)').fill('9,99');
  await fill(page);
  await page.reload();
  // The touch is asked for by itself; the virtual authenticator gives it.
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  assert.equal(await page.getByLabel('Prix (€)').inputValue(), '9,99');
  assert.equal(await page.getByLabel('NIR ou numéro d’adhérent').inputValue(), '');
  await fill(page);
  await send(page);
  await answered(page, 'OUI');
  assert.deepEqual(visit.complaints, []);
});

test('an authenticator that does not check its user is refused', async () => {
  const visit = await portal.person({ verified: false });
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await page.getByRole('button', { name: 'Mes accès' }).click();
  await page.getByRole('button', { name: 'Créer une clé d’accès' }).click();
  await page.getByRole('alert').waitFor();
  const { rows } = await world.database.pool('owner').query('select count(*)::int as n from access.passkey p join access.app_user u on u.id = p.user_id join access.sign_in s on s.user_id = u.id where s.confirmed_at = (select max(confirmed_at) from access.sign_in)');
  assert.equal(rows[0].n, 0);
});

test('two users on one computer: one gesture, another name on the screen, nothing of the first left', async () => {
  const [first, second] = [nextPerson(), nextPerson()];
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, first);
  const before = await page.locator('.who').innerText();
  await page.getByLabel('NIR ou numéro d’adhérent').fill('255081416802538');
  await page.getByRole('button', { name: 'Changer d’utilisateur' }).click();
  await page.getByRole('heading', { name: 'Qui êtes-vous ?' }).waitFor();
  await signInAs(visit, world, second);
  await page.locator('.who').waitFor();
  assert.notEqual(await page.locator('.who').innerText(), before);
  assert.equal(await page.getByLabel('NIR ou numéro d’adhérent').inputValue(), '');
  await page.getByRole('button', { name: 'Ma journée' }).click();
  await page.getByText('Aucune question aujourd’hui').waitFor();
});

test('the session runs out in the middle of a question: said as such, one touch later the typed question is sent', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await enrol(visit);
  await page.getByRole('button', { name: 'Question', exact: true }).click();
  await fill(page);
  // Every token in force and every refresh token end, the four hours of Pro Santé Connect do not.
  const owner = world.database.pool('owner');
  await owner.query("delete from access.session where sign_in_id is not null");
  await owner.query("delete from access.artifact where kind = 'RefreshToken'");
  await send(page);
  await page.getByRole('heading', { name: 'Votre session est terminée' }).waitFor();
  assert.ok(!(await page.locator('body').innerText()).includes(world.person.nir), 'what was typed is kept, not shown');
  await page.getByRole('button', { name: 'Continuer avec ma clé d’accès' }).click();
  await page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  assert.equal(await page.getByLabel('NIR ou numéro d’adhérent').inputValue(), world.person.nir);
  await send(page);
  await answered(page, 'OUI');
});

test('"that was not me": one press, the very next question is refused here and in every other window', async () => {
  const person = nextPerson();
  const [visit, elsewhere] = [await portal.person(), await portal.person()];
  await signInAs(visit, world, person);
  await signInAs(elsewhere, world, person);
  // The other window has long read what it shows: its next call is the question.
  await fill(elsewhere.page);
  await elsewhere.page.waitForLoadState('networkidle');
  await visit.page.getByRole('button', { name: 'Ma journée' }).click();
  await visit.page.getByRole('button', { name: 'Ce n’était pas moi' }).click();
  await visit.page.getByRole('heading', { name: 'Vos accès sont arrêtés' }).waitFor();
  await send(elsewhere.page);
  await elsewhere.page.getByRole('heading', { name: 'Votre session est terminée' }).waitFor();
  await elsewhere.page.getByRole('button', { name: 'Se connecter avec Pro Santé Connect' }).click();
  await chooseAtStandIn(elsewhere.page, person);
  await elsewhere.page.getByText(/gelés par mesure de sécurité/).waitFor();
  // Signed in to nothing else: the reason in words, and a review is asked for.
  await elsewhere.page.getByText('« Ce n’était pas moi », dit par la personne.').waitFor();
  await elsewhere.page.getByRole('button', { name: 'Demander qu’une personne réexamine ce gel' }).click();
  await elsewhere.page.getByText(/Demande reçue : une personne répond avant le/).waitFor();
  assert.equal((await world.database.pool('owner').query('select count(*)::int as n from guard.appeal')).rows[0].n, 1);
  // A person answered: that is said, and a second freeze has its own review.
  const { rows: [frozen] } = await world.database.pool('owner').query<{ freeze: string; user: string; client: string }>('select f.id as freeze, u.pseudonym as user, n.client_id as client from guard.freeze f join access.app_user u on u.id = f.user_id join access.installation n on n.id = u.installation_id');
  const desk = world.database.pool('rempart_desk', 1);
  assert.ok(await reviewFreeze(desk, { id: Number(frozen?.freeze), lift: false, by: 'Mme Un', reason: 'à éclaircir' }));
  const again = async (): Promise<void> => {
    await elsewhere.page.goto(world.portalOrigin);
    await elsewhere.page.getByRole('button', { name: /Pro Santé Connect/ }).click();
    await chooseAtStandIn(elsewhere.page, person);
    await elsewhere.page.getByText(/Réexaminé le .* : maintenu\./).waitFor();
  };
  const button = elsewhere.page.getByRole('button', { name: 'Demander qu’une personne réexamine ce gel' });
  await again();
  assert.equal(await elsewhere.page.getByText('Demande reçue').count(), 0, 'and no date that is past');
  assert.equal(await button.count(), 0, 'one review a freeze');
  await freezeByOperator(desk, { clientId: frozen?.client ?? '', user: frozen?.user ?? '', by: 'M. Deux', reason: 'Autre chose.' });
  await again();
  await button.click();
  await elsewhere.page.getByRole('listitem').filter({ hasText: 'Autre chose.' }).getByText(/Demande reçue/).waitFor();
  assert.equal(await button.count(), 0);
});

test('the API does not answer: the truth is told, with what this insurer allows, and the same question can be sent again', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await fill(page);
  await page.route(`${world.apiUrl}/v1/checks`, (route) => route.abort());
  await page.setViewportSize({ width: 360, height: 640 });
  await send(page);
  const told = page.getByRole('alert').filter({ hasText: 'Nous ne sommes pas joignables' });
  await told.and(page.locator(':focus')).waitFor();
  const { y, height } = await told.boundingBox() ?? assert.fail();
  assert.ok(y > -1 && y + height <= 640, `in sight: ${y}`);
  await page.getByText(/accepte la carte imprimée/).waitFor();
  await page.unroute(`${world.apiUrl}/v1/checks`);
  await send(page);
  await answered(page, 'OUI');
});

test('the guard asks for a touch: said in words, given in one gesture, and the same question is answered', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, nextPerson());
  await enrol(visit);
  await page.getByRole('button', { name: 'Question', exact: true }).click();
  const { rows } = await world.database.pool('owner').query('select user_id from access.sign_in order by confirmed_at desc nulls last limit 1');
  await demandStepUp(world.database.pool('rempart_guard'), Number(rows[0].user_id), [{ code: 'pace', fr: 'Essai.', en: 'Test.' }]);
  await fill(page);
  await send(page);
  await page.getByText(/Confirmez que c’est bien vous/).first().waitFor();
  await page.getByRole('button', { name: 'Confirmer par ma clé d’accès' }).click();
  await answered(page, 'OUI');
  assert.deepEqual(visit.complaints, []);
});

test('a level too low, and a person no directory knows: refused in words', async () => {
  const visit = await portal.person();
  await signInAs(visit, world, nextPerson(), { level: 'eidas0' });
  await visit.page.getByText(/au niveau demandé/).waitFor();
  await signInAs(visit, world, '899990000001');
  await visit.page.getByText(/personne ne vous y a invité/).waitFor();
});

test('staff: invited by a professional’s touch, with their own credential, counted with the responsible', async () => {
  const responsible = world.sandbox.establishments[0]?.professionals[0] ?? '';
  const visit = await portal.person();
  await signInAs(visit, world, `8${responsible}`, { place: world.sandbox.establishments[0]?.name ?? '' });
  await enrol(visit);
  await visit.page.getByRole('button', { name: 'Inviter un membre de l’équipe' }).click();
  const code = await visit.page.locator('code').innerText();
  const staff = await portal.person();
  await staff.page.goto(world.portalOrigin);
  await staff.page.getByRole('button', { name: 'J’ai reçu une invitation' }).click();
  await staff.page.getByLabel('Code d’invitation').fill(code);
  await signInAs(staff, world, '899990000001');
  await staff.page.getByRole('heading', { name: 'Le tiers payant est-il accordé ?' }).waitFor();
  await fill(staff.page);
  await send(staff.page);
  await answered(staff.page, 'OUI');
  const { rows } = await world.database.pool('owner').query("select p.rpps from journal.entry e join access.professional p on p.id = e.professional_id where e.purpose = 'ask' order by e.id desc limit 1");
  assert.equal(rows[0].rpps, responsible);
});

test('a software at its ceiling shows a code: typed here, with one touch, and the software goes on', async () => {
  const owner = world.database.pool('owner');
  await owner.query("insert into guard.ceiling select peer_group, scope, class, current_date, 2, 2, 2, 100, 'test' from guard.ceiling where peer_group = 'pharmacy' and scope = 'a' and class = 'u'");
  const [one, two, three] = Object.entries(world.sandbox.persons).map(([amc, { nir, birthDate, birthRank }]) => ({ user: 'comptoir', insurer: { amcNumber: amc }, nir, birthDate, birthRank }));
  const place = world.sandbox.establishments.find((e) => e.peerGroup === 'pharmacy') ?? assert.fail();
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, colleague, { place: place.name });
  await enrol(visit);
  await owner.query("update access.passkey set enrolled_at = enrolled_at - interval '25 hours'");
  assert.deepEqual([(await world.ask(one)).status, (await world.ask(two)).status], [200, 200]);
  const { status, body } = await world.ask(three);
  const { touch } = body as unknown as { touch: { code: string } };
  assert.equal(status, 429);
  await page.getByRole('button', { name: 'Ma journée' }).click();
  await page.getByLabel('Code montré par le logiciel').fill(`${touch.code.slice(0, 4)}-${touch.code.slice(4)}`);
  await page.getByRole('button', { name: 'Confirmer par ma clé d’accès' }).click();
  await page.getByText('Confirmé : le logiciel peut reposer la question.').waitFor();
  assert.equal((await world.ask(three)).status, 200);
  await owner.query("delete from guard.ceiling where source = 'test'");
  assert.deepEqual(visit.complaints, []);
});
