// Writes the generated files (`npm run generate`), or tells which are stale (`npm run check`).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../src/ground/index.ts';
import { generatedFiles } from '../src/servers/index.ts';

/** The generated files whose committed content is not what the program would write. */
export function staleGeneratedFiles(): string[] {
  return Object.entries(generatedFiles())
    .filter(([path, content]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== content)
    .map(([path]) => `${path} is not current: run \`npm run generate\``);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, content] of Object.entries(generatedFiles())) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
    process.stdout.write(`${path}\n`);
  }
}
