// Promise `bound-token`: no token works without its key. Stolen, replayed, sent as Bearer: refused, and journalled.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProof, generateClientKey, signJwt } from '../../src/access/index.ts';
import { fhirRequest } from '../support/fhir-request.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 300 }); });
after(() => world.close());

async function send(headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${world.apiUrl}/v1/checks`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(world.question()) });
  const text = await response.text();
  assert.equal(response.status === 200 || !text.includes('coverage'), true);
  return response.status;
}

const proof = (change: { key?: ReturnType<typeof generateClientKey>; method?: string; url?: string; accessToken?: string } = {}): string =>
  createProof({ key: world.pharmacy.enrolled.key, method: 'POST', url: `${world.apiUrl}/v1/checks`, accessToken: world.pharmacy.token.value, ...change });
const dpop = (): string => `DPoP ${world.pharmacy.token.value}`;

async function journalled(reason: string): Promise<boolean> {
  const { rows } = await world.database.pool('owner').query("select from journal.entry where purpose = 'refusals' and outcome = $1", [reason]);
  return rows.length > 0;
}

test('the honest request is answered', async () => {
  assert.equal(await send({ authorization: dpop(), dpop: proof() }), 200);
});

test('sent as Bearer, without a proof, or without a token: refused and journalled', async () => {
  assert.equal(await send({ authorization: `Bearer ${world.pharmacy.token.value}`, dpop: proof() }), 401);
  assert.equal(await send({ authorization: dpop() }), 401);
  assert.equal(await send({ dpop: proof() }), 401);
  assert.ok(await journalled('bearer') && await journalled('no-proof') && await journalled('no-token'));
});

test('a stolen token with the thief’s own key: refused and journalled', async () => {
  assert.equal(await send({ authorization: dpop(), dpop: proof({ key: generateClientKey() }) }), 401);
  assert.ok(await journalled('binding'));
});

test('a replayed proof: refused and journalled, also from several at once', async () => {
  const once = proof();
  const statuses = await Promise.all(Array.from({ length: 12 }, () => send({ authorization: dpop(), dpop: once })));
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.ok(await journalled('replay'));
});

test('a proof that was used opens no array and no Bundle, however long; one that opened an array opens no longer one, whatever became of its questions', async () => {
  const url = `${world.apiUrl}/v1/checks`;
  const post = async (made: string, body: unknown): Promise<{ status: number; told: boolean }> => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: dpop(), dpop: made }, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, told: text.includes('"verdict"') };
  };
  const many = (count: number): unknown[] => Array.from({ length: count }, () => world.question());
  const once = proof();
  assert.deepEqual(await post(once, world.question()), { status: 200, told: true });
  assert.deepEqual(await post(once, many(5)), { status: 401, told: false });
  const array = proof();
  assert.deepEqual(await post(array, [{ reference: 'bad' }, world.question()]), { status: 200, told: true });
  for (const again of [many(1), many(9), world.question()]) assert.deepEqual(await post(array, again), { status: 401, told: false });
  const submit = `${world.apiUrl}/fhir/CoverageEligibilityRequest/$submit`;
  const bundle = proof({ url: submit });
  const submitted = async (count: number): Promise<number> => (await fetch(submit, { method: 'POST', headers: { 'content-type': 'application/fhir+json', authorization: dpop(), dpop: bundle },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: Array.from({ length: count }, () => ({ resource: fhirRequest(world), request: { method: 'POST', url: 'CoverageEligibilityRequest/$submit' } })) }) })).status;
  assert.deepEqual([await submitted(1), await submitted(4)], [200, 401]);
});

test('a proof for another method, address, token or time, of another algorithm, or carrying a private key: refused', async () => {
  const key = world.pharmacy.enrolled.key;
  const claims = { jti: crypto.randomUUID(), htm: 'POST', htu: `${world.apiUrl}/v1/checks`, iat: Math.floor(Date.now() / 1000), ath: 'x' };
  const good = proof();
  const bad: [string, string][] = [
    ['proof-htm', proof({ method: 'GET' })], ['proof-htu', proof({ url: `${world.apiUrl}/v1/other` })], ['proof-ath', proof({ accessToken: 'another' })],
    ['proof-iat', signJwt({ typ: 'dpop+jwt', jwk: key.jwk }, { ...claims, iat: claims.iat - 300 }, key)], ['proof-iat', signJwt({ typ: 'dpop+jwt', jwk: key.jwk }, { ...claims, iat: claims.iat + 300 }, key)],
    ['proof-typ', signJwt({ typ: 'JWT', jwk: key.jwk }, claims, key)], ['proof-alg', signJwt({ typ: 'dpop+jwt', alg: 'RS256', jwk: key.jwk }, claims, key)],
    ['proof-key', signJwt({ typ: 'dpop+jwt', jwk: { ...key.jwk, d: 'AAAA' } }, claims, key)], ['proof-signature', `${good.slice(0, -8)}AAAAAAAA`], ['proof-malformed', 'a.b'],
  ];
  for (const [reason, made] of bad) {
    assert.equal(await send({ authorization: dpop(), dpop: made }), 401, reason);
    assert.ok(await journalled(reason), reason);
  }
});

test('an expired token, and a token of nobody: refused', async () => {
  const stranger = 'A'.repeat(43);
  assert.equal(await send({ authorization: `DPoP ${stranger}`, dpop: proof({ accessToken: stranger }) }), 401);
  const owner = world.database.pool('owner');
  await owner.query("update access.session set expires_at = now() - interval '1 second'");
  assert.equal(await send({ authorization: dpop(), dpop: proof() }), 401);
  await owner.query("update access.session set expires_at = now() + interval '5 minutes'");
  assert.ok(await journalled('session'));
});

test('a thousand refusals make few entries: nobody fills the journal from outside', async () => {
  const owner = world.database.pool('owner');
  const count = async (): Promise<number> => (await owner.query("select count(*)::int as n from journal.entry where purpose = 'refusals'")).rows[0].n;
  const before = await count();
  for (let i = 0; i < 20; i += 1) await Promise.all(Array.from({ length: 50 }, () => send({ authorization: 'Bearer x' })));
  assert.ok((await count()) - before <= 2);
  const { rows } = await owner.query("select sum(count)::int as n from journal.refusal where reason = 'bearer'");
  assert.ok(rows[0].n >= 1000);
});

test('a portal’s token: under another key, as Bearer, with a proof for another address or used twice, refused', async () => {
  const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
  const url = `${world.apiUrl}/v1/my/day`;
  const get = async (authorization: string, dpop: string): Promise<number> => (await fetch(url, { headers: { authorization, dpop } })).status;
  const good = createProof({ key: session.key, method: 'GET', url, accessToken: session.token });
  assert.equal(await get(`DPoP ${session.token}`, good), 200);
  assert.equal(await get(`DPoP ${session.token}`, good), 401, 'a replayed proof');
  assert.equal(await get(`Bearer ${session.token}`, createProof({ key: session.key, method: 'GET', url, accessToken: session.token })), 401);
  assert.equal(await get(`DPoP ${session.token}`, createProof({ key: generateClientKey(), method: 'GET', url, accessToken: session.token })), 401);
  assert.equal(await get(`DPoP ${session.token}`, createProof({ key: session.key, method: 'GET', url: `${world.apiUrl}/v1/session`, accessToken: session.token })), 401);
  // A token that software got is none of the portal's, and the other way round.
  assert.equal((await callAs(world, { ...session, key: world.pharmacy.enrolled.key, token: world.pharmacy.token.value }, '/v1/my/day')).status, 401);
});
