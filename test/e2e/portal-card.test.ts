// The card as a patient brings it: printed, photographed, held up to a camera; and expired, revoked or another insurer's.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { browserPath } from '../support/browser-path.ts';
import { chromium as playwright } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { callApi } from '../../src/access/index.ts';
import { cardPage, type Holder } from '../../src/cli/card-page.ts';
import { writeCodes } from '../../src/cli/card.ts';
import { stateFolder } from '../../src/ground/index.ts';
import { insurerKeys, sampleHolder } from '../../src/sandbox/index.ts';
import { openPortal, signInAs, type Portal } from '../support/browser.ts';
import { asInsurer, registerCard } from '../support/cards.ts';
import { startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let portal: Portal;
let insurer: Signed;
let holder: Holder;
let photograph = '';
let code = '';

// What a camera sees: the picture in the middle of a grey frame, thirty times a second.
function writeCameraFile(file: string, luma: Uint8Array): void {
  writeFileSync(file, Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\nFRAME\n'), luma, Buffer.alloc((640 * 480) / 2, 128)]));
}

before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  insurer = await asInsurer(world, world.amc);
  holder = sampleHolder(world.person, world.amc, { persons: 300, seed: 1, year: new Date().getUTCFullYear() });
  const codes = writeCodes(holder, (await insurerKeys(world.amc)).cardKey);
  const me = holder.beneficiaries.findIndex((b) => b.nir === world.person.nir && b.birthDate === world.person.birthDate && b.birthRank === world.person.birthRank);
  code = codes[me] ?? '';
  await registerCard(world, insurer, [code]);
  const browser = await playwright.launch({ executablePath: await browserPath(), args: ['--no-sandbox'] });
  const page = await (await browser.newContext({ viewport: { width: 900, height: 700 }, deviceScaleFactor: 2 })).newPage();
  await page.setContent(cardPage(holder, codes));
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((v) => v.id), []);
  photograph = join(stateFolder('pictures'), 'card.png');
  await page.locator('td.code').nth(me).screenshot({ path: photograph });
  const shot = (await page.locator('td.code').nth(me).screenshot()).toString('base64');
  const luma = await page.evaluate<number[]>(`(async () => {
    const image = new Image(); image.src = 'data:image/png;base64,${shot}'; await image.decode();
    const canvas = new OffscreenCanvas(640, 480); const context = canvas.getContext('2d');
    context.fillStyle = '#999'; context.fillRect(0, 0, 640, 480); context.drawImage(image, 160, 60, 320, 320 * image.height / image.width);
    const { data } = context.getImageData(0, 0, 640, 480);
    return Array.from({ length: 640 * 480 }, (_, i) => Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]));
  })()`);
  await browser.close();
  const camera = join(stateFolder('pictures'), 'camera.y4m');
  writeCameraFile(camera, Uint8Array.from(luma));
  portal = await openPortal(world, { camera });
});
after(async () => { await portal.close(); await world.close(); });

const professional = (i: number): string => `8${world.sandbox.establishments[0]?.professionals[i]}`;

test('the page bears no identity in its code, one code a beneficiary, the five labels', () => {
  const html = cardPage(holder, holder.beneficiaries.map(() => code));
  for (const label of ['Période de validité', 'N° AMC', 'Type conv.', 'CSR', 'N° adhérent']) assert.ok(html.includes(label), label);
  assert.equal((html.match(/<svg/g) ?? []).length, holder.beneficiaries.length);
  assert.ok(!html.includes(world.person.nir), 'nor does the page print the NIR');
});

test('a photograph of the printed card answers', async () => {
  const visit = await portal.person();
  await signInAs(visit, world, professional(1));
  const chooser = visit.page.waitForEvent('filechooser');
  await visit.page.getByRole('button', { name: 'Image' }).click();
  await (await chooser).setFiles(photograph);
  await visit.page.getByRole('heading', { name: 'OUI' }).waitFor();
  assert.deepEqual(visit.complaints, []);
});

test('the card held up to the camera answers, and the camera is let go', async () => {
  const visit = await portal.person();
  await visit.context.grantPermissions(['camera']);
  await signInAs(visit, world, professional(1));
  await visit.page.getByRole('button', { name: 'Caméra' }).click();
  await visit.page.getByRole('heading', { name: 'OUI' }).waitFor();
  assert.equal(await visit.page.locator('video').count(), 0);
  assert.deepEqual(visit.complaints, []);
});

test('expired, of another insurer’s hand, revoked: each refused in words', async () => {
  const visit = await portal.person();
  const { page } = visit;
  await signInAs(visit, world, professional(2));
  const show = async (shown: string, words: RegExp): Promise<void> => {
    await page.getByLabel('Code de la carte').fill(shown);
    await page.getByText(words).first().waitFor();
  };
  const { cardKey } = await insurerKeys(world.amc);
  await show(writeCodes({ ...holder, validTo: '2026-01-02' }, cardKey)[0] ?? '', /expirée depuis le/);
  await show(writeCodes(holder, (await insurerKeys('99100002')).cardKey)[0] ?? '', /n'a pas été signé par son assureur/);
  await callApi({ ...insurer, url: `${world.apiUrl}/v1/cards/revocations`, body: { cards: [{ code }] } });
  await show(code, /annulée par son assureur/);
});
