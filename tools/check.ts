// Types, lint, walls, generated files, documentation: all that can be checked without running the product.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMigrations, ROOT } from '../src/ground/index.ts';
import { checkDocuments } from './check-documents.ts';
import { columnFaults, readColumns } from './privacy-columns.ts';
import { checkWalls } from './walls.ts';
import { staleGeneratedFiles } from './generate.ts';

let failed = 0;
function report(what: string, faults: readonly string[]): void {
  process.stdout.write(faults.length === 0 ? `ok    ${what}\n` : `FAULT ${what}\n${faults.map((fault) => `      ${fault}\n`).join('')}`);
  failed += faults.length === 0 ? 0 : 1;
}

function run(binary: string, args: readonly string[]): string[] {
  const done = spawnSync(join(ROOT, 'node_modules/.bin', binary), args, { cwd: ROOT, encoding: 'utf8' });
  if (done.status === 0) return [];
  return `${done.stdout}${done.stderr}`.trim().split('\n').slice(0, 60);
}

const folders = ['src', 'web', 'test', 'tools', 'bench', 'attack'].filter((folder) => existsSync(join(ROOT, folder)));
report('types and references between rooms', run('tsc', ['-b']));
report('lint', run('oxlint', ['--type-aware', ...folders]));
report('walls', checkWalls(ROOT));
report('generated files', staleGeneratedFiles());
report('documents', checkDocuments((path) => readFileSync(join(ROOT, path), 'utf8')));
report('privacy papers', columnFaults(readColumns(readMigrations().map(({ sql }) => sql).join('\n')), readFileSync(join(ROOT, 'docs/privacy/columns.md'), 'utf8')));
process.exitCode = failed === 0 ? 0 : 1;
