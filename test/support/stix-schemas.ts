import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ROOT } from '../../src/ground/index.ts';

const BASE = 'http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/';
const FOLDER = join(ROOT, 'test/conformance/stix/schemas');
/** A pattern of the schemas that takes exponential time, and the same language without nesting. */
export const SLOW = '([a-z][a-z0-9]*)+';
export const SAME = '[a-z][a-z0-9]*';

/** The OASIS schemas: one for bundles, one for each type that we make. Whatever is not vendored matches nothing. */
export function loadStixSchemas(): (name: string) => ValidateFunction | undefined {
  const ajv = new Ajv2020({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: false });
  const known = new Set<string>();
  const named = new Set<string>();
  for (const file of globSync('*/*.json', { cwd: FOLDER })) {
    const schema = JSON.parse(readFileSync(join(FOLDER, file), 'utf8').replaceAll(SLOW, SAME)) as { $id: string };
    ajv.addSchema(schema);
    known.add(schema.$id);
    for (const [, ref] of JSON.stringify(schema).matchAll(/"\$ref":"([^"#]+)"/g)) named.add(new URL(ref as string, schema.$id).href);
  }
  for (const missing of named) if (!known.has(missing)) ajv.addSchema({ $id: missing, not: {} });
  return (name) => ajv.getSchema(BASE + name);
}
