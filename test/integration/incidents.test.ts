// An incident from an automatic freeze to its close: steps, two persons, clocks, packs to many insurers, forms, the API's side.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callApi, createProof } from '../../src/access/index.ts';
import { AppError, PeriodKeys, ROOT, stateFolder, type Pool } from '../../src/ground/index.ts';
import { freezeByGuard } from '../../src/guard/index.ts';
import { assess, decideNotification, findExposure, getIncident, isSignedDocument, leftToDo, listExposure, listIncidents, makeAuthorityFile, makePacks, meetClock, moveIncident, noteReminder, openForFreezes, openIncident, openPack, prepareDocuments, readClocks, readContent, readDocuments,
  readEvents, readRegister, readScopes, readStandings, recordAssessment, recordMandate, sendDocument, sendToInsurers, setDelay, setFacts, type AssessmentInput, type PackPerson } from '../../src/incidents/index.ts';
import { removeClosedRights } from '../../src/journal/index.ts';
import { insurerKeys, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { shareRolePasswords } from '../support/database.ts';
import { listedIncident, OFFICERS, personsOf, saveDocument } from '../support/incident.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let desk: Pool;
let installation: number;
let insurer: Signed;
let stranger: Signed;
before(async () => {
  world = await startWorld();
  desk = world.database.pool('rempart_desk');
  installation = (await world.database.pool('owner').query<{ id: number }>('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId])).rows[0]?.id ?? 0;
  insurer = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc });
  stranger = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: '99100003' });
  assert.equal((await world.ask()).body.verdict, 'yes');
  await world.ask();
  const [amcNumber, person] = Object.entries(world.sandbox.persons)[1] ?? ['', world.person];
  await world.ask({ insurer: { amcNumber }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank });
  await world.ask({ birthDate: '1901-01-01' });
});
after(() => world.close());

const refused = (rule: string) => (error: unknown): boolean => error instanceof AppError && error.detail === rule;
const INPUT: AssessmentInput = { categories: ['behavioural'], identification: { general: 'maximum' }, confidentiality: 'unknown-recipients', malicious: true, persons: 2, nirRead: false, justification: { data: 'couverture', identification: 'NIR connu', circumstances: 'vol' } };
const operator = { name: 'Exploitant d’essai' };

async function ready(): Promise<number> {
  const { id } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  await moveIncident(desk, id, { to: 'contained', by: OFFICERS.by, reason: 'gelé' });
  await recordAssessment(desk, id, { by: OFFICERS.by, reason: 'premier calcul', assessment: assess(INPUT) });
  await decideNotification(desk, id, { by: OFFICERS.by, reason: 'risque', decision: 'notify' });
  await prepareDocuments(desk, id, { ...OFFICERS, keyRing: world.keyRing, operator });
  return id;
}

test('an insurer opens its pack with its own key and reads its persons in clear; no other key opens it', async () => {
  const id = await ready();
  assert.deepEqual({ ...(await findExposure(desk, id))?.totals }, { persons: 2, records: 2, disclosures: 3, former: 0, asked: 1 });
  // Packs are made several at a time, so they stand in the order in which they were done.
  const packs = (await readDocuments(desk, id)).filter((one) => one.kind === 'insurer-pack').sort((a, b) => (a.amcNumber ?? '').localeCompare(b.amcNumber ?? ''));
  assert.deepEqual(packs.map((one) => one.amcNumber), Object.keys(world.sandbox.persons).slice(0, 2));
  const { path, document } = await saveDocument(desk, id, packs[0]?.id ?? 0);
  const pack = await openPack(path, { ageIdentity: (await insurerKeys(world.amc)).ageIdentity, operatorKey: world.keyRing.verifyingKey });
  const persons = await personsOf(pack);
  assert.deepEqual({ listed: persons.length, nir: persons[0]?.identity?.nir, times: persons[0]?.times, counted: pack.about.counts.persons }, { listed: 1, nir: world.person.nir, times: 2, counted: 1 });
  assert.ok(isSignedDocument({ ...document, hash: document.hash ?? '', signature: document.signature ?? '' }, world.keyRing.verifyingKey));
  assert.ok(!isSignedDocument({ ...document, hash: document.hash ?? '', signature: document.signature ?? '', recipient: 'insurer:99100002' }, world.keyRing.verifyingKey));
  for (const { amc } of SANDBOX_INSURERS.slice(1)) await assert.rejects(openPack(path, { ageIdentity: (await insurerKeys(amc)).ageIdentity, operatorKey: world.keyRing.verifyingKey }), refused('age'));
});

test('an automatic freeze opens an incident once, with its user and the day before', async () => {
  const user = (await world.database.pool('owner').query<{ id: number }>("select id from access.app_user where pseudonym = 'caisse-1'")).rows[0]?.id ?? 0;
  const freeze = await freezeByGuard(world.database.pool('rempart_guard'), user, [{ code: 'pace', fr: 'Rythme.', en: 'Pace.' }]);
  const [id = 0, ...others] = await openForFreezes(world.database.pool('rempart_guard'));
  assert.deepEqual(others, []);
  assert.deepEqual(await openForFreezes(world.database.pool('rempart_guard')), []);
  const opened = await getIncident(desk, id);
  assert.deepEqual([opened.state, opened.openedBy, opened.freezeId], ['suspected', 'guard', freeze]);
  const [scope] = await readScopes(desk, id);
  assert.deepEqual(scope?.items, [{ kind: 'user', id: user }]);
  assert.equal((await listExposure(desk, id, { by: OFFICERS.by, decoysAmong: () => [] })).totals.disclosures, 3);
  await world.database.pool('owner').query('update access.app_user set frozen_at = null; update guard.freeze set lifted_at = now()');
});

test('a freeze contains an incident while it holds: not where questions with a card go on, nor once it is lifted, until an officer declares it contained', async () => {
  const [owner, guard] = [world.database.pool('owner'), world.database.pool('rempart_guard')];
  const users = (await owner.query<{ id: number }>("insert into access.app_user (installation_id, pseudonym) select $1, 'gel-' || n from generate_series(1, 4) n returning id", [installation])).rows.map(({ id }) => id);
  const freezeOf = async (user: number | undefined, how = "gate.freeze_one($1, null, 'guard', $2)"): Promise<number> => (await owner.query<{ id: number }>(`select ${how} as id`, [user, JSON.stringify([{ code: 'pace', fr: 'Rythme.', en: 'Pace.' }])])).rows[0]?.id ?? 0;
  const lift = (freeze: number): Promise<unknown> => desk.query('select gate.review_freeze($1, true, $2)', [freeze, JSON.stringify({ by: OFFICERS.by, reason: 'essai' })]);
  const [whole, declared, before, part] = [await freezeOf(users[0]), await freezeOf(users[1]), await freezeOf(users[2]), await freezeOf(users[3], "gate.freeze_unproven($1, null, 'decoy', $2)")];
  await lift(before);
  const incidents = await Promise.all((await openForFreezes(guard)).map((id) => getIncident(desk, id)));
  const of = (freeze: number): number => incidents.find((one) => one.freezeId === freeze)?.id ?? 0;
  const contained = async (freeze: number): Promise<boolean> => (await getIncident(desk, of(freeze))).containedAt !== null;
  assert.deepEqual(await Promise.all([whole, declared, before, part].map(contained)), [true, true, false, false]);
  await moveIncident(desk, of(declared), { to: 'confirmed', by: OFFICERS.by, reason: 'certain' });
  await moveIncident(desk, of(declared), { to: 'contained', by: OFFICERS.by, reason: 'clé changée' });
  await lift(whole);
  await lift(declared);
  assert.deepEqual([await contained(whole), await contained(declared)], [false, true]);
  await moveIncident(desk, of(declared), { to: 'confirmed', by: OFFICERS.by, reason: 'encore' });
  assert.equal(await contained(declared), false);
  await owner.query('update access.app_user set frozen_at = null, unproven_frozen_at = null; update guard.freeze set lifted_at = now() where lifted_at is null');
});

test('what cannot be undone takes two persons; every step is in the journal', async () => {
  const { id } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  await assert.rejects(moveIncident(desk, id, { to: 'closed', by: 'A', reason: 'x' }), refused('step'));
  await moveIncident(desk, id, { to: 'contained', by: OFFICERS.by, reason: 'gelé' });
  await assert.rejects(moveIncident(desk, id, { to: 'closed', by: OFFICERS.by, reason: 'x' }), refused('two-persons'));
  await assert.rejects(moveIncident(desk, id, { to: 'closed', by: 'Même', and: ' même ', reason: 'x' }), refused('two-persons'));
  await assert.rejects(moveIncident(desk, id, { to: 'closed', ...OFFICERS, reason: 'x' }), refused('left-to-do'));
  assert.deepEqual(await leftToDo(desk, id), ['severity', 'notification', 'exposure'], 'the list was made before it was contained');
  await listExposure(desk, id, { by: OFFICERS.by, decoysAmong: () => [] });
  assert.deepEqual(await leftToDo(desk, id), ['severity', 'notification']);
  await assert.rejects(decideNotification(desk, id, { ...OFFICERS, reason: 'x', decision: 'none' }), refused('step'));
  await recordAssessment(desk, id, { by: OFFICERS.by, reason: 'calcul', assessment: assess(INPUT) });
  await assert.rejects(recordAssessment(desk, id, { by: OFFICERS.by, reason: 'moins', assessment: { ...assess(INPUT), score: 0.5 } }), refused('downward'));
  await assert.rejects(decideNotification(desk, id, { by: OFFICERS.by, reason: 'seul', decision: 'none' }), refused('two-persons'));
  await decideNotification(desk, id, { ...OFFICERS, reason: 'un exercice, aucun risque', decision: 'none' });
  await moveIncident(desk, id, { to: 'closed', ...OFFICERS, reason: 'fini' });
  const events = await readEvents(desk, id);
  assert.deepEqual(events.map((event) => event.kind), ['opened', 'confirmed', 'list-begun', 'listed', 'contained', 'list-begun', 'listed', 'assessed', 'notification-none', 'closed']);
  const { rows } = await desk.query<{ n: number }>("select count(*)::int as n from journal.entry where purpose = 'incident' and id = any($1)", [events.map((event) => event.entry)]);
  assert.equal(rows[0]?.n, events.length);
  await assert.rejects(setFacts(desk, id, { by: OFFICERS.by, facts: { description: 'trop tard' } }), refused('unknown'));
  const line = (await readRegister(desk)).find((one) => one.incident === id);
  assert.deepEqual([line?.notification, line?.notificationReason, line?.decidedBy], ['none', 'un exercice, aucun risque', [OFFICERS.by, OFFICERS.and]]);
});

test('clocks: the operator’s own from its awareness; telling an insurer ends one duty and starts its three; late ones demand a reason', async () => {
  const id = await ready();
  assert.deepEqual((await readClocks(desk, id)).map((clock) => `${clock.kind} ${clock.amcNumber}`).toSorted((a, b) => a.localeCompare(b)), ['authority null', 'tell-insurer 99100001', 'tell-insurer 99100002']);
  assert.equal(await sendToInsurers(desk, id, OFFICERS), 6);
  const clocks = await readClocks(desk, id);
  assert.deepEqual(clocks.filter((clock) => clock.amcNumber === world.amc).map((clock) => `${clock.kind} ${clock.hours} ${clock.metAt !== null}`).toSorted((a, b) => a.localeCompare(b)), ['acknowledge 48 false', 'authority 72 false', 'tell-insurer 24 true', 'tell-persons 336 false']);
  const own = clocks.find((clock) => clock.kind === 'authority' && clock.amcNumber === null);
  await world.database.pool('owner').query("update incidents.clock set due_at = now() - interval '1 hour' where id = $1", [own?.id]);
  await assert.rejects(meetClock(desk, own?.id ?? 0, { by: OFFICERS.by }), refused('late'));
  const form = (await readDocuments(desk, id)).find((one) => one.kind === 'authority-file' && one.recipient === 'cnil');
  await assert.rejects(sendDocument(desk, form?.id ?? 0, { ...OFFICERS, via: 'téléservice' }), refused('late'));
  await sendDocument(desk, form?.id ?? 0, { ...OFFICERS, via: 'téléservice', proof: { number: 'E-1' }, lateReason: 'week-end' });
  assert.deepEqual((await readClocks(desk, id)).filter((clock) => clock.id === own?.id).map((clock) => [clock.lateReason, clock.documentId]), [['week-end', form?.id]]);
  await setDelay(desk, { ...OFFICERS, kind: 'authority', hours: 96, reason: 'essai' });
  const next = (await listedIncident(desk, [{ kind: 'installation', id: installation }])).id;
  assert.equal((await readClocks(desk, next)).find((clock) => clock.kind === 'authority')?.hours, 96);
  await setDelay(desk, { ...OFFICERS, kind: 'authority', hours: 72, reason: 'retour' });
  await assert.rejects(setDelay(desk, { by: 'A', and: 'a', kind: 'authority', hours: 24, reason: 'seul' }));
});

test('the authority’s file: initial, then complementary with what changed; unknowns are said; a mandate is needed to file for an insurer', async () => {
  const { id } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  const order = { by: OFFICERS.by, amcNumber: world.amc, controller: { name: 'Mutuelle Fictive', dpo: 'Dominique Essai' }, operator, keyRing: world.keyRing };
  const first = await makeAuthorityFile(desk, id, order);
  assert.equal(first.file.record.notification.stage, 'initial');
  assert.deepEqual(first.file.form.map((section) => section.title), ['Type de notification', 'Responsable du traitement', 'Chronologie', 'Nature de la violation', 'Origine', 'Cause', 'Données concernées', 'Personnes concernées', 'Mesures de sécurité avant la violation', 'Conséquences', 'Mesures prises ou prévues', 'Information des personnes', 'Autres']);
  assert.ok(first.file.missing.includes('8. Dont mineurs') && first.file.missing.includes('6. Cause') && !first.file.missing.includes('8. Nombre de personnes'));
  for (const section of first.file.form) for (const one of section.answers) assert.ok(one.answer.length > 0, `${section.number}. ${one.question} is blank`);
  await setFacts(desk, id, { by: OFFICERS.by, facts: { vector: 'phishing', measuresPlanned: 'Formation.' } });
  const second = await makeAuthorityFile(desk, id, { ...order, previous: 'E-1' });
  assert.deepEqual([second.file.record.notification.stage, second.file.changes.some((change) => change.question === 'Cause' && change.after === 'Acte externe malveillant')], ['complementary', true]);
  const pdf = (await readDocuments(desk, id)).find((one) => one.id === second.pdf);
  const parts: Buffer[] = [];
  for await (const part of readContent(desk, { id: second.pdf, parts: pdf?.parts ?? 0 })) parts.push(part);
  assert.equal(createHash('sha256').update(Buffer.concat(parts)).digest('hex'), pdf?.hash);
  assert.equal(parts[0]?.subarray(0, 5).toString(), '%PDF-');
  const mandated = await makeAuthorityFile(desk, id, { ...order, mandated: true });
  await recordAssessment(desk, id, { by: OFFICERS.by, reason: 'calcul', assessment: assess(INPUT) });
  await decideNotification(desk, id, { by: OFFICERS.by, reason: 'risque', decision: 'notify' });
  await assert.rejects(sendDocument(desk, mandated.json, OFFICERS), refused('mandate'));
  await recordMandate(desk, { ...OFFICERS, insurerId: (await findExposure(desk, id))?.insurers[0]?.insurerId ?? 0, reference: 'mandat 2026-1' });
  await sendDocument(desk, mandated.json, { ...OFFICERS, via: 'téléservice' });
});

async function fetchPart(signed: Signed, document: number, part: number): Promise<{ status: number; body: Buffer }> {
  const url = `${world.apiUrl}/v1/incidents/documents/${document}/${part}`;
  const response = await fetch(url, { headers: { authorization: `DPoP ${signed.token.value}`, dpop: createProof({ key: signed.enrolled.key, method: 'GET', url, accessToken: signed.token.value }) } });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

test('an insurer lists, fetches, acknowledges and reports through the API; another insurer and a pharmacy find nothing', async () => {
  const id = await ready();
  const url = `${world.apiUrl}/v1/incidents`;
  const mine = async (): Promise<{ incident: number; documents: { id: number; kind: string; parts: number; sha256: string; acknowledgedAt: string | null }[]; progress: { told: number } | null } | undefined> => ((await callApi({ ...insurer, url })).body as { incidents: never[] }).incidents.find((one: { incident: number }) => one.incident === id);
  assert.equal(await mine(), undefined, 'nothing before it is sent');
  await assert.rejects(noteReminder(desk, id, { by: OFFICERS.by, insurerId: 1, what: 'acknowledge' }), refused('unknown'));
  await sendToInsurers(desk, id, OFFICERS);
  const own = await mine();
  const pack = own?.documents.find((one) => one.kind === 'insurer-pack');
  const { body } = await fetchPart(insurer, pack?.id ?? 0, 0);
  assert.equal(createHash('sha256').update(body).digest('hex'), pack?.sha256);
  for (const other of [stranger, world.pharmacy]) assert.ok([401, 404].includes((await fetchPart(other, pack?.id ?? 0, 0)).status));
  assert.equal((await fetchPart(insurer, pack?.id ?? 0, 9)).status, 404);
  assert.equal((await callApi({ ...stranger, url: `${url}/${id}/acknowledgement`, body: { by: 'x' } })).status, 404);
  assert.equal((await callApi({ ...world.pharmacy, url })).status, 401);
  assert.deepEqual((await callApi({ ...insurer, url: `${url}/${id}/acknowledgement`, body: { by: 'DPO' } })).body, { acknowledged: 3 });
  assert.equal((await callApi({ ...insurer, url: `${url}/${id}/progress`, body: { told: 5 } })).status, 404, 'more than its persons');
  assert.equal((await callApi({ ...insurer, url: `${url}/${id}/progress`, body: { told: 'un' } })).status, 422);
  assert.equal((await callApi({ ...insurer, url: `${url}/${id}/progress`, body: { told: 1, means: 'courrier', authority: 'E-2' } })).status, 200);
  assert.deepEqual([(await mine())?.progress?.told, (await mine())?.documents.every((one) => one.acknowledgedAt !== null)], [1, true]);
  assert.ok((await readClocks(desk, id)).filter((clock) => clock.amcNumber === world.amc).every((clock) => clock.metAt !== null), 'each of its duties is done');
  const standing = (await readStandings(desk, id)).find((one) => one.amcNumber === world.amc);
  assert.deepEqual([standing?.told, standing?.acknowledgedAt !== null], [1, true]);
  await noteReminder(desk, id, { by: OFFICERS.by, insurerId: (await readStandings(desk, id)).find((one) => one.acknowledgedAt === null)?.insurerId ?? 0, what: 'acknowledge' });
  // Each fetch is a disclosure of its own: an incident on that insurer's installation lists the packs it fetched.
  const ownInstallation = (await world.database.pool('owner').query<{ id: number }>('select id from access.installation where client_id = $1', [insurer.enrolled.clientId])).rows[0]?.id ?? 0;
  assert.deepEqual((await listedIncident(desk, [{ kind: 'installation', id: ownInstallation }])).exposure.packs, [pack?.id]);
});

test('a drill reaches nobody', async () => {
  const { id } = await listedIncident(desk, [{ kind: 'installation', id: installation }], { drill: true });
  await recordAssessment(desk, id, { by: OFFICERS.by, reason: 'exercice', assessment: assess(INPUT) });
  await decideNotification(desk, id, { by: OFFICERS.by, reason: 'exercice', decision: 'notify' });
  await prepareDocuments(desk, id, { ...OFFICERS, keyRing: world.keyRing, operator });
  await sendToInsurers(desk, id, OFFICERS);
  const { incidents } = (await callApi({ ...insurer, url: `${world.apiUrl}/v1/incidents` })).body as { incidents: { incident: number }[] };
  assert.ok(incidents.every((one) => one.incident !== id));
  assert.ok((await readDocuments(desk, id)).filter((one) => one.sentAt !== null).every((one) => one.proof?.['drill'] === true));
  assert.ok((await readRegister(desk)).every((one) => one.incident !== id));
});

test('a pack’s list opens by two persons alone, for its own insurer, outside the releasing transaction', async () => {
  const { id, exposure } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  const order = { by: 'A', kind: 'insurer-pack', recipient: `insurer:${world.amc}`, mediaType: 'application/age', insurer: exposure.insurers[0]?.insurerId, exposure: exposure.id };
  const draft = async (change: object = {}): Promise<number | null> => (await desk.query<{ id: number | null }>('select gate.draft_document($1, $2) as id', [id, JSON.stringify({ ...order, ...change })])).rows[0]?.id ?? null;
  const rows = async (document: number | null): Promise<number> => (await desk.query('select * from gate.read_pack($1, $2, 100)', [document, '00000000-0000-0000-0000-000000000000'])).rowCount ?? 0;
  const release = async (document: number | null, who: object): Promise<number | null> => (await desk.query<{ id: number | null }>('select gate.release_pack($1, $2) as id', [document, JSON.stringify(who)])).rows[0]?.id ?? null;
  const document = await draft();
  assert.equal(await rows(document), 0, 'not before it is released');
  for (const who of [{ by: 'A' }, { by: 'A', and: 'a' }, { by: 'A', and: 'guard' }]) assert.equal(await release(document, who), null);
  const client = await desk.connect();
  try {
    await client.query('begin');
    await client.query('select gate.release_pack($1, $2)', [document, JSON.stringify({ by: 'A', and: 'B' })]);
    assert.equal((await client.query('select * from gate.read_pack($1, $2, 100)', [document, '00000000-0000-0000-0000-000000000000'])).rowCount, 0, 'not in the transaction that released it');
    await client.query('rollback');
  } finally {
    client.release();
  }
  assert.equal(await rows(document), 0);
  assert.equal(await release(document, { by: 'A', and: 'B' }), document);
  assert.equal(await rows(document), 1);
  assert.equal(await draft({ insurer: 3 }), null, 'no list for an insurer that has nobody in it');
  await world.database.pool('owner').query("update incidents.document set released_at = now() - interval '2 hours' where id = $1", [document]);
  assert.equal(await rows(document), 0, 'an hour, no more');
});

test('a person whom the register has let go of is in the pack by its link; without the month’s key, by reference', async () => {
  const owner = world.database.pool('owner');
  const { rows } = await owner.query<{ person: string }>('select distinct e.person from journal.entry e join registry.insurer g on g.id = e.insurer_id where g.amc_number = $1 and e.person is not null', [world.amc]);
  await owner.query('delete from gate.guarantee where person = $1', [rows[0]?.person]);
  await owner.query("update registry.right_row set valid_to = '2020-01-01' where person = $1", [rows[0]?.person]);
  const periodKeys = new PeriodKeys(stateFolder('test-periods'));
  assert.ok((await removeClosedRights(desk, periodKeys)) > 0);
  const { id, exposure } = await listedIncident(desk, [{ kind: 'installation', id: installation }]);
  assert.deepEqual([exposure.totals.persons, exposure.totals.former], [2, 1]);
  const [linked = 0] = await makePacks(desk, id, { ...OFFICERS, keyRing: world.keyRing, only: world.amc, periodKeys });
  const [bare = 0] = await makePacks(desk, id, { ...OFFICERS, keyRing: world.keyRing, only: world.amc });
  const read = async (document: number): Promise<PackPerson[]> => personsOf(await openPack((await saveDocument(desk, id, document)).path, { ageIdentity: (await insurerKeys(world.amc)).ageIdentity, operatorKey: world.keyRing.verifyingKey }));
  assert.deepEqual((await read(linked)).map((one) => [one.reference, one.identity?.nir]), [[rows[0]?.person, world.person.nir]]);
  assert.deepEqual((await read(bare)).map((one) => [one.reference, one.identity]), [[rows[0]?.person, null]]);
});

test('the command line tells an officer what to do', async () => {
  shareRolePasswords();
  const run = (...args: string[]): { status: number | null; out: string; err: string } => {
    const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'incident', ...args], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: world.database.ownerUrl } });
    return { status: done.status, out: done.stdout, err: done.stderr };
  };
  const opened = run('open', '--title', 'Vol de session', '--since', '2026-01-01', '--installation', world.pharmacy.enrolled.clientId, '--by', OFFICERS.by);
  const number = /n° (\d+)/.exec(opened.out)?.[1] ?? '';
  assert.equal(opened.status, 0, opened.err);
  assert.match(run('close', number, '--by', 'A', '--reason', 'x').err, /ne suit pas l’état/);
  assert.match(run('exposure', number, '--by', OFFICERS.by).out, /2 personnes dont des données ont été lues \(2 contrats, 3 réponses\)/);
  assert.match(run('show', number).out, /Avant de clore : évaluer la gravité, décider de notifier/);
  assert.ok((await listIncidents(desk)).some((one) => one.title === 'Vol de session'));
  await assert.rejects(openIncident(desk, { by: 'A', title: '', scope: { items: [], from: new Date() } }));
});
