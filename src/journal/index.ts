export { FIELD } from './fields.ts';
export { readTail } from './store.ts';
export type { JournalLine } from './store.ts';
