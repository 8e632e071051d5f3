// Walks every documented route with no right, a wrong one and someone else's.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callApi, createProof, generateClientKey } from '../../src/access/index.ts';
import { endStop, stopWidely } from '../../src/guard/index.ts';
import { signIn, signInUnconfirmed, type PortalSession } from '../support/portal-client.ts';
import { fhirRequest } from '../support/fhir-request.ts';
import { writeCard } from '../support/cards.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

interface Operation { readonly operationId: string; readonly security: readonly object[]; readonly requestBody?: object; readonly responses: Readonly<Record<string, object>> }
interface Walked { readonly method: string; readonly path: string; readonly operation: Operation }

let world: World;
let neighbour: Signed;
let insurer: Signed;
let guarantee = '';
let entry = '';
let cardCode = '';
before(async () => {
  world = await startWorld({ persons: 400 });
  const own = world.sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  const other = world.sandbox.establishments.find((e) => e.peerGroup === 'pharmacy' && e.identifier !== own?.identifier) ?? world.sandbox.establishments.find((e) => e.identifier !== own?.identifier);
  neighbour = await enrolIn(world.database, { issuer: world.issuer, establishment: other?.identifier ?? '', responsibleRpps: other?.professionals[0] ?? '' });
  cardCode = await writeCard(world.amc);
  insurer = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: '99100002' });
  const { body } = await world.ask();
  guarantee = body.guarantee?.number ?? '';
  entry = String(body.entry);
});
after(() => world.close());

async function routes(): Promise<Walked[]> {
  const document = await (await fetch(`${world.apiUrl}/openapi.json`)).json() as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path: path.replace('{number}', guarantee).replace('{entry}', entry), operation })));
}

const closed = async (): Promise<Walked[]> => (await routes()).filter(({ operation }) => operation.security.length > 0);

async function call(route: Walked, headers: Record<string, string>): Promise<{ status: number; text: string; correlation: string | null; challenge: string | null }> {
  const body = route.operation.requestBody === undefined ? {} : { body: JSON.stringify(bodyFor(route.path)) };
  const response = await fetch(`${world.apiUrl}${route.path}`, { method: route.method, headers: { 'content-type': 'application/json', ...headers }, ...body });
  return { status: response.status, text: await response.text(), correlation: response.headers.get('x-correlation-id'), challenge: response.headers.get('www-authenticate') };
}

// Bodies without a fault: what is refused is who asks.
function bodyFor(path: string): unknown {
  if (path.startsWith('/fhir/')) return fhirRequest(world);
  if (path === '/v1/checks') return world.question();
  if (path === '/v1/cards') return { cards: [{ code: cardCode, nir: world.person.nir, birthDate: world.person.birthDate }] };
  if (path === '/v1/cards/revocations') return { cards: [{ code: cardCode }] };
  return ['/v1/passkeys', '/v1/step-up'].includes(path) ? { nonce: 'x', response: { id: 'x' } } : {};
}

function proofFor(route: Walked, signed: Signed): string {
  return createProof({ key: signed.enrolled.key, method: route.method, url: `${world.apiUrl}${route.path}`, accessToken: signed.token.value });
}

test('the document lists the routes, and every closed one is closed by DPoP alone', async () => {
  const all = await routes();
  assert.deepEqual(all.filter((route) => route.operation.security.length === 0).map((route) => route.path).toSorted(), ['/fhir/metadata', '/healthz', '/openapi.json', '/readyz', '/v1/insurers', '/v1/passkeys/nonce']);
  assert.ok((await closed()).length >= 15);
  const document = await (await fetch(`${world.apiUrl}/openapi.json`)).json() as { components: { securitySchemes: object } };
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['dpop']);
});

test('open routes answer without a credential, and every answer has a correlation id', async () => {
  for (const route of await routes()) {
    const { status, correlation } = await call(route, {});
    assert.equal(status, route.operation.security.length > 0 ? 401 : 200, route.path);
    assert.match(correlation ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(String(status) in route.operation.responses, `${route.path}: ${status} is documented`);
  }
});

test('no credential, a password, a bearer token, a stranger’s token, a proof for another address: 401 and nothing told', async () => {
  const stranger = generateClientKey();
  for (const route of await closed()) {
    const [elsewhere] = (await closed()).filter((r) => r.path !== route.path) as [Walked];
    const attempts: Record<string, Record<string, string>> = {
      none: {}, password: { authorization: `Basic ${Buffer.from('medecin:motdepasse').toString('base64')}` }, bearer: { authorization: `Bearer ${world.pharmacy.token.value}` },
      'proof missing': { authorization: `DPoP ${world.pharmacy.token.value}` },
      'made-up token': { authorization: `DPoP ${'x'.repeat(43)}`, dpop: createProof({ key: stranger, method: route.method, url: `${world.apiUrl}${route.path}`, accessToken: 'x'.repeat(43) }) },
      'stolen token, own key': { authorization: `DPoP ${world.pharmacy.token.value}`, dpop: createProof({ key: stranger, method: route.method, url: `${world.apiUrl}${route.path}`, accessToken: world.pharmacy.token.value }) },
      'proof of another address': { authorization: `DPoP ${world.pharmacy.token.value}`, dpop: proofFor(elsewhere, world.pharmacy) },
      'proof of another method': { authorization: `DPoP ${world.pharmacy.token.value}`, dpop: createProof({ key: world.pharmacy.enrolled.key, method: 'PUT', url: `${world.apiUrl}${route.path}`, accessToken: world.pharmacy.token.value }) },
    };
    for (const [name, headers] of Object.entries(attempts)) {
      const { status, text, challenge } = await call(route, headers);
      assert.equal(status, 401, `${route.path}, ${name}`);
      assert.equal(challenge, 'DPoP algs="ES256"');
      assert.doesNotMatch(text, /verdict|guarantee|coverage|inforce/, `${route.path}, ${name}`);
    }
  }
});

test('a token with another key, and a proof played again, are journalled at every closed route', async () => {
  const owner = world.database.pool('owner');
  const refused = async (): Promise<number> => (await owner.query<{ n: number }>('select coalesce(sum(count), 0)::int as n from journal.refusal')).rows[0]?.n ?? 0;
  const stranger = generateClientKey();
  for (const route of await closed()) {
    const before = await refused();
    const stolen = createProof({ key: stranger, method: route.method, url: `${world.apiUrl}${route.path}`, accessToken: insurer.token.value });
    assert.equal((await call(route, { authorization: `DPoP ${insurer.token.value}`, dpop: stolen })).status, 401, route.path);
    assert.equal(await refused(), before + 1, `${route.path}: another key`);
  }
  const route = (await closed()).find(({ path }) => path === '/v1/cards/revocations') ?? assert.fail();
  const once = { authorization: `DPoP ${insurer.token.value}`, dpop: proofFor(route, insurer) };
  assert.equal((await call(route, once)).status, 200);
  const before = await refused();
  assert.equal((await call(route, once)).status, 401);
  assert.equal(await refused(), before + 1, 'played again');
});

test('a guarantee is not shown to a portal session that nobody confirmed, that was ended or frozen, nor under a wide stop', async () => {
  const url = `${world.apiUrl}/v1/guarantees/${guarantee}`;
  const owner = world.database.pool('owner');
  const own = world.sandbox.establishments.find((e) => e.peerGroup === 'pharmacy') ?? assert.fail();
  const nationalId = `8${own.professionals[0]}`;
  const show = async (session: PortalSession): Promise<number> => {
    const response = await fetch(url, { headers: { authorization: `DPoP ${session.token}`, dpop: createProof({ key: session.key, method: 'GET', url, accessToken: session.token }) } });
    return response.status;
  };
  assert.equal(await show(await signInUnconfirmed(world, nationalId, { place: own.name })), 401, 'not confirmed');
  const session = await signIn(world, nationalId, { place: own.name });
  assert.equal(await show(session), 200);
  await owner.query('update access.app_user u set frozen_at = now() from access.sign_in si where si.user_id = u.id and si.jkt = $1', [session.jkt]);
  assert.equal(await show(session), 403, 'frozen');
  await owner.query('update access.app_user set frozen_at = null');
  const stop = await stopWidely(world.database.pool('rempart_desk'), { scope: 'establishment', subject: own.identifier, by: 'Mme Un', and: 'M. Deux', reason: 'essai', hours: 1 });
  assert.equal(await show(session), 403, 'stopped');
  assert.equal((await callApi({ ...world.pharmacy, url })).status, 403, 'its software too');
  await endStop(world.database.pool('rempart_desk'), { id: stop ?? 0, by: 'Mme Un' });
  assert.equal((await callApi({ ...world.pharmacy, url })).status, 200);
  await owner.query('update access.sign_in set ended_at = now() where jkt = $1', [session.jkt]);
  assert.equal(await show(session), 401, 'ended');
});

test('someone else’s rights: a guarantee is shown to its establishment and its insurer, to nobody else', async () => {
  const url = `${world.apiUrl}/v1/guarantees/${guarantee}`;
  assert.equal((await callApi({ ...world.pharmacy, url })).status, 200);
  assert.equal((await callApi({ ...neighbour, url })).status, 404);
  assert.equal((await callApi({ ...insurer, url })).status, 404);
  const own = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc });
  assert.equal((await callApi({ ...own, url })).status, 200);
});

test('an insurer’s installation asks no rights question, not even about its own insured', async () => {
  const own = await enrolIn(world.database, { issuer: world.issuer, insurerAmc: world.amc });
  for (const signed of [insurer, own]) {
    const reply = await callApi({ ...signed, url: `${world.apiUrl}/v1/checks`, body: world.question() });
    assert.ok([401, 403].includes(reply.status), String(reply.status));
    assert.equal((reply.body as { verdict?: string }).verdict, undefined);
  }
});

test('an unknown address is 404, an unknown method 405, with nothing of the address echoed', async () => {
  for (const [method, path, status] of [['GET', '/v1/checks', 405], ['DELETE', '/v1/checks', 405], ['POST', '/v1/guarantees/2540675111222', 405], ['GET', '/v2/2540675111222', 404], ['GET', '/../etc/passwd', 404]] as const) {
    const response = await fetch(`${world.apiUrl}${path}`, { method });
    assert.equal(response.status, status, path);
    assert.doesNotMatch(await response.text(), /2540675111222|passwd/);
  }
});
