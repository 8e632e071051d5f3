import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** One signature to verify, as its thread takes it: the key's number, and the key itself the first time. */
export type SignatureJob = readonly [key: number, signed: string, signature: string, known?: KeyObject];

/** Signatures in one message: the first of many are answered while the last are verified. */
const MESSAGE_MAX = 32;
/** In MB: it holds keys and one message. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 };

interface Waiting {
  readonly resolve: (genuine: boolean) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * ES256 signatures, verified in one thread beside this one. What arrives in one turn of the event loop goes in one message: handing each to a
 * pool of threads wakes one for each, and costs a busy machine as much as a third of the verification.
 */
export class SignatureThread {
  #worker: Worker | undefined;
  #numbers = new WeakMap<KeyObject, number>();
  #keys = 0;
  #jobs: SignatureJob[] = [];
  #waiting: Waiting[] = [];

  /**
   * @param signed what was signed, in ASCII
   * @param signature raw, 64 bytes, base64url; of any other length it is false
   * @throws Error when the thread ended before it answered; the next call begins another.
   */
  verify(key: KeyObject, signed: string, signature: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#begin();
      const number = this.#numbers.get(key);
      if (this.#jobs.length === 0) setImmediate(() => { this.#send(); });
      this.#jobs.push(number === undefined ? [this.#number(key), signed, signature, key] : [number, signed, signature]);
      if (this.#waiting.length === 0) this.#worker.ref();
      this.#waiting.push({ resolve, reject });
    });
  }

  #number(key: KeyObject): number {
    this.#keys += 1;
    this.#numbers.set(key, this.#keys);
    return this.#keys;
  }

  #send(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (let at = 0; at < jobs.length; at += MESSAGE_MAX) this.#worker?.postMessage(jobs.slice(at, at + MESSAGE_MAX));
  }

  #begin(): Worker {
    const worker = new Worker(new URL('signature-worker.ts', import.meta.url), { resourceLimits: THREAD_LIMITS });
    worker.on('message', (genuine: Uint8Array) => {
      for (const [i, waiting] of this.#waiting.splice(0, genuine.length).entries()) waiting.resolve(genuine[i] === 1);
      // It lives as long as the process does, which it keeps alive only while somebody waits.
      if (this.#waiting.length === 0) worker.unref();
    });
    worker.on('error', (cause) => { this.#end(worker, cause); });
    worker.on('exit', () => { this.#end(worker, new Error('the thread that verifies signatures ended')); });
    return worker;
  }

  #end(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#numbers = new WeakMap();
    this.#jobs = [];
    for (const waiting of this.#waiting.splice(0)) waiting.reject(cause instanceof Error ? cause : new Error(String(cause)));
  }
}
