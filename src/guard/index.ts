export { endStop, freezeByGuard, freezeByOperator, liftByOperator, listFreezes, listStops, stopWidely } from './store.ts';
export type { OpenFreeze, OpenStop, Reason } from './store.ts';
