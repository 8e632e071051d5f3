// A professional signs in through the stand-in of Pro Santé Connect, asks, enrols a passkey, comes back by a touch.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/checks/index.ts';
import { listNotices, markDelivered } from '../../src/access/index.ts';
import { readPortalSettings } from '../../src/cli/portal-settings.ts';
import { forgivePasskeys } from '../../src/gate/index.ts';
import { createAuthServer } from '../../src/servers/index.ts';
import { Browser, callAs, newNonce, newSoftPasskey, refresh, resume, signIn, signInUnconfirmed } from '../support/portal-client.ts';
import { enrolment, touch } from '../support/soft-passkey.ts';
import { listen, startWorld, type World } from '../support/world.ts';

let world: World;
let pharmacist = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacist = `8${world.sandbox.establishments[0]?.professionals[1]}`;
});
after(() => world.close());

test('first sign-in: the session says who is asking, and asks', async () => {
  const session = await signIn(world, pharmacist);
  const shown = (await callAs(world, session, '/v1/session')).body as Record<string, unknown>;
  assert.equal(shown['how'], 'psc');
  assert.match(String(shown['establishment']), /Pharmacie/);
  assert.match(String(shown['shownAs']), /\w+ \w+/);
  const { user: _user, ...question } = world.question();
  const { status, body } = await callAs(world, session, '/v1/checks', question);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((body as Answer).verdict, 'yes');
  const day = (await callAs(world, session, '/v1/my/day')).body as { questions: { outcome: string; guarantee: string }[]; ceilings: { class: string }[] };
  assert.equal(day.questions.length, 1);
  assert.equal(day.questions[0]?.guarantee, (body as Answer).guarantee?.number);
});

test('a sign-in goes on at another process of the same machine', async (t) => {
  const { origin, psc } = world.portal;
  Object.assign(process.env, { REMPART_PORTAL_ORIGIN: origin, REMPART_PSC_DISCOVERY: psc.discovery, REMPART_PSC_ISSUER: psc.issuer, REMPART_PSC_CLIENT_ID: psc.clientId, REMPART_PSC_CLIENT_SECRET: psc.clientSecret });
  const servers = [1, 2].map(() => createAuthServer({ pool: world.database.pool('rempart_auth', 2), issuer: world.issuer, portal: readPortalSettings() ?? world.portal }));
  t.after(() => servers.forEach((server) => { server.close(); server.closeAllConnections(); }));
  const ports = await Promise.all(servers.map(async (server) => new URL(await listen(server)).port));
  let asked = 0;
  const browser = new Browser((port) => (port === new URL(world.issuer).port ? ports[asked++ % 2] ?? port : port));
  await signInUnconfirmed(world, pharmacist, { browser });
  assert.ok(asked >= 4);
  process.env['REMPART_AUTH_COOKIE_KEY'] = 'k'.repeat(31);
  assert.throws(readPortalSettings, /at least 32 random characters/);
  process.env['REMPART_AUTH_COOKIE_KEY'] = 'k'.repeat(32);
  assert.equal(readPortalSettings()?.cookieKey, 'k'.repeat(32));
});

test('a token whose evidence the API has not verified asks nothing', async () => {
  const session = await signInUnconfirmed(world, pharmacist);
  const { status } = await callAs(world, session, '/v1/checks', world.question());
  assert.equal(status, 401);
});

test('a level too low or missing is refused, whoever signs in', async () => {
  await assert.rejects(signInUnconfirmed(world, pharmacist, { level: 'eidas0' }), /psc-refused/);
  await assert.rejects(signInUnconfirmed(world, pharmacist, { level: 'none' }), /psc-refused/);
});

test('a passkey: enrolled, steps up, and after a reload one touch opens the same user’s session', async () => {
  const session = await signIn(world, pharmacist);
  const passkey = newSoftPasskey(world.portalOrigin);
  const enrolled = await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.body));
  const stepped = await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(stepped.status, 200, JSON.stringify(stepped.body));
  const back = await resume(world, passkey);
  const shown = await callAs(world, back, '/v1/session', {});
  assert.equal(shown.status, 200, JSON.stringify(shown.body));
  assert.equal((shown.body as { how: string }).how, 'passkey');
  assert.equal((await callAs(world, back, '/v1/checks', world.question())).status, 200);
  const renewed = await refresh(world, back);
  assert.equal(renewed.status, 200, JSON.stringify(renewed.body));
});

test('a person of two places chooses for which one', async () => {
  const shared = `8${world.sandbox.establishments[0]?.professionals[0]}`;
  const [first, second] = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy');
  for (const place of [first, second]) {
    const session = await signIn(world, shared, { place: place?.name ?? '' });
    assert.equal(((await callAs(world, session, '/v1/session')).body as { establishment: string }).establishment, place?.name);
  }
});

test('"that was not me" ends every session of the person, at both places; signing in again says why not', async () => {
  const shared = `8${world.sandbox.establishments[0]?.professionals[0]}`;
  const [first, second] = world.sandbox.establishments.filter((e) => e.peerGroup === 'pharmacy');
  const [one, other] = [await signIn(world, shared, { place: first?.name ?? '' }), await signIn(world, shared, { place: second?.name ?? '' })];
  assert.equal((await callAs(world, one, '/v1/my/freeze', {})).status, 200);
  assert.equal((await callAs(world, other, '/v1/checks', world.question())).status, 401);
  assert.equal((await refresh(world, other)).status, 400, 'no new token either');
  await assert.rejects(signIn(world, shared, { place: first?.name ?? '' }), /403.*gelés/);
});

test('a ceiling is raised by a touch of a passkey a day old, once, until the day’s end', async () => {
  const doctor = world.sandbox.establishments.find((e) => e.peerGroup === 'doctor');
  const session = await signIn(world, `8${doctor?.professionals[0]}`);
  const passkey = newSoftPasskey(world.portalOrigin);
  await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  const stepUp = async (): Promise<number> => (await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }))).status;
  const raise = async (): Promise<number> => (await callAs(world, session, '/v1/my/ceiling', { reason: 'garde' })).status;
  await callAs(world, session, '/v1/checks', world.question({ domain: 'MEDE' }));
  // An account that has grown up: a young one has less (test/integration/guard-above.test.ts).
  await world.database.pool('owner').query('update gate.meter set since = null');
  assert.equal(await raise(), 403, 'without a touch');
  assert.equal(await stepUp(), 200);
  assert.equal(await raise(), 403, 'the passkey is too young');
  await world.database.pool('owner').query("update access.passkey set enrolled_at = enrolled_at - interval '25 hours'");
  assert.equal(await raise(), 200);
  assert.equal(await raise(), 409, 'once');
  const { ceilings } = (await callAs(world, session, '/v1/my/day')).body as { ceilings: { class: string; perDay: number }[] };
  assert.equal(ceilings.find((c) => c.class === 'u')?.perDay, 120, 'half as many again');
  assert.equal(ceilings.find((c) => c.class === 'c')?.perDay, 480, 'the others are as they were');
});

test('a further passkey needs the first; one enrolled long after Pro Santé Connect is refused', async () => {
  const nurse = world.sandbox.establishments.find((e) => e.peerGroup === 'nurse');
  const session = await signIn(world, `8${nurse?.professionals[0]}`);
  const [first, second] = [newSoftPasskey(world.portalOrigin), newSoftPasskey(world.portalOrigin)];
  const enrol = async (passkey: typeof first): Promise<number> => (await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }))).status;
  assert.equal(await enrol(first), 200);
  assert.equal(await enrol(second), 403, 'without the first');
  // The person hears of it by another channel, which the operator delivers.
  const desk = world.database.pool('rempart_desk');
  const waiting = (await listNotices(desk)).filter((notice) => notice.rpps === nurse?.professionals[0]);
  assert.deepEqual(waiting.map((notice) => notice.kind), ['first-passkey']);
  assert.equal(await markDelivered(desk, { id: waiting[0]?.id ?? 0, channel: 'mssante' }), true);
  assert.equal(await markDelivered(desk, { id: waiting[0]?.id ?? 0, channel: 'mssante' }), false);
  await callAs(world, session, '/v1/step-up', touch(first, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(await enrol(second), 200);
  await world.database.pool('owner').query("update access.sign_in set psc_at = psc_at - interval '11 minutes'");
  assert.equal(await enrol(newSoftPasskey(world.portalOrigin)), 403, 'stale');
});

test('lost passkeys stop at once; another one after a day, or when two operators say so', async () => {
  const dentist = `8${world.sandbox.establishments.find((e) => e.peerGroup === 'dentist')?.professionals[0]}`;
  const session = await signIn(world, dentist);
  const passkey = newSoftPasskey(world.portalOrigin);
  const enrol = async (each: typeof passkey): Promise<number> => (await callAs(world, session, '/v1/passkeys', enrolment(each, { nonce: await newNonce(world), jkt: session.jkt }))).status;
  assert.equal(await enrol(passkey), 200);
  assert.equal((await callAs(world, session, '/v1/passkeys/lost', {})).status, 200);
  assert.equal((await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }))).status, 401, 'the lost one');
  assert.equal((await callAs(world, await resume(world, passkey), '/v1/session', {})).status, 401, 'nor does it open anything');
  assert.equal(await enrol(newSoftPasskey(world.portalOrigin)), 403, 'too soon');
  const desk = world.database.pool('rempart_desk');
  const order = { rpps: dentist.slice(1), by: 'A. Un', reason: 'appel vérifié' };
  assert.equal(await forgivePasskeys(desk, { ...order, and: 'a. un' }), null, 'twice the same person');
  assert.equal(await forgivePasskeys(desk, { ...order, and: 'B. Deux' }), 1);
  assert.equal(await enrol(newSoftPasskey(world.portalOrigin)), 200);
  await callAs(world, session, '/v1/passkeys/lost', {});
  await world.database.pool('owner').query("update access.passkey set lost_at = lost_at - interval '25 hours' where lost_at is not null");
  assert.equal(await enrol(newSoftPasskey(world.portalOrigin)), 200, 'after a day');
});
