// A software has no passkey: at a ceiling it is given an address and a code, and a professional of the place answers for its
// user with one touch on the portal.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readTouchCode } from '../../src/checks/index.ts';
import { demandStepUp } from '../../src/guard/index.ts';
import { populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import { callAs, newNonce, newSoftPasskey, signIn } from '../support/portal-client.ts';
import { enrolment, touch } from '../support/soft-passkey.ts';
import { startWorld, type World } from '../support/world.ts';

interface Refused { readonly title: string; readonly touch?: { readonly address: string; readonly code: string } }
type Person = Awaited<ReturnType<typeof signIn>>;

/** Nobody of the directory, whom Pro Santé Connect knows at the first pharmacy. */
const ASSISTANT = '899990000001';

let world: World;
let pharmacist: Awaited<ReturnType<typeof onPortal>>;
before(async () => {
  world = await startWorld();
  pharmacist = await onPortal('pharmacy');
});
after(() => world.close());
const owner = () => world.database.pool('owner');

const patients = (from: number, count: number): Record<string, unknown>[] => {
  const insurer = SANDBOX_INSURERS[0]!;
  return [...populationOf(insurer, { persons: 600, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })].filter((person) => person.birthRank === 1).slice(from, from + count)
    .map(({ nir, birthDate, birthRank }) => ({ nir, birthDate, birthRank, insurer: { amcNumber: insurer.amc } }));
};
const placeOf = (peerGroup: string) => world.sandbox.establishments.find((e) => e.peerGroup === peerGroup) ?? assert.fail(peerGroup);

/** Signed in on the portal, with a passkey that is a day old. */
async function onPortal(peerGroup: string): Promise<{ session: Person; stepUp: () => Promise<number>; confirm: (code: string) => Promise<number> }> {
  const session = await signIn(world, `8${placeOf(peerGroup).professionals[0]}`, { place: placeOf(peerGroup).name });
  const passkey = newSoftPasskey(world.portalOrigin);
  await callAs(world, session, '/v1/passkeys', enrolment(passkey, { nonce: await newNonce(world), jkt: session.jkt }));
  await owner().query("update access.passkey set enrolled_at = enrolled_at - interval '25 hours' where enrolled_at > now() - interval '1 hour'");
  return { session, stepUp: async () => (await callAs(world, session, '/v1/step-up', touch(passkey, { purpose: 'step-up', nonce: await newNonce(world), jkt: session.jkt }))).status,
    confirm: async (code) => (await callAs(world, session, '/v1/my/touches', { code, reason: 'affluence' })).status };
}

/** Asks until the ceiling is reached; what the refusal says. */
async function untilCeiling(user: string, from: number): Promise<{ told: number; refused: Refused }> {
  for (const [told, patient] of patients(from, 60).entries()) {
    const { status, body } = await world.ask({ ...patient, user });
    if (status === 429) return { told, refused: body as unknown as Refused };
  }
  assert.fail('no ceiling was reached');
}

test('a pharmacy’s user beyond their habit is given an address and a code; a professional of the place raises it by one touch, once', async () => {
  await owner().query("insert into guard.ceiling select peer_group, scope, class, current_date, 500, 500, 500, 9000, 'test' from guard.ceiling where peer_group = 'pharmacy' and scope in ('a', 'e') and class in ('u', 'm') and source = 'starting assumption'");
  await world.ask({ user: 'anne' });
  // Grown up, and used to few: a floor of ten a day.
  await owner().query("update gate.meter set since = null, habit = 3 where scope = 'p'");
  const { told, refused } = await untilCeiling('anne', 0);
  assert.ok(told >= 9 && told <= 10, `${told} more than the first`);
  assert.match(refused.touch?.code ?? '', /^[0-9A-HJKMNP-TV-Z]{8}$/);
  assert.equal(refused.touch?.address, `${world.portalOrigin}/`);
  assert.ok(refused.title.includes(`${refused.touch?.code.slice(0, 4)}-${refused.touch?.code.slice(4)}`), refused.title);
  const again = (await world.ask({ ...patients(70, 1)[0], user: 'anne' })).body as unknown as Refused;
  assert.equal(again.touch?.code, refused.touch?.code, 'the same code while it is shown');
  const code = refused.touch?.code ?? '';

  const stranger = await onPortal('doctor');
  await stranger.stepUp();
  assert.equal(await stranger.confirm(code), 404, 'a professional of another establishment');
  assert.equal(await pharmacist.confirm(code), 403, 'without a touch');
  assert.equal(await pharmacist.stepUp(), 200);
  assert.equal(await pharmacist.confirm('AAAA-AAAA'), 404, 'a code that was never given');
  assert.equal(await pharmacist.confirm('short'), 404);
  assert.equal(await pharmacist.confirm(`${code.slice(0, 4).toLowerCase()} ${code.slice(4)}`), 200, 'as somebody types it');
  assert.equal(await pharmacist.confirm(code), 404, 'once');
  assert.equal((await world.ask({ ...patients(70, 1)[0], user: 'anne' })).status, 200, 'the habit is set aside until the day’s end');
  const { rows } = await owner().query("select outcome, detail, user_id is not null as named from journal.entry where purpose = 'raise' order by id");
  assert.deepEqual(rows, [{ outcome: 'software', detail: 'affluence', named: true }, { outcome: 'raised', detail: 'affluence', named: true }]);
  const { rows: [meter] } = await owner().query<{ percent: number; ends: boolean }>("select raised_percent as percent, raised_until = (gate.civil_day(now()) + 1)::timestamp at time zone 'Europe/Paris' as ends from gate.meter where raised_until is not null");
  assert.deepEqual(meter, { percent: 150, ends: true });
});

test('a touch that the guard asked for: ten persons a day without it, whatever the ceiling; the code is for that user, for ten minutes', async () => {
  await owner().query("update gate.meter set raised_until = null, raised_percent = null, u = null, u_at = null, habit = 200 where scope = 'p'");
  await owner().query('truncate gate.told');
  await world.ask({ ...patients(79, 1)[0], user: 'bruno' });
  const { rows: [bruno] } = await owner().query<{ id: number }>("select id from access.app_user where pseudonym = 'bruno'");
  assert.equal(await demandStepUp(world.database.pool('rempart_guard'), bruno?.id ?? 0, [{ code: 'novelty', fr: 'Des lieux nouveaux.', en: 'New places.' }]), true);
  const { told, refused } = await untilCeiling('bruno', 80);
  assert.equal(told, 9, 'the first one counted');
  assert.match(refused.title, /ne ressemblent pas aux habituelles/);
  // Many at once pass it no more than one by one.
  const statuses = await Promise.all(patients(100, 20).map(async (patient) => (await world.ask({ ...patient, user: 'bruno' })).status));
  assert.deepEqual([...new Set(statuses)], [429]);
  assert.equal((await world.ask({ ...patients(100, 1)[0], user: 'anne' })).status, 200, 'nobody else is held up');
  await owner().query("update gate.touch set expires_at = now() - interval '1 second' where used_at is null");
  await pharmacist.stepUp();
  assert.equal(await pharmacist.confirm(refused.touch?.code ?? ''), 404, 'too late');
  await owner().query("update gate.touch set expires_at = now() + interval '1 minute' where used_at is null");
  assert.equal(await pharmacist.confirm(refused.touch?.code ?? ''), 200);
  const { rows } = await owner().query("select pseudonym, step_up_from is null as given, touched_at is not null as touched from access.app_user where pseudonym in ('anne', 'bruno') order by 1");
  assert.deepEqual(rows, [{ pseudonym: 'anne', given: true, touched: true }, { pseudonym: 'bruno', given: true, touched: true }]);
  assert.equal((await world.ask({ ...patients(120, 1)[0], user: 'bruno' })).status, 200);
});

test('five codes in ten minutes for one user; none to the portal, to a stranger’s key or for nobody', async () => {
  const check = world.database.pool('rempart_check');
  const { rows: [mine] } = await owner().query<{ session: string; jkt: string }>("select s.secret_hash as session, s.jkt from access.session s join access.installation n on n.id = s.installation_id where n.kind = 'software' and exists (select from access.app_user u where u.installation_id = n.id and u.pseudonym = 'anne') limit 1");
  const offer = async (jkt: string, user: string): Promise<boolean> => (await check.query<{ given: boolean }>('select gate.offer_touch($1, $2, $3, gen_random_uuid()) as given', [mine?.session, jkt, user])).rows[0]!.given;
  await owner().query('truncate gate.touch');
  assert.equal(await offer(crypto.randomUUID(), 'anne'), false);
  assert.equal(await offer(mine?.jkt ?? '', 'personne'), false);
  const given: boolean[] = [];
  for (let i = 0; i < 7; i += 1) given.push(await offer(mine?.jkt ?? '', 'anne'));
  assert.deepEqual(given, [true, true, true, true, true, false, false]);
});

test('whoever is frozen looks and leaves: no ceiling raised, no answer for a software, nobody invited, no new passkey', async () => {
  const { session } = pharmacist;
  const call = async (path: string, body: object): Promise<number> => (await callAs(world, session, path, body)).status;
  const acts = async (): Promise<number[]> => [await call('/v1/my/ceiling', { reason: 'affluence' }), await pharmacist.confirm('ABCD-EFGH'), await call('/v1/staff/invitations', {}),
    (await callAs(world, session, '/v1/passkeys', enrolment(newSoftPasskey(world.portalOrigin), { nonce: await newNonce(world), jkt: session.jkt }))).status];
  await pharmacist.stepUp();
  const code = (await callAs(world, session, '/v1/staff/invitations', {})).body as { code: string };
  assert.match(code.code, /^[\w-]{22}$/);
  for (const column of ['frozen_at', 'unproven_frozen_at']) {
    await owner().query(`update access.app_user u set ${column} = now() from access.sign_in si where si.user_id = u.id and si.jkt = $1`, [session.jkt]);
    await pharmacist.stepUp();
    assert.deepEqual(await acts(), [403, 403, 403, 403], column);
    assert.equal((await callAs(world, session, '/v1/my/day')).status, 200, 'one’s own day is still shown');
    await assert.rejects(signIn(world, ASSISTANT, { invitation: code.code }), /open: 403/, 'nor does what was handed out before open anything');
    await owner().query(`update access.app_user set ${column} = null`);
  }
  assert.ok(await signIn(world, ASSISTANT, { invitation: code.code }), 'as soon as they are not');
});

test('a code is read as somebody types it', () => {
  assert.equal(readTouchCode('abcd-ef9h'), 'ABCDEF9H');
  assert.equal(readTouchCode(' oil0 1234 '), '01101234');
  assert.equal(readTouchCode('ABCD-EFG'), undefined);
  assert.equal(readTouchCode('ABCD-EFU1'), undefined);
});

test('each name of a pharmacy’s software has its own habit, the new ones share one, and all together the place’s', async () => {
  await owner().query("truncate gate.meter, gate.told; update access.app_user set step_up_from = null");
  await owner().query('update access.app_user set touched_at = null');
  for (const user of ['anne', 'bruno']) await world.ask({ ...patients(0, 1)[0], user });
  await owner().query("update access.app_user set confirmed_at = now() where pseudonym in ('anne', 'bruno')");
  for (const user of ['anne', 'bruno']) await world.ask({ ...patients(1, 1)[0], user });
  // A place whose busy day is eight persons, and so sixteen at most; neither name has a habit of its own yet.
  const used = async (place: number): Promise<void> => {
    await owner().query('truncate gate.told');
    await owner().query("update gate.meter set since = null, u = null, u_at = null, habit = case scope when 'p' then $1::real when 'n' then 0 end", [place]);
  };
  await used(8);
  const anne = await untilCeiling('anne', 0);
  assert.equal(anne.told, 10);
  assert.equal((await world.ask({ ...patients(0, 1)[0], user: 'bruno' })).status, 200, 'somebody told to a colleague before, by another name');
  const bruno = await untilCeiling('bruno', 20);
  assert.equal(bruno.told, 6, 'sixteen in all, but for the one that both were told of');
  assert.equal((await world.ask({ ...patients(70, 1)[0], user: 'caisse-1' })).status, 429);
  await used(8);
  const outcomes: number[] = [];
  for (const [i, patient] of patients(0, 30).entries()) outcomes.push((await world.ask({ ...patient, user: `caisse-${i}` })).status);
  assert.equal(outcomes.filter((status) => status === 200).length, 10, 'a new name for each question');
  // The professional's own raise holds for names that somebody vouched for.
  await owner().query("update gate.meter set raised_percent = 150, raised_until = now() + interval '1 hour' where scope = 'p'");
  for (const patient of patients(0, 20)) assert.equal((await world.ask({ ...patient, user: 'anne' })).status, 200);
  assert.equal((await world.ask({ ...patients(70, 1)[0], user: 'caisse-31' })).status, 429);
  await owner().query("update gate.meter set raised_percent = null, raised_until = null");
  // One busy day of the place is more than ten.
  await used(13);
  assert.equal((await untilCeiling('anne', 0)).told, 13);
  assert.equal((await world.ask({ ...patients(70, 1)[0], user: 'bruno' })).status, 200, 'a colleague goes on');
  // The only name of a place is the place.
  await owner().query("delete from gate.meter where scope = 'n' and subject = (select id from access.app_user where pseudonym = 'bruno')");
  await used(8);
  assert.equal((await untilCeiling('anne', 0)).told, 16);
});
