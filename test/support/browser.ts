import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { browserPath } from './browser-path.ts';
import { chromium as playwright, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core';
import { stateFolder } from '../../src/ground/index.ts';
import { buildPages, createPortalServer, publishPortal, releaseKey } from '../../src/servers/index.ts';
import { listen, type World } from './world.ts';

/** A portal served for a world, and a real Chromium to look at it. */
export interface Portal {
  readonly browser: Browser;
  readonly folder: string;
  /** A fresh person's browser: its own storage, a virtual authenticator, violations of the policy collected. */
  person(options?: { readonly locale?: string; readonly verified?: boolean; readonly width?: number }): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly cdp: CDPSession;
  readonly authenticatorId: string;
  /** What the page complained of: policy violations, errors. */
  readonly complaints: string[];
}

/** How long a page is waited for, in ms: a shared machine may stand still for half a minute, and what hangs is found all the same. */
const PATIENCE_MS = 120_000;

/** A fresh person's browser. */
export async function visit(browser: Browser, options: { readonly locale?: string; readonly verified?: boolean; readonly width?: number }): Promise<Visit> {
  const context = await browser.newContext({ locale: options.locale ?? 'fr-FR', viewport: { width: options.width ?? 1200, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => { if (message.type() === 'error' && !/status of (4\d\d|503)|ERR_FAILED|ERR_CONNECTION|ERR_INTERNET/.test(message.text())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: options.verified ?? true, automaticPresenceSimulation: true } });
  return { page, context, cdp, authenticatorId, complaints };
}

/** A real Chromium. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return playwright.launch({ executablePath: await browserPath(), args: ['--no-sandbox', '--disable-dev-shm-usage', ...args], headless: true });
}

/** Builds, publishes and serves the portal of a world, and starts Chromium. */
export async function openPortal(world: World, options: { readonly camera?: string } = {}): Promise<Portal> {
  const folder = join(stateFolder('portal'), 'release');
  publishPortal({ built: await buildPages('portal'), target: folder, addresses: { api: world.apiUrl, auth: world.issuer }, key: releaseKey() });
  const server = createPortalServer(folder);
  await listen(server, Number(new URL(world.portalOrigin).port));
  const camera = options.camera === undefined ? [] : ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${options.camera}`];
  const browser = await launchChromium(camera);
  return {
    browser, folder,
    person: (each = {}) => visit(browser, each),
    close: async () => {
      await browser.close();
      await new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Signs in through the stand-in as a person of the directory, by their national id. */
export async function signInAs(visit: Visit, world: World, nationalId: string, options: { readonly place?: string; readonly level?: 'eidas1' | 'eidas0' | 'none' } = {}): Promise<void> {
  const { page } = visit;
  if (!page.url().startsWith(world.portalOrigin)) await page.goto(world.portalOrigin);
  await page.getByRole('button', { name: /Pro Santé Connect/ }).click();
  await page.waitForURL(/wallet\.localhost/);
  await chooseAtStandIn(page, nationalId, options.level);
  await page.waitForURL((url) => url.href.startsWith(world.portalOrigin) || /finish/.test(url.href));
  if (!page.url().startsWith(world.portalOrigin)) await page.getByRole('link', { name: options.place ?? /./ }).first().click();
  await page.waitForURL((url) => url.href.startsWith(world.portalOrigin));
}

/** Says who one is at the stand-in; its page lists the first ones only. */
export async function chooseAtStandIn(page: Page, nationalId: string, level = 'eidas1'): Promise<void> {
  await page.waitForURL(/wallet\.localhost.*choose/);
  await page.goto(`${page.url()}/as?id=${nationalId}&level=${level}`, { waitUntil: 'commit' });
}
