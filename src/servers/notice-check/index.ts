export { decoyKey, publishNoticeCheck, type NoticeParameters } from './publish.ts';
export { createNoticeCheckServer } from './server.ts';
