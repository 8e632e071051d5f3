// Card codes: issued by an insurer, shown by a patient, refused with the reason, worth nothing when replayed.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callApi } from '../../src/access/index.ts';
import type { AmcNumber, PlainDate } from '../../src/identifiers/index.ts';
import { insurerKeys } from '../../src/sandbox/index.ts';
import { asInsurer, registerCard, writeCard } from '../support/cards.ts';
import { startWorld, today, type Signed, type World } from '../support/world.ts';

let world: World;
let insurer: Signed;
before(async () => {
  world = await startWorld({ persons: 300 });
  insurer = await asInsurer(world, world.amc);
});
after(() => world.close());

interface Reply { status: number; body: { verdict?: string; reason?: { code: string }; entry?: number; faults?: { rule: string; field: string }[] } }

async function show(card: string, change: Record<string, unknown> = {}): Promise<Reply> {
  return await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/checks`, body: { reference: 'C1', user: 'caisse-1', card, domain: 'PHAR', careDate: today(), ...change } }) as Reply;
}

const rule = (reply: Reply): string | undefined => reply.body.faults?.[0]?.rule;
const presence = async (entry: number | undefined): Promise<string> => (await world.database.pool('owner').query('select presence from journal.entry where id = $1', [entry])).rows[0].presence;

test('a registered card answers with nothing else, and its presence is `card`', async () => {
  const code = await writeCard(world.amc);
  assert.deepEqual(await registerCard(world, insurer, [code]), [{ index: 0, registered: true }]);
  const yes = await show(code);
  assert.equal(yes.body.verdict, 'yes', JSON.stringify(yes.body));
  assert.equal(await presence(yes.body.entry), 'card');
});

test('with the card the reason of a no is told', async () => {
  const code = await writeCard(world.amc, { validFrom: '2020-01-01' as PlainDate });
  await registerCard(world, insurer, [code]);
  const closed = await show(code, { careDate: '2024-01-01' });
  assert.equal(closed.body.faults?.[0]?.rule, 'care-date-range');
  const { rows } = await world.database.pool('owner').query(`update registry.cover set domains = array_remove(domains, 'CSTE') where true returning 1`);
  assert.ok(rows.length > 0);
  assert.equal((await show(code, { domain: 'CSTE' })).body.reason?.code, 'domain-closed');
});

test('a changed bit, another insurer’s signature, an expired, a not yet valid, a never registered and a revoked card: refused with the reason', async () => {
  const good = await writeCard(world.amc);
  await registerCard(world, insurer, [good]);
  assert.equal(rule(await show(`${good.slice(0, 60)}${good[60] === 'A' ? 'B' : 'A'}${good.slice(61)}`)), 'card-check');
  assert.equal(rule(await show(await writeCard(world.amc, {}, (await insurerKeys('99100002')).cardKey))), 'card-signature');
  assert.equal(rule(await show(await writeCard(world.amc, { validTo: '2026-01-02' as PlainDate }))), 'card-expired');
  assert.equal(rule(await show(await writeCard(world.amc, { validFrom: '2027-06-01' as PlainDate, validTo: '2027-12-31' as PlainDate }))), 'card-not-yet');
  assert.equal(rule(await show(await writeCard(world.amc))), 'card-unknown');
  assert.equal(rule(await show(good, { nir: world.person.nir })), 'card-and-identity');
  assert.equal(rule(await show(good, { insurer: { amcNumber: '99100002' } })), 'card-insurer');
  const revoked = await callApi({ ...insurer, url: `${world.apiUrl}/v1/cards/revocations`, body: { cards: [{ code: good }] } });
  assert.deepEqual(revoked.body, { revoked: 1 });
  assert.equal(rule(await show(good)), 'card-revoked');
});

test('a code registered by nobody’s insurer, for nobody, or twice, is not registered', async () => {
  const code = await writeCard(world.amc);
  const other = await asInsurer(world, '99100002');
  assert.equal((await registerCard(world, other, [code]))[0]?.reason?.code, 'unknown', 'another insurer does not find this person among its own');
  const asPharmacy = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/v1/cards`, body: { cards: [{ code, nir: world.person.nir, birthDate: world.person.birthDate }] } });
  assert.equal(asPharmacy.status, 401);
  assert.equal((await registerCard(world, insurer, [code]))[0]?.registered, true);
  assert.equal((await registerCard(world, insurer, [code]))[0]?.reason?.code, 'known');
  const forged = await writeCard(world.amc, { amcNumber: '99100002' as AmcNumber });
  await assert.rejects(registerCard(world, insurer, [forged]), /card-signature/);
});

test('replaying a stored code beyond a usual rhythm proves nothing any more', async () => {
  const code = await writeCard(world.amc);
  await registerCard(world, insurer, [code]);
  const seen: string[] = [];
  for (let i = 0; i < 8; i += 1) seen.push(await presence((await show(code)).body.entry));
  assert.deepEqual(seen, [...Array.from({ length: 6 }, () => 'card'), 'none', 'none']);
});
