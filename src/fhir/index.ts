export { capabilityStatement } from './capability.ts';
export { openSubmission, readRequest } from './read-request.ts';
export type { FhirQuestion } from './read-request.ts';
export { FHIR_TYPE, FHIR_VERSION, SYSTEM } from './systems.ts';
export { writeOutcome } from './write-outcome.ts';
export { writeResponse } from './write-response.ts';
