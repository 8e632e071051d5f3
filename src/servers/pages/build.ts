import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, stateFolder } from '../../ground/index.ts';

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = [...globSync(['web/**/*', 'src/identifiers/**/*.ts', 'src/guarantees/**/*'], { cwd: ROOT, withFileTypes: true })].filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...files.toSorted(), join(ROOT, 'package-lock.json'), join(ROOT, 'src/servers/pages/build.ts')]) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** The folder of built pages, `.rempart/web/<name>-<hash of the sources>`; built once for the same sources. */
export async function buildPages(name: 'portal' | 'desk' | 'notice'): Promise<string> {
  const folder = join(stateFolder('web'), `${name}-${hashOfSources()}`);
  if (existsSync(folder)) return folder;
  // Tools of the build: not needed by who serves or checks the pages.
  const [{ build }, { default: optimizeLocales }] = await Promise.all([import('vite'), import('@react-aria/optimize-locales-plugin')]);
  const making = `${folder}-${process.pid}`;
  await build({
    root: join(ROOT, 'web', name), configFile: false, logLevel: 'warn', envDir: false,
    plugins: [{ ...optimizeLocales.vite({ locales: ['fr-FR', 'en-GB', 'en-US'] }), enforce: 'pre' }],
    build: { outDir: making, emptyOutDir: true, target: 'es2022', sourcemap: false, modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false, chunkSizeWarningLimit: 700 },
  });
  try {
    renameSync(making, folder);
  } catch {
    // Another process built the same sources meanwhile.
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}
