import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gate, type GateQuestion } from '../../src/gate/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { plant, type Planted } from '../support/planted.ts';

let database: TestDatabase;
let planted: Planted;
let gate: Gate;

before(async () => {
  database = await freshDatabase();
  planted = await plant(database);
  gate = new Gate({ pool: database.pool('rempart_check'), parameters: 'test' });
});
after(() => database.drop());

const ask = (change: Partial<GateQuestion> = {}) => gate.ask({ ...planted.question(), ...change });

test('a person in force is a yes, with the columns that decide and nothing else', async () => {
  const { told } = await ask();
  assert.equal(told?.outcome, 'yes');
  assert.equal(told?.productCode, 'TEST');
  const { rows } = await database.pool('owner').query('select outcome, person, presence from journal.entry where id = $1', [told?.entry]);
  assert.deepEqual(rows, [{ outcome: 'yes', person: planted.person, presence: 'none' }]);
});

test('an unknown person, a closed domain and a date out of force are one and the same no', async () => {
  const answers = [await ask({ byNir: crypto.randomUUID() }), await ask({ domain: 'OPTI' }), await ask({ careDate: planted.outOfForce })];
  for (const { told } of answers) assert.equal(told?.outcome, 'no');
  const { rows } = await database.pool('owner').query("select count(*)::int as n from journal.entry where outcome = 'no' and person is null");
  assert.equal(rows[0].n, 3);
});

test('two persons found at once are nobody, in whatever order they are found', async () => {
  const owner = database.pool('owner');
  const [first, second] = await planted.more(2) as [string, string];
  await owner.query('update registry.right_row set by_nir = $1 where by_nir = $2', [first, second]);
  const { told } = await ask({ byNir: first });
  assert.equal(told?.outcome, 'no');
  // A third row, of the second person again: that the last two agree is not enough.
  await owner.query(`insert into registry.right_row (id, insurer_id, load_id, person, beneficiary, contract, by_nir, by_adherent, cover, valid_from, card_from, card_to, seal_key, sealed)
    select (select max(y.id) + 1 from registry.right_row y), x.insurer_id, x.load_id, x.person, x.beneficiary, x.contract, x.by_nir, x.by_adherent, x.cover, x.valid_from, x.card_from, x.card_to, x.seal_key, x.sealed
    from registry.right_row x where x.by_nir = $1 order by x.id desc limit 1`, [first]);
  assert.equal((await ask({ byNir: first })).told?.outcome, 'no');
  const { rows } = await owner.query('select count(*)::int as n from journal.entry e where e.person in (select r.person from registry.right_row r where r.by_nir = $1)', [first]);
  assert.equal(rows[0].n, 0, 'nobody was told of');
});

test('of a person’s contracts the open one answers, whichever was recorded first', async () => {
  const owner = database.pool('owner');
  const { rows: [closed] } = await owner.query<{ id: number }>(`insert into registry.cover (insurer_id, product_code, csr, convention_type, contract_order, domains, responsible, c2s, regime)
    values ($1, 'CLOSED', '', 'VM', 1, '{OPTI}', true, false, 'general') returning id`, [planted.insurerId]);
  for (const order of ['min', 'max']) {
    const [first, second] = await planted.more(2) as [string, string];
    await owner.query('update registry.right_row set by_nir = $1, person = (select x.person from registry.right_row x where x.by_nir = $1) where by_nir = $2', [first, second]);
    await owner.query(`update registry.right_row set cover = $2 where id = (select ${order}(x.id) from registry.right_row x where x.by_nir = $1)`, [first, closed!.id]);
    const { told } = await ask({ byNir: first });
    assert.deepEqual([told?.outcome, told?.productCode], ['yes', 'TEST'], order);
  }
});

test('somebody asked about twice in one batch is charged once', async () => {
  const owner = database.pool('owner');
  const together = new Gate({ pool: database.pool('rempart_check'), parameters: 'test', stepwise: true });
  const charged = async (): Promise<number> => (await owner.query<{ n: number }>("select u[77] as n from gate.meter where scope = 'e' and subject = $1", [planted.establishment])).rows[0]!.n;
  const [byNir, other] = await planted.more(2) as [string, string];
  const before = await charged();
  const answers = await Promise.all([byNir, byNir, other].map((nir) => together.ask({ ...planted.question(), byNir: nir })));
  assert.deepEqual([...answers.map(({ told }) => told?.outcome), together.counts.batches], ['yes', 'yes', 'yes', 1]);
  assert.equal(await charged() - before, 2);
});

test('a person known here is told why', async () => {
  await database.pool('owner').query('insert into gate.known values ($1, $2, current_date, 1)', [planted.establishment, planted.byNir]);
  assert.equal((await ask({ domain: 'OPTI' })).told?.outcome, 'domain-closed');
  await database.pool('owner').query('delete from gate.known');
});

test('a stolen token with another key, an unknown session and a replayed proof are refused', async () => {
  assert.equal((await ask({ jkt: crypto.randomUUID() })).code, 'binding');
  assert.equal((await ask({ session: crypto.randomUUID() })).code, 'session');
  const proof = crypto.randomUUID();
  assert.equal((await ask({ proof })).code, null);
  assert.equal((await ask({ proof })).code, 'replay');
});

test('a proof is remembered for five minutes, whichever second it was signed in; then its drawer is emptied whole', async () => {
  const [owner, check] = [database.pool('owner'), database.pool('rempart_check')];
  const drawer = Math.floor(Date.now() / 256_000) * 256;
  const signedAt = (second: number): string => `${second.toString(16).padStart(8, '0')}${crypto.randomUUID().slice(8)}`;
  // Two in each of four drawers, the second one signed later.
  const proofs = [0, 1, 2, 3].map((back) => [signedAt(drawer - back * 256 + 5), signedAt(drawer - back * 256 + 10)] as const);
  await owner.query('truncate gate.proof');
  const spend = async (proof: string): Promise<string | null> => (await ask({ proof })).code;
  for (const proof of proofs.flat()) assert.equal(await spend(proof), null);
  await check.query('select gate.sweep()');
  for (const proof of proofs.flat()) assert.equal(await spend(proof), 'replay', 'nothing is old');
  // Of the first drawer all were put there long ago; of the second, all but the one signed last; of the third, all but the one signed first.
  await owner.query("update gate.proof set at = at - interval '6 minutes' where id = any ($1)", [[...proofs[0]!, proofs[1]![0], proofs[2]![1]]]);
  await check.query('select gate.sweep()');
  const { rows } = await owner.query<{ id: string }>('select p.id from gate.proof p where p.id = any ($1)', [proofs.flat()]);
  assert.deepEqual(rows.map(({ id }) => id).toSorted(), proofs.slice(1).flat().toSorted());
  assert.equal(await spend(proofs[1]![0]), 'replay', 'with the newest of its drawer');
  // A drawer that somebody holds is left as it is, and nobody waits for it: the last one, which has two.
  const held = (drawer / 256 - 3) & 3;
  await owner.query("update gate.proof set at = at - interval '6 minutes'");
  const holder = await owner.connect();
  await holder.query('begin');
  await holder.query(`select from gate.proof_${held} limit 1`);
  await check.query('select gate.sweep()');
  const { rows: [left] } = await holder.query<{ held: number; others: number }>('select count(*) filter (where drawer = $1)::int as held, count(*) filter (where drawer <> $1)::int as others from gate.proof', [held]);
  await holder.query('rollback');
  holder.release();
  assert.deepEqual(left, { held: 2, others: 0 });
});

test('a retry with the same key gives the same entry; with another question it is a conflict', async () => {
  const idempotencyKey = crypto.randomUUID();
  const digest = crypto.randomUUID();
  const first = await ask({ idempotencyKey, digest });
  const again = await ask({ idempotencyKey, digest });
  assert.equal(again.told?.entry, first.told?.entry);
  assert.equal((await ask({ idempotencyKey, digest: crypto.randomUUID() })).code, 'conflict');
});

test('a freeze acts on the very next question', async () => {
  const owner = database.pool('owner');
  await owner.query('update access.installation set frozen_at = now() where id = $1', [planted.installation]);
  assert.equal((await ask()).code, 'frozen');
  await owner.query('update access.installation set frozen_at = null');
  assert.equal((await ask()).code, null);
});

test('an insurer whose file is too old gives an answer that is not determined', async () => {
  const owner = database.pool('owner');
  await owner.query("update registry.insurer set effective_at = now() - interval '10 days'");
  assert.equal((await ask()).told?.outcome, 'undetermined');
  await owner.query('update registry.insurer set effective_at = now()');
});

test('without a convention with the insurer there is no yes', async () => {
  const owner = database.pool('owner');
  await owner.query("update access.convention set valid_to = '2020-01-01'");
  assert.equal((await ask()).told?.outcome, 'no-convention');
  await owner.query('update access.convention set valid_to = null');
});

test('the ceiling of a day holds, and counts a repeat once', async () => {
  const owner = database.pool('owner');
  await owner.query("insert into guard.ceiling values ('pharmacy', 'e', 'u', current_date, 5, 5, 5, 5, 'test')");
  await owner.query('delete from gate.told; delete from gate.meter');
  const persons = await planted.more(8);
  const outcomes: (string | undefined)[] = [];
  for (const byNir of persons.slice(0, 4)) outcomes.push((await ask({ byNir })).told?.outcome);
  for (let i = 0; i < 3; i += 1) outcomes.push((await ask({ byNir: persons[0]! })).told?.outcome);
  outcomes.push((await ask({ byNir: persons[4]! })).told?.outcome);
  assert.deepEqual(outcomes, Array.from({ length: 8 }, () => 'yes'));
  assert.equal((await ask({ byNir: persons[5]! })).code, 'ceiling');
});

test('a batch is admitted unjudged only where all of it fits into what is left', async () => {
  const owner = database.pool('owner');
  const left = (change: Readonly<Record<string, string | number | null>> = {}): Record<string, unknown> =>
    ({ scope: 'e', subject: 1, ceiling_scope: 'e', asked_u: 3, asked_k: 0, asked_c: 0, u: 3, k: null, c: null, m: 9, shared: null, ...change });
  const fits = async (lefts: object[], questions = 3, held = false): Promise<boolean> => (await owner.query<{ fits: boolean }>(
    `select gate.all_fit(array(select json_populate_recordset(null::gate.left_over, $1)), $2, $3) as fits`, [JSON.stringify(lefts), questions, held])).rows[0]!.fits;
  assert.equal(await fits([left()]), true);
  assert.equal(await fits([left({ u: 2 })]), false, 'more than is left');
  assert.equal(await fits([left({ m: 2 })]), false, 'more than is left of refusals');
  assert.equal(await fits([left({ shared: 2 })]), false, 'into what is kept for those who asked little');
  assert.equal(await fits([left({ u: null })]), false, 'a class without a ceiling');
  assert.equal(await fits([left({ m: null })]), false, 'refusals without a ceiling');
  assert.equal(await fits([left()], 4), false, 'a question whose establishment has no ceiling');
  assert.equal(await fits([]), false, 'nobody has one');
  assert.equal(await fits([left()], 3, true), false, 'a subject that another batch holds');
  const mixed = { asked_u: 2, u: 2, asked_k: 2, k: 2 };
  assert.equal(await fits([left({ ...mixed, m: 4 })], 4), true);
  assert.equal(await fits([left({ ...mixed, m: 3 })], 4), false, 'the classes together');
  assert.equal(await fits([left({ ...mixed, k: 1 })], 4), false, 'one class of two');
  assert.equal(await fits([left({ ...mixed, k: null })], 4), false, 'one class of two without a ceiling');
  const twice = (asked: number, u: number): Record<string, unknown> => left({ scope: 'p', subject: 7, ceiling_scope: 'a', asked_u: asked, u });
  assert.equal(await fits([left(), twice(2, 9), twice(1, 3)]), true);
  assert.equal(await fits([left(), twice(2, 9), twice(1, 2)]), false, 'a professional of two kinds of practice, by the lower');
});
