import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Flushes a folder: names that were given or taken in it outlast a power cut. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
