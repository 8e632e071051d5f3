export { FIELD } from './fields.ts';
export { findEntryOfGuarantee, formatGuaranteeNumber } from './guarantee-number.ts';
export { readTail } from './store.ts';
export type { JournalLine } from './store.ts';
