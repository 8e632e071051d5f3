export { findNotice, newNoticeCode, NOTICE_ENTRY_BYTES, sealNotice } from './notice-code.ts';
export type { NoticeEntry } from './notice-code.ts';
// Signals between operators
export * from './signals/index.ts';
