// A short rehearsal: every script on the real gate and guard, some over HTTP. The full one is `npm run attack`.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { askInProcess, askOverApi } from '../../attack/asking.ts';
import { habitsOf, playBenign, PROFILES, type BenignFigures, type Met } from '../../attack/benign.ts';
import { Counter } from '../../attack/counter.ts';
import { Habit } from '../../attack/habit.ts';
import { enrolHonest, honestPractices, makeHonestSessions, modelDecider, openRegister, playHonest, readAllCeilings, realDecider, type Decider, type Sessions } from '../../attack/honest.ts';
import { startServers, type Machine } from '../../attack/machine.ts';
import { openRehearsal, OVER_HTTP, START, type Rehearsal } from '../../attack/open.ts';
import { playProbe, PROBES } from '../../attack/probes.ts';
import { playRuns, type RunResult } from '../../attack/rehearse.ts';
import { figuresOf, readRuns, writeRuns, type ScriptFigures } from '../../attack/report.ts';
import type { AttackScript } from '../../attack/script.ts';
import { SCRIPTS } from '../../attack/scripts/index.ts';
import { beginRuns, forgetMix, liftCeilings, prove, readCeilings, readHabitRule, turnClock } from '../../attack/store.ts';
import { Windows } from '../../attack/windows.ts';
import { openKeyRing, ROOT, stateFolder } from '../../src/ground/index.ts';
import { Guard, THRESHOLDS, useMix, type Mix } from '../../src/guard/index.ts';
import { createApi } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let rehearsal: Rehearsal;
let servers: Pick<Machine, 'servers' | 'api'> & { close(): Promise<void> };
const SMALL = 40;
before(async () => {
  database = await freshDatabase();
  rehearsal = await openRehearsal({ owner: database.pool('owner'), keyRing: openKeyRing(stateFolder('keys')), persons: 3000, doctors: 120, pharmacies: 6, hospitals: 4, cards: 60,
    pools: { intake: database.pool('rempart_intake'), desk: database.pool('rempart_desk'), check: database.pool('rempart_check'), guard: database.pool('rempart_guard'), auth: database.pool('rempart_auth') } });
  servers = await startServers(rehearsal);
});
after(async () => { await servers.close(); rehearsal.close(); await database.drop(); });

const scriptOf = (name: string): AttackScript => SCRIPTS.find((script) => script.name === name) ?? assert.fail(name);
// Fewer sessions and days than in the full rehearsal.
const shortened = (script: AttackScript): AttackScript => ({ ...script, ...(script.sessions === undefined ? {} : { sessions: Math.min(script.sessions, 80) }), ...(script.class === 'slow' ? { days: 4 } : {}) });
const at95 = async <T>(play: () => Promise<T>): Promise<T> => {
  await useMix(rehearsal.pools.desk, { mix: '95', from: `${new Date(START).getUTCFullYear()}-01-02`, by: 'Mme Un', reason: 'essai' });
  try { return await play(); } finally { await forgetMix(rehearsal.owner); }
};

test('at least 20 scripts and probes, each of one class, each name once', () => {
  const all = [...SCRIPTS, ...PROBES];
  assert.ok(all.length >= 30);
  assert.equal(new Set(all.map((each) => each.name)).size, all.length);
  assert.deepEqual([...new Set(all.map((each) => each.class))].toSorted(), ['cards-held', 'collusion', 'no-card', 'platform', 'slow']);
});

const GUESSERS = ['robot-2024', 'order-numbers', 'order-numbers-in-turn', 'adherent-numbers', 'birth-dates', 'common-births', 'fresh-names', 'leaked-list-everywhere'];
for (const script of SCRIPTS) {
  test(`${script.name}: ${script.what}`, async () => {
    const runs = await at95(() => playRuns(rehearsal, shortened(script), { seeds: script.sessions === undefined ? [7, 8, 9] : [7], mix: '95', questionsMax: script.class === 'cards-held' ? 40 : 400 }));
    const told = runs.map(({ persons }) => persons).toSorted((a, b) => a - b);
    if (script.class === 'no-card') assert.ok((told[Math.floor(told.length / 2)] ?? 0) <= 10, `${told.join(', ')} persons`);
    for (const run of runs) {
      assert.equal(run.othersFrozen, 0, 'nobody else is touched');
      assert.equal(run.answersAfterFreeze, 0, 'no answer after the deciding question');
      assert.ok(run.listedExactly, 'the journal alone names exactly the persons it was told of');
      if (script.class === 'no-card') assert.ok(run.persons <= (script.stolenFrom === 'pharmacy' ? 50 : 12), `${run.persons} persons`);
      if (GUESSERS.includes(script.name)) assert.ok(run.questionsToFreeze !== null && run.questionsToFreeze <= 20, `frozen after ${run.questionsToFreeze}`);
      if (script.name === 'fifteen-hundred') assert.ok(run.personsAtAlarm !== null && run.personsAtAlarm < 80 * 10, `alarm at ${run.personsAtAlarm}`);
    }
  });
}

for (const probe of PROBES) {
  test(`${probe.name}: ${probe.what}`, async () => {
    const run = await playProbe(probe, { rehearsal, servers: servers.servers, mix: '0', seed: 1 });
    if (['stolen-password', 'replayed-token', 'portal-server', 'database-administrator'].includes(probe.name)) assert.equal(run.persons, 0);
    else assert.ok(run.persons > 0, 'reported as found');
  });
}

test('the same seed gives the same result, in whatever order the sessions of a step are served', async () => {
  for (const [name, questionsMax] of [['leaked-list-one-insurer', SMALL], ['beside-the-practice', 6]] as const) {
    const play = (order?: <T>(list: readonly T[]) => readonly T[]): Promise<RunResult[]> => playRuns(rehearsal, scriptOf(name), { seeds: [1, 2, 3, 4, 5, 6], questionsMax, ...(order === undefined ? {} : { order }) });
    const first = await play();
    assert.deepEqual(await play(), first);
    assert.deepEqual(await play((list) => list.toReversed()), first);
    assert.deepEqual(await play((list) => [...list.slice(2), ...list.slice(0, 2)]), first);
  }
});

test('over HTTP with real tokens and proofs, and straight to the checks: both decide alike on the same seeds', async () => {
  const overHttp = servers.api('doctor');
  const direct = { victims: overHttp.victims.map(({ nth }) => rehearsal.slots.doctor[nth] ?? assert.fail()), ask: askInProcess(rehearsal.checks) };
  for (const name of ['robot-2024', 'leaked-list-one-insurer', 'leaked-list-exact', 'scanned-cards']) {
    const play = { seeds: [11, 12, 13], questionsMax: SMALL };
    assert.deepEqual(await playRuns(rehearsal, scriptOf(name), { ...play, api: overHttp }), await playRuns(rehearsal, scriptOf(name), { ...play, api: direct }));
  }
  // Of sessions that collude one in nineteen goes over HTTP.
  for (const name of ['through-a-vendor', 'fifteen-hundred']) {
    const play = { seeds: [11], questionsMax: 5 };
    assert.deepEqual(await playRuns(rehearsal, shortened(scriptOf(name)), { ...play, api: { ...overHttp, oneIn: OVER_HTTP } }), await playRuns(rehearsal, shortened(scriptOf(name)), { ...play, api: { ...direct, oneIn: OVER_HTTP } }));
  }
});

test('under "2024" settings the same list is read out: the rehearsal can tell the difference', async () => {
  await liftCeilings(rehearsal.owner, true);
  const [run] = await playRuns(rehearsal, scriptOf('leaked-list-exact'), { seeds: [7], unguarded: true, questionsMax: 250 });
  await liftCeilings(rehearsal.owner, false);
  assert.ok((run?.persons ?? 0) > 200, `${run?.persons} persons`);
  assert.equal(run?.questionsToFreeze, null);
});

test('answers that no care followed are noticed by the second week: a touch is asked for, and the ceiling holds meanwhile', async () => {
  const seen = async (): Promise<number> => (await rehearsal.owner.query<{ n: number }>("select count(distinct installation_id)::int as n from journal.entry where purpose = 'signal' and outcome = 'step-up' and detail like '%uncared%'")).rows[0]?.n ?? 0;
  assert.equal(await seen(), 0);
  const runs = await at95(() => playRuns(rehearsal, { ...scriptOf('slow-eight-a-day'), days: 14 }, { seeds: [1, 2, 3], mix: '95' }));
  assert.equal(await seen(), 3);
  assert.ok(runs.every((run) => run.persons <= 8 * 15), JSON.stringify(runs));
});

test('a script of somebody else’s is an object with the documented fields', async () => {
  const foreign: AttackScript = { name: 'foreign', class: 'no-card', what: 'asks once', questions: function* once(loot) { yield { minute: 3, amc: loot.insurers[0] ?? '', nir: loot.leaked[0]?.nir ?? '', birthDate: loot.leaked[0]?.birthDate ?? '' }; } };
  const [run] = await playRuns(rehearsal, foreign, { seeds: [1] });
  assert.equal(run?.questions, 1);
});

test('no server answers from a database with a rehearsal clock, and no answering role can set one', async () => {
  await assert.rejects(createApi({ pool: database.pool('rempart_check'), keyRing: rehearsal.keyRing, baseUrl: 'http://127.0.0.1:1' }), /rehearsal clock/);
  assert.ok(!/rehearsal/.test(['serve', 'start', 'supervise'].map((name) => readFileSync(join(ROOT, `src/cli/${name}.ts`), 'utf8')).join('')), 'no command starts one');
  for (const role of ['rempart_check', 'rempart_guard', 'rempart_desk', 'rempart_auth', 'rempart_intake'] as const) {
    await assert.rejects(database.pool(role).query('update guard.rehearsal set at = now()'), /permission denied/);
    await assert.rejects(database.pool(role).query('create or replace function gate.clock() returns timestamptz language sql as $$ select now() $$'), /permission denied|must be owner/);
  }
});

test('an alarm is on record and stops nobody', async () => {
  const quiet = new Guard(rehearsal.pools.guard, { quiet: true });
  await quiet.remember();
  await rehearsal.pools.guard.query("select gate.raise_pattern('spread', '7 of 7 users today are unlike themselves')");
  assert.equal((await rehearsal.owner.query("select count(*)::int as n from journal.entry where purpose = 'signal' and outcome = 'alarm' and detail like 'spread: 7 of%'")).rows[0]?.n, 1);
  await assert.rejects(rehearsal.pools.guard.query("select gate.raise_pattern('stop-everything', '')"), /violates check/);
});

test('windows count as the gate’s rings do', async () => {
  const ours = new Windows();
  let seed = 9;
  const next = (max: number): number => { seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648; return seed % max; };
  const limits = [20, 60, 100, 400] as const;
  let ring: number[] | null = null;
  let [was, at] = [START, START];
  for (let i = 0; i < 150; i += 1) {
    at += next(4) === 0 ? next(200_000_000) : next(400_000);
    const add = next(3);
    const { rows }: { rows: { ring: number[]; left: number }[] } = await rehearsal.owner.query('select gate.ring_add(r, $4) as ring, gate.ring_left(r, $3, $3, $5::int[]) as left from gate.ring_advance($1::int[], $2, $3) r', [ring, new Date(was), new Date(at), add, limits]);
    ours.advance(at);
    assert.equal(ours.left(limits), rows[0]?.left, `step ${i}`);
    ours.add(add);
    [ring, was] = [rows[0]?.ring ?? null, at];
  }
});

test('habits are learnt as the gate learns them', async () => {
  const rule = await readHabitRule(rehearsal.owner, '2026-03-01');
  const ours = new Habit(rule, 6);
  let row = { habit: 6, day: null as string | null, count: 0 };
  const first = Date.UTC(2026, 2, 2, 9) / 86_400_000;
  for (const [days, count] of [[0, 3], [0, 6], [1, 40], [2, 40], [3, 2], [9, 300], [10, 300], [11, 1], [60, 5]] as const) {
    const at = new Date((first + days) * 86_400_000);
    const { rows }: { rows: { habit: number; limits: number[] }[] } = await rehearsal.owner.query("select h as habit, gate.habit_limits(array[60, 250, 500, 11000], h, $4) as limits from gate.habit_now('p', -1, null, $1, $2, $3, $4) h", [row.habit, row.day, row.count, at]);
    const { habit, limits } = rows[0] ?? assert.fail();
    assert.ok(Math.abs(ours.on(Math.floor(first) + days) - habit) < 0.01, `day ${days}: ${ours.on(Math.floor(first) + days)}, ${habit}`);
    assert.deepEqual(ours.limits([60, 250, 500, 11_000], { day: Math.floor(first) + days }), limits);
    ours.add(Math.floor(first) + days, count);
    const day = at.toISOString().slice(0, 10);
    row = { habit: row.day === day ? row.habit : habit, day, count: row.day === day ? row.count + count : count };
  }
});

test('a pharmacy that scans no card today is told of ten, and more as it scans, as the model reckons', async () => {
  const pharmacy = rehearsal.slots.pharmacy.find(({ size: { size } }) => size === 'large') ?? assert.fail();
  const ceilings = await at95(() => readCeilings(rehearsal.owner, { peers: 'pharmacy', day: new Date(START).toISOString().slice(0, 10) }));
  const habits = habitsOf(pharmacy.size, { rule: ceilings.habit, seed: 1, cardShare: 0.95, proportioned: true }) ?? assert.fail();
  const limits = ceilings.limits.find(({ of, scope }) => of === 'u' && scope === 'a')?.limits ?? assert.fail();
  const at = START + 9 * 3_600_000;
  const told: number[] = [];
  for (const scanned of [0, 40, 130, 400]) {
    await beginRuns(rehearsal.owner, { installations: [pharmacy.installation], habits: [habits], at: new Date(START), cared: false, known: false });
    await turnClock(rehearsal.owner, new Date(at));
    if (scanned > 0) await prove(rehearsal.owner, { installations: [pharmacy.installation], counts: [scanned] });
    // An hour holds 25: these come in the hours of a day.
    const counter = new Counter({ ...ceilings, limits: [{ of: 'u', scope: 'a', limits: [999, 999, limits[2], limits[3]] }] }, { ...habits, alone: true }, START);
    for (let i = 0; i < scanned; i += 1) counter.prove(at);
    let ours = 0;
    while (counter.admits({ entry: 0, at, installation: 1, peers: 'pharmacy', insurer: 1, outcome: 'yes', who: `${ours}`, area: '', root: '', place: null, device: null, network: null })) ours += 1;
    let theirs = 0;
    for (let left = 1; left > 0; theirs += left > 0 ? 1 : 0) {
      ({ left } = (await rehearsal.owner.query<{ left: number }>(`select gate.ring_left(m.u, m.u_at, gate.clock(), gate.in_proportion(json_populate_record(null::gate.demand, '{"ceiling_scope":"a","peer_group":"pharmacy"}'), (select x from gate.meter x where x.scope = m.scope and x.subject = m.subject), gate.habit_limits($2::int[], m.habit, gate.clock()), gate.clock())) as left
        from gate.meter m join access.installation n on n.responsible_id = m.subject where m.scope = 'p' and n.id = $1`, [pharmacy.installation, [999, 999, limits[2], limits[3]]])).rows[0] ?? assert.fail());
      if (left > 0) await rehearsal.owner.query("update gate.meter m set u = gate.ring_add(gate.ring_advance(m.u, m.u_at, gate.clock()), 1), u_at = gate.clock() from access.installation n where n.responsible_id = m.subject and m.scope = 'p' and n.id = $1", [pharmacy.installation]);
    }
    assert.equal(theirs, ours, `${scanned} scanned`);
    told.push(ours);
  }
  assert.equal(told[0], 10);
  assert.ok((told[2] ?? 0) > 10 && (told[3] ?? 0) >= (told[2] ?? 0), `${told.join()}: who scans cards has room`);
});

test('honest days over HTTP, straight to the checks, and in the model of the published figures: all decide alike on the same seeds', async () => {
  const register = await openRegister(rehearsal);
  // Two of them have a rush: as many in two minutes as others in a day.
  const sessions: Sessions = new Map([...(await makeHonestSessions(rehearsal, 1))].map(([kind, victims]) => [kind.size === 'medium' && ['doctor', 'pharmacy'].includes(kind.profession) ? { ...kind, perDay: 90, hours: 0.03 } : kind, victims]));
  const enrolled = await enrolHonest(rehearsal, { sessions, issuer: servers.servers.issuer });
  // At the share where every rule has something to say.
  const [cardShare, ceilingsOf] = [0.5, await readAllCeilings(rehearsal.owner)];
  const play = async (decider: Decider, which = sessions): Promise<{ met: Record<string, Met>; questions: number }> => {
    const { met, questions } = await playHonest(honestPractices(register, { sessions: which, seed: 5 }), { days: 2, cardShare, decider });
    return { met: Object.fromEntries(met), questions };
  };
  const overHttp = await play(realDecider(rehearsal, { ask: askOverApi(servers.servers.apiUrl), cardShare, ceilingsOf }), enrolled);
  assert.deepEqual(await play(realDecider(rehearsal, { ask: askInProcess(rehearsal.checks), cardShare, ceilingsOf })), overHttp);
  assert.deepEqual(await play(modelDecider(register, { cardShare, ceilingsOf })), overHttp);
  const total = (of: keyof Met): number => Object.values(overHttp.met).reduce((sum, met) => sum + met[of], 0);
  assert.ok(total('refused') > 0 && total('stepUps') > 0, `there was something to decide: ${total('refused')} refused, ${total('stepUps')} touches`);
});

test('honest days: the published figures can be played again, and keep the limits', async () => {
  const report = JSON.parse(readFileSync(join(ROOT, 'attack/results/benign.json'), 'utf8')) as { seed: number; thresholds: object; benign: BenignFigures[] };
  assert.deepEqual(report.thresholds, THRESHOLDS, 'they were taken with the limits that are shipped');
  for (const name of ['dentist', 'new practice']) {
    const published = report.benign.find((each) => each.profession === name && each.cardShare === 0.95) ?? assert.fail(name);
    const kind = PROFILES.find((each) => each.profession === name) ?? assert.fail(name);
    const ceilings = await at95(() => readCeilings(rehearsal.owner, { peers: kind.peers, day: '2026-03-01' }));
    assert.deepEqual(playBenign(kind, { cardShare: 0.95, days: published.professionalDays, seed: report.seed, ceilings }), published);
  }
  for (const each of report.benign) {
    assert.ok(each.falseFreezes * 10_000 <= each.professionalDays, `${each.profession} at ${each.cardShare}: ${each.falseFreezes} false freezes`);
    if (each.cardShare === 0.95) assert.ok(each.stepUps * 200 <= each.professionalDays, `${each.profession}: ${each.stepUps} touches`);
  }
  // Kinds that differ by their share of patients born abroad alone.
  for (const [kind, like] of [['doctor where most were born abroad', 'doctor'], ['pharmacy where most were born abroad', 'pharmacy'], ['nurse where most were born abroad', 'nurse']] as const) {
    for (const cardShare of [0, 0.5, 0.95]) {
      const rate = (profession: string): number => { const found = report.benign.find((each) => each.profession === profession && each.size === 'medium' && each.cardShare === cardShare) ?? assert.fail(profession); return (found.falseFreezes + found.stepUps) / found.professionalDays; };
      // Below one touch in two thousand days there is nothing to compare.
      assert.ok(rate(kind) <= Math.max(1 / 2000, 1.25 * rate(like)), `${kind} at ${cardShare}: ${rate(kind)} against ${rate(like)}`);
    }
  }
});

test('the published figures are those of the runs beside them', () => {
  const report = JSON.parse(readFileSync(join(ROOT, 'attack/results/latest.json'), 'utf8')) as { scripts: ScriptFigures[]; thresholds: object };
  const file = join(ROOT, 'attack/results/latest-runs.jsonl');
  assert.ok(existsSync(file));
  const all = readRuns(readFileSync(file, 'utf8'));
  assert.deepEqual(report.thresholds, THRESHOLDS);
  assert.ok(new Set(report.scripts.map((script) => script.name)).size >= 20);
  for (const figures of report.scripts) assert.deepEqual(figures, figuresOf(figures, String(figures.cardShare * 100) as Mix, all));
  const again = readRuns(writeRuns(all.runs, all.runs2024));
  assert.deepEqual(again, all);
});
