// Card codes read by a reader that is not ours nor the portal's: Debian's dmtxread.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeCodes } from '../../src/cli/card.ts';
import { stateFolder } from '../../src/ground/index.ts';
import { checkCardCode, checkCharacters, parseCardCode } from '../../src/identifiers/index.ts';
import { dataMatrixPng } from '../support/barcode.ts';

const peers = process.env['REMPART_PEERS'] ?? '';

async function readBack(text: string): Promise<string> {
  const file = join(stateFolder('peers-test'), 'card.png');
  writeFileSync(file, await dataMatrixPng(text));
  const [coders = ''] = globSync('usr/lib/x86_64-linux-gnu/ImageMagick-6*/modules*/coders', { cwd: peers });
  const done = spawnSync(join(peers, 'usr/bin/dmtxread'), ['-n', '--milliseconds=10000', file], { encoding: 'utf8', timeout: 30_000, env: { ...process.env, MAGICK_CODER_MODULE_PATH: join(peers, coders), MAGICK_CONFIGURE_PATH: join(peers, 'etc/ImageMagick-6') } });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trimEnd();
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const holder = { insurer: { amcNumber: '99100001', name: 'x', conventionType: 'VM', csr: '101', phone: 'x' }, adherentNumber: 'A1', validFrom: '2026-01-01', validTo: '2026-12-31', responsible: true,
  beneficiaries: Array.from({ length: 12 }, () => ({ firstName: 'A', lastName: 'B', birthDate: '1980-01-01', birthRank: 1, domains: ['PHAR'] })) };

test('what dmtxread reads is what was issued, and its signature holds', async () => {
  for (const code of writeCodes(holder, privateKey)) {
    const read = await readBack(code);
    assert.equal(read, code);
    const card = parseCardCode(read);
    assert.ok(verify(null, card.signed, publicKey, card.signature));
    assert.equal(card.validTo, '2026-12-31');
  }
});

test('a changed bit is read as it is and refused: by its check, or by its signature when the check is made right again', async () => {
  const [code = ''] = writeCodes(holder, privateKey);
  const changed = `${code.slice(0, 40)}${code[40] === 'A' ? 'B' : 'A'}${code.slice(41)}`;
  assert.equal(await readBack(changed), changed);
  assert.deepEqual(checkCardCode(changed).map((finding) => finding.rule), ['card-check']);
  const mended = changed.slice(0, -2) + checkCharacters(changed.slice(0, -2));
  const card = parseCardCode(await readBack(mended));
  assert.ok(!verify(null, card.signed, publicKey, card.signature));
});

test('today’s card as observed goes over whole too', async () => {
  const text = 'AMC#1#99100001#101#AB12345#VMPG#SP*/';
  assert.equal(await readBack(text), text);
});
