export { createBlindIndexer } from './blind-index.ts';
export type { BlindIndexer, IndexedIdentity } from './blind-index.ts';
export { openSealed, Sealer, unwrapSealKey } from './sealing.ts';
export type { SealedPlace } from './sealing.ts';
export { hasRights } from './store.ts';
export { createDecoyKeeper } from './decoys.ts';
export type { DecoyKeeper } from './decoys.ts';
