/** FHIR R4 release that this room reads and writes. */
export const FHIR_VERSION = '4.0.1';
