export { createBlindIndexer, createBlindWriter } from './blind-index.ts';
export type { BlindIndexer, BlindWriter, IndexedIdentity } from './blind-index.ts';
export { boundTo, openSealed, SEAL_BYTES, Sealer, unwrapSealKey } from './sealing.ts';
export type { SealedPlace } from './sealing.ts';
export { hasRights } from './store.ts';
export { createDecoyKeeper } from './decoys.ts';
export type { DecoyKeeper } from './decoys.ts';
