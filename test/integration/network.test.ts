// Where a question came from: the network behind one's own balancers, and nobody else's word; a keyed hash of it beside the entry.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { createNetworkReader } from '../../src/servers/api/network.ts';
import { fhirRequest } from '../support/fhir-request.ts';
import { callApi } from '../../src/access/index.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 300, trustedProxies: ['127.0.0.0/8', '::1', '10.0.0.0/8'] }); });
after(() => world.close());

const MANY = Array.from({ length: 40 }, () => '203.0.113.1').join(',');
const network = (trusted: readonly string[], from: string, said?: string): string | undefined =>
  createNetworkReader(trusted)({ socket: { remoteAddress: from }, headers: said === undefined ? {} : { 'x-forwarded-for': said } } as unknown as IncomingMessage);

test('without a balancer the connection says it, whatever the caller claims', () => {
  assert.equal(network([], '192.0.2.77'), '192.0.2.0/24');
  assert.equal(network([], '::ffff:192.0.2.77'), '192.0.2.0/24');
  assert.equal(network([], '2001:db8:1:2::77'), '2001:db8:1::/48');
  assert.equal(network([], '192.0.2.77', '198.51.100.9'), '192.0.2.0/24');
  assert.equal(network([], '192.0.2.77', MANY), '192.0.2.0/24', 'however long the claim');
  for (const unknown of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '', 'unix']) assert.equal(network([], unknown), undefined, unknown);
});

test('behind one’s own balancers, the last address that is not theirs', () => {
  const own = ['10.0.0.0/8', '2001:db8:ffff::/48'];
  assert.equal(network(own, '10.1.2.3', '198.51.100.9'), '198.51.100.0/24');
  assert.equal(network(own, '2001:db8:ffff::1', '198.51.100.9, 10.9.9.9'), '198.51.100.0/24');
  assert.equal(network(own, '10.1.2.3', '203.0.113.1, 198.51.100.9'), '198.51.100.0/24', 'what a caller wrote before it is not believed');
  assert.equal(network(own, '192.0.2.77', '198.51.100.9'), '192.0.2.0/24', 'not a balancer of ours');
  assert.equal(network(own, '10.1.2.3', `${MANY}, 198.51.100.9`), '198.51.100.0/24', 'a long claim hides nothing');
  for (const unknown of [undefined, '', 'nonsense', '10.9.9.9', '198.51.100.9:443', Array.from({ length: 40 }, () => '10.9.9.9').join(', ')]) assert.equal(network(own, '10.1.2.3', unknown), undefined, unknown);
  for (const wrong of ['10.0.0.0/99', 'balancer.example', '*']) assert.throws(() => createNetworkReader([wrong]), /REMPART_TRUSTED_PROXIES.*no address or range/);
});

test('the same network is the same keyed hash, by both APIs; another is another; a question from nowhere has none', async () => {
  const url = `${world.apiUrl}/fhir/CoverageEligibilityRequest/$submit`;
  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
  await world.ask({}, from('198.51.100.9'));
  await world.ask({}, from('198.51.100.200'));
  assert.equal((await callApi({ ...world.pharmacy, url, body: fhirRequest(world), headers: { 'content-type': 'application/fhir+json', ...from('198.51.100.7') } })).status, 200);
  await world.ask({}, from('203.0.113.9'));
  await world.ask();
  const { rows } = await world.database.pool('owner').query<{ network: string | null }>('select network from guard.trace order by entry_id');
  const [first, second, third, other, none] = rows.map((row) => row.network);
  assert.ok(first !== null && first === second && first === third);
  assert.ok(other !== null && other !== first);
  assert.deepEqual([none, rows.length], [null, 5]);
  const all = await world.database.pool('owner').query("select count(*)::int as n from guard.trace t where t::text like '%198.51%'");
  assert.equal(all.rows[0].n, 0, 'the address itself is nowhere');
});
