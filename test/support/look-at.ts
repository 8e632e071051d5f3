import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const PICTURES = process.env['REMPART_SCREENSHOTS'];

/** Looks at a page: axe finds nothing, nothing sticks out at 360 px; takes its picture where pictures are wanted (French, light). */
export async function lookAt(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ').slice(0, 300)}`), [], `axe, ${name}`);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 800 });
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(wide <= 360, `${name} at 360 px is ${wide} px wide`);
  const narrow = process.env['REMPART_NARROW'];
  if (narrow !== undefined) await page.screenshot({ path: join(narrow, `${name}-360.png`), fullPage: true });
  if (size !== null) await page.setViewportSize(size);
  if (PICTURES !== undefined && !name.startsWith('en-') && !name.endsWith('-dark')) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: name === 'desk-incident' });
  }
}
