// A short rehearsal: every script once on the real gate and guard. The full one is `npm run attack`.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { playBenign, PROFILES, type BenignFigures } from '../../attack/benign.ts';
import { openRehearsal } from '../../attack/open.ts';
import { playRun, type Rehearsal, type RunResult } from '../../attack/rehearse.ts';
import { figuresOf, type ScriptFigures } from '../../attack/report.ts';
import { SCRIPTS } from '../../attack/scripts.ts';
import { forgetMix, liftCeilings } from '../../attack/store.ts';
import { openKeyRing, ROOT, stateFolder } from '../../src/ground/index.ts';
import { THRESHOLDS, useMix, type Mix } from '../../src/guard/index.ts';
import { createApi } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let rehearsal: Rehearsal & { close(): void };
before(async () => {
  database = await freshDatabase();
  rehearsal = await openRehearsal({ owner: database.pool('owner'), keyRing: openKeyRing(stateFolder('keys')), persons: 2000,
    pools: { intake: database.pool('rempart_intake'), desk: database.pool('rempart_desk'), check: database.pool('rempart_check'), guard: database.pool('rempart_guard') } });
});
after(async () => { rehearsal.close(); await database.drop(); });

const played = new Map<string, RunResult>();
for (const script of SCRIPTS) {
  test(`${script.name}: ${script.what}`, async () => {
    const run = await playRun(rehearsal, script, { seed: 7 });
    played.set(script.name, run);
    assert.equal(run.othersFrozen, 0, 'nobody else is touched');
    assert.ok(run.listedExactly, 'the journal alone names exactly the persons it was told of');
    assert.ok(run.persons <= (script.class === 'slow' ? 300 : 80), `${run.persons} persons`);
    // All but a leak that is right in everything are guessing somewhere, and are seen.
    if (!['leaked-list-exact', 'leaked-list-patient'].includes(script.name)) {
      assert.ok(run.questionsToFreeze !== null && run.questionsToFreeze <= 20, `frozen after ${run.questionsToFreeze}`);
      assert.ok(run.persons <= 10, `${run.persons} persons`);
    }
  });
}

test('the same seed gives the same result', async () => {
  for (const name of ['robot-2024', 'leaked-list-one-insurer']) {
    const script = SCRIPTS.find((each) => each.name === name) ?? assert.fail();
    assert.deepEqual(await playRun(rehearsal, script, { seed: 7 }), played.get(name));
  }
});

test('where 95 % of honest questions come with a card, a session without cards is worth ten persons a day even with a perfect list', async () => {
  const desk = database.pool('rempart_desk');
  assert.equal(await useMix(desk, { mix: '95', from: '2026-01-02', by: '', reason: 'x' }), null, 'not without a name');
  assert.ok(((await useMix(desk, { mix: '95', from: '2026-01-02', by: 'Mme Un', reason: 'essai' })) ?? 0) > 10);
  const run = await playRun(rehearsal, SCRIPTS.find((each) => each.name === 'leaked-list-exact') ?? assert.fail(), { seed: 7, mix: '95' });
  await forgetMix(database.pool('owner'));
  assert.ok(run.persons <= 10, `${run.persons} persons`);
  assert.ok(run.listedExactly);
});

test('under "2024" settings the same list is read out: the rehearsal can tell the difference', async () => {
  await liftCeilings(database.pool('owner'), true);
  const run = await playRun(rehearsal, SCRIPTS.find((each) => each.name === 'leaked-list-exact') ?? assert.fail(), { seed: 7, unguarded: true, questionsMax: 250 });
  await liftCeilings(database.pool('owner'), false);
  assert.ok(run.persons > 200, `${run.persons} persons`);
  assert.equal(run.questionsToFreeze, null);
});

test('no server answers from a database with a rehearsal clock, and no answering role can set one', async () => {
  await assert.rejects(createApi({ pool: database.pool('rempart_check'), keyRing: rehearsal.keyRing, baseUrl: 'http://127.0.0.1:1' }), /rehearsal clock/);
  for (const role of ['rempart_check', 'rempart_guard', 'rempart_desk', 'rempart_auth', 'rempart_intake'] as const) {
    await assert.rejects(database.pool(role).query('update guard.rehearsal set at = now()'), /permission denied/);
    await assert.rejects(database.pool(role).query('create or replace function gate.clock() returns timestamptz language sql as $$ select now() $$'), /permission denied|must be owner/);
  }
});

test('honest days: the published figures can be played again, and keep the limits', () => {
  const report = JSON.parse(readFileSync(join(ROOT, 'attack/results/benign.json'), 'utf8')) as { seed: number; thresholds: object; benign: BenignFigures[] };
  assert.deepEqual(report.thresholds, THRESHOLDS, 'they were taken with the limits that are shipped');
  for (const name of ['dentist', 'optician', 'new practice']) {
    const published = report.benign.find((each) => each.profession === name && each.cardShare === 0.95) ?? assert.fail(name);
    const played = playBenign(PROFILES.find((each) => each.profession === name) ?? assert.fail(name), { cardShare: 0.95, days: published.professionalDays, seed: report.seed });
    assert.deepEqual(played, published);
  }
  for (const each of report.benign) {
    assert.ok(each.falseFreezes * 10_000 <= each.professionalDays, `${each.profession} at ${each.cardShare}: ${each.falseFreezes} false freezes`);
    if (each.cardShare === 0.95) assert.ok(each.stepUps * 200 <= each.professionalDays, `${each.profession}: ${each.stepUps} touches`);
  }
});

test('the published figures are those of the runs beside them', () => {
  const report = JSON.parse(readFileSync(join(ROOT, 'attack/results/latest.json'), 'utf8')) as { scripts: ScriptFigures[] };
  const lines = readFileSync(join(ROOT, 'attack/results/latest-runs.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunResult & { settings: string });
  const of = (settings: string): RunResult[] => lines.filter((line) => line.settings === settings);
  for (const figures of report.scripts) assert.deepEqual(figures, figuresOf({ ...figures, mix: String(figures.cardShare * 100) as Mix }, of('shipped'), of('2024')));
});
