// A professional signs in through the stand-in of Pro Santé Connect, asks, enrols a passkey, comes back by a touch.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/checks/index.ts';
import { callAs, newNonce, newSoftPasskey, refresh, resume, signIn, signInUnconfirmed } from '../support/portal-client.ts';
import { enrolment, touch } from '../support/soft-passkey.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let pharmacist = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  pharmacist = `8${world.sandbox.establishments[0]?.professionals[1]}`;
});
after(() => world.close());

test('first sign-in: the session says who is asking, and asks', async () => {
  const session = await signIn(world, pharmacist);
  const shown = (await callAs(world, session, '/v1/session')).body as Record<string, unknown>;
  assert.equal(shown['how'], 'psc');
  assert.match(String(shown['establishment']), /Pharmacie/);
  assert.match(String(shown['shownAs']), /\w+ \w+/);
  const { user: _user, ...question } = world.question();
  const { status, body } = await callAs(world, session, '/v1/checks', question);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((body as Answer).verdict, 'yes');
  const day = (await callAs(world, session, '/v1/my/day')).body as { questions: { outcome: string; guarantee: string }[]; ceilings: { class: string }[] };
  assert.equal(day.questions.length, 1);
  assert.equal(day.questions[0]?.guarantee, (body as Answer).guarantee?.number);
});

test('a token whose evidence the API has not verified asks nothing', async () => {
  const session = await signInUnconfirmed(world, pharmacist);
  const { status } = await callAs(world, session, '/v1/checks', world.question());
  assert.equal(status, 401);
});

test('a level too low or missing is refused, whoever signs in', async () => {
  await assert.rejects(signInUnconfirmed(world, pharmacist, { level: 'eidas0' }), /psc-refused/);
  await assert.rejects(signInUnconfirmed(world, pharmacist, { level: 'none' }), /psc-refused/);
});

test('a passkey: enrolled, steps up, and after a reload one touch opens the same user’s session', async () => {
  const session = await signIn(world, pharmacist);
  const passkey = newSoftPasskey(world.portalOrigin);
  const enrolled = await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.body));
  const stepped = await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }));
  assert.equal(stepped.status, 200, JSON.stringify(stepped.body));
  const back = await resume(world, passkey);
  const shown = await callAs(world, back, '/v1/session', {});
  assert.equal(shown.status, 200, JSON.stringify(shown.body));
  assert.equal((shown.body as { how: string }).how, 'passkey');
  assert.equal((await callAs(world, back, '/v1/checks', world.question())).status, 200);
  const renewed = await refresh(world, back);
  assert.equal(renewed.status, 200, JSON.stringify(renewed.body));
});
