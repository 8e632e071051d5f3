import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { ROOT } from '../../src/ground/index.ts';

/**
 * Where the Chromium of the tests is, unpacked the first time. Several processes may ask at once: each unpacks aside and
 * the first one's folder stays, since the package itself hands out a file that another process is still writing.
 */
export async function browserPath(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/@sparticuz/chromium/package.json'), 'utf8')) as { version: string };
  const folder = join(ROOT, '.rempart', `browser-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  return join(folder, 'chromium');
}

async function unpack(folder: string): Promise<void> {
  const { TMPDIR: before } = process.env;
  const aside = mkdtempSync(`${folder}-`);
  process.env['TMPDIR'] = aside;
  try {
    await chromium.executablePath();
    renameSync(aside, folder);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw cause;
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}
