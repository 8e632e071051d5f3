import type { Answer } from '../checks/index.ts';
import { SYSTEM } from './systems.ts';

type Json = Record<string, unknown>;

const money = (cents: number): Json => ({ value: cents / 100, currency: 'EUR' });
const concept = (system: string, code: string, text?: string): Json => ({ coding: [{ system, code }], ...(text === undefined ? {} : { text }) });

function benefits(answer: Answer): Json[] {
  if (answer.reckoning === undefined) return [];
  const { totals } = answer.reckoning;
  return ([['amo', totals.amoGrossCents], ['amc', totals.amcCents], ['patient-now', totals.patientCounterCents], ['patient-total', totals.patientTotalCents]] as const)
    .map(([code, value]) => ({ type: concept(SYSTEM.share, code), allowedMoney: money(value) }));
}

function insurance(answer: Answer, amcNumber: string): Json {
  const item = { category: concept(SYSTEM.domain, answer.domain), authorizationRequired: answer.authorizationRequired,
    ...(answer.verdict === 'undetermined' ? {} : { excluded: answer.verdict === 'no' }), ...(answer.rule === undefined ? {} : { description: answer.rule.fr }),
    ...(answer.reckoning === undefined ? {} : { benefit: benefits(answer) }) };
  return { coverage: { identifier: { system: SYSTEM.amc, value: amcNumber } }, ...(answer.verdict === 'undetermined' ? {} : { inforce: answer.verdict === 'yes' }),
    ...(answer.coverage === undefined ? {} : { benefitPeriod: { start: answer.coverage.from, ...(answer.coverage.to === null ? {} : { end: answer.coverage.to }) } }), item: [item] };
}

function disposition(answer: Answer): string | undefined {
  if (answer.reason !== undefined) return `${answer.reason.text.fr} ${answer.reason.remedy.fr}`;
  if (answer.channel !== undefined) return `${answer.guarantee?.terms.fr ?? ''} Un accord préalable est nécessaire : ${answer.channel.fr}`.trim();
  return answer.guarantee?.terms.fr;
}

/**
 * Writes an answer as a CoverageEligibilityResponse (R4). Undetermined is outcome `error` without `inforce`: it is
 * never a refusal. Patient and request are the caller's own reference; no identity comes back.
 */
export function writeResponse(answer: Answer, context: { readonly amcNumber: string; readonly purposes: readonly string[] }): Json {
  const own = { identifier: { system: SYSTEM.request, value: answer.reference } };
  const said = disposition(answer);
  return {
    resourceType: 'CoverageEligibilityResponse', status: 'active', purpose: context.purposes, patient: own, servicedDate: answer.careDate, created: answer.answeredAt, request: own,
    extension: [{ url: SYSTEM.verdictExtension, valueCode: answer.verdict }, { url: SYSTEM.entryExtension, valueString: String(answer.entry) },
      ...(answer.guarantee === undefined ? [] : [{ url: SYSTEM.guaranteeExtension, valueString: answer.guarantee.token }]),
      ...(answer.receipt === undefined ? [] : [{ url: SYSTEM.receiptExtension, valueString: answer.receipt }]),
      ...(answer.retryAfterSeconds === undefined ? [] : [{ url: SYSTEM.retryExtension, valueInteger: answer.retryAfterSeconds }])],
    outcome: answer.verdict === 'undetermined' ? 'error' : 'complete', ...(said === undefined ? {} : { disposition: said }),
    insurer: { identifier: { system: SYSTEM.amc, value: context.amcNumber } }, insurance: [insurance(answer, context.amcNumber)],
    ...(answer.guarantee === undefined ? {} : { preAuthRef: answer.guarantee.number }),
    ...(answer.reason === undefined ? {} : { error: [{ code: concept(SYSTEM.reason, answer.reason.code, answer.reason.text.fr) }] }),
  };
}
