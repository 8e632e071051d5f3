// The thread of signature-thread.ts.
import { parentPort } from 'node:worker_threads';
import { verifyEs256 } from './es256.ts';
import type { SignatureMessage, SignatureVerdicts } from './signature-thread.ts';

parentPort?.on('message', ([number, jobs]: SignatureMessage) => {
  parentPort?.postMessage([number, jobs.map((job) => verifyEs256(...job))] satisfies SignatureVerdicts);
});
