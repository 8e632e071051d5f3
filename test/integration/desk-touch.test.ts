// The database verifies an officer's touch itself: its ES256 agrees with OpenSSL on what is right, and refuses the rest.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { newSoftPasskey } from '../support/soft-passkey.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
before(async () => { database = await freshDatabase(); });
after(() => database.drop());

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

async function verifies(key: Buffer, message: Buffer, signature: Buffer): Promise<boolean> {
  return (await database.pool('owner').query<{ ok: boolean }>('select desk.verify_es256($1, $2, $3) as ok', [key, message, signature])).rows[0]?.ok === true;
}

const raw = (message: Buffer, passkey: ReturnType<typeof newSoftPasskey>): Buffer => sign('sha256', message, { key: passkey.privateKey, dsaEncoding: 'ieee-p1363' });
const bytesOf = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, '0'), 'hex');

test('sixteen signatures of OpenSSL verify, and none with a bit changed in key, message or signature', async () => {
  for (let i = 0; i < 16; i += 1) {
    const passkey = newSoftPasskey('https://desk.example');
    const message = randomBytes(1 + (i * 7) % 200);
    const signature = raw(message, passkey);
    assert.ok(await verifies(passkey.cose, message, signature), `signature ${i}`);
    if (i >= 6) continue;
    const flip = (bytes: Buffer, at: number): Buffer => { const copy = Buffer.from(bytes); copy[at] = (copy[at] as number) ^ (1 << (i % 8)); return copy; };
    assert.ok(!await verifies(passkey.cose, message, flip(signature, (i * 13) % 64)));
    assert.ok(!await verifies(passkey.cose, flip(message, 0), signature));
    assert.ok(!await verifies(flip(passkey.cose, 12 + i), message, signature), 'a point off the curve');
    assert.ok(!await verifies(newSoftPasskey('x:').cose, message, signature), 'another key');
  }
});

test('zero, the order and above, a wrong length, another kind of key: false, never an error', async () => {
  const passkey = newSoftPasskey('https://desk.example');
  const message = Buffer.from('m');
  const signature = raw(message, passkey);
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  for (const bad of [Buffer.alloc(64), Buffer.concat([r, Buffer.alloc(32)]), Buffer.concat([Buffer.alloc(32), s]), Buffer.concat([bytesOf(ORDER), s]), Buffer.concat([r, bytesOf(ORDER)]),
    Buffer.concat([r, Buffer.alloc(32, 0xff)]), signature.subarray(1), Buffer.alloc(0)]) assert.ok(!await verifies(passkey.cose, message, bad));
  // The other root of s is the same signature by the standard.
  assert.ok(await verifies(passkey.cose, message, Buffer.concat([r, bytesOf(ORDER - BigInt(`0x${s.toString('hex')}`))])));
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  assert.ok(!await verifies(Buffer.from(x, 'base64url'), message, signature));
  assert.ok(!await verifies(Buffer.concat([passkey.cose.subarray(0, 10), Buffer.alloc(32), passkey.cose.subarray(42, 45), Buffer.alloc(32)]), message, signature), 'the point (0, 0)');
});
