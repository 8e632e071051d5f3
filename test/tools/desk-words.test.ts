// What the desk's timeline shows has words: whoever adds a purpose to it is told here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMigrations, ROOT } from '../../src/ground/index.ts';

const migrations = (): string => readMigrations().map((migration) => migration.sql).join('\n');
const words = (): string => readFileSync(join(ROOT, 'web/desk/event-words.ts'), 'utf8');

test('each purpose of the timeline has words in both languages', () => {
  const shown = /x\.at >= since and x\.purpose in \(([^)]+)\)/.exec(migrations())?.[1]?.match(/[a-z-]+/g) ?? [];
  const table = /HAPPENING_WORDS[^{]+\{(.+?)\n\};/s.exec(words())?.[1] ?? '';
  const named = new Set(Array.from(table.matchAll(/^ {2}'?([a-z-]+)[/a-z-]*'?: \{ fr: '.+', en: '.+' \},$/gm), (line) => line[1]));
  assert.ok(shown.length >= 11 && named.size >= 11, `${shown.join()} | ${[...named].join()}`);
  assert.deepEqual(shown.filter((purpose) => !named.has(purpose)), []);
});

test('whatever a page may say of a request for two stands in the sentence that the second officer reads, in both languages', () => {
  const rows = /insert into desk\.request_kind[^;]+;/.exec(migrations())?.[0] ?? '';
  const kinds = Array.from(rows.matchAll(/\('([a-z-]+)', '[a-z]+', '\{([A-Za-z,]+)\}'\)/g), ([, kind = '', keys = '']) => ({ kind, keys: keys.split(',') }));
  assert.ok(kinds.length >= 12, rows);
  const unsaid = kinds.flatMap(({ kind, keys }) => {
    const [, fr = '', en = ''] = new RegExp(`^ {2}'?${kind}'?: \\{ fr: '(.+)', en: '(.+)' \\},$`, 'm').exec(words()) ?? [];
    // An officer is named: the database writes who that number is.
    return keys.map((key) => (key === 'officer' ? 'name' : key)).filter((key) => !fr.includes(`{${key}}`) || !en.includes(`{${key}}`)).map((key) => `${kind}: ${key}`);
  });
  assert.deepEqual(unsaid, []);
});
