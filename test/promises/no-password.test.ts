// Nobody signs in with a password: every route that gives data is walked with nothing, and with all that a thief can steal.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { SignJWT, generateKeyPair } from 'jose';
import { createProof, generateClientKey, nonceForKey } from '../../src/access/index.ts';
import { hash128 } from '../../src/ground/index.ts';
import { formatGuaranteeNumber } from '../../src/journal/index.ts';
import { Browser, callAs, newNonce, newSessionKey, newSoftPasskey, redeem, refresh, resume, signIn, signInUnconfirmed, walkToCode, type PortalSession } from '../support/portal-client.ts';
import { enrolment, touch, type SoftPasskey } from '../support/soft-passkey.ts';
import { startWorld, type World } from '../support/world.ts';

interface Operation { readonly security: readonly object[]; readonly requestBody?: object }
interface Walked { readonly method: 'GET' | 'POST'; readonly path: string; readonly body: unknown }

let world: World;
let pharmacist = '';
let victim: PortalSession;
let passkey: SoftPasskey;
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacist = `8${world.sandbox.establishments[0]?.professionals[1]}`;
  victim = await signIn(world, pharmacist);
  passkey = newSoftPasskey(world.portalOrigin);
  const enrolled = await callAs(world, victim, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: victim.jkt }));
  assert.equal(enrolled.status, 200);
});
after(() => world.close());

async function closedRoutes(): Promise<Walked[]> {
  const document = await (await fetch(`${world.apiUrl}/openapi.json`)).json() as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, operation]) => operation.security.length > 0)
    .map(([method, operation]) => ({ method: method.toUpperCase() as 'GET' | 'POST', path: path.replace('{number}', formatGuaranteeNumber(1)), body: operation.requestBody === undefined && method === 'get' ? undefined : path === '/v1/checks' ? world.question() : {} })));
}

// A walk is refused when every route refuses; how is told route by route.
async function walk(headers: (route: Walked) => Record<string, string>, refusals: readonly number[] = [401]): Promise<string[]> {
  const open: string[] = [];
  for (const route of await closedRoutes()) {
    const response = await fetch(`${world.apiUrl}${route.path}`, { method: route.method, headers: { 'content-type': 'application/json', origin: world.portalOrigin, ...headers(route) }, ...(route.method === 'GET' ? {} : { body: JSON.stringify(route.body ?? {}) }) });
    const text = await response.text();
    if (!refusals.includes(response.status)) open.push(`${route.path}: ${response.status} ${text.slice(0, 120)}`);
  }
  return open;
}

const thief = generateClientKey();
const proofOf = (route: Walked, token: string, key = thief): string => createProof({ key, method: route.method, url: `${world.apiUrl}${route.path}`, accessToken: token });

test('all routes that give data are closed, and the document says so', async () => {
  assert.ok((await closedRoutes()).length >= 13);
});

test('with nothing, a password, or a guess: refused', async () => {
  assert.deepEqual(await walk(() => ({})), []);
  assert.deepEqual(await walk(() => ({ authorization: `Basic ${Buffer.from('pharmacie:motdepasse').toString('base64')}` })), []);
  assert.deepEqual(await walk((route) => ({ authorization: `DPoP ${randomBytes(32).toString('base64url')}`, dpop: proofOf(route, 'x') })), []);
});

test('with every cookie of a person’s browser, before and after signing in: refused', async () => {
  const browser = new Browser();
  const { key } = newSessionKey();
  const verifier = randomBytes(32).toString('base64url');
  await walkToCode(world, { key, challenge: createHash('sha256').update(verifier).digest('base64url'), nationalId: pharmacist, browser });
  const cookies = [...browser.jar].map(([name, { value }]) => `${name.split('|')[0]}=${value}`).join('; ');
  assert.ok(cookies.includes('rempart_trip') || cookies.includes('_interaction'), 'there were cookies to steal');
  assert.deepEqual(await walk(() => ({ cookie: cookies })), []);
  // At the authorization server they open nothing either: a new sign-in asks Pro Santé Connect again.
  const thiefBrowser = new Browser();
  for (const [name, cookie] of browser.jar) thiefBrowser.jar.set(name, cookie);
  const page = await thiefBrowser.follow(`${world.issuer}/auth?client_id=rempart-portal&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(`${world.portalOrigin}/`)}`, world.portalOrigin);
  assert.ok(!page.url.includes('code='), page.url);
});

test('with a stolen token, as Bearer or under another key: refused', async () => {
  assert.deepEqual(await walk(() => ({ authorization: `Bearer ${victim.token}` })), []);
  assert.deepEqual(await walk((route) => ({ authorization: `DPoP ${victim.token}`, dpop: proofOf(route, victim.token) }), [401, 422]), [], 'a form of ours that has a fault (422) is told before who asks is looked up');
});

test('with a stolen refresh token under another key: no token', async () => {
  const { status, body } = await refresh(world, await signIn(world, pharmacist), thief);
  assert.equal(status, 400);
  assert.equal(body['access_token'], undefined);
});

test('with a stolen authorization code, under another key or without its verifier: no token', async () => {
  const { key, jkt } = newSessionKey();
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const code = async (): Promise<string> => (await walkToCode(world, { key, challenge, nationalId: pharmacist })).searchParams.get('code') ?? '';
  await assert.rejects(redeem(world, { key: thief, jkt, code: await code(), verifier }), /invalid_grant/);
  await assert.rejects(redeem(world, { key, jkt, code: await code(), verifier: randomBytes(32).toString('base64url') }), /invalid_grant/);
  const once = await code();
  const session = await redeem(world, { key, jkt, code: once, verifier });
  await assert.rejects(redeem(world, { key, jkt, code: once, verifier }), /invalid_grant/, 'used twice');
  assert.equal((await callAs(world, session, '/v1/session', {})).status, 401, 'and its second use ends what the first one got');
});

test('a passkey’s answer opens one session of one key: replayed, for another key, purpose or without user verification, it opens none', async () => {
  const mine = await resume(world, passkey);
  assert.equal((await callAs(world, mine, '/v1/session', {})).status, 200);
  const nonce = await newNonce(world);
  const answer = touch(passkey, { purpose: 'step-up', nonce, jkt: victim.jkt });
  assert.equal((await callAs(world, victim, '/v1/step-up', answer)).status, 200);
  assert.equal((await callAs(world, victim, '/v1/step-up', answer)).status, 401, 'replayed');
  assert.equal((await callAs(world, mine, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: victim.jkt }))).status, 401, 'made for another session’s key');
  assert.equal((await callAs(world, victim, '/v1/step-up', touch(passkey, { purpose: 'resume', nonce: await newNonce(world), jkt: victim.jkt }))).status, 401, 'made for another purpose');
  assert.equal((await callAs(world, victim, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: Buffer.alloc(40).toString('base64url'), jkt: victim.jkt }))).status, 401, 'a nonce that is not ours');
  const unverified = await resume(world, passkey, { verified: false });
  assert.equal((await callAs(world, unverified, '/v1/session', {})).status, 401, 'without user verification');
  assert.equal((await callAs(world, unverified, '/v1/checks', world.question())).status, 401);
});

test('a passkey alone opens nothing: Pro Santé Connect must have opened the hours it goes on with', async () => {
  const owner = world.database.pool('owner');
  await owner.query('update access.sign_in set ended_at = now() where ended_at is null');
  const alone = await resume(world, passkey);
  assert.equal((await callAs(world, alone, '/v1/session', {})).status, 401);
  assert.equal((await callAs(world, alone, '/v1/checks', world.question())).status, 401);
});

test('the authorization server’s keys and database rights alone mint no session', async () => {
  const auth = world.database.pool('rempart_auth');
  const { key, jkt } = newSessionKey();
  const place = (await world.database.pool('owner').query('select establishment_id as id from access.installation where kind = $1 limit 1', ['portal'])).rows[0].id;
  const token = randomBytes(32).toString('base64url');
  const plant = async (evidence: object): Promise<PortalSession> => {
    const { rows } = await auth.query("insert into access.sign_in (jkt, installation_id, evidence, expires_at) values ($1, gate.portal_installation($2), $3, now() + interval '4 hours') returning id, installation_id", [jkt, place, evidence]);
    const value = `${token}${rows[0].id}`;
    await auth.query("insert into access.session (secret_hash, installation_id, sign_in_id, jkt, payload, expires_at) values ($1, $2, $3, $4, '{}', now() + interval '10 minutes')", [hash128(value), rows[0].installation_id, rows[0].id, jkt]);
    return { key, jkt, token: value, refreshToken: '' };
  };
  const salt = randomBytes(16).toString('base64url');
  const forger = await generateKeyPair('ES256');
  const forged = await new SignJWT({ nonce: nonceForKey(salt, jkt), acr: 'eidas1' }).setProtectedHeader({ alg: 'ES256', kid: 'stand-in' }).setIssuer('http://127.0.0.1/auth/realms/esante-wallet').setAudience('rempart-test').setSubject(`f:x:${pharmacist}`).setIssuedAt().setExpirationTime('5m').sign(forger.privateKey);
  // A real id token of the person, seen on the way, commits to another key.
  const seen = await signInUnconfirmed(world, pharmacist);
  const real = (await world.database.pool('owner').query<{ evidence: object }>('select evidence from access.sign_in where jkt = $1', [seen.jkt])).rows[0]?.evidence ?? {};
  for (const evidence of [{ kind: 'psc', idToken: forged, salt, shown: 'x' }, { kind: 'psc', idToken: 'x.y.z', salt, shown: 'x' }, real, { kind: 'passkey', nonce: await newNonce(world), response: { id: passkey.id } }]) {
    const session = await plant(evidence);
    assert.equal((await callAs(world, session, '/v1/session', {})).status, 401, JSON.stringify(evidence).slice(0, 60));
    assert.equal((await callAs(world, session, '/v1/checks', world.question())).status, 401);
  }
  await assert.rejects(auth.query('update access.sign_in set confirmed_at = now()'), /permission denied/);
  await assert.rejects(auth.query("insert into access.sign_in (jkt, installation_id, expires_at, confirmed_at) values (gen_random_uuid(), 1, now(), now())"), /permission denied/);
  await assert.rejects(auth.query("select gate.confirm_sign_in(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{}')"), /permission denied/);
});

test('an id token confirms one session once: the same evidence again is a replay', async () => {
  const owner = world.database.pool('owner');
  const first = await signInUnconfirmed(world, pharmacist);
  const { evidence, installation_id: installation } = (await owner.query('select evidence, installation_id from access.sign_in where jkt = $1', [first.jkt])).rows[0];
  assert.equal((await callAs(world, first, '/v1/session', {})).status, 200);
  const again = (await owner.query("insert into access.sign_in (jkt, installation_id, evidence, expires_at) values ($1, $2, $3, now() + interval '1 hour') returning id", [first.jkt, installation, evidence])).rows[0].id;
  const token = randomBytes(32).toString('base64url');
  await owner.query("insert into access.session (secret_hash, installation_id, sign_in_id, jkt, payload, expires_at) values ($1, $2, $3, $4, '{}', now() + interval '10 minutes')", [hash128(token), installation, again, first.jkt]);
  assert.equal((await callAs(world, { ...first, token }, '/v1/session', {})).status, 401);
});
