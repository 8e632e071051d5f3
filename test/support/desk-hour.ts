import { demandStepUp, freezeByGuard } from '../../src/guard/index.ts';
import { assess, decideNotification, listExposure, makePacks, moveIncident, openIncident, recordAssessment, sendDocument, setFacts } from '../../src/incidents/index.ts';
import { askForTwo, seat, type DeskSession } from './desk-client.ts';
import type { TestDesk } from './desk.ts';
import type { World } from './world.ts';

const REASON = { code: 'walk', fr: 'Numéros voisins demandés l’un après l’autre, sans carte.', en: 'Neighbouring numbers asked one after the other, without a card.' };

/** An hour worth looking at: questions by minute, a signal, two automatic freezes, a stop that waits for a second officer. */
export async function playDeskHour(world: World, desk: TestDesk): Promise<{ readonly onCall: DeskSession; readonly freeze: number }> {
  const owner = world.database.pool('owner');
  await world.ask();
  await world.ask({ user: 'caisse-2', reference: 'R2' });
  const { rows: [asked] } = await owner.query<{ installation_id: number; establishment_id: number }>("select installation_id, establishment_id from journal.entry where purpose = 'ask' limit 1");
  // A quiet hour with a rise in it, deterministic.
  await owner.query(`insert into journal.entry (id, at, installation_id, establishment_id, insurer_id, purpose, outcome)
    select nextval('journal.entry_id'), date_trunc('minute', now()) - make_interval(mins => m) + interval '5 seconds', $1, $2, (select min(id) from registry.insurer), 'ask', case when k % 11 = 0 then 'no' when k % 23 = 0 then 'undetermined' else 'yes' end
    from generate_series(1, 59) m cross join lateral generate_series(1, 24 + (m * 7) % 13 + case when m between 8 and 16 then 30 else 0 end) k`, [asked?.installation_id, asked?.establishment_id]);
  const { rows: users } = await owner.query<{ id: number }>('select id from access.app_user order by id');
  const guard = world.database.pool('rempart_guard', 1);
  await demandStepUp(guard, users[0]?.id ?? 0, [REASON]);
  const freeze = await freezeByGuard(guard, users[0]?.id ?? 0, [REASON]);
  await freezeByGuard(guard, users[1]?.id ?? 0, [{ ...REASON, code: 'misses', fr: 'Douze questions sans réponse sur quinze.', en: 'Twelve misses of fifteen questions.' }]);
  await playSignals(world, users[0]?.id ?? 0);
  const onCall = await seat(desk, 2);
  await askForTwo(desk, onCall, { kind: 'stop', subject: { scope: 'vendor', subject: 'test', hours: 2 }, reason: 'Le logiciel de cet éditeur répète les mêmes demandes depuis trois lieux.' });
  return { onCall, freeze: freeze ?? 0 };
}

// A peer that was verified, over its ceiling, with a signal of each kind; one of ours that it has.
async function playSignals(world: World, user: number): Promise<void> {
  const owner = world.database.pool('owner');
  const peer = { issuer: 'https://pair.example', name: 'Opérateur pair', kind: 'operator', keys: { keys: [] } };
  const { rows } = await world.database.pool('rempart_desk', 1).query<{ id: number }>('select gate.add_peer($1, $2, $3) as id', [JSON.stringify(peer), 'Claire Martin', 'Karim Benali']);
  await owner.query('update signals.peer set verified_at = now()');
  await owner.query(`insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at, state, applied_at)
    select $1, state, gate.signal_event(event), 'x', now(), now() - interval '5 minutes', state, now() from (values ('session-revoked', 'step-up'), ('credential-compromise', 'already'), ('credential-compromise', 'waiting'), ('account-enabled', 'retracted')) t(event, state)`, [rows[0]?.id]);
  await owner.query("insert into signals.alarm (peer_id, kind, hour, count) values ($1, 'ceiling', date_trunc('hour', now()), 3)", [rows[0]?.id]);
  await owner.query("insert into signals.outbox (peer_id, event, freeze_id, at, next_at, delivered_at) select $1, gate.signal_event('session-revoked'), min(id), now(), now(), now() from guard.freeze where user_id = $2", [rows[0]?.id, user]);
}

const OFFICERS = { by: 'Claire Martin', and: 'Karim Benali' } as const;

/** An incident well under way: listed, assessed, packs sent to two insurers. @returns its number */
export async function playIncident(world: World): Promise<number> {
  const pool = world.database.pool('rempart_desk', 2);
  for (const [amc, person] of Object.entries(world.sandbox.persons).slice(0, 3)) await world.ask({ user: 'caisse-1', reference: amc, insurer: { amcNumber: amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank });
  const { rows } = await world.database.pool('owner').query<{ id: number }>('select id from access.installation where client_id = $1', [world.pharmacy.enrolled.clientId]);
  const { by } = OFFICERS;
  const id = await openIncident(pool, { by, title: 'Session volée, Pharmacie du Cèdre', reason: 'gel automatique', scope: { items: [{ kind: 'installation', id: rows[0]?.id ?? 0 }], from: new Date(Date.now() - 3_600_000) } });
  await moveIncident(pool, id, { to: 'confirmed', by, reason: 'le professionnel n’était pas là' });
  await moveIncident(pool, id, { to: 'contained', by, reason: 'gelé' });
  await setFacts(pool, id, { by, facts: { description: 'Une session ouverte à la pharmacie a été utilisée ailleurs, sans carte.', discovery: 'Gel automatique par la garde.', measuresTaken: 'Accès gelé ; clés renouvelées.' } });
  await listExposure(pool, id, { by, decoysAmong: () => [] });
  await recordAssessment(pool, id, { by, reason: 'première évaluation', assessment: assess({ categories: ['sensitive'], identification: { general: 'maximum' }, confidentiality: 'unknown-recipients', malicious: true, persons: 2, nirRead: false,
    justification: { data: 'Couverture complémentaire santé.', identification: 'La personne était nommée dans la question.', circumstances: 'Session volée, destinataire inconnu.' } }) });
  await decideNotification(pool, id, { by, decision: 'notify', reason: 'risque élevé' });
  const [first] = await makePacks(pool, id, { ...OFFICERS, keyRing: world.keyRing });
  await sendDocument(pool, first ?? 0, { ...OFFICERS, via: 'api' });
  return id;
}
