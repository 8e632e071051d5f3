import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBirthDate, checkNir } from '../identifiers/index.ts';
import { populationOf } from './population.ts';
import { SANDBOX_INSURERS } from './insurers.ts';

test('whoever is made up can be asked about: a NIR with its key, a birth date that has come', () => {
  const [insurer] = SANDBOX_INSURERS;
  let people = 0;
  for (const person of populationOf(insurer as (typeof SANDBOX_INSURERS)[number], { persons: 60_000, seed: 1, insurers: SANDBOX_INSURERS, year: 2026 })) {
    people += 1;
    assert.deepEqual([checkNir(person.nir), checkBirthDate(person.birthDate)], [[], []], person.line);
    assert.ok(person.birthDate < '2026-01-01', person.line);
  }
  assert.ok(people > 10_000);
});
