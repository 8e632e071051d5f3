// One incident, 84 insurers: each pack opens with its own key alone and lists its own persons, each insurer acknowledges and reports
// through the API as itself, and the desk shows who stands where and who wants a reminder.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { after, before, test } from 'node:test';
import { makeDrillWorld, personRef, stolenAccounts, type DrillInsurer } from '../../bench/drill-store.ts';
import { callApi } from '../../src/access/index.ts';
import { AppError, openKeyRing, stateFolder, type KeyRing, type Pool } from '../../src/ground/index.ts';
import { assess, decideNotification, listExposure, moveIncident, openIncident, openPack, prepareDocuments, readDocuments, recordAssessment, sendToInsurers, type IncidentDocument } from '../../src/incidents/index.ts';
import { createDecoyKeeper } from '../../src/registry/index.ts';
import { createApi } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { callDesk, seat, type DeskSession } from '../support/desk-client.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { OFFICERS, personsOf, saveDocument } from '../support/incident.ts';
import { enrolIn, freeUrl, listen, startAuth, type Signed } from '../support/world.ts';

const INSURERS = 84;
const PERSONS = 3 * INSURERS;
/** The last ones say nothing, until they are reminded. */
const SILENT = 4;

let database: TestDatabase;
let pool: Pool;
let keyRing: KeyRing;
let insurers: readonly DrillInsurer[];
let api: Awaited<ReturnType<typeof createApi>>;
let auth: { readonly issuer: string; readonly server: Server };
let apiUrl: string;
let desk: TestDesk;
let officer: DeskSession;
let incident: number;
const signed: Signed[] = [];

before(async () => {
  database = await freshDatabase();
  pool = database.pool('rempart_desk');
  keyRing = openKeyRing(stateFolder('keys'));
  const world = await makeDrillWorld(database.pool('owner'), { journalEntries: 6000, disclosures: 400, persons: PERSONS, insurers: INSURERS, accounts: 3, decoyKey: keyRing.decoyKey }, () => undefined);
  insurers = world.insurers;
  auth = await startAuth(database);
  const at = await freeUrl();
  apiUrl = at.url;
  api = await createApi({ pool: database.pool('rempart_check'), keyRing, baseUrl: apiUrl });
  await listen(api.server, at.port);
  desk = await openDesk(database);
  officer = await seat(desk, 0);
  incident = await openIncident(pool, { by: OFFICERS.by, title: 'Essai', scope: { items: (await stolenAccounts(database.pool('owner'))).map((id) => ({ kind: 'user', id }) as const), from: world.from } });
  await moveIncident(pool, incident, { to: 'confirmed', by: OFFICERS.by, reason: 'essai' });
  const decoys = createDecoyKeeper(keyRing.decoyKey);
  const { totals, decoysLeftOut } = await listExposure(pool, incident, { by: OFFICERS.by, decoysAmong: decoys.decoysAmong });
  assert.deepEqual([totals.persons, decoysLeftOut], [PERSONS, INSURERS]);
  await recordAssessment(pool, incident, { by: OFFICERS.by, reason: 'calcul', assessment: assess({ categories: ['behavioural'], identification: { general: 'maximum' }, confidentiality: 'unknown-recipients', malicious: true, persons: PERSONS, nirRead: false, justification: { data: 'couverture', identification: 'NIR connu', circumstances: 'vol' } }) });
  await decideNotification(pool, incident, { by: OFFICERS.by, decision: 'notify', reason: 'risque' });
  await prepareDocuments(pool, incident, { ...OFFICERS, keyRing, operator: { name: 'Exploitant d’essai' } });
  for (const { amcNumber } of insurers) signed.push(await enrolIn(database, { issuer: auth.issuer, insurerAmc: amcNumber }));
});
after(async () => {
  await desk?.close();
  await api?.close();
  await new Promise((resolve) => { auth.server.close(resolve); auth.server.closeAllConnections(); });
  await database?.drop();
});

const packs = async (): Promise<IncidentDocument[]> => (await readDocuments(pool, incident)).filter((one) => one.kind === 'insurer-pack');
const opened = (path: string, index: number): ReturnType<typeof openPack> => openPack(path, { ageIdentity: insurers[index]?.ageIdentity ?? '', operatorKey: keyRing.verifyingKey });
const isOthers = (error: unknown): boolean => error instanceof AppError && error.detail === 'age';

test('84 packs: each opens with its insurer’s key and lists exactly its persons; no other’s key opens it', async () => {
  const all = await packs();
  assert.equal(all.length, INSURERS);
  for (const document of all) {
    const index = insurers.findIndex((one) => one.id === document.insurerId);
    const { path } = await saveDocument(pool, incident, document.id);
    const persons = await personsOf(await opened(path, index));
    assert.deepEqual(persons.map((one) => one.reference).toSorted(), [0, 1, 2].map((n) => personRef(index + n * INSURERS)).toSorted());
    assert.ok(persons.every((one) => one.identity?.familyName.startsWith('FICTIF') === true));
    // Every other key on the first pack, the next one’s on each.
    const others = index === 0 ? insurers.map((_, n) => n).filter((n) => n !== 0) : [(index + 1) % INSURERS];
    for (const other of others) await assert.rejects(opened(path, other), isOthers);
  }
});

interface Told { readonly incident: number; readonly documents: readonly { readonly id: number; readonly recipient: string; readonly acknowledgedAt: string | null }[]; readonly progress: { readonly told: number } | null }
const told = async (index: number): Promise<Told | undefined> => ((await callApi({ ...signed[index] as Signed, url: `${apiUrl}/v1/incidents` })).body as { incidents: Told[] }).incidents[0];
const post = (index: number, what: string, body: object): ReturnType<typeof callApi> => callApi({ ...signed[index] as Signed, url: `${apiUrl}/v1/incidents/${incident}/${what}`, body });

test('each insurer sees its own three documents, acknowledges and reports as itself, and nothing of it is another’s', async () => {
  assert.equal(await sendToInsurers(pool, incident, OFFICERS), 3 * INSURERS);
  for (const [index, { amcNumber }] of insurers.entries()) {
    const mine = await told(index);
    assert.deepEqual(mine?.documents.map((one) => [one.recipient, one.acknowledgedAt]), Array.from({ length: 3 }, () => [`insurer:${amcNumber}`, null]));
    if (index >= INSURERS - SILENT) continue;
    assert.deepEqual((await post(index, 'acknowledgement', { by: `service ${index}` })).body, { acknowledged: 3 });
    assert.equal((await readDocuments(pool, incident)).filter((one) => one.acknowledgedAt !== null).length, 3 * (index + 1), 'its own three, no more');
    assert.equal((await post(index, 'progress', { told: 4 })).status, 404, 'more than its three persons');
    assert.equal((await post(index, 'progress', { told: index % 4, means: 'courrier' })).status, 200);
    assert.deepEqual([(await told(index))?.progress?.told, (await told(index))?.documents.every((one) => one.acknowledgedAt !== null)], [index % 4, true]);
  }
  const { rows } = await pool.query<{ by: string; n: number }>("select e.by_first as by, count(*)::int as n from incidents.event e where e.incident_id = $1 and e.kind = 'acknowledged' group by 1", [incident]);
  assert.deepEqual([rows.length, rows.every((one) => one.n === 1 && one.by.startsWith('insurer '))], [INSURERS - SILENT, true], 'one entry each, by each itself');
});

interface Standing { readonly amc: string; readonly sentAt: string | null; readonly acknowledgedAt: string | null; readonly told: number | null; readonly due: readonly string[]; readonly late: boolean; readonly reminders: number; readonly lastReminderBy: string | null }
const standings = async (): Promise<readonly Standing[]> => (await callDesk(desk, officer, '/desk/v1/incidents/show', { id: incident })).body['standings'] as Standing[];
const silent = (): string[] => insurers.slice(-SILENT).map((one) => one.amcNumber).toSorted();

test('the desk shows 84 standings; a reminder is due at half the time, again a day later, and no more once it is acknowledged', async () => {
  const at = await standings();
  assert.equal(at.length, INSURERS);
  assert.ok(at.every((one) => one.sentAt !== null && one.due.length === 0), 'nobody wants a reminder at once');
  assert.deepEqual(at.filter((one) => one.acknowledgedAt === null).map((one) => one.amc).toSorted(), silent());
  assert.deepEqual(new Map(at.map((one) => [one.amc, one.told])), new Map(insurers.map((one, index) => [one.amcNumber, index < INSURERS - SILENT ? index % 4 : null])));
  const age = (hours: number): Promise<unknown> => database.pool('owner').query('update incidents.clock set started_at = started_at - make_interval(hours => $1), due_at = due_at - make_interval(hours => $1) where insurer_id is not null', [hours]);
  await age(25);
  const due = (await standings()).filter((one) => one.due.includes('acknowledge'));
  assert.deepEqual([due.map((one) => one.amc).toSorted(), due.some((one) => one.late)], [silent(), false]);
  const line = ((await callDesk(desk, officer, '/desk/v1/incidents')).body as unknown as { id: number; reminders: number }[]).find((one) => one.id === incident);
  assert.equal(line?.reminders, SILENT);
  const remind = async (amc: string, what = 'acknowledge'): Promise<number> => (await callDesk(desk, officer, '/desk/v1/incidents/act', { id: incident, act: 'remind', order: { amc, what, reason: 'appelé le standard' } })).status;
  assert.equal(await remind(silent()[0] ?? ''), 200);
  assert.deepEqual([await remind('00000000'), await remind(silent()[1] ?? '', 'nothing')], [404, 404]);
  const once = await standings();
  assert.deepEqual(once.filter((one) => one.due.length > 0).map((one) => one.amc).toSorted(), silent().slice(1));
  assert.deepEqual(once.filter((one) => one.reminders > 0).map((one) => [one.amc, one.reminders, one.lastReminderBy]), [[silent()[0], 1, desk.codes[0]?.name]]);
  await database.pool('owner').query("update incidents.reminder set at = at - interval '25 hours'");
  await age(24);
  const late = (await standings()).filter((one) => one.due.includes('acknowledge'));
  assert.deepEqual([late.map((one) => one.amc).toSorted(), late.every((one) => one.late)], [silent(), true], 'a day later, and late');
  for (let index = INSURERS - SILENT; index < INSURERS; index += 1) assert.deepEqual((await post(index, 'acknowledgement', { by: 'enfin' })).body, { acknowledged: 3 });
  const settled = await standings();
  assert.ok(settled.every((one) => one.acknowledgedAt !== null && !one.due.includes('acknowledge')));
  // The authority’s 72 hours run on: half of them have passed.
  assert.ok(settled.every((one) => one.due.includes('authority')));
});
