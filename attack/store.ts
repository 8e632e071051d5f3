import type { Pool } from '../src/ground/index.ts';

/** Gives the gate of this database a clock that the rehearsal turns. Only the owner of the database can; a production start refuses such a database. */
export async function installRehearsalClock(owner: Pool, at: Date): Promise<void> {
  await owner.query('create table if not exists guard.rehearsal (at timestamptz not null)');
  await owner.query('truncate guard.rehearsal');
  await owner.query('insert into guard.rehearsal values ($1)', [at]);
  await owner.query('grant select on guard.rehearsal to public');
  await owner.query('create or replace function gate.clock() returns timestamptz language sql volatile as $$ select at from guard.rehearsal $$');
}

export async function turnClock(owner: Pool, at: Date): Promise<void> {
  await owner.query({ name: 'turn', text: 'update guard.rehearsal set at = $1', values: [at] });
}

/** Forgets everything that one run left: the next one begins on an untouched day. The journal only grows. */
export async function forgetRun(owner: Pool): Promise<void> {
  await owner.query('truncate gate.meter, gate.told, gate.proof, gate.retry, guard.trace, guard.freeze, guard.alarm, gate.handed_up, gate.above cascade');
  await owner.query('update access.app_user set frozen_at = null, unproven_frozen_at = null, step_up_from = null, watched_until = null where frozen_at is not null or unproven_frozen_at is not null or step_up_from is not null or watched_until is not null');
  await owner.query('update access.installation set unproven_frozen_at = null where unproven_frozen_at is not null');
  await owner.query('update guard.decoy set hit_at = null where hit_at is not null');
}

/** A session of an installation that is stolen with its device: the thief has its key. */
export async function plantSession(owner: Pool, session: { readonly clientId: string; readonly hash: string; readonly jkt: string }): Promise<void> {
  await owner.query(`insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) select $2, id, $3, '{}', 'infinity' from access.installation where client_id = $1`, [session.clientId, session.hash, session.jkt]);
}

export async function lastEntry(owner: Pool): Promise<number> {
  return Number((await owner.query<{ n: string }>('select coalesce(max(id), 0) as n from journal.entry')).rows[0]?.n);
}

/** First exposure of one user from the journal alone: the references of the persons it was told of. */
export async function exposureOf(owner: Pool, user: { readonly pseudonym: string; readonly after: number }): Promise<string[]> {
  const { rows } = await owner.query<{ person: string }>(`select distinct e.person from journal.entry e join access.app_user u on u.id = e.user_id
    where u.pseudonym = $1 and e.id > $2 and e.purpose = 'ask' and e.person is not null order by 1`, [user.pseudonym, user.after]);
  return rows.map((row) => row.person);
}

/** The truth: whose rows the identities that were answered yes are. */
export async function personsOf(owner: Pool, indexes: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ person: string }>('select distinct person from registry.right_row where by_nir = any ($1::uuid[]) or by_adherent = any ($1::uuid[]) order by 1', [indexes]);
  return rows.map((row) => row.person);
}

/** Users frozen now, by pseudonym. */
export async function frozenUsers(owner: Pool): Promise<string[]> {
  return (await owner.query<{ pseudonym: string }>('select pseudonym from access.app_user where frozen_at is not null order by 1')).rows.map((row) => row.pseudonym);
}

/** Takes the ceilings of a mix away again: the next runs set their own. */
export async function forgetMix(owner: Pool): Promise<void> {
  await owner.query("delete from guard.ceiling where source like 'mix %'");
}

/** "2024" settings: no ceiling within reach. */
export async function liftCeilings(owner: Pool, on: boolean): Promise<void> {
  if (on) await owner.query("insert into guard.ceiling select distinct on (peer_group, scope, class) peer_group, scope, class, date '2026-01-02', 1000000, 1000000, 1000000, 1000000, '2024' from guard.ceiling on conflict do nothing");
  else await owner.query("delete from guard.ceiling where source = '2024'");
}

/** The stolen installation is in use; insurers' files stay fresh for as long as the simulated days last, but for the silent one's. */
export async function prepareWorld(owner: Pool, clientId: string): Promise<void> {
  await owner.query("update access.installation set state = 'active', jwk = '{}' where client_id = $1", [clientId]);
  await owner.query("update registry.insurer set max_file_age = '10 years' where max_file_age > interval '1 minute'");
  // The stolen account has a past: nothing of its ceilings is still to grow.
  await owner.query("insert into guard.growth values ('2026-01-02', 0, 0, 100) on conflict do nothing");
  await owner.query('analyze');
}

export async function insurerIds(owner: Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await owner.query<{ amc: string; id: number }>('select amc_number as amc, id::int from registry.insurer');
  return new Map(rows.map((row) => [row.amc, row.id]));
}
