import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidOfBytes } from './hash.ts';

test('sixteen bytes are written as PostgreSQL writes a uuid, each call its own; fewer are an error, not zeros', () => {
  const first = uuidOfBytes(Buffer.from('00112233445566778899aabbccddeeff', 'hex'));
  const second = uuidOfBytes(Buffer.from('ffeeddccbbaa99887766554433221100f0', 'hex'));
  assert.deepEqual([first, second], ['00112233-4455-6677-8899-aabbccddeeff', 'ffeeddcc-bbaa-9988-7766-554433221100']);
  assert.throws(() => uuidOfBytes(Buffer.alloc(15)), /16 bytes/);
});
