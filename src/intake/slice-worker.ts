// A thread that writes slices: `{ slice }` in, `{ done }` or `{ failed }` out; `finish` writes what is left, `close` ends it.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { AppError, type FileSlice } from '../ground/index.ts';
import { SliceWriter, type WriterContext } from './slice-writer.ts';

const port = parentPort as MessagePort;
const writer = await SliceWriter.open(workerData as WriterContext);

async function finish(): Promise<void> {
  await writer.finish();
  port.postMessage({ done: 0 });
}

async function write(slice: { readonly firstLine: number; readonly lines: number; readonly bytes: Uint8Array<ArrayBuffer> }): Promise<void> {
  const whole: FileSlice = { ...slice, bytes: Buffer.from(slice.bytes.buffer, slice.bytes.byteOffset, slice.bytes.byteLength) };
  await writer.write(whole);
  port.postMessage({ done: slice.lines });
}

// An error keeps no field of its own on its way to another thread.
const told = (cause: unknown): object => (cause instanceof AppError ? { code: cause.code, publicText: cause.publicText } : { message: cause instanceof Error ? cause.message : String(cause) });

let last: Promise<void> = Promise.resolve();
port.on('message', (message: 'close' | 'finish' | Parameters<typeof write>[0]) => {
  if (message === 'close') last = last.then(() => writer.close()).then(() => { port.close(); });
  else last = last.then(() => (message === 'finish' ? finish() : write(message))).catch((cause: unknown) => { port.postMessage({ failed: told(cause) }); });
});
port.postMessage({ done: 0 });
