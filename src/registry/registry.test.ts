import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { createBlindIndexer, openSealed, Sealer, unwrapSealKey } from './index.ts';

test('a blind index is a keyed hash: another key, insurer, rank or kind of number gives another', () => {
  const who = { insurerId: 1, birthDate: '1980-02-29', birthRank: 1 };
  const [one, other] = [createBlindIndexer(Buffer.alloc(32, 1)), createBlindIndexer(Buffer.alloc(32, 2))];
  const all = [one.byNir('1', who), other.byNir('1', who), one.byNir('1', { ...who, insurerId: 2 }), one.byNir('1', { ...who, birthRank: 2 }), one.byAdherent('1', who)];
  assert.equal(new Set(all).size, all.length);
  assert.match(all[0]!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  // HMAC-SHA-512-256 truncated: the same from node:crypto.
  const expected = createHmac('sha512', Buffer.alloc(32, 1)).update('nir:v1|1|1|1980-02-29|1').digest('hex').slice(0, 32);
  assert.equal(all[0]!.replaceAll('-', ''), expected);
});

test('a sealed record opens with the insurer’s identity alone, and only in its own place', async () => {
  const identity = await generateIdentity();
  const sealer = new Sealer();
  const wrapped = await sealer.wrapFor(await identityToRecipient(identity));
  const place = { insurerId: 3, sealKeyId: 7, row: 'p|c' };
  const [first, second] = [sealer.seal(Buffer.from('DUPONT'), place), sealer.seal(Buffer.from('DUPONT'), place)];
  assert.notDeepEqual(first, second);
  const key = await unwrapSealKey(wrapped, identity);
  assert.equal(openSealed(first, key, place).toString(), 'DUPONT');
  assert.throws(() => openSealed(first, key, { ...place, row: 'q|c' }));
  assert.throws(() => openSealed(first, Buffer.alloc(32), place));
  await assert.rejects(unwrapSealKey(wrapped, await generateIdentity()));
  sealer.forget();
});
