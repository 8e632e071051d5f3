// Signing in by passkey alone: off by default; with the operator's homologation reference it opens, and says so.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callAs, newNonce, newSoftPasskey, resume, signIn } from '../support/portal-client.ts';
import { enrolment } from '../support/soft-passkey.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
before(async () => { world = await startWorld({ persons: 200, professionals: 30, passkeyAlone: 'HOMOLOGATION-2026-07' }); });
after(() => world.close());

test('with the reference, a passkey opens a session that Pro Santé Connect did not; the reference is journalled', async () => {
  const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
  const passkey = newSoftPasskey(world.portalOrigin);
  assert.equal((await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }))).status, 200);
  const owner = world.database.pool('owner');
  await owner.query('update access.sign_in set ended_at = now() where ended_at is null');
  const alone = await resume(world, passkey);
  assert.equal((await callAs(world, alone, '/v1/session', {})).status, 200);
  assert.equal((await callAs(world, alone, '/v1/checks', world.question())).status, 200);
  const { rows } = await owner.query("select detail from journal.entry where purpose = 'sign-in' order by id desc limit 1");
  assert.match(rows[0].detail, /passkey.*HOMOLOGATION-2026-07/);
  // The guard's touch is asked of it as of any other.
  await owner.query("update access.app_user set step_up_from = now() where id = (select user_id from access.sign_in where jkt = $1)", [alone.jkt]);
  assert.equal((await callAs(world, alone, '/v1/checks', world.question())).status, 403);
  // What such a session may not do: enrol another passkey.
  assert.equal((await callAs(world, alone, '/v1/passkeys', enrolment(newSoftPasskey(world.portalOrigin), { nonce: await newNonce(world), jkt: alone.jkt }))).status, 403);
});
