// The command line as a shell reads it: 0, 1 and 3 are verdicts of `ask`; a mistake is 2, said in a sentence.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateClientKey } from '../../src/access/index.ts';
import { keepClient } from '../../src/cli/client-keys.ts';
import { writeRunning } from '../../src/cli/context.ts';
import { ROOT, stateFolder } from '../../src/ground/index.ts';

const run = (args: readonly string[], input = ''): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'rempart'), args, { input, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

test('a mistake ends with 2 and a sentence, never with a stack or as a no', () => {
  const broken = join(stateFolder('files'), 'broken.json');
  writeFileSync(broken, '{');
  for (const [args, says] of [[['ask', '--bogus'], /--bogus/], [['reckon', '/nowhere.json'], /introuvable/], [['reckon', broken], /illisible/], [['load'], /FILE/], [['reckon', '--help'], /FILE/]] as const) {
    const { status, said } = run(args);
    assert.equal(status, 2, args.join(' '));
    assert.match(said, says);
    assert.doesNotMatch(said, /\n\s+at /, 'no stack');
  }
  assert.match(run(['reckon', '-'], '{"careDate":"2026-01-01","lines":[{"code":"G","nomenclature":"NGAP","priceCents":3000}]}').said, /product:/);
});

test('a service that does not answer is the third verdict: 3, and not a refusal', () => {
  const nobody = 'http://127.0.0.1:9';
  writeRunning({ databaseUrl: '', authUrl: nobody, apiUrl: nobody, portalUrl: nobody, deskUrl: nobody, metricsUrl: nobody, logUrl: nobody });
  keepClient('sandbox', { clientId: crypto.randomUUID(), issuer: nobody, key: generateClientKey() });
  const { status, said } = run(['ask', '--amc', '99100001', '--nir', '280112236009689', '--birth', '1980-11-07']);
  assert.equal(status, 3, said);
  assert.match(said, /INDÉTERMINÉ.*pas un refus/);
});
