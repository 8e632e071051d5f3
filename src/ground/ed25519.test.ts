// What signs guarantees: the same signature as OpenSSL's, and by no other kind of key.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKeyRing, signEd25519 } from './index.ts';

test('libsodium signs as OpenSSL does', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  for (const message of ['', 'a', 'x'.repeat(1000)]) assert.deepEqual(signEd25519(Buffer.from(message), privateKey), sign(null, Buffer.from(message), privateKey));
});

test('another kind of key signs nothing, and opens no key ring', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const key of [privateKey, generateKeyPairSync('x25519').privateKey, generateKeyPairSync('ed25519').publicKey]) assert.throws(() => signEd25519(Buffer.from('a'), key), /Ed25519 private key/);
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  try {
    writeFileSync(join(folder, 'signing-1.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    assert.throws(() => openKeyRing(folder), /signing-1\.pem is no Ed25519 private key \(it is ec\)/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
