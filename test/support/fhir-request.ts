import { SYSTEM } from '../../src/fhir/index.ts';
import { today, type World } from './world.ts';

type Json = Record<string, unknown>;

let count = 0;

/** A CoverageEligibilityRequest about the world's sample person, with changes. */
export function fhirRequest(world: World, change: { patient?: Json; coverage?: Json; top?: Json; items?: Json[] } = {}): Json {
  const { person, amc } = world;
  return {
    resourceType: 'CoverageEligibilityRequest', status: 'active', purpose: ['validation', 'benefits'], identifier: [{ system: 'urn:test', value: `REQ-${(count += 1)}` }], created: today(), servicedDate: today(),
    patient: { reference: '#p' }, insurer: { identifier: { system: SYSTEM.amc, value: amc } }, extension: [{ url: SYSTEM.userExtension, valueString: 'caisse-1' }],
    contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: person.nir }], birthDate: person.birthDate, multipleBirthInteger: person.birthRank, ...change.patient },
      { resourceType: 'Coverage', id: 'c', status: 'active', beneficiary: { reference: '#p' }, payor: [{ identifier: { system: SYSTEM.amc, value: amc } }], subscriberId: person.adherentNumber, ...change.coverage }],
    insurance: [{ focal: true, coverage: { reference: '#c' } }],
    item: change.items ?? [{ category: { coding: [{ system: SYSTEM.domain, code: 'PHAR' }] } }], ...change.top,
  };
}
