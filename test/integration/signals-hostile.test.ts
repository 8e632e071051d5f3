// A hostile peer, and outsiders, against the receiver of signals: what they can stop is what the operator gave them, no more.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { CompactSign, exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { Rpps } from '../../src/identifiers/index.ts';
import { EVENTS, newPairKey, removePeer, signRequest, signToken, type SigningKey } from '../../src/incidents/index.ts';
import { demandStepUp, freezeByGuard, listFreezes } from '../../src/guard/index.ts';
import { addTo, connect, startOperator, testRpps, type Operator } from '../support/operators.ts';

const RPPS = testRpps(60);
const HOSTILE = 'https://hostile.example';
let honest: Operator;
let us: Operator;
let hostile: SigningKey & { subject(rpps: string): string };

async function keyOf(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, kid, publicKeys: { keys: [{ ...await exportJWK(publicKey), kid, alg: 'ES256', use: 'sig' }] } };
}
before(async () => {
  [honest, us] = await Promise.all([startOperator(RPPS), startOperator(RPPS)]);
  await connect(honest, us);
  await honest.signals.transmitter.pushDue();
  await us.signals.transmitter.pushDue();
  const key = await keyOf('h1');
  await addTo(us, { issuer: HOSTILE, name: 'Pair hostile', kind: 'operator', keys: key.publicKeys }, JSON.stringify(newPairKey()));
  const { pairs } = us.signals.context;
  // Whoever holds the pair key makes the same pseudonyms.
  hostile = { ...key, subject: (rpps) => pairs.pseudonymFor(HOSTILE, HOSTILE, rpps as Rpps) };
  assert.equal((await push(await token({ event: EVENTS.compromise }))).status, 400, 'nothing is taken of a peer that was not verified');
  assert.equal((await push(await token({ event: EVENTS.verification, subject: 'stream-1', members: {} }))).status, 202);
});
after(() => Promise.all([honest.close(), us.close()]));

interface Wanted { event?: string; subject?: string; members?: object; jti?: string; at?: Date; audience?: string; issuer?: string; key?: SigningKey }
const token = ({ event = EVENTS.compromise, subject = hostile.subject(RPPS[0] ?? ''), members = event === EVENTS.compromise ? { credential_type: 'app' } : {}, jti = randomUUID(), at = new Date(), audience = us.url, issuer = HOSTILE, key = hostile }: Wanted = {}): Promise<string> =>
  signToken(key, { issuer, audience, jti, at, subject, event, members });

interface Answer { status: number; err: string; headers: string; body: string; ms: number }
async function push(body: string, headers: Record<string, string> = { 'content-type': 'application/secevent+jwt' }): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(`${us.url}/signals/events`, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, err: text === '' ? '' : String((JSON.parse(text) as { err?: string }).err), headers: JSON.stringify([...response.headers].filter(([name]) => name !== 'date')), body: text, ms: performance.now() - began };
}
const received = async (): Promise<number> => (await us.database.pool('owner').query('select count(*)::int as n from signals.received')).rows[0].n;
const frozen = async (): Promise<number> => (await us.database.pool('owner').query('select count(*)::int as n from access.app_user where frozen_at is not null')).rows[0].n;
const act = (): Promise<number> => us.signals.receiver.applyOpen();

async function rawToken(header: Record<string, unknown>, payload: object, key: KeyObject | Uint8Array): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader(header as never).sign(key);
}
const claims = (change: object = {}): object => ({ iss: HOSTILE, aud: us.url, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), sub_id: { format: 'opaque', id: hostile.subject(RPPS[0] ?? '') }, events: { [EVENTS.compromise]: { credential_type: 'app' } }, ...change });
const header = { alg: 'ES256', typ: 'secevent+jwt', kid: 'h1' };

test('forged, unsigned, confused and misdirected tokens are refused by the right code, and leave no row', async () => {
  const before = await received();
  const stranger = await keyOf('h1');
  const good = await token();
  const [head, body, signature] = good.split('.') as [string, string, string];
  const otherBody = Buffer.from(JSON.stringify(claims({ jti: 'altered' }))).toString('base64url');
  const publicPem = Buffer.from(JSON.stringify(hostile.publicKeys.keys[0]));
  const unsigned = new UnsecuredJWT(claims() as never).encode();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const embedded = { ...header, jwk: stranger.publicKeys.keys[0] };
  const wrong: Record<string, [string, string]> = {
    'somebody else’s key under the same kid': [await token({ key: stranger }), 'invalid_key'],
    'claims changed after signing': [`${head}.${otherBody}.${signature}`, 'invalid_key'],
    'a signature of zeros': [`${head}.${body}.${Buffer.alloc(64).toString('base64url')}`, 'invalid_key'],
    'alg none': [unsigned, 'invalid_request'],
    'alg none, with a dot and junk': [`${unsigned}x`, 'invalid_key'],
    'HS256 with the public key as secret': [await rawToken({ ...header, alg: 'HS256' }, claims(), publicPem), 'invalid_key'],
    'RS256': [await rawToken({ ...header, alg: 'RS256' }, claims(), rsa), 'invalid_key'],
    'a key that the token brings along': [await rawToken(embedded, claims(), stranger.privateKey), 'invalid_key'],
    'a critical header that nobody knows': [`${Buffer.from(JSON.stringify({ ...header, crit: ['x'], x: 1 })).toString('base64url')}.${body}.${signature}`, 'invalid_key'],
    'the honest peer’s name, our own key': [await token({ issuer: honest.url }), 'invalid_key'],
    'our own name': [await token({ issuer: us.url }), 'invalid_issuer'],
    'a peer that nobody knows': [await token({ issuer: 'https://nobody.example', key: stranger }), 'invalid_issuer'],
    'for somebody else': [await token({ audience: honest.url }), 'invalid_audience'],
    'for many': [await rawToken(header, claims({ aud: [us.url, honest.url] }), hostile.privateKey), 'invalid_audience'],
    'a plain JWT, typ at+jwt': [await rawToken({ ...header, typ: 'at+jwt' }, claims(), hostile.privateKey), 'invalid_request'],
    'no typ': [await rawToken({ alg: 'ES256', kid: 'h1' }, claims(), hostile.privateKey), 'invalid_request'],
    'with exp': [await rawToken(header, claims({ exp: Math.floor(Date.now() / 1000) + 60 }), hostile.privateKey), 'invalid_request'],
    'with sub': [await rawToken(header, claims({ sub: RPPS[0] }), hostile.privateKey), 'invalid_request'],
    'two events': [await rawToken(header, claims({ events: { [EVENTS.compromise]: { credential_type: 'app' }, [EVENTS.revoked]: {} } }), hostile.privateKey), 'invalid_request'],
    'an unknown event': [await rawToken(header, claims({ events: { 'https://schemas.openid.net/secevent/risc/event-type/account-purged': {} } }), hostile.privateKey), 'invalid_request'],
    'no credential_type': [await token({ members: {} }), 'invalid_request'],
    'an e-mail as subject': [await rawToken(header, claims({ sub_id: { format: 'email', email: 'a@example.org' } }), hostile.privateKey), 'invalid_request'],
    'a subject of 3,000 characters': [await token({ subject: 'x'.repeat(3000) }), 'invalid_request'],
    'no jti': [await rawToken(header, claims({ jti: undefined }), hostile.privateKey), 'invalid_request'],
    'a jti that is a number': [await rawToken(header, claims({ jti: 7 }), hostile.privateKey), 'invalid_request'],
    '31 days old': [await token({ at: new Date(Date.now() - 31 * 86_400_000) }), 'invalid_request'],
    'an hour ahead': [await token({ at: new Date(Date.now() + 3_600_000) }), 'invalid_request'],
    'an iat of letters': [await rawToken(header, claims({ iat: 'now' }), hostile.privateKey), 'invalid_request'],
    'no token at all': ['hello', 'invalid_request'],
    'nothing': ['', 'invalid_request'],
    'prototype words': [await rawToken(header, claims({ events: { ['__proto__']: {} }, constructor: {}, ['__proto__']: { x: 1 } }), hostile.privateKey), 'invalid_request'],
  };
  for (const [name, [body, err]] of Object.entries(wrong)) {
    const said = await push(body);
    assert.equal(said.status, 400, name);
    assert.equal(said.err, err, `${name}: ${said.body}`);
  }
  assert.equal((await push(good, { 'content-type': 'application/json' })).status, 400);
  assert.equal(await received(), before);
  await act();
  assert.equal(await frozen(), 0);
});

test('a huge body, a slow one, a wrong way: cut off, nobody else held up', async () => {
  const huge = await fetch(`${us.url}/signals/events`, { method: 'POST', headers: { 'content-type': 'application/secevent+jwt' }, body: 'a'.repeat(5_000_000) }).then((response) => response.status, () => 'closed');
  assert.ok(huge === 413 || huge === 'closed', String(huge));
  const slow = httpRequest(`${us.url}/signals/events`, { method: 'POST', headers: { 'content-type': 'application/secevent+jwt', 'content-length': '1000' } });
  slow.on('error', () => undefined);
  slow.write('a');
  assert.equal((await fetch(`${us.url}/.well-known/ssf-configuration`)).status, 200);
  slow.destroy();
  assert.equal((await fetch(`${us.url}/signals/events`)).status, 404);
  assert.equal((await fetch(`${us.url}/signals/poll`, { method: 'POST', body: '{}' })).status, 401);
});

test('the answer does not tell whether the subject exists: same status, headers and body for a professional, for nobody, for nonsense', async () => {
  const subjects = [hostile.subject(RPPS[40] ?? ''), hostile.subject('10100000000'), `${'9'.repeat(6)}.${'a'.repeat(27)}`, 'nonsense', '1.a'];
  const answers = await Promise.all(subjects.map(async (subject) => push(await token({ subject, event: EVENTS.revoked }))));
  assert.equal(new Set(answers.map(({ status, headers, body }) => `${status}${headers}${body}`)).size, 1);
  assert.equal(answers[0]?.status, 202);
  assert.equal(await us.state(RPPS[40] ?? ''), 'free', 'what it does is done apart from the answer');
  await act();
  assert.equal(await us.state(RPPS[40] ?? ''), 'step-up');
  // Nor does a stream's state or a poll say anything of it.
  const [url, body] = [`${us.url}/signals/poll`, '{"maxEvents":10}'];
  const authorization = `Bearer ${await signRequest(hostile, { issuer: HOSTILE, url, body })}`;
  const polled = await (await fetch(url, { method: 'POST', headers: { authorization }, body })).json() as { sets: Record<string, string> };
  assert.ok(Object.values(polled.sets).every((one) => !JSON.stringify(one).includes('compromise')));
});

test('the same jti again acts once; with other words too', async () => {
  const jti = randomUUID();
  assert.equal((await push(await token({ jti, subject: hostile.subject(RPPS[41] ?? ''), event: EVENTS.revoked }))).status, 202);
  await act();
  await us.database.pool('owner').query('update access.app_user set step_up_from = null');
  assert.equal((await push(await token({ jti, subject: hostile.subject(RPPS[41] ?? ''), event: EVENTS.revoked }))).status, 202);
  assert.equal((await push(await token({ jti, subject: hostile.subject(RPPS[42] ?? '') }))).status, 202);
  await act();
  assert.deepEqual([await us.state(RPPS[41] ?? ''), await us.state(RPPS[42] ?? '')], ['free', 'free']);
});

test('twenty in an hour freeze; the twenty-first asks for a touch and alarms the desk; the honest peer’s own is not used up', async () => {
  for (const rpps of RPPS.slice(0, 30)) assert.equal((await push(await token({ subject: hostile.subject(rpps) }))).status, 202);
  await act();
  const states = await Promise.all(RPPS.slice(0, 30).map((rpps) => us.state(rpps)));
  assert.deepEqual([states.filter((state) => state === 'frozen').length, states.filter((state) => state === 'step-up').length], [20, 10]);
  assert.equal(await frozen(), 20);
  const { rows } = await us.database.pool('owner').query("select a.kind, a.count from signals.alarm a join signals.peer p on p.id = a.peer_id where p.issuer = $1 order by a.kind", [HOSTILE]);
  assert.deepEqual(rows, [{ kind: 'ceiling', count: 10 }]);
  assert.equal((await us.database.pool('owner').query("select count(*)::int as n from journal.entry where purpose = 'freeze' and detail like 'peer https://hostile.example%'")).rows[0].n, 20, 'each has its entry');
  const freeze = await freezeByGuard(honest.database.pool('rempart_guard'), honest.users.get(RPPS[50] ?? '')?.user ?? 0, [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  await honest.database.pool('rempart_desk').query("select gate.signal_compromise($1, 'Mme Un', 'essai')", [freeze]);
  await honest.signals.transmitter.pushDue();
  await honest.signals.transmitter.pushDue();
  await act();
  assert.equal(await us.state(RPPS[50] ?? ''), 'frozen');
});

test('two processes at once: the ceiling is one', async () => {
  await us.database.pool('owner').query("update guard.freeze set at = at - interval '2 hours'");
  for (const rpps of RPPS.slice(20, 50)) await push(await token({ subject: hostile.subject(rpps) }));
  const open = (await us.database.pool('owner').query("select id from signals.received where state = 'new'")).rows as { id: number }[];
  const pools = [us.database.pool('rempart_signals', 8), us.database.pool('rempart_signals', 8)];
  await Promise.all(open.flatMap(({ id }, i) => pools.map((pool) => pool.query('select gate.apply_signal($1, $2)', [id, us.users.get(RPPS[20 + i] ?? '')?.professional]))));
  assert.equal((await us.database.pool('owner').query("select count(*)::int as n from guard.freeze where at > now() - interval '1 hour'")).rows[0].n, 20);
});

test('taking back somebody else’s signal, or an operator’s freeze, reaches nothing', async () => {
  const other = RPPS[50] ?? '';
  await push(await token({ event: EVENTS.enabled, subject: hostile.subject(other) }));
  await act();
  assert.equal(await us.state(other), 'frozen', 'the honest peer’s freeze stays');
  const own = await freezeByGuard(us.database.pool('rempart_guard'), us.users.get(RPPS[52] ?? '')?.user ?? 0, [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  assert.ok(own);
  await push(await token({ subject: hostile.subject(RPPS[52] ?? '') }));
  await act();
  await push(await token({ event: EVENTS.enabled, subject: hostile.subject(RPPS[52] ?? '') }));
  await act();
  assert.equal(await us.state(RPPS[52] ?? ''), 'frozen', 'our own guard’s freeze stays');
  await push(await token({ event: EVENTS.enabled, subject: hostile.subject(RPPS[0] ?? '') }));
  await act();
  assert.equal(await us.state(RPPS[0] ?? ''), 'free', 'its own is taken back');
});

test('a signal that arrives after it was taken back acts no more', async () => {
  const [subject, at] = [hostile.subject(RPPS[53] ?? ''), Date.now()];
  await push(await token({ event: EVENTS.enabled, subject, at: new Date(at) }));
  await act();
  await push(await token({ event: EVENTS.revoked, subject, at: new Date(at - 60_000) }));
  await act();
  assert.equal(await us.state(RPPS[53] ?? ''), 'free');
});

test('a flood is cut at 600 an hour with 429, alarms the desk once an hour, and fills neither journal nor table', async () => {
  const entries = async (): Promise<number> => (await us.database.pool('owner').query('select count(*)::int as n from journal.entry')).rows[0].n;
  const before = await entries();
  await us.database.pool('owner').query("insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at, state) select (select id from signals.peer where issuer = $1), 'flood-' || i, 'x', 'x', now(), now(), 'nothing' from generate_series(1, 590) i", [HOSTILE]);
  const answers: number[] = [];
  for (let i = 0; i < 40; i += 1) answers.push((await push(await token({ subject: `nobody-${i}` }))).status);
  assert.ok(answers.at(-1) === 429 && answers.includes(429), answers.join());
  await act();
  assert.equal(await entries(), before);
  assert.equal((await us.database.pool('owner').query("select count(*)::int as n from signals.alarm where kind = 'flood'")).rows[0].n, 1);
  for (let i = 0; i < 100; i += 1) await push('x.y.z');
  await us.signals.receiver.flushRefusals();
  const refusals = (await us.database.pool('owner').query("select count(*)::int as n from journal.entry where purpose = 'refusals' and outcome like 'signal-%'")).rows[0].n;
  assert.ok(refusals > 0 && refusals < 10, `${refusals} entries for hundreds of refusals`);
  assert.equal((await push(await token({ issuer: honest.url, key: honest.signals.context.key, event: EVENTS.revoked, subject: 'x' }))).status, 202, 'the honest peer is still heard');
});

test('an assertion is of one peer, one address, one body, once', async () => {
  const [url, body] = [`${us.url}/signals/status`, '{"status":"paused"}'];
  const call = async (authorization: string, to = url, said = body): Promise<number> => (await fetch(to, { method: 'POST', headers: { authorization }, body: said })).status;
  const own = `Bearer ${await signRequest(hostile, { issuer: HOSTILE, url, body })}`;
  assert.equal(await call(own, `${us.url}/signals/verify`), 401);
  assert.equal(await call(own, url, '{"status":"disabled"}'), 401);
  assert.equal(await call(`Bearer ${await signRequest(hostile, { issuer: honest.url, url, body })}`), 401, 'in the honest peer’s name');
  assert.equal(await call(`Bearer ${await token()}`), 401, 'a signal is no assertion');
  const long = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'h1' }).setIssuer(HOSTILE).setAudience(url).setJti('l').setIssuedAt().setExpirationTime('30d').sign(hostile.privateKey);
  assert.equal(await call(`Bearer ${long}`), 401, 'one that lives for a month');
  assert.equal(await call(own), 200);
  assert.equal(await call(own), 401, 'again');
  const { rows } = await us.database.pool('owner').query('select issuer, status from signals.peer order by issuer');
  assert.deepEqual(new Map(rows.map((row: { issuer: string; status: string }) => [row.issuer, row.status])).get(honest.url), 'enabled');
});

test('a verification event with another pair key does not verify, and says so to the desk', async () => {
  const key = await keyOf('w1');
  await addTo(us, { issuer: 'https://wrong.example', name: 'Mauvaise clé', kind: 'operator', keys: key.publicKeys }, JSON.stringify(newPairKey()));
  const proof = `2900.${createHmac('sha256', 'x').update('y').digest('base64url')}`;
  const said = await push(await token({ issuer: 'https://wrong.example', key, event: EVENTS.verification, subject: 's', members: { 'urn:rempart:signals:pair-check': proof } }));
  assert.deepEqual([said.status, said.err], [400, 'access_denied']);
  assert.equal((await us.database.pool('owner').query("select count(*)::int as n from signals.alarm where kind = 'pair-key'")).rows[0].n, 1);
  assert.equal((await push(await token({ issuer: 'https://wrong.example', key }))).err, 'access_denied');
});

// A later hour: everybody free, nothing counted against anybody's ceiling any more.
async function laterHour(): Promise<void> {
  await us.database.pool('owner').query("update guard.freeze set at = at - interval '3 hours', lifted_at = coalesce(lifted_at, now() - interval '2 days'); update access.app_user set frozen_at = null, step_up_from = null; delete from signals.received");
}

test('a touch that the guard asked for stands again when a peer takes its own back', async () => {
  await laterHour();
  const rpps = RPPS[30] ?? '';
  await demandStepUp(us.database.pool('rempart_guard'), us.users.get(rpps)?.user ?? 0, [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  assert.equal(await us.state(rpps), 'step-up');
  for (const event of [EVENTS.revoked, EVENTS.enabled]) {
    assert.equal((await push(await token({ event, subject: hostile.subject(rpps), ...(event === EVENTS.enabled ? { at: new Date(Date.now() + 1000) } : {}) }))).status, 202);
    await act();
  }
  assert.equal((await us.database.pool('owner').query("select count(*)::int as n from signals.received where state = 'retracted'")).rows[0].n, 2, 'the signal and its retraction');
  assert.equal(await us.state(rpps), 'step-up', 'the guard’s demand is not a peer’s to clear');
});

test('freezes taken back count against the hour all the same; the same token or another about the same person uses none', async () => {
  await laterHour();
  for (const rpps of RPPS.slice(0, 20)) {
    const [first, again] = [await token({ subject: hostile.subject(rpps) }), await token({ subject: hostile.subject(rpps) })];
    for (const one of [first, first, again]) assert.equal((await push(one)).status, 202);
  }
  await act();
  assert.equal(await frozen(), 20, 'sixty tokens, twenty persons, twenty freezes');
  for (const rpps of RPPS.slice(0, 20)) await push(await token({ event: EVENTS.enabled, subject: hostile.subject(rpps), at: new Date(Date.now() + 1000) }));
  await act();
  assert.equal(await frozen(), 0);
  await push(await token({ subject: hostile.subject(RPPS[25] ?? '') }));
  await act();
  assert.equal(await us.state(RPPS[25] ?? ''), 'step-up', 'the twenty-first of the hour');
});

test('whom an officer has let go is not frozen again by the same peer on the same day: a touch is asked for', async () => {
  await laterHour();
  const subject = hostile.subject(RPPS[31] ?? '');
  await push(await token({ subject }));
  await act();
  const [freeze] = await listFreezes(us.database.pool('rempart_desk'));
  assert.equal((await us.database.pool('rempart_desk').query("select gate.lift_by_operator($1, 'Alix Essai', 'vérifié au téléphone') as done", [freeze?.id])).rows[0].done, true);
  assert.equal(await us.state(RPPS[31] ?? ''), 'free');
  await push(await token({ subject }));
  await act();
  assert.equal(await us.state(RPPS[31] ?? ''), 'step-up');
});

test('a peer that names thousands who never come holds nobody’s signal up', async () => {
  await laterHour();
  const owner = us.database.pool('owner');
  const newcomer = us.users.get(RPPS[51] ?? '');
  await owner.query("insert into access.professional (rpps, peer_group, valid_from) select '80' || lpad(i::text, 9, '0'), 'doctor', '2020-01-01' from generate_series(1, 700) i");
  await owner.query("insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at, state, professional_id) select (select id from signals.peer where issuer = $1), 'never-' || p.id, $2, 'x', now(), now() - interval '2 hours', 'waiting', p.id from access.professional p where p.rpps like '80%'", [HOSTILE, EVENTS.compromise]);
  await owner.query("insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at, state, professional_id) select (select id from signals.peer where issuer = $1), 'newcomer', $2, 'x', now(), now() - interval '1 hour', 'waiting', $3", [honest.url, EVENTS.compromise, newcomer?.professional]);
  await act();
  assert.equal(await us.state(RPPS[51] ?? ''), 'frozen', 'the honest peer’s word about who has come is acted on');
  assert.equal((await us.database.pool('rempart_signals').query('select * from gate.open_signals(2000)')).rowCount, 0, 'who has not come is not looked at again and again');
});

test('an assertion dated ahead, to be good for ever, is refused', async () => {
  const [url, body] = [`${us.url}/signals/poll`, '{}'];
  const soon = Math.floor(Date.now() / 1000) + 10 * 86_400;
  const digest = createHash('sha256').update(body).digest('base64url');
  const ahead = await new SignJWT({ digest }).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'h1' }).setIssuer(HOSTILE).setSubject(HOSTILE).setAudience(url).setJti('ahead').setIssuedAt(soon).setExpirationTime(soon + 30).sign(hostile.privateKey);
  assert.equal((await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${ahead}` }, body })).status, 401);
});

test('the role of the signals process can do this and nothing else', async () => {
  const pool = us.database.pool('rempart_signals');
  for (const sql of ['update access.app_user set frozen_at = now()', 'select * from access.app_user', 'select * from journal.entry', 'select * from registry.right_row', 'update signals.peer set freezes_an_hour = 60', 'update signals.peer set verified_at = now()', 'insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at) values (1, \'x\', \'x\', \'x\', now(), now())',
    "select gate.freeze_one(1, null, 'x', '[]')", "select gate.freeze_by_operator(gen_random_uuid(), null, 'x', 'y')", "select gate.add_peer('{}', 'a', 'b')", 'select gate.lift_by_operator(1, \'a\', \'b\')', "select gate.stop_widely('platform', '', '{}')", 'select gate.lift_one(1, \'a\', \'b\')']) await assert.rejects(pool.query(sql), /permission denied/, sql);
  const { rows } = await us.database.pool('owner').query<{ name: string }>("select 'gate.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('gate', 'guard', 'access', 'journal', 'registry') and has_function_privilege('rempart_signals', p.oid, 'execute')");
  assert.deepEqual(rows.map((row) => row.name).toSorted(), ['gate.alarm_of_peer', 'gate.apply_signal', 'gate.change_stream', 'gate.due_signals', 'gate.end_delivery', 'gate.note_refusals', 'gate.open_signals', 'gate.sweep_signals', 'gate.take_signal', 'gate.verify_peer']);
});

test('a peer is added by two persons, and one that was removed is heard no more', async () => {
  const desk = us.database.pool('rempart_desk');
  const add = async (by: string, and: string): Promise<unknown> => (await desk.query('select gate.add_peer($1, $2, $3) as id', [JSON.stringify({ issuer: 'https://third.example', name: 'x', kind: 'operator', keys: hostile.publicKeys }), by, and])).rows[0].id;
  assert.deepEqual([await add('Mme Un', ''), await add('Mme Un', ' mme un '), await add('', 'M. Deux')], [null, null, null]);
  assert.equal(await removePeer(desk, HOSTILE, 'Mme Un'), true);
  await new Promise((resolve) => { setTimeout(resolve, 1100); });
  assert.equal((await push(await token({ subject: hostile.subject(RPPS[55] ?? '') }))).err, 'invalid_issuer');
  const [{ id }] = (await us.database.pool('owner').query('select id from signals.peer where issuer = $1', [HOSTILE])).rows as [{ id: number }];
  const taken = await us.database.pool('rempart_signals').query('select gate.take_signal($1, $2) as code', [id, JSON.stringify({ jti: 'late', iat: Math.floor(Date.now() / 1000), event: EVENTS.compromise, subject: 'x' })]);
  assert.equal(taken.rows[0].code, 'unverified', 'nor by a process that was taken over');
});

test('what a signal froze ends with the signal, after 30 days', async () => {
  const count = async (): Promise<number> => (await listFreezes(us.database.pool('rempart_desk'))).filter((freeze) => freeze.by.startsWith('peer ')).length;
  assert.ok((await count()) > 0);
  await us.database.pool('owner').query("update signals.received set issued_at = issued_at - interval '30 days 1 hour', taken_at = taken_at - interval '30 days 1 hour'");
  await us.signals.receiver.sweep();
  assert.equal(await count(), 0);
});
