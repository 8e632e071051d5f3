import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode, type FileSlice, type Pool, type PublicText } from '../ground/index.ts';
import { SliceWriter, type WriterContext } from './slice-writer.ts';

/** Who writes slices: this thread, or several others at once. */
export interface Hands {
  /** Resolves when the slice is written, or when it is handed to a thread that has room for it. */
  write(slice: FileSlice): Promise<void>;
  /** Waits until everything handed over is written. */
  finish(): Promise<void>;
  /** Forgets the data keys. */
  close(): Promise<void>;
}

/** One slice after the other, in this thread. */
export async function oneHand(context: WriterContext, options: { readonly pool: Pool; readonly onLines: (lines: number) => void }): Promise<Hands> {
  const writer = await SliceWriter.open(context, options.pool);
  return { write: async (slice) => { await writer.write(slice); options.onLines(slice.lines); }, finish: () => writer.finish(), close: () => writer.close() };
}

type Told = { readonly done: number } | { readonly failed: { readonly code?: ErrorCode; readonly publicText?: PublicText; readonly message?: string } };

/** Slices that a thread holds at most: one being written and one to go on with. */
const HELD = 2;

/** In MB: a thread's slices take a tenth of it. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 48 };

class Thread {
  readonly worker: Worker;
  /** From its first moment on: a thread may be gone long before it is waited for. */
  readonly ended: Promise<void>;
  held = 1;

  constructor(context: WriterContext) {
    this.worker = new Worker(new URL('slice-worker.ts', import.meta.url), { workerData: context, resourceLimits: THREAD_LIMITS });
    this.ended = new Promise((resolve) => { this.worker.once('exit', () => { resolve(); }); });
  }
}

class ManyHands implements Hands {
  readonly #threads: readonly Thread[];
  readonly #onLines: (lines: number) => void;
  #failed: Error | undefined;
  #changed: () => void = () => undefined;

  constructor(context: WriterContext, options: { readonly threads: number; readonly onLines: (lines: number) => void }) {
    this.#onLines = options.onLines;
    this.#threads = Array.from({ length: options.threads }, (_, number) => new Thread({ ...context, hand: { number, of: options.threads } }));
    for (const thread of this.#threads) {
      thread.worker.on('message', (message: Told) => { this.#heard(thread, message); });
      thread.worker.on('error', (cause) => { this.#fail(cause); });
    }
  }

  #heard(thread: Thread, message: Told): void {
    thread.held -= 1;
    if ('failed' in message) this.#fail(message.failed);
    else this.#onLines(message.done);
    this.#changed();
  }

  #fail(cause: { readonly code?: ErrorCode; readonly publicText?: PublicText; readonly message?: string }): void {
    this.#failed ??= cause.code !== undefined && cause.publicText !== undefined ? new AppError({ code: cause.code, publicText: cause.publicText }) : new Error(cause.message ?? 'a thread failed');
    this.#changed();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && this.#failed === undefined) await new Promise<void>((resolve) => { this.#changed = resolve; });
    if (this.#failed !== undefined) throw this.#failed;
  }

  async write(slice: FileSlice): Promise<void> {
    await this.#until(() => this.#threads.some((thread) => thread.held < HELD));
    const thread = this.#threads.toSorted((a, b) => a.held - b.held)[0] as Thread;
    thread.held += 1;
    thread.worker.postMessage(slice, [slice.bytes.buffer]);
  }

  async finish(): Promise<void> {
    await this.#until(() => this.#threads.every((thread) => thread.held === 0));
    for (const thread of this.#threads) {
      thread.held += 1;
      thread.worker.postMessage('finish');
    }
    await this.#until(() => this.#threads.every((thread) => thread.held === 0));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(async ({ worker, ended }) => {
      worker.postMessage('close');
      if (this.#failed !== undefined) await worker.terminate();
      await ended;
    }));
  }
}

/** Several threads at once, each with a connection and a data key of its own. */
export function manyHands(context: WriterContext, options: { readonly threads: number; readonly onLines: (lines: number) => void }): Hands {
  return new ManyHands(context, options);
}
