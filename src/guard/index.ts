export { countDecoys, demandStepUp, endStop, foldAbove, freezeByGuard, freezeByOperator, liftByOperator, liftOnCall, listAlarms, listFreezes, listStops, openDecoyEpoch, reviewFreeze, seeAlarm, stopWidely } from './store.ts';
export type { Alarm, DecoyCount, OpenFreeze, OpenStop, Reason } from './store.ts';
export { decide, DETECTORS, THRESHOLDS } from './detectors.ts';
export type { Decision, Detector, Signal, Thresholds, Trace } from './detectors.ts';
export { Guard, Watcher } from './watch.ts';
export { MIXES, useMix } from './mixes.ts';
export type { Mix } from './mixes.ts';
export { keepFolding } from './above.ts';
