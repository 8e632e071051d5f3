import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretKey, generateKeyPairSync, sign, type KeyPairKeyObjectResult } from 'node:crypto';
import { SignatureThread } from '../../src/access/signature-thread.ts';
import { verifyEs256 } from '../../src/access/es256.ts';

const pair = (): KeyPairKeyObjectResult => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signed = (text: string, key: KeyPairKeyObjectResult): string => sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');

test('each of many signatures that arrive together gets its own verdict, whatever its key', async () => {
  const thread = new SignatureThread();
  const keys = [pair(), pair(), pair()];
  // Two in seven are false: another text, or another key's signature. More than one message holds.
  const asked = Array.from({ length: 200 }, (_, i) => {
    const key = keys[i % 3] as KeyPairKeyObjectResult;
    const signer = i % 7 === 3 ? keys[(i + 1) % 3] as KeyPairKeyObjectResult : key;
    return { key, text: `header.${i}`, signature: signed(i % 7 === 5 ? `header.${i}x` : `header.${i}`, signer), genuine: i % 7 !== 3 && i % 7 !== 5 };
  });
  const verdicts = await Promise.all(asked.map(({ key, text, signature }) => thread.verify(key.publicKey, text, signature)));
  assert.deepEqual(verdicts, asked.map(({ genuine }) => genuine));
  assert.equal(await thread.verify(keys[0]!.publicKey, 'header.0', `${asked[0]!.signature}AAAA`), false, 'longer than a signature');
  assert.equal(await thread.verify(keys[0]!.publicKey, 'header.0', ''), false, 'none');
  for (const { key, text, signature, genuine } of asked.slice(0, 14)) assert.equal(verifyEs256(key.publicKey, text, signature), genuine, 'as in this thread');
});

test('a thread that ended fails whoever waits for it, and the next is served by another', async () => {
  const thread = new SignatureThread();
  const key = pair();
  await assert.rejects(thread.verify(createSecretKey(Buffer.alloc(32)), 'header.0', signed('header.0', key)));
  assert.equal(await thread.verify(key.publicKey, 'header.0', signed('header.0', key)), true);
});
