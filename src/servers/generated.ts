import { capabilityStatement } from '../fhir/index.ts';
import { openApiDocument } from './api/openapi.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Files that the program writes and the repository keeps: path below the root, content. */
export function generatedFiles(): Record<string, string> {
  return { 'docs/openapi.json': json(openApiDocument()), 'docs/capability-statement.json': json(capabilityStatement()) };
}
