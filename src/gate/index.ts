export { cancelGuarantee } from './guarantees-store.ts';
export { undetermined, Gate } from './gate.ts';
export type { GateResult } from './gate.ts';
export { findIndexFingerprint, findProduct, hasRehearsalClock, readInsurers, showGuarantee, spendProof, sweep } from './store.ts';
export type { GateCode, GateQuestion, GuaranteeRecord, InsurerFacts, Told, TraceHashes } from './store.ts';
export { addPasskey, appeal, confirmSignIn, endSignIn, findPasskey, forgivePasskeys, freezeOwn, inviteStaff, losePasskeys, offerTouch, raiseOwn, readEvidence, registerCards, revokeCards, showDay, showFreezes, showSignIn, stepUp, useTouch } from './portal-store.ts';
export type { CardToRegister, DayView, OwnFreeze, Proven, SignInView } from './portal-store.ts';
