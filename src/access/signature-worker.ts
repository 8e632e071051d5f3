// The thread of signature-thread.ts.
import type { KeyObject } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { verifyEs256 } from './es256.ts';
import type { SignatureJob } from './signature-thread.ts';

/** More than ProofVerifier remembers at a time: a key that it still uses is known here. */
const KEYS_MAX = 20_000;
const keys = new Map<number, KeyObject>();

function isGenuine([number, signed, signature, known]: SignatureJob): boolean {
  if (known !== undefined) {
    if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value as number);
    keys.set(number, known);
  }
  const key = keys.get(number);
  if (key === undefined) throw new Error('a key that this thread was never told');
  return verifyEs256(key, signed, signature);
}

parentPort?.on('message', (jobs: readonly SignatureJob[]) => {
  parentPort?.postMessage(Uint8Array.from(jobs, (job) => (isGenuine(job) ? 1 : 0)));
});
