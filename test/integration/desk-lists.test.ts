// What two officers sign for packs and sending is one list and its number of persons: no other list is opened or sent for it.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pool } from '../../src/ground/index.ts';
import { assess, decideNotification, listExposure, moveIncident, openIncident, readDocuments, recordAssessment } from '../../src/incidents/index.ts';
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
async function ready(): Promise<{ readonly incident: number; readonly exposure: number }> {
  const incident = await openIncident(pool, { by, title: 'Essai', scope: { items: [{ kind: 'installation', id: installation }], from: noon } });
  await moveIncident(pool, incident, { to: 'confirmed', by, reason: 'certain' });
  const exposure = (await listExposure(pool, incident, { by, isDecoy: () => false })).id;
  await recordAssessment(pool, incident, { by, reason: 'premier calcul', assessment: assess({ categories: ['behavioural'], identification: { general: 'maximum' }, confidentiality: 'unknown-recipients', malicious: true, persons: 2, nirRead: false, justification: { data: 'couverture', identification: 'NIR connu', circumstances: 'vol' } }) });
  await decideNotification(pool, incident, { by, reason: 'risque', decision: 'notify' });
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
  const failure = async (): Promise<string> => ((await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body as unknown as { jobs: { failure: string | null }[] }).jobs[0]?.failure ?? '';
  assert.match(await failure(), /préparez d’abord ses dossiers/, 'nothing is packed yet');
  assert.equal((await both('incident-packs', { incident, exposure })).status, 200);
  // The list is queued after the packs; were it done before them, they would still be of the list that was signed.
  await world.database.pool('owner').query("update desk.job set started_at = now() where kind = 'packs' and done_at is null");
  const wider = await widen(incident);
  await world.database.pool('owner').query('update desk.job set started_at = null where done_at is null');
  await clerk.workOnce();
  assert.equal(await failure(), '');
  assert.deepEqual(await madeFor(incident), [exposure]);
  assert.equal((await both('incident-packs', { incident, exposure: wider })).status, 200);
  await clerk.workOnce();
  assert.equal((await both('incident-send', { incident, exposure: wider })).status, 200);
  await clerk.workOnce();
  const sent = (await readDocuments(pool, incident)).filter((one) => one.sentAt !== null);
  assert.deepEqual([...new Set(sent.map((one) => one.exposureId))], [wider], 'and none of the list before it');
  assert.equal(sent.filter((one) => one.kind === 'insurer-pack').length, 2);
});
