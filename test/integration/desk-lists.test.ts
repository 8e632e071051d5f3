// What two officers sign for packs and sending is one list and its number of persons: no other list is opened or sent for it.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { callApi } from '../../src/access/index.ts';
import { AppError, type Pool } from '../../src/ground/index.ts';
import { beginLog } from '../../src/journal/index.ts';
import { assess, decideNotification, leftToDo, listExposure, meetClock, moveIncident, openIncident, prepareDocuments, readClocks, readContent, readDocuments, recordAssessment, sendToInsurers, type Clock } from '../../src/incidents/index.ts';
import { Clerk } from '../../src/servers/index.ts';
import { approve, askForTwo, callDesk, seat, type DeskReply, type DeskSession } from '../support/desk-client.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { enrolIn, startWorld, type World } from '../support/world.ts';

let world: World;
let desk: TestDesk;
let pool: Pool;
let clerk: Clerk;
let installation: number;
let noon: Date;
let [claire, karim] = [] as unknown as [DeskSession, DeskSession];
before(async () => {
  world = await startWorld();
  desk = await openDesk(world.database);
  pool = world.database.pool('rempart_desk', 2);
  clerk = new Clerk({ pool, keyRing: world.keyRing, operator: { name: 'Exploitant d’essai' } });
  installation = (await world.database.pool('owner').query<{ id: number }>('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0]?.id ?? 0;
  [claire, karim] = [await seat(desk, 0), await seat(desk, 1)];
  // A person of one insurer before noon, of another after it.
  await world.ask();
  noon = new Date();
  const [amcNumber, person] = Object.entries(world.sandbox.persons)[1] ?? ['', world.person];
  await world.ask({ insurer: { amcNumber }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank });
});
after(async () => { await desk?.close(); await world?.close(); });

const by = 'Claire Martin';
const [FIRST, SECOND] = ['99100001', '99100002'];
const morning = new Date(Date.now() - 5 * 3_600_000).toISOString();

// Listed since noon: one person of one insurer.
async function ready({ decided = true } = {}): Promise<{ readonly incident: number; readonly exposure: number }> {
  const incident = await openIncident(pool, { by, title: 'Essai', scope: { items: [{ kind: 'installation', id: installation }], from: noon } });
  await moveIncident(pool, incident, { to: 'confirmed', by, reason: 'certain' });
  const exposure = (await listExposure(pool, incident, { by, decoysAmong: () => [] })).id;
  await recordAssessment(pool, incident, { by, reason: 'premier calcul', assessment: assess({ categories: ['behavioural'], identification: { general: 'maximum' }, confidentiality: 'unknown-recipients', malicious: true, persons: 2, nirRead: false, justification: { data: 'couverture', identification: 'NIR connu', circumstances: 'vol' } }) });
  if (decided) await decideNotification(pool, incident, { by, reason: 'risque', decision: 'notify' });
  return { incident, exposure };
}

// One officer alone: a wider window, and the list anew.
async function widen(incident: number): Promise<number> {
  const act = (name: string, order: object): Promise<DeskReply> => callDesk(desk, claire, '/desk/v1/incidents/act', { id: incident, act: name, order });
  assert.equal((await act('scope', { reason: 'plus large', from: morning })).status, 200);
  assert.equal((await act('list', {})).status, 200);
  await clerk.workOnce();
  const { lists } = (await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body as unknown as { lists: { id: number }[] };
  return lists[0]?.id ?? 0;
}

const requestOf = async (session: DeskSession, id: string): Promise<Record<string, unknown> | undefined> => ((await callDesk(desk, session, '/desk/v1/requests')).body as unknown as Record<string, unknown>[]).find((each) => each['id'] === id);
const failureOf = async (incident: number): Promise<string> => ((await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body as unknown as { jobs: { failure: string | null }[] }).jobs[0]?.failure ?? '';
const madeFor = async (incident: number): Promise<number[]> => [...new Set((await readDocuments(pool, incident)).map((one) => one.exposureId ?? 0))];
const both = async (kind: 'incident-packs' | 'incident-send', subject: object, reason = 'prévenir'): Promise<DeskReply> => approve(desk, karim, (await askForTwo(desk, claire, { kind, subject, reason })).id);

test('both sign the number of persons, as the database counts it and whatever the page says; a list of another incident cannot be named', async () => {
  const { incident, exposure } = await ready();
  const { id } = await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure, persons: 0, drill: true, title: 'rien' }, reason: 'prévenir' });
  const shown = await requestOf(karim, id);
  assert.deepEqual(shown?.['subject'], { incident, exposure, persons: 1, drill: false, title: 'Essai', unattributed: 0 });
  assert.match(String(shown?.['text']), /"persons": 1[,}]/);
  const other = await ready();
  for (const subject of [{ incident }, { incident, exposure: other.exposure }, { incident, exposure: 'x' }]) assert.equal((await askForTwo(desk, claire, { kind: 'incident-send', subject, reason: 'essai' })).reply.status, 404);
});

test('of an insurer’s keys both sign whose they are and every one that changes; what is no key is not asked for', async () => {
  const ageRecipient = await generateIdentity().then(identityToRecipient);
  const signingKey = randomBytes(32).toString('base64');
  const ask = (subject: object): ReturnType<typeof askForTwo> => askForTwo(desk, claire, { kind: 'insurer-key', subject, reason: 'clé perdue' });
  const { rows: [insurer] } = await world.database.pool('owner').query<{ name: string; key: string }>("select name, encode(signing_key, 'base64') as key from registry.insurer where amc_number = $1", [FIRST]);
  const { id } = await ask({ amc: FIRST, name: 'une autre', ageRecipient });
  assert.deepEqual((await requestOf(karim, id))?.['subject'], { amc: FIRST, name: insurer?.name, ageRecipient });
  for (const subject of [{ amc: FIRST }, { amc: '00000000', ageRecipient }, { amc: FIRST, ageRecipient: 'age1' }, { amc: FIRST, ageRecipient, signingKey: 'eA==' }, { amc: FIRST, ageRecipient: [ageRecipient] }]) assert.equal((await ask(subject)).reply.status, 404, JSON.stringify(subject));
  const { id: both } = await ask({ amc: SECOND, ageRecipient, signingKey });
  assert.match(String((await requestOf(karim, both))?.['text']), /"signingKey": "/);
  for (const each of [id, both]) await callDesk(desk, karim, '/desk/v1/requests/decline', { id: each, reason: 'pas vérifiée' });
  const kept = await world.database.pool('owner').query<{ key: string }>("select encode(signing_key, 'base64') as key from registry.insurer where amc_number = $1", [FIRST]);
  assert.equal(kept.rows[0]?.key, insurer?.key);
});

test('what else an asker writes into a step of an incident is not carried out', async () => {
  const { incident } = await ready();
  const { id } = await askForTwo(desk, claire, { kind: 'incident-move', subject: { incident, to: 'closed', at: morning, drill: true, title: 'exercice' }, reason: 'fini' });
  assert.deepEqual((await requestOf(karim, id))?.['subject'], { incident, to: 'closed', title: 'Essai', drill: false });
  assert.equal((await askForTwo(desk, claire, { kind: 'incident-no-notice', subject: { incident: 9999 }, reason: 'fini' })).reply.status, 404);
});

test('a wider list made alone between the two signatures: refused in words to both, and nothing is opened or sent', async () => {
  const { incident, exposure } = await ready();
  const asked = [await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'prévenir' }), await askForTwo(desk, claire, { kind: 'incident-send', subject: { incident, exposure }, reason: 'prévenir' })];
  await widen(incident);
  for (const { id } of asked) {
    const { status, body } = await approve(desk, karim, id);
    assert.equal(status, 409);
    assert.match(JSON.stringify(body), /le périmètre a changé ou une autre liste a été établie/);
    for (const session of [claire, karim]) assert.deepEqual((({ state, result }) => ({ state, result }))(await requestOf(session, id) ?? {}), { state: 'failed', result: { refused: 'list' } });
  }
  await clerk.workOnce();
  assert.deepEqual(await madeFor(incident), []);
  assert.equal((await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'encore' })).reply.status, 404, 'the old list is asked for no more');
});

test('a scope changed and not listed yet: refused too', async () => {
  const { incident, exposure } = await ready();
  const { id } = await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'prévenir' });
  await callDesk(desk, claire, '/desk/v1/incidents/act', { id: incident, act: 'scope', order: { reason: 'plus large', from: morning } });
  assert.equal((await approve(desk, karim, id)).status, 409);
});

test('a list that stops before the leak did is neither packed nor sent: it is made again once contained, or once its window is over', async () => {
  const { incident, exposure } = await ready();
  const shown = async (): Promise<{ exposure: { id: number; endsEarly: boolean }; leftToDo: string[] }> => (await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body as never;
  const { id } = await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'prévenir' });
  assert.equal((await shown()).exposure.endsEarly, false, 'while it is not contained, the list is as long as can be');
  await moveIncident(pool, incident, { to: 'contained', by, reason: 'gelé' });
  assert.equal((await approve(desk, karim, id)).status, 409);
  assert.equal((await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'encore' })).reply.status, 404);
  const { exposure: { endsEarly }, leftToDo } = await shown();
  assert.deepEqual([endsEarly, leftToDo.includes('exposure')], [true, true]);
  const act = async (name: string, order: object): Promise<void> => { assert.equal((await callDesk(desk, claire, '/desk/v1/incidents/act', { id: incident, act: name, order })).status, 200); await clerk.workOnce(); };
  await act('list', {});
  const again = await shown();
  assert.deepEqual([again.exposure.endsEarly, again.leftToDo.includes('exposure')], [false, false]);
  assert.equal((await both('incident-packs', { incident, exposure: again.exposure.id })).status, 200);
  await clerk.workOnce();
  await act('scope', { reason: 'jusqu’à ce soir', from: noon, to: new Date(Date.now() + 3_600_000) });
  await act('list', {});
  const { exposure: tonight, leftToDo: left } = await shown();
  assert.deepEqual([tonight.endsEarly, left.includes('exposure')], [true, true], 'the window is not over yet');
  await act('scope', { reason: 'jusqu’à midi', from: morning, to: noon });
  await act('list', {});
  assert.equal((await shown()).exposure.endsEarly, false, 'an officer says when it ended, before it was contained');
});

test('what was signed is what the clerk packs and sends, though a wider list was made meanwhile', async () => {
  const { incident, exposure } = await ready();
  assert.equal((await both('incident-send', { incident, exposure })).status, 200);
  await clerk.workOnce();
  assert.match(await failureOf(incident), /préparez d’abord ses dossiers/, 'nothing is packed yet');
  assert.equal((await both('incident-packs', { incident, exposure })).status, 200);
  // The list is queued after the packs; were it done before them, they would still be of the list that was signed.
  await world.database.pool('owner').query("update desk.job set started_at = now() where kind = 'packs' and done_at is null");
  const wider = await widen(incident);
  await world.database.pool('owner').query('update desk.job set started_at = null where done_at is null');
  await clerk.workOnce();
  assert.equal(await failureOf(incident), '');
  assert.deepEqual(await madeFor(incident), [exposure]);
  assert.equal((await both('incident-packs', { incident, exposure: wider })).status, 200);
  await clerk.workOnce();
  assert.equal((await both('incident-send', { incident, exposure: wider })).status, 200);
  await clerk.workOnce();
  const sent = (await readDocuments(pool, incident)).filter((one) => one.sentAt !== null);
  assert.deepEqual([...new Set(sent.map((one) => one.exposureId))], [wider], 'and none of the list before it');
  assert.equal(sent.filter((one) => one.kind === 'insurer-pack').length, 2);
});

const late = (incident: number, kind: string, amcNumber?: string): Promise<unknown> => world.database.pool('owner').query("update incidents.clock c set due_at = now() - interval '1 hour' where incident_id = $1 and kind = $2 and ($3::text is null or insurer_id = (select id from registry.insurer where amc_number = $3))", [incident, kind, amcNumber]);
const telling = async (incident: number): Promise<Clock[]> => (await readClocks(pool, incident)).filter((clock) => clock.kind === 'tell-insurer').toSorted((a, b) => (a.amcNumber ?? '').localeCompare(b.amcNumber ?? ''));

test('after its time two officers send all the same: the reason they signed is the reason of the delay, on the clock and on the operator’s own form', async () => {
  const { incident, exposure } = await ready();
  const formReasons = async (): Promise<unknown> => {
    const form = (await readDocuments(pool, incident)).findLast((one) => one.kind === 'authority-file' && one.recipient === 'cnil');
    const parts: Buffer[] = [];
    for await (const part of readContent(pool, form ?? { id: 0, parts: 0 })) parts.push(part);
    return (JSON.parse(Buffer.concat(parts).toString()) as { record: { timeline: { lateReasons: unknown } } }).record.timeline.lateReasons;
  };
  await both('incident-packs', { incident, exposure }, 'en temps voulu');
  await clerk.workOnce();
  assert.notEqual(await formReasons(), 'en temps voulu', 'no delay, no reason for one');
  await late(incident, 'tell-insurer');
  await late(incident, 'authority');
  await both('incident-packs', { incident, exposure }, 'le journal était hors d’atteinte');
  await clerk.workOnce();
  assert.equal(await formReasons(), 'le journal était hors d’atteinte');
  assert.equal((await both('incident-send', { incident, exposure }, 'les clés n’étaient pas là')).status, 200);
  await clerk.workOnce();
  assert.equal(await failureOf(incident), '');
  assert.deepEqual((await telling(incident)).map((clock) => [clock.amcNumber, clock.metAt !== null, clock.lateReason]), [[SECOND, true, 'les clés n’étaient pas là']]);
});

test('the time to tell an insurer that only a later list found begins when that list is complete', async () => {
  const { incident } = await ready();
  await world.database.pool('owner').query("update incidents.incident set aware_at = aware_at - interval '30 hours' where id = $1", [incident]);
  const before = await telling(incident);
  const wider = await widen(incident);
  const { rows } = await pool.query<{ at: Date }>('select listed_at as at from incidents.exposure where id = $1', [wider]);
  const [found, known] = await telling(incident);
  assert.deepEqual([found?.amcNumber, found?.startedAt, known], [FIRST, rows[0]?.at, before[0]]);
  assert.ok((found?.dueAt.getTime() ?? 0) > Date.now(), 'not late from the start');
});

// Another person of the second insurer, told in the morning.
const addPerson = (): Promise<unknown> => world.database.pool('owner').query(`insert into journal.entry (id, at, installation_id, purpose, outcome, insurer_id, person, row_id, establishment_id, fields)
  select nextval('journal.entry_id'), $1::timestamptz - interval '10 minutes', e.installation_id, e.purpose, e.outcome, e.insurer_id, gen_random_uuid(), null, e.establishment_id, e.fields
  from journal.entry e join registry.insurer g on g.id = e.insurer_id where g.amc_number = $2 and e.person is not null limit 1`, [noon, SECOND]);
const runningOf = async (incident: number, amcNumber: string | undefined): Promise<string[]> => (await readClocks(pool, incident)).filter((clock) => clock.amcNumber === amcNumber && clock.metAt === null).map((clock) => `${clock.kind} ${clock.exposureId}`).toSorted((a, b) => a.localeCompare(b));

test('persons that a later list adds for an insurer already told are told too: its times begin anew, and nothing is closed before', async () => {
  const { incident, exposure } = await ready();
  const pack = async (list: number): Promise<void> => { assert.equal((await both('incident-packs', { incident, exposure: list })).status, 200); await clerk.workOnce(); };
  const send = async (list: number): Promise<void> => { assert.equal((await both('incident-send', { incident, exposure: list })).status, 200); await clerk.workOnce(); assert.equal(await failureOf(incident), ''); };
  await pack(exposure);
  await send(exposure);
  assert.deepEqual([await runningOf(incident, SECOND), (await leftToDo(pool, incident)).includes('packs')], [['acknowledge null', 'authority null', 'tell-persons null'], false]);
  await world.database.pool('owner').query("update incidents.incident set aware_at = aware_at - interval '30 hours' where id = $1", [incident]);
  await addPerson();
  const wider = await widen(incident);
  const found = (await telling(incident)).find((clock) => clock.amcNumber === SECOND && clock.metAt === null);
  const { rows } = await pool.query<{ at: Date }>('select listed_at as at from incidents.exposure where id = $1', [wider]);
  assert.deepEqual([found?.exposureId, found?.startedAt], [wider, rows[0]?.at]);
  // Said by telephone, the duty is done on the clock; the persons are told by a pack alone.
  for (const clock of await telling(incident)) if (clock.metAt === null) await meetClock(pool, clock.id, { by });
  assert.deepEqual(await leftToDo(pool, incident), ['clocks', 'packs'], 'the operator’s own clock, and the persons');
  const own = (await readClocks(pool, incident)).find((clock) => clock.insurerId === null);
  await meetClock(pool, own?.id ?? 0, { by, reason: 'déposé' });
  await pack(wider);
  await send(wider);
  assert.deepEqual(await leftToDo(pool, incident), []);
  assert.deepEqual(await runningOf(incident, SECOND), ['acknowledge', 'authority', 'tell-persons'].flatMap((kind) => [`${kind} ${wider}`, `${kind} null`]));
  // A list of the same persons, or of fewer, begins nothing.
  const same = await widen(incident);
  assert.deepEqual([(await leftToDo(pool, incident)).includes('packs'), (await telling(incident)).filter((clock) => clock.metAt === null)], [false, []]);
  await pack(same);
  await send(same);
  assert.equal((await runningOf(incident, SECOND)).length, 6);
  // What the insurer then says is about all of them.
  const insurer = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: SECOND });
  const said = async (what: string, body: object): Promise<void> => { assert.equal((await callApi({ ...insurer, url: `${world.apiUrl}/v1/incidents/${incident}/${what}`, body })).status, 200); };
  await said('acknowledgement', { by: 'DPO' });
  await said('progress', { told: 2, means: 'courrier', authority: 'E-9' });
  assert.deepEqual(await runningOf(incident, SECOND), []);
});

test('a pack of the list before does not tell the persons that the last one added', async () => {
  const { incident, exposure } = await ready();
  await addPerson();
  assert.equal((await both('incident-packs', { incident, exposure })).status, 200);
  await clerk.workOnce();
  const wider = await widen(incident);
  await sendToInsurers(pool, incident, { by, and: 'Karim Benali' });
  assert.ok((await leftToDo(pool, incident)).includes('packs'));
  assert.deepEqual((await telling(incident)).filter((clock) => clock.amcNumber === SECOND).map((clock) => [clock.exposureId, clock.metAt !== null]), [[wider, false], [null, true]]);
});

test('one insurer that is refused holds up no other; who was refused, and why, is said', async () => {
  const { incident } = await ready();
  await widen(incident);
  const two = { by, and: 'Karim Benali' };
  await prepareDocuments(pool, incident, { ...two, keyRing: world.keyRing, operator: { name: 'Exploitant d’essai' } });
  await late(incident, 'tell-insurer', FIRST);
  await assert.rejects(sendToInsurers(pool, incident, two), (error) => error instanceof AppError && error.detail === 'late' && error.publicText.fr === 'Refusé pour 99100001 : Le délai est passé : indiquez les motifs du retard. Tout le reste est fait.');
  const sent = async (amc: string): Promise<number> => (await readDocuments(pool, incident)).filter((one) => one.recipient === `insurer:${amc}` && one.sentAt !== null).length;
  assert.deepEqual([await sent(FIRST), await sent(SECOND)], [0, 3], 'neither its pack nor, without it, its form');
});

test('what the clerk could not send stands in the job’s result, after all else was sent', async () => {
  const { incident } = await ready({ decided: false });
  const wider = await widen(incident);
  await both('incident-packs', { incident, exposure: wider });
  await clerk.workOnce();
  await both('incident-send', { incident, exposure: wider });
  await clerk.workOnce();
  assert.match(await failureOf(incident), /^Refusé pour 99100001, 99100002, .*La décision de notifier n’est pas prise/);
  assert.deepEqual((await telling(incident)).map((clock) => clock.metAt !== null), [true, true], 'both were told: before the decision a pack may go, a form may not');
});

test('words of another officer are not replaced unread; what somebody read, other words, or the same twice are taken', async () => {
  const { incident } = await ready();
  const say = async (session: DeskSession, order: object): Promise<number> => (await callDesk(desk, session, '/desk/v1/incidents/act', { id: incident, act: 'facts', order })).status;
  const [hers, his] = [{ description: 'Une session volée.' }, { description: 'Une session prêtée.' }];
  assert.equal(await say(claire, { facts: hers, was: { description: null } }), 200);
  assert.equal(await say(karim, { facts: his, was: { description: null } }), 409);
  assert.equal(await say(karim, { facts: his }), 409, 'and not by saying nothing of what was read');
  assert.equal(await say(claire, { facts: hers, was: { description: null } }), 200, 'sent again after no answer');
  assert.equal(await say(karim, { facts: { discovery: 'Par le garde.' }, was: {} }), 200);
  assert.equal(await say(karim, { facts: his, was: hers }), 200);
  assert.equal(await say(karim, { facts: { discovery: null }, was: { discovery: 'Par le garde.' } }), 200);
  assert.equal(await say(karim, { facts: { discovery: 'x'.repeat(4_001) }, was: {} }), 422);
  const { facts } = (await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body;
  assert.deepEqual(facts, his);
});

test('while it is not known what a restored database lost no list is begun or completed, in words; one made before its gap was signed is made again, and names the gap', async () => {
  const { incident, exposure } = await ready();
  const stand = (timeline: string): Promise<unknown> => world.database.pool('owner').query(`update gate.standing set timeline = ${timeline}, gap_entry = null`);
  const list = (): ReturnType<typeof listExposure> => listExposure(pool, incident, { by, decoysAmong: () => [] });
  const order = async (): Promise<DeskReply> => callDesk(desk, claire, '/desk/v1/incidents/act', { id: incident, act: 'list', order: {} });
  const shown = async (): Promise<boolean> => ((await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body as unknown as { exposure: { purgedSince: boolean } }).exposure.purgedSince;
  const isClosed = (cause: unknown): boolean => cause instanceof AppError && cause.detail === 'closed' && cause.publicText.fr.includes('rempart restore status') && cause.publicText.en.includes('might leave persons out');
  const { id: begun } = (await pool.query<{ begun: { id: number } }>('select gate.begin_exposure($1, $2) as begun', [incident, JSON.stringify({ by })])).rows[0]?.begun ?? { id: 0 };
  await pool.query('select gate.plan_slices($1, 1000000)', [begun]);
  await pool.query('select gate.list_slice($1, 1)', [begun]);
  for (const { id } of (await pool.query<{ id: number }>('select distinct insurer_id as id from incidents.exposed where exposure_id = $1', [begun])).rows) await pool.query('select gate.count_exposed($1, $2::smallint)', [begun, id]);
  assert.equal((await order()).status, 200);

  await stand("'00000000'");
  await clerk.workOnce();
  assert.match(await failureOf(incident), /rempart restore status/);
  await assert.rejects(list(), isClosed);
  const refused = await order();
  assert.deepEqual([refused.status, JSON.stringify(refused.body).includes('rempart restore status')], [409, true]);
  assert.equal((await pool.query<{ code: string }>('select gate.finish_exposure($1, $2) as code', [begun, JSON.stringify({ by })])).rows[0]?.code, 'closed');

  assert.notEqual(await beginLog(pool, { by, and: 'Karim Benali', reason: 'perdu' }, { origin: 'rempart.example/journal', size: 1, root: '' }), null);
  await stand('gate.timeline()');
  assert.deepEqual([(await leftToDo(pool, incident)).includes('exposure'), await shown()], [true, true]);
  assert.equal((await askForTwo(desk, claire, { kind: 'incident-packs', subject: { incident, exposure }, reason: 'prévenir' })).reply.status, 404);
  await assert.rejects(prepareDocuments(pool, incident, { by, and: 'Karim Benali', keyRing: world.keyRing, operator: { name: 'Exploitant d’essai' } }), (cause) => cause instanceof AppError && cause.detail === 'list');
  assert.equal((await list()).notDeterminable.length, 1);
  assert.deepEqual([(await leftToDo(pool, incident)).includes('exposure'), await shown()], [false, false]);
});
