import { FHIR_VERSION } from './systems.ts';

/** What this server does in FHIR: one operation. */
export function capabilityStatement(): Record<string, unknown> {
  return {
    resourceType: 'CapabilityStatement', url: 'https://rempart.example/fhir/metadata', version: '1', name: 'Rempart', title: 'Rempart, droits en tiers payant', status: 'active', date: '2026-11-23',
    description: 'Rights check of complementary insurers in tiers payant.', kind: 'instance', software: { name: 'Rempart' }, implementation: { description: 'Rempart, droits en tiers payant' }, fhirVersion: FHIR_VERSION, format: ['application/fhir+json'],
    rest: [{ mode: 'server', security: { cors: false, description: 'OAuth 2.0 client_credentials with private_key_jwt; access tokens bound by DPoP (RFC 9449). No bearer token.' },
      resource: [{ type: 'CoverageEligibilityRequest', operation: [{ name: 'submit', definition: 'http://hl7.org/fhir/OperationDefinition/CoverageEligibilityRequest-submit' }] }] }],
  };
}
