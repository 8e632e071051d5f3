// Bad input: every field of both APIs, wrong in every way; limits; a hundred thousand damaged requests.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { callApi, createProof } from '../../src/access/index.ts';
import { fhirRequest } from '../support/fhir-request.ts';
import { mangle, seeded } from '../support/mangle.ts';
import { enrolIn, startWorld, today, type Signed, type World } from '../support/world.ts';

type Json = Record<string, unknown>;

let world: World;
let slow: { readonly socket: Socket; readonly since: number; said: string; endedAfterMs?: number };
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const PLAIN = '/v1/checks';
const FHIR = '/fhir/CoverageEligibilityRequest/$submit';

before(async () => {
  world = await startWorld({ persons: 400 });
  const { port, host } = new URL(world.apiUrl);
  const socket = connect(Number(port), '127.0.0.1');
  slow = { socket, since: performance.now(), said: '' };
  socket.on('data', (chunk) => { slow.said += String(chunk); });
  socket.on('close', () => { slow.endedAfterMs = performance.now() - slow.since; });
  socket.write(`POST ${PLAIN} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: DPoP ${world.pharmacy.token.value}\r\nDPoP: ${proof(PLAIN)}\r\nContent-Length: 500\r\n\r\n{`);
});
after(async () => {
  agent.destroy();
  slow.socket.destroy();
  await world.close();
});

function proof(path: string): string {
  return createProof({ key: world.pharmacy.enrolled.key, method: 'POST', url: `${world.apiUrl}${path}`, accessToken: world.pharmacy.token.value });
}

const line = (change: Json = {}): Json => ({ code: 'PH7', nomenclature: 'CIP13', priceCents: 500, ...change });
const full = (change: Json = {}): Json => world.question({ insurer: { amcNumber: world.amc, conventionType: 'IS', csr: 'A' }, adherentNumber: world.person.adherentNumber, cardExpiresOn: '2099-12-31', presence: 'none',
  lines: [line({ quantity: 1, baseCents: 500, coefficient: 1, amoRate: 6500, domain: 'PHAR', family: 'optics-frame', exemption: 'ald', c2s: false, carePath: true, optam: true, regime: 'general', under18: false, prescribedOn: today(), class: 'A', equipment: 'simple' })], ...change });

/** Sets `a.b[0].c` in a copy; undefined removes it. */
function set(root: Json, path: string, value: unknown): Json {
  const copy = structuredClone(root);
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() as string;
  let at = copy as Record<string, unknown>;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const LONG = 'A'.repeat(300);
const ALPHABET = 'é☠<b>';
const STRING_FAULTS: Readonly<Record<string, unknown>> = { number: 7, boolean: true, list: ['x'], object: { x: 1 }, long: LONG, alphabet: ALPHABET };
const NUMBER_FAULTS: Readonly<Record<string, unknown>> = { text: 'x', boolean: true, list: [1], object: {}, negative: -1, huge: 1e15, fraction: 1.2345 };
const BOOLEAN_FAULTS: Readonly<Record<string, unknown>> = { text: 'true', number: 1, list: [true], object: {} };
const STRINGS = ['reference', 'user', 'insurer.amcNumber', 'insurer.conventionType', 'insurer.csr', 'nir', 'adherentNumber', 'birthDate', 'cardExpiresOn', 'domain', 'careDate', 'presence', 'lines[0].code', 'lines[0].nomenclature',
  'lines[0].domain', 'lines[0].family', 'lines[0].exemption', 'lines[0].regime', 'lines[0].prescribedOn', 'lines[0].class', 'lines[0].equipment'];
const NUMBERS = ['birthRank', 'lines[0].quantity', 'lines[0].coefficient', 'lines[0].priceCents', 'lines[0].baseCents', 'lines[0].amoRate', 'lines[0].amoAmountCents'];
const BOOLEANS = ['lines[0].carePath', 'lines[0].optam', 'lines[0].under18'];
const REQUIRED = ['reference', 'insurer', 'insurer.amcNumber', 'birthDate', 'domain', 'careDate', 'lines[0].code', 'lines[0].nomenclature', 'lines[0].priceCents'];

async function post(path: string, body: unknown): Promise<{ status: number; body: Json }> {
  const reply = await callApi({ ...world.pharmacy, url: `${world.apiUrl}${path}`, body });
  return { status: reply.status, body: reply.body as Json };
}

async function assertNamed(field: string, what: string, body: Json): Promise<void> {
  const reply = await post(PLAIN, body);
  assert.equal(reply.status, 422, `${field}, ${what}`);
  const faults = reply.body['faults'] as { field: string; remedy: { fr: string; en: string }; message: { fr: string } }[];
  const named = faults.filter((fault) => fault.field === field);
  assert.ok(named.length > 0, `${field}, ${what}: named ${faults.map((f) => f.field).join()}`);
  for (const fault of named) assert.ok(fault.remedy.fr.length > 5 && fault.remedy.en.length > 5 && fault.message.fr.length > 5, `${field}, ${what}`);
  assert.ok(!JSON.stringify(reply.body).includes(ALPHABET) && !JSON.stringify(reply.body).includes(LONG), `${field}, ${what}: echoed`);
}

test('the complete question of these tests is a good one', async () => {
  assert.equal((await post(PLAIN, full())).status, 200);
});

test('plain JSON: every field, of the wrong type, too long, in the wrong alphabet, is named with its remedy', async () => {
  for (const [fields, wrong] of [[STRINGS, STRING_FAULTS], [NUMBERS, NUMBER_FAULTS], [BOOLEANS, BOOLEAN_FAULTS]] as const) {
    for (const field of fields) {
      for (const [what, value] of Object.entries(wrong)) {
        if (field === 'lines[0].coefficient' && what === 'fraction') continue;
        await assertNamed(field, what, set(full(), field, value));
      }
    }
  }
  for (const [field, value] of [['insurer', 'x'], ['insurer', []], ['lines', {}], ['lines', []], ['lines', 'x'], ['lines[0]', 'x']] as const) await assertNamed(field, JSON.stringify(value), set(full(), field, value));
});

test('plain JSON: a required field that is missing, and a field that does not exist, are named', async () => {
  for (const field of REQUIRED) await assertNamed(field, 'missing', set(full(), field, undefined));
  await assertNamed('nir', 'neither NIR nor adhérent', set(set(full(), 'nir', undefined), 'adherentNumber', undefined));
  await assertNamed('user', 'missing', set(full(), 'user', undefined));
  await assertNamed('carDate', 'misspelt', full({ carDate: today() }));
  for (const body of ['text', 7, null, [], true]) assert.equal((await post(PLAIN, body)).status, 422, JSON.stringify(body));
});

test('all faults come at once', async () => {
  const reply = await post(PLAIN, { reference: 'é', insurer: { amcNumber: 'x' }, nir: '1', birthDate: '1980-13-01', domain: 'XXXX', careDate: '1999-01-01' });
  assert.deepEqual((reply.body['faults'] as { field: string }[]).map((f) => f.field), ['reference', 'insurer.amcNumber', 'nir', 'birthDate', 'domain', 'careDate']);
});

const FHIR_FIELDS: Readonly<Record<string, string>> = {
  'identifier[0].value': 'identifier', 'contained[0].birthDate': 'birthDate', 'contained[0].identifier[0].value': 'identifier', 'contained[0].multipleBirthInteger': 'multipleBirth', 'contained[1].subscriberId': 'subscriberId',
  'insurer.identifier.value': 'insurer', 'extension[0].valueString': 'extension', servicedDate: 'serviced', 'item[0].category.coding[0].code': 'category', status: 'status', purpose: 'purpose',
};

test('FHIR: every field that is read, wrong in each way, is an OperationOutcome that names its place and the remedy', async () => {
  for (const [path, place] of Object.entries(FHIR_FIELDS)) {
    for (const [what, value] of Object.entries(path.includes('Integer') ? NUMBER_FAULTS : STRING_FAULTS)) {
      const reply = await post(FHIR, set(fhirRequest(world), path, value));
      assert.equal(reply.status, 422, `${path}, ${what}: ${JSON.stringify(reply.body).slice(0, 200)}`);
      assert.equal(reply.body['resourceType'], 'OperationOutcome');
      const issues = reply.body['issue'] as { expression?: string[]; details: { text: string } }[];
      assert.ok(issues.some((issue) => issue.expression?.some((e) => e.includes(place)) === true && issue.details.text.length > 10), `${path}, ${what}: ${JSON.stringify(issues.map((i) => i.expression))}`);
      assert.ok(!JSON.stringify(reply.body).includes(ALPHABET), `${path}, ${what}: echoed`);
    }
  }
});

test('FHIR: what is missing is named', async () => {
  for (const [path, place] of [['status', 'status'], ['purpose', 'purpose'], ['contained[0].birthDate', 'birthDate'], ['servicedDate', 'serviced'], ['item', 'category'], ['contained', 'birthDate'], ['identifier', 'identifier'], ['extension', 'user']] as const) {
    const reply = await post(FHIR, set(fhirRequest(world), path, undefined));
    assert.equal(reply.status, 422, path);
    assert.ok((reply.body['issue'] as { expression?: string[] }[]).some((issue) => issue.expression?.some((e) => e.includes(place)) === true), `${path}: ${JSON.stringify(reply.body)}`);
  }
  for (const body of ['x', 7, null, [], {}, { resourceType: 'Patient' }, { resourceType: 'Bundle' }, { resourceType: 'Parameters' }]) {
    const reply = await post(FHIR, body);
    assert.equal(reply.status, 422, JSON.stringify(body));
    assert.equal(reply.body['resourceType'], 'OperationOutcome');
  }
});

test('a body above the limit, more than 200 questions and deep nesting are refused by name', async () => {
  const big = await post(PLAIN, full({ reference: 'x'.repeat(1_100_000) }));
  assert.equal(big.status, 413);
  assert.match(String(big.body['title']), /octets/);
  assert.equal((await post(FHIR, { resourceType: 'Bundle', x: 'x'.repeat(1_100_000) })).status, 413);
  assert.equal((await post(PLAIN, Array.from({ length: 201 }, () => 1))).status, 422);
  for (const path of [PLAIN, FHIR]) {
    const reply = await send(path, '['.repeat(100_000));
    assert.equal(reply.status, 422);
    assert.match(reply.body, /too-deep/);
  }
});

interface Sent { readonly status: number; readonly body: string }
let signed = { at: -Infinity, proofs: new Map<string, string>() };

// A proof may serve again here: nothing that reaches the gate is sent.
function send(path: string, body: string): Promise<Sent> {
  if (performance.now() - signed.at > 20_000) signed = { at: performance.now(), proofs: new Map([PLAIN, FHIR].map((p) => [p, proof(p)])) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${world.apiUrl}${path}`, { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: `DPoP ${world.pharmacy.token.value}`, dpop: signed.proofs.get(path) } }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { said += chunk; }).on('end', () => resolve({ status: response.statusCode ?? 0, body: said }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('another method than an address takes is refused with what it takes; an address that is none is not found', async () => {
  const answer = async (path: string, method: string): Promise<[number, string | null, string]> => {
    const reply = await fetch(`${world.apiUrl}${path}`, { method });
    return [reply.status, reply.headers.get('allow'), await reply.text()];
  };
  const [plain, fhir] = [await answer(PLAIN, 'GET'), await answer(FHIR, 'PUT')];
  assert.deepEqual(plain.slice(0, 2), [405, 'POST']);
  assert.match(plain[2], /Cette adresse ne prend que POST/);
  assert.deepEqual(fhir.slice(0, 2), [405, 'POST']);
  assert.match(fhir[2], /"OperationOutcome".*"not-supported"/);
  assert.deepEqual((await answer('/openapi.json', 'DELETE')).slice(0, 2), [405, 'GET']);
  assert.deepEqual((await answer('/v1/checked', 'GET')).slice(0, 2), [404, null]);
});

test('100,000 damaged requests are each answered with a refusal or, where the damage is none, an answer; the process lives', async () => {
  const seed = Math.floor(Math.random() * 1e9);
  const random = seeded(seed);
  const counts = new Map<number, number>();
  const [plain, fhir] = [full(), fhirRequest(world)];
  let left = 100_000;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const isFhir = left % 2 === 0;
      const text = mangle(isFhir ? fhir : plain, random);
      const { status, body } = await send(isFhir ? FHIR : PLAIN, text);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      // 503: the same request identifier twice at the same moment; the second is told to ask again, the oftener the slower the machine is.
      assert.ok([200, 401, 409, 413, 422, 429, ...(isFhir ? [503] : [])].includes(status), `seed ${seed}: ${status} ${body.slice(0, 300)} for ${text.slice(0, 500)}`);
      if (status === 422 && !isFhir) assert.match(body, /"remedy"/, `seed ${seed}: ${text.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
  assert.ok((counts.get(422) ?? 0) > 50_000 && (counts.get(503) ?? 0) < 25_000, JSON.stringify([...counts]));
  assert.equal(world.checks.gate.counts.failed, 0, 'no batch failed for what was in it');
  assert.equal((await world.ask()).body.verdict, 'yes');
});

test('bytes that are not HTTP are answered 400 or cut, and the next question is answered', async () => {
  const random = seeded(7);
  const { port } = new URL(world.apiUrl);
  await Promise.all(Array.from({ length: 500 }, () => new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => resolve()).on('close', () => resolve()).on('data', (chunk) => assert.match(String(chunk), /^HTTP\/1.1 (400|404|401)/));
    socket.end(Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))));
  })));
  assert.equal((await world.ask()).body.verdict, 'yes');
});

test('a body that dribbles in is cut off', async () => {
  while (slow.said === '' && slow.endedAfterMs === undefined && performance.now() - slow.since < 20_000) await new Promise((resolve) => { setTimeout(resolve, 100); });
  assert.match(slow.said, /^HTTP\/1\.1 (422|408)/);
});

test('a field that is null is left out: nothing answers for want of an identity, no user goes unseen, no batch fails', async () => {
  const hospital = await enrolIn(world.database, { issuer: world.issuer, establishment: world.sandbox.establishments.find((e) => e.peerGroup === 'hospital')?.identifier ?? '' });
  const askAs = async (caller: Signed, change: Json): Promise<{ status: number; text: string }> => {
    const { status, body } = await callApi({ ...caller, url: `${world.apiUrl}${PLAIN}`, body: world.question(change) });
    return { status, text: JSON.stringify(body) };
  };
  assert.equal((await askAs(hospital, { user: null })).status, 200);
  const unnamed = await askAs(world.pharmacy, { user: null });
  assert.equal(unnamed.status, 422);
  assert.match(unnamed.text, /"field":"user","rule":"required"/);
  const nobody = await askAs(world.pharmacy, { nir: null, adherentNumber: null });
  assert.equal(nobody.status, 422);
  assert.match(nobody.text, /"field":"nir","rule":"required"/);
  assert.equal((await askAs(world.pharmacy, { card: null, adherentNumber: null, lines: null, presence: null, cardExpiresOn: null })).status, 200);
  for (const field of ['reference', 'insurer', 'birthDate', 'domain', 'careDate']) {
    const refused = await askAs(world.pharmacy, { [field]: null });
    assert.equal(refused.status, 422, field);
    assert.ok(refused.text.includes(`"field":"${field}"`), `${field}: ${refused.text}`);
  }
});
