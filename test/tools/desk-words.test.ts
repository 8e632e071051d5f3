// What the desk's timeline shows has words: whoever adds a purpose to it is told here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMigrations, ROOT } from '../../src/ground/index.ts';

test('each purpose of the timeline has words in both languages', () => {
  const sql = readMigrations().map((migration) => migration.sql).join('\n');
  const shown = /x\.at >= since and x\.purpose in \(([^)]+)\)/.exec(sql)?.[1]?.match(/[a-z-]+/g) ?? [];
  const table = /HAPPENING_WORDS[^{]+\{(.+?)\n\};/s.exec(readFileSync(join(ROOT, 'web/desk/event-words.ts'), 'utf8'))?.[1] ?? '';
  const named = new Set(Array.from(table.matchAll(/^ {2}'?([a-z-]+)[/a-z-]*'?: \{ fr: '.+', en: '.+' \},$/gm), (line) => line[1]));
  assert.ok(shown.length >= 11 && named.size >= 11, `${shown.join()} | ${[...named].join()}`);
  assert.deepEqual(shown.filter((purpose) => !named.has(purpose)), []);
});
