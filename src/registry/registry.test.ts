import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import sodium from 'sodium-native';
import { createBlindIndexer, createBlindWriter, openSealed, Sealer, unwrapSealKey } from './index.ts';
import { uuidOfBytes } from '../ground/index.ts';

test('a blind index is a keyed hash: another key, insurer, rank or kind of number gives another', () => {
  const who = { insurerId: 1, birthDate: '1980-02-29', birthRank: 1 };
  const [one, other] = [createBlindIndexer(Buffer.alloc(32, 1)), createBlindIndexer(Buffer.alloc(32, 2))];
  const all = [one.byNir('1', who), other.byNir('1', who), one.byNir('1', { ...who, insurerId: 2 }), one.byNir('1', { ...who, birthRank: 2 }), one.byAdherent('1', who)];
  assert.equal(new Set(all).size, all.length);
  assert.match(all[0]!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  // Keyed BLAKE2b of 16 bytes (RFC 7693), under a key that HMAC made of the index key: the same from the libraries alone.
  const expected = Buffer.alloc(16);
  sodium.crypto_generichash(expected, Buffer.from('nir:v1|1|1|1980-02-29|1'), createHmac('sha512', Buffer.alloc(32, 1)).update('idx:v1|').digest().subarray(0, 32));
  assert.equal(all[0], uuidOfBytes(expected));
});

test('a load of millions hashes to the values that a question is found by', () => {
  const [key, who] = [Buffer.alloc(32, 3), { insurerId: 12, birthDate: '1980-02-29', birthRank: 2 }];
  const [one, many] = [createBlindIndexer(key), createBlindWriter({ key, insurerId: 12, salt: Buffer.alloc(32, 4) })];
  for (const id of ['1', 'B1-1', 'x'.repeat(40)]) {
    const line = Buffer.from(`;${id}|1980-02-29|2;`);
    assert.equal(uuidOfBytes(many.byNir(line, 1, line.length - 1)), one.byNir(id, who));
    assert.equal(uuidOfBytes(many.byAdherent(line, 1, line.length - 1)), one.byAdherent(id, who));
    assert.equal(uuidOfBytes(many.beneficiary(line, 1, 1 + id.length)), one.beneficiary(12, id));
    assert.equal(uuidOfBytes(many.contract(line, 1, 1 + id.length)), one.contract(12, id));
  }
});

test('the reference of a new person looks drawn, and another load gives another', () => {
  const references = [1, 1, 2].map((salt) => uuidOfBytes(createBlindWriter({ key: Buffer.alloc(32, 3), insurerId: 1, salt: Buffer.alloc(32, salt) }).newPersons(Buffer.alloc(32, 9)).subarray(16)));
  assert.match(references[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(references[1], references[0]);
  assert.notEqual(references[2], references[0]);
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
