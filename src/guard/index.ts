export { demandStepUp, endStop, freezeByGuard, freezeByOperator, liftByOperator, listFreezes, listStops, stopWidely } from './store.ts';
export type { OpenFreeze, OpenStop, Reason } from './store.ts';
export { decide, DETECTORS, THRESHOLDS } from './detectors.ts';
export type { Decision, Detector, Signal, Thresholds, Trace } from './detectors.ts';
export { Guard, Watcher } from './watch.ts';
export { MIXES, useMix } from './mixes.ts';
export type { Mix } from './mixes.ts';
