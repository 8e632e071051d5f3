import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../src/ground/index.ts';
import { checkWalls, wallFaults, webFaults } from '../../tools/walls.ts';

test('the rooms keep to their floors', () => {
  assert.deepEqual(checkWalls(ROOT), []);
});

test('a planted violation of each wall is found', () => {
  const planted: [string, string][] = [
    ['gate/x.ts', "import { a } from '../checks/index.ts';"],
    ['access/x.ts', "import { a } from '../journal/index.ts';"],
    ['checks/x.ts', "import { a } from '../gate/store.ts';"],
    ['identifiers/x.ts', "import fs from 'node:fs';"],
    ['guarantees/x.ts', "import { a } from '../identifiers/index.ts';"],
    ['checks/x.ts', "await pool.query('select name from registry.person');"],
    ['gate/store.ts', "(await import('node:fs')).appendFileSync(path, JSON.stringify(batch));"],
    ['cli/x.ts', "const on = process.env['XDUMP'] !== undefined;"],
    ['utils/x.ts', ''],
  ];
  for (const [file, source] of planted) assert.equal(wallFaults(file, source).length > 0, true, `${file}: ${source}`);
});

test('a page that imports more than the pure rooms is found', () => {
  assert.equal(webFaults('portal/x.ts', "import { a } from '../../src/access/index.ts';").length, 1);
  assert.equal(webFaults('portal/x.ts', "import { a } from '../../src/identifiers/nir.ts';").length, 1);
  assert.equal(webFaults('portal/x.ts', "import { a } from '../../src/identifiers/index.ts';").length, 0);
});
