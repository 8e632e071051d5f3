// A freeze has one incident for ever: it is a drill only where nobody but the installation that drills are played with was frozen.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Clerk, playRehearsedAttack } from '../../src/servers/index.ts';
import { callDesk, seat, type DeskReply, type DeskSession } from '../support/desk-client.ts';
import { openDesk, type TestDesk } from '../support/desk.ts';
import { enrolIn, startWorld, type Signed, type World } from '../support/world.ts';

let world: World;
let desk: TestDesk;
let clerk: Clerk;
let rehearsal: Signed;
let claire: DeskSession;
before(async () => {
  world = await startWorld();
  desk = await openDesk(world.database);
  rehearsal = await enrolIn(world.database, { issuer: world.issuer, establishment: world.sandbox.establishments[1]?.identifier ?? '', responsibleRpps: world.sandbox.establishments[1]?.professionals[0] ?? '' });
  const pool = world.database.pool('rempart_desk', 2);
  clerk = new Clerk({ pool, keyRing: world.keyRing, operator: { name: 'Exploitant d’essai' },
    playAttack: (by, onProgress) => playRehearsedAttack(pool, { enrolled: rehearsal.enrolled, apiUrl: world.apiUrl, persons: [{ amc: world.amc, ...world.person }] }, { by, onProgress }) });
  claire = await seat(desk, 0);
});
after(async () => { await desk?.close(); await world?.close(); });

const open = (order: object): Promise<DeskReply> => callDesk(desk, claire, '/desk/v1/incidents', { reason: 'lecture suspecte', ...order });
const freeze = async (of: Signed, user?: string): Promise<number> => (await callDesk(desk, claire, '/desk/v1/freezes', { client: of.enrolled.clientId, reason: 'lecture suspecte', ...(user === undefined ? {} : { user }) })).body['number'] as number;
const isDrill = async (incident: unknown): Promise<unknown> => (await callDesk(desk, claire, '/desk/v1/incidents/show', { id: incident })).body['drill'];
const refusedAs = (reply: DeskReply, words: RegExp): void => { assert.equal(reply.status, 409); assert.match(JSON.stringify(reply.body), words); };

test('the incident of a real freeze is real, whoever asks for a drill, before it is opened and after', async () => {
  await world.ask();
  for (const number of [await freeze(world.pharmacy, 'caisse-1'), await freeze(world.pharmacy)]) {
    refusedAs(await open({ freeze: number, drill: true }), /Ce gel est réel/);
    const { status, body } = await open({ freeze: number });
    assert.deepEqual([status, await isDrill(body['id'])], [200, false]);
    refusedAs(await open({ freeze: number, drill: true }), /Ce gel est réel/);
    assert.deepEqual((await open({ freeze: number })).body, body, 'the same one again');
  }
  assert.equal((await open({ freeze: 999, drill: true })).status, 404);
});

test('a freeze of the installation that drills are played with may be one; asked for as a real one, that is said', async () => {
  const early = await freeze(rehearsal);
  refusedAs(await open({ freeze: early, drill: true }), /Ce gel est réel/);
  await callDesk(desk, claire, '/desk/v1/freezes/review', { freeze: early, lift: true, reason: 'essai' });
  await callDesk(desk, claire, '/desk/v1/incidents/act', { act: 'drill', order: {} });
  await clerk.workOnce();
  const number = await freeze(rehearsal);
  const { status, body } = await open({ freeze: number, drill: true });
  assert.deepEqual([status, await isDrill(body['id'])], [200, true]);
  refusedAs(await open({ freeze: number }), /L’incident de ce gel est un exercice/);
  // A drill that an officer opens over somebody's access makes no rehearsal of it.
  assert.equal((await open({ title: 'Exercice', client: world.pharmacy.enrolled.clientId, from: new Date(Date.now() - 3_600_000).toISOString(), drill: true })).status, 200);
  refusedAs(await open({ freeze: await freeze(world.pharmacy), drill: true }), /Ce gel est réel/);
});
