// The verification page in a real Chromium: what it says, to whom it says it, and what its server can know of it.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { stateFolder } from '../../src/ground/index.ts';
import { formatNoticeCode, type AmcNumber, type NoticeCode, type PlainDate } from '../../src/identifiers/index.ts';
import { findNotice, layOut, newNoticeCode, NOTICE_ENTRY_BYTES, sealNotice, writeNoticeBuckets, type NoticeEntry } from '../../src/incidents/index.ts';
import { buildPages, createNoticeCheckServer, publishNoticeCheck, releaseKey, type NoticeParameters } from '../../src/servers/index.ts';
import { browserPath } from '../support/browser-path.ts';
import { listen } from '../support/world.ts';

const STATUS = { amcNumber: '99100001' as AmcNumber, sentOn: '2026-11-24' as PlainDate, incident: 12 };
const codes: NoticeCode[] = Array.from({ length: 800 }, newNoticeCode);
const entries: NoticeEntry[] = codes.map((code, i) => sealNotice(code, { ...STATUS, incident: i % 3 === 0 ? 0 : 12 }));
const decoyKey = randomBytes(32);
const folder = join(stateFolder('notice'), 'publication');
let server: Server | undefined;
let url = '';
let browser: Browser | undefined;
let parameters: NoticeParameters | undefined;
const asked: string[] = [];
before(async () => {
  parameters = await publishNoticeCheck({ built: await buildPages('notice'), target: folder, entries: () => entries, insurers: { '99100001': 'Mutuelle d’essai' }, decoyKey, key: releaseKey() });
  server = createNoticeCheckServer(folder);
  server.on('request', (request) => asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`));
  url = await listen(server);
  browser = await playwright.launch({ executablePath: await browserPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'], headless: true });
});
after(async () => {
  await browser?.close();
  await new Promise((resolve) => { server?.close(resolve); server?.closeAllConnections(); });
});

async function open(options: { width?: number } = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await (browser as Browser).newContext({ locale: 'fr-FR', viewport: { width: options.width ?? 1000, height: 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}
async function check(page: Page, typed: string): Promise<string> {
  await page.getByRole('textbox').fill(typed);
  await page.keyboard.press('Enter');
  await page.locator('.verdict, .fault:not([hidden])').first().waitFor();
  return page.locator('main').innerText();
}

test('a code as people type it is confirmed with insurer and day; another is unknown; half of one is named; none of it leaves', async () => {
  const { page, complaints } = await open();
  const code = codes[1] as NoticeCode;
  for (const typed of [formatNoticeCode(code), formatNoticeCode(code).toLowerCase().replaceAll('-', ' '), code]) {
    assert.match(await check(page, typed), /Ce code est bien d’un courrier envoyé\s+Envoyé par Mutuelle d’essai, daté du 24 novembre 2026\.\s+Incident n° 12/);
  }
  assert.match(await check(page, formatNoticeCode(newNoticeCode())), /n’est d’aucun courrier que nous connaissons/);
  assert.match(await check(page, 'ABCD-EFGH'), /Le code a 16 lettres et chiffres/);
  assert.equal(await page.getByRole('textbox').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.evaluate('document.activeElement.id'), 'code');
  const said = asked.join('\n');
  for (const part of [code, formatNoticeCode(code), code.slice(0, 8)]) assert.ok(!said.toUpperCase().includes(part), 'the code was sent');
  assert.deepEqual(new Set(asked.map((line) => line.split(' ')[1]).filter((path) => path?.startsWith('/buckets/')).map((path) => path?.length)), new Set(['/buckets/'.length + (parameters?.digits ?? 0)]));
  assert.ok(!/cookie|referer/i.test(said));
  assert.deepEqual(complaints, []);
});

test('when nothing could be checked, it says so and not that the letter is false', async () => {
  const { page } = await open();
  await page.route('**/buckets/*', (route) => route.fulfill({ status: 503, body: '' }));
  assert.match(await check(page, formatNoticeCode(codes[2] as NoticeCode)), /Nous n’avons pas pu vérifier\s+Cela ne dit rien de votre courrier/);
  await page.unroute('**/buckets/*');
  await page.route('**/buckets/*', (route) => route.fulfill({ status: 200, body: 'short' }));
  assert.match(await check(page, formatNoticeCode(codes[2] as NoticeCode)), /Nous n’avons pas pu vérifier/);
});

test('accessible in both languages and every state, by keyboard alone, at 360 px without scrolling sideways', async () => {
  const { page, complaints } = await open({ width: 360 });
  const accessible = async (state: string): Promise<void> => {
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    assert.deepEqual(violations.map((violation) => `${state}: ${violation.id}`), []);
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), `${state}: scrolls sideways`);
  };
  await check(page, 'ABCD');
  await accessible('fault');
  await check(page, codes[3] as NoticeCode);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Check a letter' }).waitFor();
  assert.match(await page.locator('main').innerText(), /This code is of a letter that was sent\s+Sent by Mutuelle d’essai, dated 24 November 2026/);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await accessible('known, English');
  await check(page, newNoticeCode());
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible('unknown, dark');
  assert.deepEqual(complaints, []);
});

test('every bucket has one size, is random to look at, and answers the same whether somebody’s notice is in it or not', async () => {
  const { digits, entriesPerBucket } = parameters as NoticeParameters;
  const size = entriesPerBucket * NOTICE_ENTRY_BYTES;
  const seen: { headers: string; body: Buffer }[] = [];
  for (let bucket = 0; bucket < 16 ** digits; bucket += 1) {
    const response = await fetch(`${url}/buckets/${bucket.toString(16).padStart(digits, '0')}`);
    seen.push({ headers: JSON.stringify([...response.headers].filter(([name]) => name !== 'date')), body: Buffer.from(await response.arrayBuffer()) });
  }
  assert.deepEqual(new Set(seen.map(({ body, headers }) => `${body.length} ${headers}`)).size, 1);
  assert.equal(seen[0]?.body.length, size);
  assert.ok(codes.every((code, i) => findNotice(code, seen[Number.parseInt(entries[i]?.prefix.slice(0, digits) ?? '', 16)]?.body ?? Buffer.alloc(0)) !== undefined), 'every code is found in its bucket');
  // Each byte value as often as any other, in real entries and decoys alike (chi-square of 255 degrees: mean 255, 6 sigma 391).
  const real = new Set(entries.map(({ entry }) => entry.toString('hex')));
  const all = seen.flatMap(({ body }) => Array.from({ length: entriesPerBucket }, (_, i) => body.subarray(i * NOTICE_ENTRY_BYTES, (i + 1) * NOTICE_ENTRY_BYTES)));
  const [made, kept] = [all.filter((entry) => !real.has(entry.toString('hex'))), all.filter((entry) => real.has(entry.toString('hex')))];
  assert.ok(kept.length === 800 && made.length >= all.length / 8);
  for (const group of [made, kept]) {
    const counts = new Uint32Array(256);
    for (const entry of group) for (const byte of entry) counts[byte] = (counts[byte] ?? 0) + 1;
    const expected = group.length * NOTICE_ENTRY_BYTES / 256;
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    assert.ok(chi < 391, `chi-square ${chi}`);
  }
  for (const { body } of seen) for (let i = 1; i < entriesPerBucket; i += 1) assert.ok(Buffer.compare(body.subarray((i - 1) * NOTICE_ENTRY_BYTES, i * NOTICE_ENTRY_BYTES), body.subarray(i * NOTICE_ENTRY_BYTES, (i + 1) * NOTICE_ENTRY_BYTES)) < 0, 'in an order that says nothing of when');
});

test('published again, nothing moves but what is new; an order of magnitude more notices, buckets of a few ten kilobytes', async () => {
  const again = stateFolder('again');
  await writeNoticeBuckets(join(again, 'one'), { entries: () => entries, decoyKey });
  assert.ok(readFileSync(join(again, 'one')).equals(readFileSync(join(folder, 'buckets.bin'))));
  await writeNoticeBuckets(join(again, 'two'), { entries: () => [...entries].toReversed(), decoyKey });
  assert.ok(readFileSync(join(again, 'two')).equals(readFileSync(join(again, 'one'))), 'in whichever order they come');
  const more = [...entries, sealNotice(newNoticeCode(), STATUS)];
  await writeNoticeBuckets(join(again, 'three'), { entries: () => more, decoyKey });
  const split = (file: string): Set<string> => new Set(readFileSync(join(again, file), 'hex').match(/.{120}/g));
  const kept = split('three');
  assert.equal([...split('one')].filter((entry) => !kept.has(entry)).length, 1, 'one decoy gave way to one notice');
  // 33 million: as many as in 2024.
  const counts = new Uint32Array(16 ** 5).map(() => 31 + Math.floor(Math.random() * 2));
  const { digits, entriesPerBucket } = layOut(counts);
  assert.ok(digits === 4 && entriesPerBucket * NOTICE_ENTRY_BYTES < 70_000, `${digits} digits, ${entriesPerBucket} entries`);
});

test('the server gives its publication and nothing else, with a strict policy on everything', async () => {
  mkdirSync(join(folder, 'secret'), { recursive: true });
  writeFileSync(join(folder, 'secret', 'x'), 'secret');
  for (const path of ['/buckets.bin', '/buckets/', '/buckets/fffff0', '/buckets/..%2fparameters.json', '/secret/x', '/../package.json', '/buckets/0?x', '/buckets/G']) {
    const response = await fetch(url + path);
    assert.ok(response.status === 404 || path === '/buckets/0?x', path);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'.*trusted-types 'none'/);
  }
  assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
  const page = await (await fetch(url)).text();
  assert.match(page, /<script[^>]+integrity="sha384-/);
  assert.ok(!/<script(?![^>]*src)/.test(page) && !/style="/.test(page) && !/https?:/.test(page));
});
