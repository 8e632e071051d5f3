// Officers of the desk: codes once, sessions bound to a key, nothing that can be stolen opens anything, two for what takes two.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createProof, generateClientKey } from '../../src/access/index.ts';
import { hash128 } from '../../src/ground/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { approve, askForTwo, callDesk, enrolOfficer, enter, post, seat, touchOf, type DeskSession } from '../support/desk-client.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { newSoftPasskey } from '../support/soft-passkey.ts';

let database: TestDatabase;
let desk: TestDesk;
let [claire, karim, lucie, aude] = [] as unknown as [DeskSession, DeskSession, DeskSession, DeskSession];
before(async () => {
  database = await freshDatabase();
  desk = await openDesk(database);
  [claire, karim, lucie, aude] = [await seat(desk, 0), await seat(desk, 1), await seat(desk, 2), await seat(desk, 3)];
});
after(async () => { await desk?.close(); await database?.drop(); });

const owner = <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => database.pool('owner').query<T>(sql, values).then(({ rows }) => rows);
const lastNote = async (outcome: string): Promise<string> => (await owner<{ detail: string }>("select detail from journal.entry where purpose = 'desk' and outcome = $1 order by id desc limit 1", [outcome]))[0]?.detail ?? '';
const PLATFORM = { kind: 'stop', subject: { scope: 'platform', subject: '', hours: 1 }, reason: 'attaque en cours' };

test('a code opens once, and not after its time', async () => {
  assert.equal((await enrolOfficer(desk, desk.codes[0]?.code ?? '')).reply.status, 401);
  assert.equal((await enrolOfficer(desk, 'AAAAA-AAAAA-AAAAA-AAAAA')).reply.status, 401);
  const late = 'BBBBB-BBBBB-BBBBB-BBBBB';
  await owner("insert into desk.code (hash, officer_id, why, made_at, expires_at) values ($1, 1, 'new', now() - interval '3 days', now() - interval '1 second')", [hash128(late)]);
  assert.equal((await enrolOfficer(desk, late)).reply.status, 401);
  assert.match(await lastNote('enrolled'), /Aude Blanc, by a code of installation/);
});

test('a touch without user verification, of an unknown passkey, or sent twice opens nothing', async () => {
  assert.equal((await enter(desk, claire.passkey, { verified: false })).reply.status, 401);
  assert.equal((await enter(desk, newSoftPasskey(desk.origin))).reply.status, 401);
  const other = newSoftPasskey(desk.origin);
  assert.equal((await enter(desk, { ...other, id: claire.passkey.id })).reply.status, 401);
  const { sent, reply } = await enter(desk, claire.passkey);
  assert.equal(reply.status, 200);
  assert.equal((await post(desk, '/desk/v1/session', sent)).status, 401, 'the same touch again');
});

test('every route but the four that open a session refuses nothing, a guess, a stolen token, another key, a replayed proof', async () => {
  const closed = desk.routes.filter(({ path }) => !['/desk/v1/nonce', '/desk/v1/code', '/desk/v1/enrol', '/desk/v1/session'].includes(path));
  assert.ok(closed.length >= 18);
  const thief = generateClientKey();
  for (const { method, path } of closed) {
    const url = `${desk.origin}${path}`;
    const ask = (headers: Record<string, string>): Promise<number> => fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...(method === 'GET' ? {} : { body: '{}' }) }).then((r) => r.status);
    const guess = randomBytes(32).toString('base64url');
    assert.equal(await ask({}), 401, path);
    assert.equal(await ask({ authorization: `Basic ${Buffer.from('claire:motdepasse').toString('base64')}` }), 401, path);
    assert.equal(await ask({ authorization: `Bearer ${claire.token}` }), 401, path);
    assert.equal(await ask({ cookie: `session=${claire.token}; token=${claire.token}` }), 401, path);
    const mistaken = method === 'GET' || path === '/desk/v1/session/end' ? [401] : [401, 422];
    assert.ok(mistaken.includes(await ask({ authorization: `DPoP ${guess}`, dpop: createProof({ key: thief, method, url, accessToken: guess }) })), path);
    assert.ok(mistaken.includes(await ask({ authorization: `DPoP ${claire.token}`, dpop: createProof({ key: thief, method, url, accessToken: claire.token }) })), `${path} with another key`);
  }
  const url = `${desk.origin}/desk/v1/me`;
  const proof = createProof({ key: claire.key, method: 'GET', url, accessToken: claire.token });
  const again = (): Promise<number> => fetch(url, { headers: { authorization: `DPoP ${claire.token}`, dpop: proof } }).then((r) => r.status);
  assert.deepEqual([await again(), await again()], [200, 401], 'a proof is good once');
  const noted = await owner<{ n: number }>("select coalesce(sum(count), 0)::int as n from journal.refusal where reason like 'desk %'");
  assert.ok((noted[0]?.n ?? 0) > closed.length * 4, 'refusals are counted in the journal');
});

test('fifteen minutes without a gesture, or eight hours, end a session; a screen that refreshes itself keeps none open', async () => {
  const { session } = await enter(desk, lucie.passkey);
  const back = (column: string, by: string): Promise<object[]> => owner(`update desk.session set ${column} = ${column} - interval '${by}' where secret_hash = $1`, [hash128(session.token)]);
  await back('last_seen_at', '14 minutes');
  const url = `${desk.origin}/desk/v1/now`;
  const unattended = await fetch(url, { headers: { authorization: `DPoP ${session.token}`, dpop: createProof({ key: session.key, method: 'GET', url, accessToken: session.token }), 'rempart-unattended': '1' } });
  assert.equal(unattended.status, 200);
  await back('last_seen_at', '2 minutes');
  assert.equal((await callDesk(desk, session, '/desk/v1/me')).status, 401);
  const { session: long } = await enter(desk, lucie.passkey);
  await owner("update desk.session set started_at = started_at - interval '8 hours' where secret_hash = $1", [hash128(long.token)]);
  assert.equal((await callDesk(desk, long, '/desk/v1/me')).status, 401);
  const { session: left } = await enter(desk, lucie.passkey);
  assert.equal((await callDesk(desk, left, '/desk/v1/session/end', {})).status, 200);
  assert.equal((await callDesk(desk, left, '/desk/v1/me')).status, 401);
});

test('a platform stop takes two officers, each signing the exact text; it acts once and bears both names', async () => {
  const { id, reply } = await askForTwo(desk, claire, PLATFORM);
  assert.equal(reply.status, 200);
  const again = await askForTwo(desk, claire, { ...PLATFORM, reason: 'je ne sais plus' });
  assert.deepEqual([again.reply.status, /déjà demandé/.test(String(again.reply.body['title']))], [409, true], 'one waits for another officer already');
  const stops = (): Promise<{ by_first: string; by_second: string }[]> => owner('select by_first, by_second from guard.stop where ended_at is null');
  assert.deepEqual(await stops(), [], 'one signature stops nothing');
  assert.equal((await approve(desk, claire, id)).status, 403, 'not the same officer twice');
  assert.equal((await approve(desk, karim, id)).status, 403, 'not a role without that power');
  assert.equal((await approve(desk, aude, id)).status, 403);
  const shown = (await callDesk(desk, lucie, '/desk/v1/requests')).body as unknown as { id: string; text: string }[];
  const text = shown.find((each) => each.id === id)?.text ?? '';
  assert.match(text, /stop\n\{.*"platform".*\}\nattaque en cours\n/);
  const sign = (response: object): Promise<number> => callDesk(desk, lucie, '/desk/v1/requests/sign', { id, response }).then((r) => r.status);
  assert.equal(await sign(touchOf(lucie.passkey, text.replace('"hours": 1', '"hours": 9'))), 401, 'a touch on another text');
  assert.equal(await sign(touchOf(claire.passkey, text)), 401, 'a touch of another officer');
  assert.equal(await sign(touchOf(lucie.passkey, text)), 200);
  assert.equal(await sign(touchOf(lucie.passkey, text)), 409, 'once');
  assert.deepEqual(await stops(), [{ by_first: 'Claire Martin', by_second: 'Lucie Petit' }]);
  assert.match(await lastNote('approved'), /stop by Claire Martin and Lucie Petit: attaque en cours/);
});

test('a request expires, can be refused with a reason, and one that cannot be done changes nothing', async () => {
  const { id } = await askForTwo(desk, claire, PLATFORM);
  await owner('update desk.request set expires_at = now() where id = $1', [id]);
  assert.equal((await approve(desk, lucie, id)).status, 409);
  const { id: second } = await askForTwo(desk, claire, PLATFORM);
  assert.equal((await callDesk(desk, lucie, '/desk/v1/requests/decline', { id: second, reason: 'fausse alerte' })).status, 200);
  assert.equal((await approve(desk, lucie, second)).status, 409);
  const { id: third } = await askForTwo(desk, claire, { ...PLATFORM, subject: { scope: 'establishment', subject: '000000000', hours: 1 } });
  assert.equal((await approve(desk, lucie, third)).status, 409);
  const { id: fourth } = await askForTwo(desk, claire, { ...PLATFORM, subject: { scope: 'platform', subject: '', hours: 'x' } });
  assert.equal((await approve(desk, lucie, fourth)).status, 409);
  assert.equal((await owner<{ state: string }>('select state from desk.request where id = $1', [third]))[0]?.state, 'failed');
});

test('a lost passkey is replaced by two others, never by oneself; the old one dies with the new', async () => {
  const about = { kind: 'officer-recovery', subject: { officer: 3, name: 'Lucie Petit' }, reason: 'téléphone perdu' };
  const own = await askForTwo(desk, karim, { ...about, subject: { officer: 2, name: 'Karim Benali' } });
  assert.equal((await approve(desk, claire, own.id)).status, 409, 'Karim is no "other" about himself');
  const { id, reply: asking } = await askForTwo(desk, karim, about);
  const approved = await approve(desk, claire, id);
  assert.equal(approved.status, 200);
  assert.equal((await callDesk(desk, lucie, '/desk/v1/me')).status, 401, 'sessions end at once');
  // Until a new one is enrolled the old one opens the desk: for its owner, or for who holds it.
  const { session: thief } = await enter(desk, lucie.passkey);
  const { id: asked } = await askForTwo(desk, thief, PLATFORM);
  assert.equal((await callDesk(desk, thief, '/desk/v1/me')).status, 200);
  const [half, other] = [asking.body['code'] as string, approved.body['code'] as string];
  for (const alone of [half, other, `${half} ${half}`, `${other} ${other}`]) assert.equal((await enrolOfficer(desk, alone)).reply.status, 401, 'neither officer can use it alone');
  const { passkey, reply } = await enrolOfficer(desk, `${other} ${half}`);
  assert.equal(reply.status, 200);
  assert.equal((await callDesk(desk, thief, '/desk/v1/me')).status, 401, 'and with it what it opened');
  assert.equal((await approve(desk, claire, asked)).status, 409, 'nor does what it asked for wait');
  assert.deepEqual(await owner('select state, decided_by, result from desk.request where id = $1', [asked]), [{ state: 'withdrawn', decided_by: null, result: { because: 'officer-recovery' } }], 'and it was not she who withdrew it');
  assert.equal((await enter(desk, lucie.passkey)).reply.status, 401);
  const { session } = await enter(desk, passkey);
  lucie = session;
  assert.equal((await callDesk(desk, lucie, '/desk/v1/me')).body['name'], 'Lucie Petit');
});

test('whom a request is about the database says, whatever name the asker wrote; who is not known is asked about by nobody', async () => {
  const shown = async (id: string): Promise<{ subject: unknown; text: string } | undefined> => ((await callDesk(desk, claire, '/desk/v1/requests')).body as unknown as { id: string; subject: unknown; text: string }[]).find((each) => each.id === id);
  for (const kind of ['officer-recovery', 'officer-remove']) {
    const { id } = await askForTwo(desk, karim, { kind, subject: { officer: 3, name: 'Noé Roy', role: 'auditor' }, reason: 'téléphone perdu' });
    const asked = await shown(id);
    assert.deepEqual(asked?.subject, { officer: 3, name: 'Lucie Petit', role: 'on-call' });
    assert.match(asked?.text ?? '', /"name": "Lucie Petit"/);
    for (const officer of [99, '3 or 1', { id: 3 }, undefined]) assert.equal((await askForTwo(desk, karim, { kind, subject: { officer, name: 'Lucie Petit' }, reason: 'x' })).reply.status, 404);
    await callDesk(desk, karim, '/desk/v1/requests/decline', { id, reason: 'essai' });
  }
  const { id } = await askForTwo(desk, claire, { ...PLATFORM, subject: { ...PLATFORM.subject, by: 'Karim Benali', source: 'x', hours: 1 } });
  assert.deepEqual((await shown(id))?.subject, PLATFORM.subject, 'what no sentence shows is not signed');
  await callDesk(desk, claire, '/desk/v1/requests/decline', { id, reason: 'essai' });
});

test('an auditor sees and does nothing; a look is journalled with who and why before it is told', async () => {
  assert.equal((await callDesk(desk, aude, '/desk/v1/now')).status, 200);
  assert.equal((await callDesk(desk, aude, '/desk/v1/freezes', { client: crypto.randomUUID(), reason: 'x' })).status, 403);
  assert.equal((await askForTwo(desk, aude, PLATFORM)).reply.status, 403);
  assert.equal((await callDesk(desk, aude, '/desk/v1/looks', { rpps: '10000000001', reason: 'x' })).status, 403);
  const { status } = await callDesk(desk, claire, '/desk/v1/looks', { person: crypto.randomUUID(), reason: 'demande 42' });
  assert.equal(status, 200);
  const lastLook = async (): Promise<string | undefined> => (await owner<{ detail: string }>("select detail from journal.entry where purpose = 'look' order by id desc limit 1"))[0]?.detail;
  assert.equal(await lastLook(), 'Claire Martin: demande 42');
  assert.equal((await callDesk(desk, claire, '/desk/v1/looks', { rpps: '10000000001', reason: ' ' })).status, 422);
  assert.deepEqual([(await callDesk(desk, claire, '/desk/v1/looks', { rpps: '99999999999', reason: 'x' })).body['known'], await lastLook()], [false, 'Claire Martin: x'], 'nobody, which is no innocence');
  const miswritten = await callDesk(desk, claire, '/desk/v1/looks', { person: 'AB12', reason: 'x' });
  assert.equal(miswritten.status, 422);
  assert.doesNotMatch(JSON.stringify(miswritten.body), /\[0-9a-f\]/, 'in words');
});

test('while a restored database answers nothing, the desk says so', async () => {
  const answers = async (): Promise<unknown> => ((await callDesk(desk, aude, '/desk/v1/now')).body as { answers?: unknown }).answers;
  assert.equal(await answers(), true);
  await owner('update gate.standing set lost_size = 1');
  assert.equal(await answers(), false);
  await owner('update gate.standing set lost_size = null');
});

test('a taken-over desk server reads no table, and signs for nobody', async () => {
  const taken = database.pool('rempart_officer', 1);
  const tables = await owner<{ name: string }>("select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('registry', 'access', 'journal', 'gate', 'guard', 'desk')");
  for (const { name } of tables) await assert.rejects(taken.query(`select * from ${name}`), /permission denied/, name);
  const caller = JSON.stringify({ session: hash128(claire.token), jkt: '00000000-0000-0000-0000-000000000000', proof: crypto.randomUUID() });
  await assert.rejects(taken.query('select desk.me($1)', [caller]), /session/);
  const forged = JSON.stringify({ credentialId: claire.passkey.id, clientData: Buffer.from('{"type":"webauthn.get"}').toString('base64'), authenticatorData: Buffer.alloc(37, 5).toString('base64'), signature: Buffer.alloc(64, 1).toString('base64') });
  const { rows } = await taken.query<{ opened: boolean }>('select desk.open_session($1, $1, $2, $3) as opened', [crypto.randomUUID(), 'nonce', forged]);
  assert.equal(rows[0]?.opened, false);
  for (const sql of ["gate.stop_widely('platform', '', '{}')", 'gate.freeze_by_operator(null, null, null, null)', "desk.carry_out(null, 'a', 'b', null)", "desk.accept_touch('{}', '', 1)"]) await assert.rejects(taken.query(`select ${sql}`), /permission denied/, sql);
});
