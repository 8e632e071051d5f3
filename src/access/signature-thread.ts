import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** One signature to verify, as its thread takes it. */
export type SignatureJob = readonly [key: KeyObject, signed: string, signature: string];
/** What the thread is asked, and what it answers: by number, so that no verdict can ever be another message's. */
export type SignatureMessage = readonly [number: number, jobs: readonly SignatureJob[]];
export type SignatureVerdicts = readonly [number: number, genuine: readonly boolean[]];

/** Signatures in one message: the first of many are answered while the last are verified. */
const MESSAGE_MAX = 32;
/**
 * Messages begin this far apart at least: waking a thread, and being woken by it, costs as much as half a verification. Who asks one question after
 * the other does not wait: each was answered later than that.
 */
const GATHER_MS = 4;
/** In MB: it holds a message. Its young generation is as large as the process's (`--max-semi-space-size`). */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 48 };

interface Waiting {
  readonly job: SignatureJob;
  readonly resolve: (genuine: boolean) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * ES256 signatures, verified in one thread beside this one. What arrives within a few milliseconds goes in one message: handing each to a
 * pool of threads wakes one for each, and costs a busy machine as much as a third of the verification.
 */
export class SignatureThread {
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  readonly #sent = new Map<number, readonly Waiting[]>();
  #number = 0;
  /** When the last message began, of `performance.now()`. */
  #sentAtMs = -GATHER_MS;

  /**
   * @param signed what was signed, in ASCII
   * @param signature raw, 64 bytes, base64url; of any other length it is false
   * @throws Error when the thread ended before it answered; the next call begins another.
   */
  verify(key: KeyObject, signed: string, signature: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#begin();
      this.#worker.ref();
      if (this.#waiting.length === 0) this.#sendSoon();
      this.#waiting.push({ job: [key, signed, signature], resolve, reject });
    });
  }

  #sendSoon(): void {
    const leftMs = this.#sentAtMs + GATHER_MS - performance.now();
    if (leftMs <= 0) setImmediate(() => { this.#send(); });
    else setTimeout(() => { this.#send(); }, leftMs);
  }

  #send(): void {
    this.#sentAtMs = performance.now();
    const all = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < all.length; at += MESSAGE_MAX) {
      const waiting = all.slice(at, at + MESSAGE_MAX);
      this.#number += 1;
      this.#sent.set(this.#number, waiting);
      this.#worker?.postMessage([this.#number, waiting.map(({ job }) => job)] satisfies SignatureMessage);
    }
  }

  #begin(): Worker {
    const worker = new Worker(new URL('signature-worker.ts', import.meta.url), { resourceLimits: THREAD_LIMITS });
    worker.on('message', ([number, genuine]: SignatureVerdicts) => {
      for (const [i, waiting] of (this.#sent.get(number) ?? []).entries()) waiting.resolve(genuine[i] === true);
      this.#sent.delete(number);
      // It lives as long as the process does, which it keeps alive only while somebody waits.
      if (this.#sent.size === 0 && this.#waiting.length === 0) worker.unref();
    });
    worker.on('error', (cause) => { this.#end(worker, cause); });
    worker.on('exit', () => { this.#end(worker, new Error('the thread that verifies signatures ended')); });
    return worker;
  }

  #end(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#sent.values()].flat().concat(this.#waiting);
    this.#sent.clear();
    this.#waiting = [];
    for (const one of waiting) one.reject(cause instanceof Error ? cause : new Error(String(cause)));
  }
}
