import { uuidOfBytes } from '../../src/ground/index.ts';

const REFERENCE_BYTES = 16;

/** What a list asks of who holds the key ring, for references that a test says are decoys'. */
export const decoysBy = (isDecoy: (reference: string) => boolean) => (references: Buffer): string[] =>
  Array.from({ length: references.length / REFERENCE_BYTES }, (_, i) => uuidOfBytes(references.subarray(i * REFERENCE_BYTES, (i + 1) * REFERENCE_BYTES))).filter(isDecoy);
