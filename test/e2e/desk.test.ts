// By hand, from the first code to a closed incident: two officers in two browsers, a freeze reviewed, the list made, packs
// opened and sent by two, acknowledged, closed; and a drill from which nothing leaves.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { Page } from 'playwright-core';
import { hash128, stateFolder, uuidOfBytes } from '../../src/ground/index.ts';
import { thumbprint } from '../../src/access/index.ts';
import { freezeByGuard, freezeByOperator } from '../../src/guard/index.ts';
import { playRehearsedAttack } from '../../src/servers/index.ts';
import { launchChromium, type Visit } from '../support/browser.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { lookAt } from '../support/look-at.ts';
import { sitDown } from '../support/sit-down.ts';
import { enrolIn, startWorld, type World } from '../support/world.ts';

let world: World;
let desk: TestDesk;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let [claire, karim] = [] as unknown as [Visit, Visit];
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  const persons = Object.entries(world.sandbox.persons).slice(0, 2).map(([amc, person]) => ({ amc, ...person }));
  desk = await openDesk(world.database, { keyRing: world.keyRing, operator: { name: 'Opérateur d’essai' }, playAttack: (by, onProgress) => playRehearsedAttack(world.database.pool('rempart_desk', 1), { enrolled: world.pharmacy.enrolled, apiUrl: world.apiUrl, persons }, { by, onProgress }) });
  browser = await launchChromium();
});
after(async () => { await browser?.close(); await desk?.close(); await world?.close(); });

const sit = (index: number): Promise<Visit> => sitDown(browser, desk, { index });
const go = (page: Page, screen: string): Promise<void> => page.getByRole('navigation').getByRole('button', { name: screen, exact: true }).click();

interface Order { readonly confirm?: string | RegExp; readonly reason?: string; readonly fill?: Readonly<Record<string, string>>; readonly choose?: Readonly<Record<string, string>> }

// An order: its button, its form, its confirmation; the form is gone once it was done.
async function order(page: Page, button: string | RegExp, { confirm, reason, fill = {}, choose = {} }: Order = {}): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: button, exact: typeof button === 'string' }).first().click();
  const dialog = page.getByRole('dialog');
  for (const [label, text] of Object.entries(fill)) await dialog.getByLabel(label).fill(text);
  for (const [label, option] of Object.entries(choose)) await dialog.getByLabel(label).selectOption({ label: option });
  if (reason !== undefined) await dialog.getByLabel('Motif').fill(reason);
  await dialog.getByRole('button', { name: confirm ?? button, exact: typeof (confirm ?? button) === 'string' }).click();
  await dialog.waitFor({ state: 'detached' }).catch(async (cause: unknown) => { throw new Error(`${String(button)}: ${await dialog.innerText()}`, { cause }); });
}

async function approve(page: Page, what: RegExp): Promise<void> {
  await go(page, 'À deux');
  const card = page.locator('.card', { hasText: what });
  await card.getByRole('button', { name: 'Approuver avec ma clé d’accès' }).click();
  await page.getByText('Décidées').waitFor();
  await page.locator('.feed li', { hasText: what }).filter({ hasText: 'Fait' }).first().waitFor();
}

test('two officers take their seats; a freeze is seen, an incident opened, listed, assessed', async () => {
  await world.ask();
  await world.ask({ birthDate: '1901-01-01' });
  const { rows } = await world.database.pool('owner').query<{ id: number }>('select id from access.app_user limit 1');
  await freezeByGuard(world.database.pool('rempart_guard', 1), rows[0]?.id ?? 0, [{ code: 'neighbours', fr: 'Numéros voisins.', en: 'Neighbouring numbers.' }]);
  [claire, karim] = await Promise.all([sit(0), sit(1)]);
  const { page } = claire;
  await page.getByText('Gels à revoir : 1.').waitFor();
  await page.locator('.feed li', { hasText: 'par le garde · numéros voisins' }).waitFor();
  await go(page, 'Gels');
  await page.getByText('Numéros voisins.').waitFor();
  await order(page, 'Ouvrir un incident', { reason: 'lecture suspecte' });
  await page.getByRole('heading', { name: /Incident 1/ }).waitFor();
  await order(page, 'Confirmer : nous en sommes certains', { confirm: 'Confirmer', reason: 'le professionnel n’était pas là' });
  await page.getByText('Notifier la CNIL · l’opérateur').waitFor();
  await order(page, 'Établir la liste');
  await page.getByText(/Personnes dont des données ont été lues : 1 \(contrats : 1, réponses : 1\)\. Assureurs : 1\./).waitFor();
  await page.getByText('Demandé sans rien divulguer, compté à part : 1.').waitFor();
  // Another window, another list: both stay, with what changed between them.
  const early = new Date(Date.now() - 6 * 3_600_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  await order(page, 'Changer la fenêtre', { reason: 'seulement ce matin', fill: { 'Jusqu’à': early } });
  await page.getByText('Le périmètre a changé depuis').waitFor();
  await order(page, 'Établir la liste');
  await page.getByText(/Personnes dont des données ont été lues : 0 /).waitFor();
  await page.getByRole('button', { name: 'Ce qui a changé depuis la liste 1' }).click();
  await page.getByText('De la liste 1 à la liste 2, en personnes').waitFor();
  assert.deepEqual(await page.getByRole('row', { name: /^Tous/ }).getByRole('cell').allInnerTexts(), ['0', '1', '0'], 'one person removed');
  await order(page, 'Changer la fenêtre', { reason: 'toute la journée', fill: { 'Jusqu’à': '' } });
  await page.getByText('Le périmètre a changé depuis').waitFor();
  await order(page, 'Établir la liste');
  await page.getByText(/Personnes dont des données ont été lues : 1 /).waitFor();
  await page.getByRole('button', { name: 'Ce qui a changé depuis la liste 1' }).click();
  await page.getByText('De la liste 1 à la liste 3, en personnes').waitFor();
  assert.deepEqual(await page.getByRole('row', { name: /^Tous/ }).getByRole('cell').allInnerTexts(), ['0', '0', '1'], 'the same person again');
  await order(page, 'Contenu : plus rien ne fuit', { confirm: 'Confirmer', reason: 'gelé' });
  await page.getByText('Elle s’arrête avant la fin de la fuite : refaites la liste.').waitFor();
  await order(page, 'Établir la liste');
  await page.getByText('Elle s’arrête avant la fin').waitFor({ state: 'detached' });
  await order(page, 'Évaluer la gravité', { confirm: 'Évaluer', reason: 'première évaluation', fill: { 'Pourquoi ces données': 'couverture santé', 'Pourquoi cette facilité': 'référence et NIR demandés', 'Pourquoi ces circonstances': 'session volée' } });
  await page.getByText(/très élevée/).first().waitFor();
  await order(page, 'Notifier', { reason: 'risque élevé' });
  await page.getByText('On notifie.').first().waitFor();
});

test('two officers complete the facts at once: each saves what they changed, and words that changed meanwhile are shown before they are replaced', async () => {
  const [{ page: hers }, { page: his }] = [claire, karim];
  await go(his, 'Incidents');
  await his.getByRole('button', { name: 'Ouvrir l’incident 1' }).first().click();
  const open = async (page: Page): Promise<void> => { await page.getByRole('main').getByRole('button', { name: 'Compléter' }).click(); };
  const field = (page: Page, label: string): ReturnType<Page['getByLabel']> => page.getByRole('dialog').getByLabel(label);
  const save = (page: Page): Promise<void> => page.getByRole('dialog').getByRole('button', { name: 'Enregistrer' }).click();
  const gone = (page: Page): Promise<void> => page.getByRole('dialog').waitFor({ state: 'detached' });
  const stored = async (): Promise<Record<string, string>> => (await world.database.pool('owner').query<{ facts: Record<string, string> }>('select facts from incidents.incident where id = 1')).rows[0]?.facts ?? {};
  await Promise.all([open(hers), open(his)]);
  const long = 'Une session a servi ailleurs. '.repeat(60).trim();
  await field(hers, 'Ce qui s’est passé').fill(long);
  await save(hers);
  await gone(hers);
  await field(his, 'Mesures prises').fill('Accès gelé.');
  await save(his);
  await gone(his);
  assert.deepEqual(await stored(), { description: long, measuresTaken: 'Accès gelé.' });
  await Promise.all([open(hers), open(his)]);
  await field(hers, 'Conséquences probables').fill('Hameçonnage.');
  await save(hers);
  await gone(hers);
  await field(his, 'Conséquences probables').fill('Démarchage.');
  await save(his);
  await his.getByText('Conséquences probables : Claire Martin a écrit « Hameçonnage. »').waitFor();
  assert.equal(await field(his, 'Conséquences probables').inputValue(), 'Démarchage.', 'what he typed is still there');
  const told = his.getByRole('dialog').getByRole('alert').filter({ hasText: 'Hameçonnage.' });
  await told.and(his.locator(':focus')).waitFor();
  const box = await told.boundingBox();
  assert.ok(box !== null && box.y >= 0 && box.y < 500, `before his eyes: ${box?.y}`);
  await his.keyboard.press('Enter');
  assert.equal((await stored())['consequences'], 'Hameçonnage.', 'a second press alone replaces nothing');
  await field(his, 'Conséquences probables').fill('Hameçonnage, démarchage.');
  await save(his);
  await gone(his);
  assert.equal((await stored())['consequences'], 'Hameçonnage, démarchage.');
  await open(hers);
  await field(hers, 'Mesures prévues').fill('x'.repeat(4_001));
  await save(hers);
  await hers.getByText('Trop long : 4001 caractères, au plus 4000.').waitFor();
  // Beside the dialog: nothing. By keyboard: asked first, and what was typed stays unless it is given up.
  await hers.mouse.click(5, 5);
  await field(hers, 'Mesures prévues').focus();
  await hers.keyboard.press('Escape');
  await hers.getByRole('alert').filter({ hasText: 'Abandonner ce que vous avez tapé ?' }).and(hers.locator(':focus')).waitFor();
  await hers.keyboard.press('Tab');
  await hers.keyboard.press('Enter');
  await field(hers, 'Mesures prévues').and(hers.locator(':focus')).waitFor();
  assert.equal((await field(hers, 'Mesures prévues').inputValue()).length, 4_001);
  await hers.getByRole('dialog').getByRole('button', { name: 'Annuler' }).click();
  await lookAt(hers, 'desk-leaving');
  await hers.getByRole('button', { name: 'Abandonner' }).click();
  await gone(hers);
});

test('packs are opened and sent by two; acknowledged by the insurer; the freeze lifted; the incident closed by two', async () => {
  const [{ page: hers }, { page: his }] = [claire, karim];
  await order(hers, 'Préparer les dossiers', { confirm: 'Signer la demande', reason: 'prévenir l’assureur' });
  await hers.getByText('Demandé par Claire Martin : attend un autre officier.').waitFor();
  await hers.getByRole('button', { name: 'Préparer les dossiers' }).click();
  await hers.getByRole('dialog').getByLabel('Motif').fill('une seconde fois');
  await hers.getByRole('dialog').getByRole('button', { name: 'Signer la demande' }).click();
  await hers.getByRole('alert').filter({ hasText: 'Vous l’avez déjà demandé' }).waitFor();
  await hers.keyboard.press('Escape');
  await hers.getByRole('button', { name: 'Abandonner' }).click();
  await approve(his, /ouvrir la liste nominative/);
  await hers.getByText(/…\s+\d+ ko/).first().waitFor();
  await hers.getByText(/^Dossiers forms|^Dossiers packs/).waitFor({ state: 'detached' });
  await go(his, 'Incidents');
  await his.getByRole('button', { name: 'Ouvrir l’incident 1' }).first().click();
  await order(his, 'Envoyer', { confirm: 'Signer la demande', reason: 'sans délai' });
  await approve(hers, /envoyer ce qui est prêt/);
  await go(hers, 'Incidents');
  await hers.getByRole('button', { name: 'Ouvrir l’incident 1' }).first().click();
  await hers.getByText(/api · Karim Benali, Claire Martin/).first().waitFor();
  await hers.getByText(/outbox · Karim Benali, Claire Martin/).first().waitFor();
  assert.ok(readdirSync(join(stateFolder('outbox'), 'incident-1')).some((file) => file.includes('professional-letter')));
  // A day and more without a word: the insurer wants a reminder.
  await world.database.pool('owner').query("update incidents.clock set started_at = started_at - interval '30 hours', due_at = due_at - interval '30 hours' where insurer_id is not null");
  await go(hers, 'Maintenant');
  await hers.locator('.tiles li', { hasText: 'relances à faire' }).filter({ hasText: '1' }).waitFor();
  const feed = await hers.locator('.feed').innerText();
  assert.match(feed, /Incident 1 : envoyé Karim Benali, Claire Martin/);
  assert.doesNotMatch(feed, /[{}]| by /, 'in words, not as it is stored');
  await go(hers, 'Incidents');
  await hers.getByText('Relances à faire : 1.').waitFor();
  await hers.getByRole('button', { name: 'Ouvrir l’incident 1' }).first().click();
  await order(hers, /^Relancer /, { confirm: 'Relancer', reason: 'appelé le service sinistres' });
  await hers.getByText(/1 fois, la dernière le .* par Claire Martin/).waitFor();
  await hers.getByText('Relances à faire').waitFor({ state: 'detached' });
  await world.database.pool('owner').query("update incidents.clock set started_at = started_at + interval '30 hours', due_at = due_at + interval '30 hours' where insurer_id is not null");
  const insurer = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc });
  const { rows } = await world.database.pool('rempart_check').query<{ done: unknown }>('select gate.acknowledge($1, $2, $3, $4, $5) as done', [hash128(insurer.token.value), uuidOfBytes(thumbprint(insurer.enrolled.key.jwk)), crypto.randomUUID(), 1, 'service sinistres']);
  assert.equal(rows[0]?.done, 3, 'pack, form as data, form as PDF');
  await hers.getByRole('row', { name: /Dossier d’assureur/ }).getByRole('cell').nth(3).filter({ hasText: /\d\d:\d\d/ }).waitFor();
  await order(hers, 'C’est fait', { reason: 'dépôt CNIL n° 42' });
  await go(his, 'Gels');
  await order(his, 'Lever', { reason: 'nouvelle clé remise' });
  await his.getByText('Aucun gel en cours.').waitFor();
  await order(hers, 'Clore', { confirm: 'Signer la demande', reason: 'tout est fait' });
  await approve(his, /passer à « Clos »/);
  await go(his, 'Incidents');
  await his.getByText('Aucun incident en cours.').waitFor();
  await his.getByRole('row', { name: /Gel n° 1 · Clos/ }).waitFor();
  const notes = await world.database.pool('owner').query<{ detail: string }>("select detail from journal.entry where purpose = 'desk' and outcome = 'approved' order by id");
  assert.deepEqual(notes.rows.map(({ detail }) => detail.replace(/:.*/, '')), ['incident-packs by Claire Martin and Karim Benali', 'incident-send by Karim Benali and Claire Martin', 'incident-move by Claire Martin and Karim Benali']);
});

test('an insurer’s new key stands in what the second officer reads, to be checked by voice', async () => {
  const [{ page: hers }, { page: his }] = [claire, karim];
  const key = await generateIdentity().then(identityToRecipient);
  await go(hers, 'À deux');
  await order(hers, 'Changer une clé d’assureur', { confirm: 'Signer la demande', reason: 'clé perdue', fill: { 'Numéro AMC': world.amc, 'Nouvelle clé de scellement': key } });
  await go(his, 'À deux');
  const card = his.locator('.card', { hasText: `scellement ${key.slice(0, 12)}…${key.slice(-12)}, signature inchangée` });
  await card.getByText(/Vérifiez la clé de vive voix avec l’assureur/).waitFor();
  await card.getByRole('button', { name: 'Refuser' }).click();
  const dialog = his.getByRole('dialog');
  await dialog.getByLabel('Motif').fill('l’assureur n’a rien demandé');
  await dialog.getByRole('button', { name: 'Refuser' }).click();
  await his.locator('.feed li', { hasText: 'Changer les clés' }).filter({ hasText: 'Refusé' }).waitFor();
});

test('signals of a peer: what they said and did, its alarm seen; a freeze told to the peers, and taken back', async () => {
  const [{ page: hers }] = [claire];
  const [owner, signals] = [world.database.pool('owner'), world.database.pool('rempart_signals', 1)];
  const peer = (await world.database.pool('rempart_desk').query<{ id: number }>('select gate.add_peer($1, $2, $3) as id', [JSON.stringify({ issuer: 'https://pair.example', name: 'Opérateur pair', kind: 'operator', keys: { keys: [] }, freezesAnHour: 1 }), 'Claire Martin', 'Karim Benali'])).rows[0]?.id ?? 0;
  await signals.query('select gate.verify_peer($1::smallint, null)', [peer]);
  const { rows: professionals } = await owner.query<{ id: number }>('select id from access.professional order by id limit 3');
  await owner.query("insert into access.app_user (installation_id, pseudonym, professional_id) select (select min(id) from access.installation), 'pair-' || p, p from unnest($1::bigint[]) p", [professionals.map(({ id }) => id)]);
  const say = async (event: string, professional: number | undefined): Promise<void> => {
    const jti = crypto.randomUUID();
    await signals.query('select gate.take_signal($1::smallint, $2)', [peer, JSON.stringify({ jti, iat: Math.floor(Date.now() / 1000), event: `https://schemas.openid.net/secevent/risc/event-type/${event}`, subject: `2900.${'a'.repeat(27)}` })]);
    const { rows } = await owner.query<{ id: number }>('select id from signals.received where jti = $1', [jti]);
    await signals.query('select gate.apply_signal($1, $2)', [rows[0]?.id, professional]);
  };
  await say('credential-compromise', professionals[0]?.id);
  await say('credential-compromise', professionals[1]?.id);
  await go(hers, 'Signaux');
  const table = (name: string): ReturnType<Page['getByRole']> => hers.getByRole('region', { name });
  await table('Reçus').getByRole('row', { name: /Opérateur pair Moyens de connexion compromis a gelé \(gel n° \d+\)/i }).waitFor();
  await table('Reçus').getByRole('row', { name: /Moyens de connexion compromis un geste est demandé/ }).waitFor();
  await table('Pairs').getByRole('row', { name: /https:\/\/pair\.example ouvert, vérifié le .* 0 sur 1/ }).waitFor();
  await hers.getByText(/Opérateur pair : au-dessus de son plafond de gels/).waitFor();
  await order(hers, 'C’est vu');
  await hers.getByText('Alarmes des pairs').waitFor({ state: 'detached' });
  await say('account-enabled', professionals[0]?.id);
  await go(hers, 'Gels');
  await go(hers, 'Signaux');
  await table('Reçus').getByRole('row', { name: /Moyens de connexion compromis retiré/ }).waitFor();
  // Ours: the guard freezes one, an officer calls it a compromise, and takes it back.
  await freezeByGuard(world.database.pool('rempart_guard', 1), (await owner.query<{ id: number }>('select id from access.app_user where professional_id = $1', [professionals[2]?.id])).rows[0]?.id ?? 0, [{ code: 'neighbours', fr: 'Numéros voisins.', en: 'Neighbouring numbers.' }]);
  await go(hers, 'Gels');
  await go(hers, 'Signaux');
  await order(hers, 'Dire aux pairs : compromis', { reason: 'confirmé par la personne' });
  const mine = table('Dits par nous').getByRole('row', { name: /Moyens de connexion compromis/ });
  await mine.getByRole('button', { name: /Retirer le signal du gel n° \d+/ }).waitFor();
  await order(hers, /Retirer le signal/, { confirm: 'Retirer', reason: 'c’était un remplacement' });
  await mine.getByText('retiré', { exact: true }).waitFor();
  const { rows: out } = await owner.query<{ event: string }>("select regexp_replace(event, '^.*/', '') as event from signals.outbox where freeze_id is not null order by id");
  assert.deepEqual(out.map(({ event }) => event), ['session-revoked', 'credential-compromise', 'account-enabled']);
});

test('a drill plays a real attack and says DRILL everywhere; nothing of it leaves', async () => {
  const [{ page: hers }, { page: his }] = [claire, karim];
  await go(hers, 'Incidents');
  await order(hers, 'Lancer un exercice', { reason: 'exercice du mois' });
  await hers.getByRole('button', { name: 'Ouvrir l’incident 2' }).first().click();
  const banner = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('note', { name: 'EXERCICE' });
  for (const screen of ['Maintenant', 'Gels', 'Signaux', 'À deux', 'Consulter', 'Officiers', 'Incidents']) {
    await go(hers, screen);
    await hers.getByRole('heading', { level: 1 }).waitFor();
    await banner(hers).waitFor();
  }
  await banner(his).waitFor();
  assert.match(await banner(his).innerText(), /EXERCICE · rien ne sort d’ici \(Incident 2\)/, 'and to the other officer');
  await hers.getByRole('button', { name: 'Ouvrir l’incident 2' }).first().click();
  await order(hers, 'Confirmer : nous en sommes certains', { confirm: 'Confirmer', reason: 'exercice' });
  await order(hers, 'Établir la liste');
  await hers.getByText(/Personnes dont des données ont été lues : 2 .*Assureurs : 2\./).waitFor();
  await order(hers, 'Préparer les dossiers', { confirm: 'Signer la demande', reason: 'exercice' });
  await approve(his, /EXERCICE · Incident 2 : ouvrir la liste/);
  await hers.getByText(/…\s+\d+ ko/).nth(1).waitFor();
  await hers.getByText(/^Dossiers forms|^Dossiers packs/).waitFor({ state: 'detached' });
  await order(hers, 'Envoyer', { confirm: 'Signer la demande', reason: 'exercice' });
  await approve(his, /EXERCICE · Incident 2 : envoyer/);
  await hers.getByText('exercice, rien n’est sorti').first().waitFor();
  assert.ok(!existsSync(join(stateFolder('outbox'), 'incident-2')), 'nothing in the outbox');
  const insurer = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc });
  const { rows } = await world.database.pool('rempart_check').query<{ told: unknown }>('select gate.list_documents($1, $2, $3) as told', [hash128(insurer.token.value), uuidOfBytes(thumbprint(insurer.enrolled.key.jwk)), crypto.randomUUID()]);
  assert.match(JSON.stringify(rows), /"incident":\s*1\b|"id":\s*1\b/, 'the insurer sees the real incident');
  assert.ok(!/"incident":\s*2\b|Exercice/.test(JSON.stringify(rows)), 'and nothing of the drill');
  await world.database.pool('owner').query("update incidents.incident set state = 'closed' where id = 2");
  await banner(hers).waitFor({ state: 'detached' });
  assert.deepEqual([...claire.complaints, ...karim.complaints], []);
});

test('a freeze that was kept, then appealed against, is due again and comes before those that are not', async () => {
  const [{ page: hers }] = [claire];
  const owner = world.database.pool('owner');
  const { rows: users } = await owner.query<{ client: string; user: string }>('select n.client_id as client, u.pseudonym as user from access.app_user u join access.installation n on n.id = u.installation_id order by u.id limit 2');
  const kept: (number | null)[] = [];
  for (const { client, user } of users) kept.push(await freezeByOperator(world.database.pool('rempart_desk', 1), { clientId: client, user, by: 'Lucie Petit', reason: `Lecture de ${user}.` }));
  await owner.query("update guard.freeze set reviewed_at = now() - make_interval(mins => (20 - id)::int), reviewed_by = 'Karim Benali' where lifted_at is null");
  await go(hers, 'Maintenant');
  const tile = hers.locator('.tiles li', { hasText: 'gels à revoir' });
  await tile.filter({ hasText: /^0/ }).waitFor();
  await owner.query("insert into guard.appeal (freeze_id, at, reason, due_at) values ($1, now(), 'liste', now() + interval '25 minutes')", [kept[1]]);
  await go(hers, 'Gels');
  const first = hers.locator('.card').first();
  await first.getByRole('heading', { name: `Gel n° ${kept[1]} ` }).waitFor();
  assert.match(await first.getAttribute('class') ?? '', /due/);
  assert.equal(await hers.locator('.card.due').count(), 1);
  await go(hers, 'Maintenant');
  await hers.getByText('Gels à revoir : 1.').waitFor();
  await tile.filter({ hasText: /reste 2\d min/ }).waitFor();
  await go(hers, 'Gels');
  await first.getByRole('button', { name: 'Maintenir' }).click();
  await hers.getByRole('dialog').getByLabel('Motif').fill('le recours ne dit rien de neuf');
  await hers.getByRole('dialog').getByRole('button', { name: 'Maintenir' }).click();
  await hers.locator('.card.due').waitFor({ state: 'detached' });
  assert.deepEqual([...claire.complaints, ...karim.complaints], []);
});
