export { cancelGuarantee } from './guarantees-store.ts';
export { Gate } from './gate.ts';
export type { GateResult } from './gate.ts';
export { findProduct, readInsurers, showGuarantee, sweep } from './store.ts';
export type { GateCode, GateQuestion, GuaranteeRecord, InsurerFacts, Told } from './store.ts';
