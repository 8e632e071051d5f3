// Signals between operators, on two real platforms that push to and poll each other.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { freezeByGuard, freezeByOperator, liftByOperator, listFreezes } from '../../src/guard/index.ts';
import type { Rpps } from '../../src/identifiers/index.ts';
import { countDelivered, EVENTS, newPairKey, PairKeys, signalCompromise, signRequest, weekOf } from '../../src/incidents/index.ts';
import { connect, startOperator, testRpps, type Operator } from '../support/operators.ts';

const RPPS = testRpps(12);
const [first, second, third, fourth] = RPPS as [string, string, string, string];
let a: Operator;
let b: Operator;
let c: Operator;
const captured: string[] = [];
before(async () => {
  [a, b, c] = await Promise.all([startOperator(RPPS), startOperator(RPPS), startOperator(RPPS)]);
  await connect(a, b);
  // c is polled by nobody and polls a.
  const { pushUrl: _, ...polling } = c.describe();
  await connect(a, c, { a: { pollsAt: `${a.url}/signals/poll` } });
  await a.database.pool('owner').query("update signals.peer set sends_by = 'poll', push_url = null where issuer = $1", [polling.issuer]);
  await Promise.all([a, b, c].map((one) => one.signals.transmitter.pushDue()));
  await round();
});
after(() => Promise.all([a, b, c].map((one) => one.close().catch(() => undefined))));

// Every process's turn, once.
async function round(): Promise<void> {
  await a.signals.transmitter.pushDue();
  await b.signals.transmitter.pushDue();
  await c.signals.transmitter.pushDue();
  await c.signals.transmitter.pollPeers(c.signals.receiver);
  for (const one of [a, b, c]) await one.signals.receiver.applyOpen();
}
const userOf = (at: Operator, rpps: string): number => at.users.get(rpps)?.user ?? 0;
const states = async (rpps: string): Promise<string[]> => [await b.state(rpps), await c.state(rpps)];
const verified = async (at: Operator): Promise<number> => (await at.database.pool('owner').query('select count(*)::int as n from signals.peer where verified_at is not null')).rows[0].n;

test('peers verify each other by an event of their own key, pushed or polled', async () => {
  assert.deepEqual([await verified(a), await verified(b), await verified(c)], [2, 1, 1]);
});

test('a freeze by the guard asks for a touch elsewhere; the decision that it is a compromise freezes there; lifting takes all of it back', async () => {
  const freeze = await freezeByGuard(a.database.pool('rempart_guard'), userOf(a, first), [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  assert.ok(freeze);
  await round();
  assert.deepEqual(await states(first), ['step-up', 'step-up']);
  assert.deepEqual(await states(second), ['free', 'free']);
  assert.equal(await signalCompromise(a.database.pool('rempart_desk'), { freeze, by: 'Mme Un', reason: 'questions sans patient' }), 2);
  assert.equal(await signalCompromise(a.database.pool('rempart_desk'), { freeze, by: 'Mme Un', reason: 'encore' }), 0, 'said once');
  await round();
  assert.deepEqual(await states(first), ['frozen', 'frozen']);
  assert.equal(await liftByOperator(a.database.pool('rempart_desk'), { id: freeze, by: 'Mme Un', reason: 'fausse alerte' }), true);
  await round();
  assert.deepEqual(await states(first), ['free', 'free']);
  assert.deepEqual(await countDelivered(a.database.pool('rempart_desk'), freeze), { told: 6, delivered: 6 });
});

test('an operator’s freeze says nothing by itself; nor does a freeze that a peer asked for go round', async () => {
  const { rows } = await a.database.pool('owner').query('select n.client_id, u.pseudonym from access.app_user u join access.installation n on n.id = u.installation_id where u.id = $1', [userOf(a, second)]);
  const freeze = await freezeByOperator(a.database.pool('rempart_desk'), { clientId: rows[0].client_id, user: rows[0].pseudonym, by: 'Mme Un', reason: 'essai' });
  await round();
  assert.deepEqual(await states(second), ['free', 'free']);
  await signalCompromise(a.database.pool('rempart_desk'), { freeze: freeze ?? 0, by: 'Mme Un', reason: 'vol constaté' });
  await round();
  assert.deepEqual(await states(second), ['frozen', 'frozen']);
  const [there] = await listFreezes(b.database.pool('rempart_desk'));
  assert.match(there?.by ?? '', /^peer http/);
  assert.match(there?.reasons[0]?.fr ?? '', /signale que vos moyens de connexion sont compromis/);
  assert.equal((await b.database.pool('owner').query("select count(*)::int as n from signals.outbox where professional_id is not null")).rows[0].n, 0);
});

test('delivered to two other operators well within 60 seconds by the processes themselves', async () => {
  for (const one of [a, b, c]) one.signals.start();
  const began = Date.now();
  const freeze = await freezeByGuard(a.database.pool('rempart_guard'), userOf(a, third), [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  await signalCompromise(a.database.pool('rempart_desk'), { freeze: freeze ?? 0, by: 'Mme Un', reason: 'essai' });
  while ((await states(third)).some((state) => state !== 'frozen') && Date.now() - began < 60_000) await new Promise((resolve) => { setTimeout(resolve, 250); });
  assert.deepEqual(await states(third), ['frozen', 'frozen']);
});

test('a peer that is down gets it when it is back; the same jti, acted on once', async () => {
  const [{ id }] = (await a.database.pool('owner').query("update signals.peer set push_url = 'http://127.0.0.1:1/' where issuer = $1 returning id", [b.url])).rows as [{ id: number }];
  await new Promise((resolve) => { setTimeout(resolve, 1200); });
  const freeze = await freezeByGuard(a.database.pool('rempart_guard'), userOf(a, fourth), [{ code: 'test', fr: 'Essai.', en: 'Test.' }]);
  await new Promise((resolve) => { setTimeout(resolve, 2500); });
  const { rows: [waiting] } = await a.database.pool('owner').query('select attempts, delivered_at, fault from signals.outbox where peer_id = $1 and freeze_id = $2', [id, freeze]);
  assert.ok(waiting.attempts >= 1 && waiting.delivered_at === null && waiting.fault !== null);
  await a.database.pool('owner').query("update signals.peer set push_url = $2 where id = $1", [id, `${b.url}/signals/events`]);
  await a.database.pool('owner').query('update signals.outbox set next_at = now() where peer_id = $1', [id]);
  const began = Date.now();
  while (await b.state(fourth) !== 'step-up' && Date.now() - began < 20_000) await new Promise((resolve) => { setTimeout(resolve, 250); });
  assert.equal(await b.state(fourth), 'step-up');
});

test('tokens and metadata validate against the schemas, and a wrong one does not', async () => {
  const read = (name: string): object => JSON.parse(readFileSync(join(ROOT, 'test/conformance/signals', name), 'utf8')) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const [header, claims, configuration] = ['set-header', 'set-claims', 'ssf-configuration'].map((name) => ajv.compile(read(`${name}.schema.json`))) as [ReturnType<Ajv2020['compile']>, ReturnType<Ajv2020['compile']>, ReturnType<Ajv2020['compile']>];
  // Everything that was sent to c, asked for once more with its own key, by nobody else meanwhile.
  await c.signals.close();
  await a.database.pool('owner').query("update signals.outbox o set delivered_at = null from signals.peer p where p.id = o.peer_id and p.issuer = $1", [c.url]);
  const url = `${a.url}/signals/poll`;
  for (let ack: string[] = ['00000000-0000-4000-8000-000000000000']; ack.length > 0;) {
    const body = JSON.stringify({ maxEvents: 50, returnImmediately: true, ack });
    const { sets } = await (await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${await signRequest(c.signals.context.key, { issuer: c.url, url, body })}` }, body })).json() as { sets: Record<string, string> };
    ack = Object.keys(sets);
    captured.push(...Object.values(sets));
  }
  const events = new Set<string | undefined>(captured.map((token) => Object.keys(decodeJwt(token)['events'] as object)[0]));
  assert.deepEqual(events, new Set([EVENTS.compromise, EVENTS.enabled, EVENTS.revoked, EVENTS.verification]));
  for (const token of captured) {
    assert.ok(header(decodeProtectedHeader(token)), JSON.stringify(header.errors));
    assert.ok(claims(decodeJwt(token)), JSON.stringify(claims.errors));
    for (const wrong of [{ exp: 1 }, { sub: 'x' }, { sub_id: { format: 'email', email: 'x' } }, { events: {} }]) assert.ok(!claims({ ...decodeJwt(token), ...wrong }));
  }
  const said = await fetch(`${a.url}/.well-known/ssf-configuration`);
  assert.match(said.headers.get('content-type') ?? '', /^application\/json/);
  assert.ok(configuration(await said.json()), JSON.stringify(configuration.errors));
});

test('no RPPS goes out, neither in clear nor as a hash of itself; the pseudonym is of one pair, one direction, one week', () => {
  assert.ok(captured.length > 3);
  const hay = captured.map((token) => JSON.stringify(decodeJwt(token)) + JSON.stringify(decodeProtectedHeader(token))).join('\n');
  for (const rpps of RPPS) {
    const digests = ['sha256', 'sha1', 'md5', 'sha512'].flatMap((name) => (['hex', 'base64', 'base64url'] as const).map((form) => createHash(name).update(rpps).digest(form).slice(0, 16)));
    for (const needle of [rpps, rpps.slice(0, 10), ...digests]) assert.ok(!hay.includes(needle), `${needle} went out`);
  }
  const rpps = first as Rpps;
  const now = a.signals.context.pairs.pseudonymFor(b.url, a.url, rpps);
  assert.equal(b.signals.context.pairs.findPseudonyms(a.url, { sender: a.url, week: weekOf(Date.now()) })?.(rpps), now, 'both sides find the same');
  assert.notEqual(a.signals.context.pairs.pseudonymFor(c.url, a.url, rpps), now);
  assert.notEqual(b.signals.context.pairs.pseudonymFor(a.url, b.url, rpps), now);
});

test('the pair key moves on by itself each week on both sides, and last month’s is gone', () => {
  const pair = JSON.stringify(newPairKey());
  let clock = Date.now();
  const sides = ['x', 'y'].map((side) => new PairKeys(stateFolder(`pairs-${side}`), () => clock)) as [PairKeys, PairKeys];
  const issuers = ['https://y.example', 'https://x.example'] as const;
  sides.forEach((side, i) => side.keep(issuers[i] ?? '', pair));
  const seen = new Set<string>();
  const start = weekOf(clock);
  for (let week = 0; week < 5; week += 1) {
    const sent = sides[0].pseudonymFor(issuers[0], issuers[1], first as Rpps);
    assert.equal(sides[1].findPseudonyms(issuers[1], { sender: issuers[1], week: weekOf(clock) })?.(first as Rpps), sent);
    assert.ok(sides[1].accepts(issuers[1], issuers[1], sides[0].proof(issuers[0], issuers[1]) ?? ''));
    seen.add(sent.split('.')[1] ?? '');
    clock += 7 * 86_400_000;
  }
  assert.equal(seen.size, 5);
  assert.ok(sides[1].findPseudonyms(issuers[1], { sender: issuers[1], week: start + 4 }), 'last week is still understood');
  assert.equal(sides[1].findPseudonyms(issuers[1], { sender: issuers[1], week: start }), undefined);
  clock += 3 * 365 * 86_400_000;
  assert.throws(() => sides[1].findPseudonyms(issuers[1], { sender: issuers[1], week: weekOf(clock) }), /the clock is right/);
});
