export { findNotice, newNoticeCode, NOTICE_ENTRY_BYTES, sealNotice } from './notice-code.ts';
export type { NoticeEntry } from './notice-code.ts';
export { REFUSALS } from './types.ts';
export type { Clock, DocumentKind, DutyKind, Exposure, ExposureDifference, ExposureTotals, Facts, Incident, IncidentDocument, IncidentEvent, IncidentState, IncidentSummary, InsurerCount, InsurerStanding, Order, Scope, ScopeItem, ScopeVersion,
  StoredAssessment, TwoPersons } from './types.ts';
export { decideNotification, findIncident, getIncident, leftToDo, listIncidents, meetClock, moveIncident, noteReminder, openForFreezes, openIncident, readClocks, readEvents, readScopes, readStandings, recordAssessment, recordMandate, setDelay,
  setFacts, setScope } from './store.ts';
export { compareExposures, findExposure, listExposures, readExposedPage } from './exposure-store.ts';
export { listExposure } from './exposure.ts';
export { readContent, readDocuments, readNoticeBucket, sendDocument } from './document-store.ts';
export { isSignedDocument, makeDocument, PART_BYTES } from './document.ts';
export { makePacks } from './packs.ts';
export { openPack } from './pack-reader.ts';
export type { OpenedPack, PackIdentity, PackPerson } from './pack-reader.ts';
export type { PackAbout } from './pack-format.ts';
export { assess, ENISA } from './severity.ts';
export type { Adjustment, Assessment, AssessmentInput, DataCategory, Identifier, Level } from './severity.ts';
export { clockStanding, dayOff, dueAt } from './clocks.ts';
export type { ClockStanding } from './clocks.ts';
export { cnilPdf, makeAuthorityFile } from './authority-file.ts';
export type { CnilFile, FormAnswer, FormChange, FormSection } from './cnil.ts';
export type { BreachRecord, Known, Party, Unknown } from './record.ts';
export { noticeText } from './notice.ts';
export type { NoticeProfile, NoticeSection, NoticeStyle, NoticeText } from './notice.ts';
export { lintNotice, readingEase } from './notice-lint.ts';
export type { NoticeFault } from './notice-lint.ts';
export { renderNotice, renderNotices } from './notice-render.ts';
export { acknowledge, listOwnIncidents, reportProgress, showPart } from './insurer-store.ts';
export type { InsurerIncident } from './insurer-store.ts';
export { prepareDocuments } from './prepare.ts';
export { readWaiting, sendEach, sendToInsurers } from './sending.ts';
export { startOpener } from './opener.ts';
export { findInsurerByAmc, findScopeItem, readAccounts, readRegister } from './store.ts';
export type { Account, Named, RegisterLine } from './store.ts';
export { layOut, writeNoticeBuckets } from './notice-buckets.ts';
export type { BucketLayout } from './notice-buckets.ts';
export { readInsurerNames, countSentPacks, readSentNotices } from './notice-store.ts';
// Signals between operators
export * from './signals/index.ts';
