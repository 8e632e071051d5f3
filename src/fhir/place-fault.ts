import { SYSTEM } from './systems.ts';

/** Where each field of a question stands in the request, as FHIRPath. */
const EXPRESSION: Readonly<Record<string, string>> = {
  reference: 'CoverageEligibilityRequest.identifier.value', user: `CoverageEligibilityRequest.extension('${SYSTEM.userExtension}').value`,
  'insurer.amcNumber': 'CoverageEligibilityRequest.insurer.identifier.value', insurer: 'CoverageEligibilityRequest.insurer.identifier',
  'insurer.conventionType': 'CoverageEligibilityRequest.contained.ofType(Coverage).class.value', 'insurer.csr': 'CoverageEligibilityRequest.contained.ofType(Coverage).class.value',
  nir: 'CoverageEligibilityRequest.contained.ofType(Patient).identifier.value', adherentNumber: 'CoverageEligibilityRequest.contained.ofType(Coverage).subscriberId',
  birthDate: 'CoverageEligibilityRequest.contained.ofType(Patient).birthDate', birthRank: 'CoverageEligibilityRequest.contained.ofType(Patient).multipleBirth',
  domain: 'CoverageEligibilityRequest.item.category', careDate: 'CoverageEligibilityRequest.serviced', presence: `CoverageEligibilityRequest.extension('${SYSTEM.presenceExtension}').value`,
  cardExpiresOn: `CoverageEligibilityRequest.extension('${SYSTEM.cardExtension}').value`,
};

/** The FHIRPath of a question's field; what already is a place in a resource, or a header's name, stays. */
export function placeFault(field: string): string {
  if (/^[A-Z]/.test(field) || field === 'resourceType') return field;
  if (field.startsWith('lines')) return field.replace('lines', 'CoverageEligibilityRequest.item');
  return EXPRESSION[field] ?? `CoverageEligibilityRequest.${field}`;
}
