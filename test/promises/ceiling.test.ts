// Promise `ceiling`: no one is told of more distinct persons than the ceiling, in any window, under any
// interleaving, from any number of processes, across crashes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { askInProcess, type AskerAnswer } from '../support/ask-in-process.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { plant, type Planted } from '../support/planted.ts';

let database: TestDatabase;
let planted: Planted;
let persons: string[];

before(async () => {
  database = await freshDatabase();
  planted = await plant(database);
  persons = await planted.more(400);
});
after(() => database.drop());
beforeEach(() => database.pool('owner').query('truncate gate.meter; truncate gate.told; truncate gate.known; truncate guard.ceiling'));

async function allow(limits: { day: number; minute?: number; misses?: number; scope?: string }): Promise<void> {
  const { day, minute = day, misses = 100_000, scope = 'e' } = limits;
  await database.pool('owner').query(`insert into guard.ceiling
    select 'pharmacy', $4, class, '2026-01-01', n, n, d, d, 'test' from (values ('u'::"char", $1::int, $2::int), ('k', $1, $2), ('c', $1, $2), ('m', $3::int, $3::int)) c(class, n, d)`,
  [minute, day, misses, scope]);
}

const distinctlyTold = (answers: readonly AskerAnswer[]): number => new Set(answers.filter((a) => a.outcome === 'yes').map((a) => a.byNir)).size;

function plans(indexes: readonly number[], shape: { processes: number; parallel: number }) {
  const questions = indexes.map((index) => ({ ...planted.question(), byNir: persons[index % persons.length] as string }));
  const share = Math.ceil(questions.length / shape.processes);
  return Array.from({ length: shape.processes }, (_, i) => ({ url: database.urlFor('rempart_check'), connections: 2,
    parallel: shape.parallel, questions: questions.slice(i * share, (i + 1) * share) }));
}

test('64 questions in parallel from 4 processes on one credential never pass the ceiling', { timeout: 300_000 }, async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(399), { minLength: 128, maxLength: 300 }),
    async (day, indexes) => {
      await database.pool('owner').query('truncate gate.meter; truncate gate.told; truncate guard.ceiling');
      await allow({ day });
      const answers = (await Promise.all(plans(indexes, { processes: 4, parallel: 16 }).map(askInProcess))).flat();
      assert.equal(answers.length, indexes.length);
      const wanted = new Set(indexes).size;
      assert.ok(distinctlyTold(answers) <= day, `told ${distinctlyTold(answers)} under a ceiling of ${day}`);
      // Not merely by refusing everybody: what the ceiling allows is told, but for questions that stayed busy.
      const busy = answers.filter((a) => a.code === 'unavailable').length;
      assert.ok(distinctlyTold(answers) + busy >= Math.min(day, wanted), `only ${distinctlyTold(answers)} told of ${Math.min(day, wanted)}`);
    }), { numRuns: 8 });
});

test('misses have a ceiling of their own', async () => {
  await allow({ day: 1000, misses: 7 });
  const [plan] = plans(Array.from({ length: 40 }, (_, i) => i), { processes: 1, parallel: 8 });
  const answers = await askInProcess({ ...plan!, questions: plan!.questions.map((q) => ({ ...q, byNir: crypto.randomUUID() })) });
  assert.equal(answers.filter((a) => a.outcome === 'no').length, 7);
  assert.ok(answers.filter((a) => a.code === 'ceiling').length > 0);
});

test('a new session, user or installation key inherits what is counted', async () => {
  await allow({ day: 5 });
  const owner = database.pool('owner');
  const [first] = plans([0, 1, 2, 3, 4], { processes: 1, parallel: 1 });
  assert.equal(distinctlyTold(await askInProcess(first!)), 5);
  const session = crypto.randomUUID();
  const jkt = crypto.randomUUID();
  const { rows } = await owner.query("insert into access.installation (kind, establishment_id, vendor, software, state) values ('software', $1, 't', 't', 'active') returning id", [planted.establishment]);
  await owner.query("insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) values ($1, $2, $3, '{}', now() + interval '1 day')", [session, rows[0].id, jkt]);
  const [next] = plans([5, 6], { processes: 1, parallel: 1 });
  const answers = await askInProcess({ ...next!, questions: next!.questions.map((q) => ({ ...q, session, jkt, user: 'someone-new' })) });
  assert.deepEqual(answers.map((a) => a.code), ['ceiling', 'ceiling']);
});

test('a freeze resets nothing', async () => {
  await allow({ day: 3 });
  const owner = database.pool('owner');
  const [first] = plans([0, 1, 2], { processes: 1, parallel: 1 });
  await askInProcess(first!);
  await owner.query('update access.installation set frozen_at = now() where id = $1', [planted.installation]);
  await owner.query('update access.installation set frozen_at = null where id = $1', [planted.installation]);
  const [next] = plans([3], { processes: 1, parallel: 1 });
  assert.deepEqual((await askInProcess(next!)).map((a) => a.code), ['ceiling']);
});

test('nobody passes twice their own habit, from any number of processes; it is not learnt from frozen days, and slowly from others', async () => {
  const owner = database.pool('owner');
  const user = (await owner.query<{ id: number }>("insert into access.app_user (installation_id, pseudonym, first_seen) values ($1, 'habituee', now() - interval '90 days') returning id", [planted.installation])).rows[0]!.id;
  const today = async (): Promise<number> => {
    await owner.query("update gate.meter set u = null, u_at = null; truncate gate.told");
    const indexes = Array.from({ length: 160 }, (_, i) => i);
    const askAll = async (): Promise<Awaited<ReturnType<typeof askInProcess>>> => (await Promise.all(plans(indexes, { processes: 4, parallel: 16 }).map((plan) => askInProcess({ ...plan, questions: plan.questions.map((q) => ({ ...q, user: 'habituee' })) })))).flat();
    // Twice: where several are in each other's way at the last few, some are told to ask again.
    return distinctlyTold([...await askAll(), ...await askAll()]);
  };
  const yesterday = (count: number, habit: number): Promise<unknown> => owner.query("update gate.meter set habit = $1, habit_count = $2, habit_day = gate.civil_day(now()) - 1 where scope = 'u' and subject = $3", [habit, count, user]);
  await allow({ day: 300 });
  await allow({ day: 120, scope: 'a' });
  await owner.query("insert into gate.meter (scope, subject, habit, habit_day) values ('u', $1, 20, gate.civil_day(now()))", [user]);
  assert.equal(await today(), 40, 'twice twenty');
  await yesterday(2, 0);
  assert.equal(await today(), 10, 'never below ten');
  await yesterday(10, 5);
  assert.equal(await today(), 10, 'a thief’s first day teaches nothing yet to the hours after midnight, still within its own day');
  await yesterday(120, 20);
  assert.equal(await today(), Math.trunc(2 * 20 * 1.08 * 0.998), 'a twelfth more, however many it was yesterday');
  await yesterday(120, 20);
  await owner.query("insert into guard.freeze (user_id, at, by, reasons, review_due_at, lifted_at) values ($1, (gate.civil_day(now()) - 1)::timestamp at time zone 'Europe/Paris' + interval '11 hours', 'guard', '[]', now(), now())", [user]);
  assert.equal(await today(), Math.trunc(2 * 20 * 0.998), 'a day of a freeze teaches nothing, lifted or not');
  await yesterday(0, 500);
  assert.equal(await today(), 120, 'never above everybody’s');
});

test('in any sliding window of the day the charges stay below the ceiling, and come back when it has passed', async () => {
  // The ring, walked by property: charges at random seconds never sum above what a window may hold.
  const owner = database.pool('owner');
  await fc.assert(fc.asyncProperty(
    fc.array(fc.record({ afterS: fc.integer({ min: 0, max: 40_000 }), wants: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 25 }),
    async (steps) => {
      const limits = [10, 30, 60, 200];
      const windows = [60, 3600, 86_400, 30 * 86_400];
      let at = 1_790_000_000;
      let ring: number[] | null = null;
      let was = at;
      const charged: { at: number; n: number }[] = [];
      for (const step of steps) {
        at += step.afterS;
        const { rows }: { rows: { left: number; room: number; wide: number; floor: number }[] } = await owner.query(`select gate.ring_left(r.ring, r.was, r.at, r.limits) as left, gate.room(r.ring, r.was, r.at, r.limits) as room,
            gate.ring_left(r.ring, r.was, r.at, r.wide) as wide, gate.room(r.ring, r.was, r.at, r.wide) as floor
          from (select $1::int[] as ring, to_timestamp($2) as was, to_timestamp($3) as at, $4::int[] as limits, array[1000, 1000, 1000, 1000] as wide) r`, [ring, was, at, limits]);
        assert.equal(rows[0]!.room, rows[0]!.left, 'what a batch could take is reckoned to the end');
        assert.ok(rows[0]!.floor > 256 && rows[0]!.floor <= rows[0]!.wide, 'and more than that never above what there is');
        const n = Math.max(0, Math.min(step.wants, rows[0]!.left));
        const moved: { rows: { ring: number[] }[] } = await owner.query('select gate.ring_add(gate.ring_advance($1::int[], to_timestamp($2), to_timestamp($3)), $4) as ring', [ring, was, at, n]);
        ring = moved.rows[0]!.ring;
        was = at;
        charged.push({ at, n });
        for (const [i, window] of windows.entries()) {
          const sum = charged.filter((c) => c.at > at - window).reduce((total, c) => total + c.n, 0);
          assert.ok(sum <= limits[i]!, `${sum} in ${window} s`);
        }
      }
    }), { numRuns: 30 });
  const { rows } = await owner.query<{ left: number }>("select gate.ring_left(gate.ring_add(gate.ring_advance(null, now(), now()), 10), now(), now() + interval '32 days', array[10,10,10,10]) as left");
  assert.equal(rows[0]!.left, 10);
});

test('no function that an answering role may execute takes a time', async () => {
  const { rows } = await database.pool('owner').query(`select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('gate', 'journal', 'guard', 'registry', 'access') and has_function_privilege('rempart_check', p.oid, 'execute')
      and exists (select from unnest(p.proargtypes) t where t in ('timestamptz'::regtype, 'timestamp'::regtype, 'interval'::regtype))`);
  assert.deepEqual(rows, []);
});
