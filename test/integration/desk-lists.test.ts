// What two officers sign for packs and sending is one list and its number of persons: no other list is opened or sent for it.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError, type Pool } from '../../src/ground/index.ts';
import { assess, decideNotification, listExposure, moveIncident, openIncident, prepareDocuments, readClocks, readContent, readDocuments, recordAssessment, sendToInsurers, type Clock } from '../../src/incidents/index.ts';
import { Clerk } from '../../src/servers/index.ts';
import { approve, askForTwo, callDesk, seat, type DeskReply, type DeskSession } from '../support/desk-client.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { startWorld, type World } from '../support/world.ts';

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
const morning = new Date(Date.now() - 5 * 3_600_000).toISOString();

// Listed since noon: one person of one insurer.
async function ready({ decided = true } = {}): Promise<{ readonly incident: number; readonly exposure: number }> {
  const incident = await openIncident(pool, { by, title: 'Essai', scope: { items: [{ kind: 'installation', id: installation }], from: noon } });
  await moveIncident(pool, incident, { to: 'confirmed', by, reason: 'certain' });
  const exposure = (await listExposure(pool, incident, { by, isDecoy: () => false })).id;
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
  assert.deepEqual(shown?.['subject'], { incident, exposure, persons: 1, drill: false, title: 'Essai' });
  assert.match(String(shown?.['text']), /"persons": 1[,}]/);
  const other = await ready();
  for (const subject of [{ incident }, { incident, exposure: other.exposure }, { incident, exposure: 'x' }]) assert.equal((await askForTwo(desk, claire, { kind: 'incident-send', subject, reason: 'essai' })).reply.status, 404);
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
const [FIRST, SECOND] = ['99100001', '99100002'];

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
