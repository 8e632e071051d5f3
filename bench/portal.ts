// npm run bench:portal [-- --persons N --scans N]: from a card's decoded text to the verdict painted in a real Chromium.
import './portal-state.ts';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { browserPath } from '../test/support/browser-path.ts';
import { chromium as playwright, type Page } from 'playwright-core';
import { callApi, createInstallation, enrol, generateClientKey, obtainToken } from '../src/access/index.ts';
import { writeCodes, sampleHolderFile } from '../src/cli/card.ts';
import type { Holder } from '../src/cli/card-page.ts';
import { openForRole, readRunning } from '../src/cli/context.ts';
import { ROOT, STATE } from '../src/ground/index.ts';
import { insurerKeys } from '../src/sandbox/index.ts';
import { drawPortalPicture } from './portal-picture.ts';

const { values } = parseArgs({ options: { persons: { type: 'string', default: '20000' }, scans: { type: 'string', default: '120' }, 'no-write': { type: 'boolean', default: false } } });
const scans = Number(values.scans);
/** The same card is usual this often a day in one place. */
const SCANS_A_CARD = 5;
const START_MS = 240_000;

async function startPlatform(): Promise<ChildProcess> {
  rmSync(join(STATE, 'running.json'), { force: true });
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'start', '--persons', values.persons, '--api-processes', '1'], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const end = Date.now() + START_MS; !existsSync(sampleHolderFile()) || !existsSync(join(STATE, 'running.json'));) {
    if (Date.now() > end || child.exitCode !== null) throw new Error('the platform did not start');
    await sleep(200);
  }
  await sleep(1000);
  return child;
}

// The sample person's cards, registered by their insurer.
async function issueCards(holder: Holder, count: number): Promise<string[]> {
  const { authUrl, apiUrl } = readRunning();
  const me = { ...holder, beneficiaries: Array.from({ length: count }, () => holder.beneficiaries[0]).filter((b) => b !== undefined) };
  const codes = writeCodes(me, (await insurerKeys(holder.insurer.amcNumber)).cardKey);
  const desk = await openForRole('rempart_desk', 1);
  try {
    const { code } = await createInstallation(desk.pool, { insurerAmc: holder.insurer.amcNumber, vendor: 'bench', software: 'bench' });
    const enrolled = await enrol({ issuer: authUrl, code, key: generateClientKey() });
    const cards = codes.map((each) => ({ code: each, nir: holder.beneficiaries[0]?.nir, birthDate: holder.beneficiaries[0]?.birthDate, birthRank: holder.beneficiaries[0]?.birthRank }));
    const { status } = await callApi({ enrolled, token: await obtainToken(enrolled), url: `${apiUrl}/v1/cards`, body: { cards } });
    if (status !== 200) throw new Error(`cards were not registered: ${status}`);
  } finally {
    await desk.close();
  }
  return codes;
}

async function signIn(page: Page, portalUrl: string): Promise<void> {
  await page.goto(portalUrl);
  await page.getByRole('button', { name: /Pro Santé Connect/ }).click();
  await page.waitForURL(/wallet\.localhost.*choose/);
  await page.locator('a[href*="level=eidas1"]').nth(1).click();
  await page.getByLabel('Code de la carte').waitFor();
}

// What the page itself measured, and how long the API took of it.
async function verdict(page: Page, act: () => Promise<void>): Promise<{ total: number; api: number }> {
  await page.evaluate('performance.clearMeasures(), performance.clearResourceTimings()');
  await act();
  await page.getByRole('heading', { name: 'OUI', exact: true }).waitFor();
  for (;;) {
    const read = await page.evaluate<{ total?: number; api?: number }>("({ total: performance.getEntriesByName('rempart:verdict').at(-1)?.duration, api: performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/v1/checks')).at(-1)?.duration })");
    if (read.total !== undefined) {
      await page.keyboard.press('n');
      return { total: read.total, api: read.api ?? 0 };
    }
    await sleep(5);
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
function summary(samples: readonly { total: number; api: number }[]): { p50Ms: number; p95Ms: number; maxMs: number; apiP50Ms: number; samples: number } {
  const at = (of: (sample: { total: number; api: number }) => number, share: number): number => round(samples.map(of).toSorted((a, b) => a - b)[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0);
  return { p50Ms: at((s) => s.total, 0.5), p95Ms: at((s) => s.total, 0.95), maxMs: at((s) => s.total, 1), apiP50Ms: at((s) => s.api, 0.5), samples: samples.length };
}

async function measure(page: Page, holder: Holder, codes: readonly string[]): Promise<{ ours: ReturnType<typeof summary>; todays: ReturnType<typeof summary> }> {
  const [ours, todays]: { total: number; api: number }[][] = [[], []];
  const [me] = holder.beneficiaries;
  for (let i = 0; i < scans + 5; i += 1) {
    const one = await verdict(page, () => page.getByLabel('Code de la carte').fill(codes[Math.floor(i / SCANS_A_CARD)] ?? ''));
    const other = await verdict(page, async () => {
      await page.getByLabel('Code de la carte').fill(`AMC#1#${holder.insurer.amcNumber}##${holder.adherentNumber}#${holder.insurer.conventionType}*/`);
      await page.keyboard.press('Enter');
      await page.getByLabel('Date de naissance').fill(me?.birthDate ?? '');
      await page.getByRole('button', { name: 'Demander' }).click();
    });
    // The first ones load and compile.
    if (i >= 5) {
      ours?.push(one);
      todays?.push(other);
    }
  }
  return { ours: summary(ours ?? []), todays: summary(todays ?? []) };
}

const platform = await startPlatform();
try {
  const holder = JSON.parse(readFileSync(sampleHolderFile(), 'utf8')) as Holder;
  const codes = await issueCards(holder, Math.ceil((scans + 5) / SCANS_A_CARD));
  const browser = await playwright.launch({ executablePath: await browserPath(), args: ['--no-sandbox'] });
  const page = await (await browser.newContext({ locale: 'fr-FR' })).newPage();
  await signIn(page, readRunning().portalUrl);
  const { ours, todays } = await measure(page, holder, codes);
  const report = { date: new Date().toISOString().slice(0, 10), commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(), persons: Number(values.persons), cores: availableParallelism(), browser: browser.version(),
    what: 'from decoded text (ours) or the press on Ask (today’s card, after the birth date) to the painted verdict, measured by the page', ours, todays, ratioOfTotalToApi: round(ours.p50Ms / Math.max(0.1, ours.apiP50Ms)) };
  await browser.close();
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (!values['no-write']) {
    writeFileSync(join(ROOT, 'bench/results/portal.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(ROOT, 'bench/results/portal.svg'), drawPortalPicture(report));
  }
} finally {
  platform.kill('SIGTERM');
  await new Promise((resolve) => { platform.once('exit', resolve); });
}
