import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError, ROOT } from '../ground/index.ts';
import { assess, ENISA, type Assessment, type AssessmentInput } from './severity.ts';

interface Golden { readonly name: string; readonly input: AssessmentInput; readonly expected: Partial<Assessment> }
const GOLDEN = JSON.parse(readFileSync(join(ROOT, 'test/conformance/severity.json'), 'utf8')) as readonly Golden[];

test('golden cases of the ENISA method', () => {
  assert.ok(GOLDEN.length >= 30);
  for (const { name, input, expected } of GOLDEN) {
    const found = assess(input) as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key], value, `${name}: ${key}`);
  }
});

test('the golden cases use every value of every table', () => {
  const said = JSON.stringify(GOLDEN.map((one) => one.input));
  for (const table of [ENISA.dataCategories, ENISA.adjustments, ENISA.identification, ...Object.values(ENISA.identifiers), ...Object.values(ENISA.circumstances).slice(0, 3)]) {
    for (const value of Object.keys(table)) assert.ok(said.includes(`"${value}"`), value);
  }
});

const base = GOLDEN[0]?.input as AssessmentInput;
const refused = (change: Partial<AssessmentInput>, rule: string): void => assert.throws(() => assess({ ...base, ...change }), (error) => error instanceof AppError && error.detail === rule);

test('no assessment without its justifications', () => {
  for (const field of ['data', 'identification', 'circumstances'] as const) refused({ justification: { ...base.justification, [field]: ' ' } }, 'justification');
  refused({ adjustments: [{ kind: 'volume-per-person', points: 1, why: '' }] }, 'justification');
  refused({ raised: { level: 'very-high', why: '' } }, 'justification');
});

test('a level may be raised, never lowered; adjustments stay in their range', () => {
  refused({ raised: { level: 'low', why: 'we would rather not' } }, 'downward');
  refused({ raised: { level: 'medium', why: 'the same as reckoned' } }, 'downward');
  refused({ adjustments: [{ kind: 'vulnerable-persons', points: 4, why: 'too much' }] }, 'range');
  refused({ adjustments: [{ kind: 'public-already', points: 0.5, why: 'a fraction' }] }, 'range');
  refused({ categories: [] }, 'required');
});
