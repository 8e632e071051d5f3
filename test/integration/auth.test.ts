import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { after, before, test } from 'node:test';
import { createInstallation, createProof, enrol, generateClientKey, obtainToken, signJwt, suspendInstallation, type Enrolled } from '../../src/access/index.ts';
import { hash128 } from '../../src/ground/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { plant } from '../support/planted.ts';
import { enrolIn, startAuth } from '../support/world.ts';

let database: TestDatabase;
let issuer: string;
let server: Server;
let enrolled: Enrolled;
before(async () => {
  database = await freshDatabase();
  await plant(database);
  ({ issuer, server } = await startAuth(database));
  ({ enrolled } = await enrolIn(database, { issuer, establishment: '750000001' }));
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await database.drop();
});

const now = (): number => Math.floor(Date.now() / 1000);

async function ask(change: { claims?: object; header?: object; assertion?: string; dpop?: string | null; who?: Enrolled; form?: Record<string, string> } = {}): Promise<{ status: number; error?: string; token_type?: string; access_token?: string }> {
  const who = change.who ?? enrolled;
  const claims = { iss: who.clientId, sub: who.clientId, aud: issuer, jti: crypto.randomUUID(), iat: now(), exp: now() + 60, ...change.claims };
  const assertion = change.assertion ?? signJwt({ typ: 'JWT', ...change.header }, claims, who.key);
  const dpop = change.dpop === undefined ? createProof({ key: who.key, method: 'POST', url: `${issuer}/token` }) : change.dpop;
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...(dpop === null ? {} : { dpop }) },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: who.clientId, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion, ...change.form }) });
  return { status: response.status, ...(await response.json() as object) };
}

test('an enrolled installation gets a DPoP-bound token of at most ten minutes, stored by its hash alone', async () => {
  const reply = await ask();
  assert.equal(reply.token_type, 'DPoP');
  const { rows } = await database.pool('owner').query("select payload::text as payload, expires_at - issued_at <= interval '10 minutes' as short from access.session where secret_hash = $1", [hash128(reply.access_token!)]);
  assert.equal(rows[0].short, true);
  assert.equal(rows[0].payload.includes(reply.access_token!), false);
});

test('without a proof, with a bad proof or with a used proof there is no token', async () => {
  assert.equal((await ask({ dpop: null })).status, 400);
  assert.equal((await ask({ dpop: createProof({ key: enrolled.key, method: 'GET', url: `${issuer}/token` }) })).status, 400);
  const dpop = createProof({ key: enrolled.key, method: 'POST', url: `${issuer}/token` });
  assert.equal((await ask({ dpop })).status, 200);
  assert.equal((await ask({ dpop })).status, 400);
});

test('the assertion must name the issuer alone, be fresh, used once, signed ES256 by the enrolled key', async () => {
  for (const claims of [{ aud: `${issuer}/token` }, { aud: [issuer] }, { exp: now() - 300, iat: now() - 400 }, { sub: undefined }, { iss: 'other' }, { jti: undefined }]) {
    assert.ok([400, 401].includes((await ask({ claims })).status), JSON.stringify(claims));
  }
  const assertion = signJwt({ typ: 'JWT' }, { iss: enrolled.clientId, sub: enrolled.clientId, aud: issuer, jti: 'once', iat: now(), exp: now() + 60 }, enrolled.key);
  assert.equal((await ask({ assertion })).status, 200);
  assert.ok([400, 401].includes((await ask({ assertion })).status));
  const replies = await Promise.all(Array.from({ length: 10 }, () => ask({ assertion: assertion.replace(/\.[^.]+$/, '.AAAA') })));
  assert.ok(replies.every((reply) => reply.status === 401));
  const stranger = { ...enrolled, key: generateClientKey() };
  assert.equal((await ask({ who: stranger })).status, 401);
  const rs256 = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${assertion.split('.')[1]}`;
  assert.equal((await ask({ assertion: `${rs256}.AAAA` })).status, 401);
});

test('no other grant, no password, no other endpoint', async () => {
  assert.equal((await ask({ form: { grant_type: 'password', username: 'a', password: 'b' } })).status, 400);
  for (const path of ['/auth', '/me', '/reg', '/device/auth', '/token/introspection', '/session/end', '/jwks']) {
    assert.equal((await fetch(`${issuer}${path}`)).status, 404, path);
  }
});

test('a one-time code works once, in time, and only with a signature by the key that it enrols', async () => {
  const desk = database.pool('rempart_desk');
  const { code } = await createInstallation(desk, { establishment: '750000001', vendor: 'v', software: 's' });
  const key = generateClientKey();
  await assert.rejects(enrol({ issuer, code, key: { ...key, jwk: generateClientKey().jwk } }));
  await obtainToken(await enrol({ issuer, code, key }));
  await assert.rejects(enrol({ issuer, code, key: generateClientKey() }));
  const late = await createInstallation(desk, { establishment: '750000001', vendor: 'v', software: 's' });
  await database.pool('owner').query("update access.enrolment_code set expires_at = now() - interval '1 second' where used_at is null");
  await assert.rejects(enrol({ issuer, code: late.code, key }));
});

test('a suspended installation gets no token and loses those it has', async () => {
  const { enrolled: other } = await enrolIn(database, { issuer, establishment: '750000001' });
  await suspendInstallation(database.pool('rempart_desk'), other.clientId, { by: 'Agent Un', reason: 'essai' });
  assert.equal((await ask({ who: other })).status, 401);
  const { rows } = await database.pool('owner').query('select count(*)::int as n from access.session s join access.installation n on n.id = s.installation_id where n.client_id = $1', [other.clientId]);
  assert.equal(rows[0].n, 0);
});
