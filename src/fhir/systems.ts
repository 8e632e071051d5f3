/** FHIR R4 release that this room reads and writes. */
export const FHIR_VERSION = '4.0.1';
/** Media type of every FHIR answer. */
export const FHIR_TYPE = 'application/fhir+json; charset=utf-8';

const BASE = 'https://rempart.example/fhir';

/** Our own systems, since no national profile of these resources exists (docs/formats/fhir.md). */
export const SYSTEM = {
  amc: `${BASE}/NamingSystem/amc`,
  request: `${BASE}/NamingSystem/request`,
  domain: `${BASE}/CodeSystem/tp-domain`,
  coverageClass: `${BASE}/CodeSystem/coverage-class`,
  reason: `${BASE}/CodeSystem/answer-reason`,
  share: `${BASE}/CodeSystem/share`,
  nomenclature: `${BASE}/CodeSystem/nomenclature`,
  userExtension: `${BASE}/StructureDefinition/user`,
  presenceExtension: `${BASE}/StructureDefinition/presence`,
  cardExtension: `${BASE}/StructureDefinition/card-expires-on`,
  lineExtension: `${BASE}/StructureDefinition/line-`,
  verdictExtension: `${BASE}/StructureDefinition/verdict`,
  entryExtension: `${BASE}/StructureDefinition/journal-entry`,
  guaranteeExtension: `${BASE}/StructureDefinition/guarantee-token`,
  receiptExtension: `${BASE}/StructureDefinition/receipt`,
  retryExtension: `${BASE}/StructureDefinition/retry-after-seconds`,
} as const;
