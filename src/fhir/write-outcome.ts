import type { AppError } from '../ground/index.ts';
import { ERROR_STATUS } from '../checks/index.ts';
import { placeFault } from './place-fault.ts';

type Json = Record<string, unknown>;

const said = (error: AppError, language: 'fr' | 'en'): string => [error.publicText[language], error.insurerRule?.[language] ?? ''].join(' ').trim();

/** An error as an OperationOutcome; from 500 on a correlation id and nothing else. */
export function writeOutcome(error: AppError, correlationId: string): { readonly status: number; readonly body: Json } {
  const { status, issue } = ERROR_STATUS[error.code];
  const mute = status >= 500 && error.code !== 'unavailable';
  const issues: Json[] = mute ? [{ severity: 'fatal', code: issue, diagnostics: correlationId }]
    : error.faults.length > 0 ? error.faults.map((fault) => ({ severity: 'error', code: 'invalid', details: { coding: [{ system: 'https://rempart.example/fhir/CodeSystem/rule', code: fault.rule }], text: `${fault.message.fr} ${fault.remedy.fr}` },
      diagnostics: `${fault.message.en} ${fault.remedy.en}`, ...(fault.field === '' ? {} : { expression: [placeFault(fault.field)] }) }))
      : [{ severity: 'error', code: issue, details: { text: said(error, 'fr') }, diagnostics: `${said(error, 'en')} (${correlationId})` }];
  return { status, body: { resourceType: 'OperationOutcome', issue: issues } };
}
