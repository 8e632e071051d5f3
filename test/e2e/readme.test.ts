// The README's commands, run as they stand there.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { createProof } from '../../src/access/index.ts';
import { ROOT } from '../../src/ground/index.ts';
import { startWorld, today, type World } from '../support/world.ts';

const run = promisify(execFile);
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] as string);
let world: World;
before(async () => { world = await startWorld({ persons: 200 }); });
after(() => world.close());

const block = (start: string): string => {
  const found = blocks.find((text) => text.startsWith(start));
  assert.ok(found !== undefined, start);
  return found;
};

test('the curl command gets a yes', async () => {
  const { enrolled, token } = world.pharmacy;
  const command = block('curl').replace('http://127.0.0.1:7320', world.apiUrl).replace('99100001', world.amc).replace('"…"', `"${world.person.nir}"`).replace('1980-11-07', world.person.birthDate).replace(/\d{4}-\d\d-\d\d"}/, `${today()}"}`);
  const proof = createProof({ key: enrolled.key, method: 'POST', url: `${world.apiUrl}/v1/checks`, accessToken: token.value });
  // The shell takes the command apart as it would for curl, which a bare machine lacks.
  const { stdout } = await run('/bin/sh', ['-c', `print() { for word; do printf '%s\\0' "$word"; done; }; ${command.replace('curl', 'print')}`], { env: { ...process.env, TOKEN: token.value, PROOF: proof } });
  const words = stdout.split('\0');
  const valuesOf = (option: string): string[] => words.flatMap((word, i) => (word === option ? [words[i + 1] as string] : []));
  const headers = Object.fromEntries(valuesOf('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]));
  const response = await fetch(words.find((word) => word.startsWith('http')) ?? '', { method: valuesOf('-X')[0] ?? '', headers, body: valuesOf('-d')[0] ?? '' });
  assert.equal((await response.json() as { verdict: string }).verdict, 'yes');
});

test('the reckoning command prints a sentence for each line', async () => {
  const { stdout } = await run('/bin/sh', ['-c', block('./rempart reckon')], { cwd: ROOT });
  assert.match(stdout, /PH7 : sur 10,00 €/);
});

test('every command and npm script that is named exists', async () => {
  const scripts = Object.keys((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts);
  for (const [, name] of readme.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts.includes(name as string), name);
  const { stdout, stderr } = await run(join(ROOT, 'rempart'), ['help']);
  for (const [, name] of readme.matchAll(/\.\/rempart (\w+)/g)) assert.match(stdout + stderr, new RegExp(`^  ${name} `, 'm'));
});
