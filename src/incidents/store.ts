import { AppError, type Pool } from '../ground/index.ts';
import { REFUSALS, type Clock, type DutyKind, type Facts, type Incident, type IncidentEvent, type IncidentState, type IncidentSummary, type InsurerStanding, type Order, type Scope, type ScopeItem, type ScopeVersion, type StoredAssessment, type TwoPersons } from './types.ts';

/** One value of one call of the gate. */
export async function call<T>(pool: Pool, text: string, values: unknown[]): Promise<T | null> {
  const { rows } = await pool.query<{ result: T | null }>(`select ${text} as result`, values);
  return rows[0]?.result ?? null;
}

/** The refusal behind a code of the gate, as an error that says what to do. */
export function refusal(code: string, detail?: string): AppError {
  const words = REFUSALS[code] ?? { fr: 'Refusé.', en: 'Refused.' };
  return new AppError({ code: code === 'unknown' ? 'not-found' : 'bad-input', detail: code, publicText: detail === undefined ? words : { fr: `${words.fr} (${detail})`, en: `${words.en} (${detail})` } });
}

/** Turns a code of the gate into its refusal; null is none. */
export function accept(code: string | null): void {
  if (code !== null) throw refusal(code);
}

const orderOfScope = (scope: Scope, order: Order): object => ({ ...order, items: scope.items, from: scope.from.toISOString(), ...(scope.to === undefined ? {} : { to: scope.to.toISOString() }) });
const badScope = (): AppError => new AppError({ code: 'bad-input', publicText: {
  fr: 'Rien n’a été changé : il faut un nom, un titre ou un motif, au moins un identifiant, un début avant la fin, et un incident en cours.', en: 'Nothing was changed: it takes a name, a title or a reason, at least one credential, a start before the end, and an incident under way.' } });

/** Opens an incident, suspected. What its scope names is held in the journal. @returns its number. @throws AppError `bad-input` */
export async function openIncident(pool: Pool, order: Order & { readonly title: string; readonly scope: Scope; readonly drill?: boolean }): Promise<number> {
  const { scope, ...rest } = order;
  const id = await call<number>(pool, 'gate.open_incident($1)', [JSON.stringify(orderOfScope(scope, rest))]);
  if (id === null) throw badScope();
  return id;
}

/** Opens one for every automatic freeze, or freeze by the person themself, that has none. Roles `rempart_guard`, `rempart_desk`. */
export async function openForFreezes(pool: Pool): Promise<readonly number[]> {
  return ((await call<string[]>(pool, 'gate.open_for_freezes()', [])) ?? []).map(Number);
}

/** Sets another scope; the list must be made again. @returns the version. @throws AppError `bad-input` */
export async function setScope(pool: Pool, incidentId: number, order: Order & { readonly scope: Scope }): Promise<number> {
  const { scope, ...rest } = order;
  const version = await call<number>(pool, 'gate.set_scope($1, $2)', [incidentId, JSON.stringify(orderOfScope(scope, rest))]);
  if (version === null) throw badScope();
  return version;
}

/** Moves an incident on; `dismissed`, `closed` and reopening take two persons. `at`: when the operator knew, or when it was contained. @throws AppError with the rule in `detail` */
export async function moveIncident(pool: Pool, incidentId: number, order: (Order | TwoPersons) & { readonly to: IncidentState; readonly at?: Date }): Promise<void> {
  const { to, ...rest } = order;
  accept(await call(pool, 'gate.move_incident($1, $2, $3)', [incidentId, to, JSON.stringify(rest)]));
}

/** What must be done before it may be closed: severity, notification, exposure, clocks. */
export async function leftToDo(pool: Pool, incidentId: number): Promise<readonly string[]> {
  return (await call<string[]>(pool, 'gate.left_to_do($1)', [incidentId])) ?? [];
}

/** Records the officers' words, field by field; null removes one. @throws AppError `not-found` */
export async function setFacts(pool: Pool, incidentId: number, order: Order & { readonly facts: { readonly [K in keyof Facts]?: Facts[K] | null } }): Promise<void> {
  const { facts, ...rest } = order;
  accept(await call(pool, 'gate.set_facts($1, $2, $3)', [incidentId, JSON.stringify(facts), JSON.stringify(rest)]));
}

/** Records an assessment (of `assess`); its reason is demanded. @throws AppError */
export async function recordAssessment(pool: Pool, incidentId: number, order: Order & { readonly assessment: StoredAssessment }): Promise<void> {
  const { assessment, ...rest } = order;
  accept(await call(pool, 'gate.assess_incident($1, $2, $3)', [incidentId, JSON.stringify(assessment), JSON.stringify(rest)]));
}

/** Whether it is notified; `none` takes two persons. @throws AppError */
export async function decideNotification(pool: Pool, incidentId: number, order: (Order | TwoPersons) & { readonly decision: 'notify' | 'none' }): Promise<void> {
  const { decision, ...rest } = order;
  accept(await call(pool, 'gate.decide_notification($1, $2, $3)', [incidentId, decision, JSON.stringify(rest)]));
}

const INCIDENT = `i.id, i.title, i.state, i.opened_at as "openedAt", i.opened_by as "openedBy", i.freeze_id as "freezeId", i.aware_at as "awareAt", i.notification, i.drill`;

/** Incidents, newest first; without `all`, those under way. */
export async function listIncidents(pool: Pool, options: { readonly all?: boolean } = {}): Promise<IncidentSummary[]> {
  const { rows } = await pool.query<IncidentSummary>(`select ${INCIDENT}, n.persons, n.insurers, (select min(c.due_at) from incidents.clock c where c.incident_id = i.id and c.met_at is null and i.state not in ('closed', 'dismissed')) as "nextDueAt"
    from incidents.incident i
    left join lateral (select max(x.id) as id from incidents.exposure x where x.incident_id = i.id and x.state = 'listed') e on true
    left join lateral (select sum(c.persons)::bigint as persons, count(*) filter (where c.persons > 0) as insurers from incidents.count c where c.exposure_id = e.id) n on e.id is not null
    where $1 or i.state in ('suspected', 'confirmed', 'contained') order by i.id desc`, [options.all === true]);
  return rows;
}

export async function findIncident(pool: Pool, id: number): Promise<Incident | undefined> {
  const { rows } = await pool.query<Incident>(`select ${INCIDENT}, i.contained_at as "containedAt", i.closed_at as "closedAt", i.facts, i.severity, i.notification_reason as "notificationReason" from incidents.incident i where i.id = $1`, [id]);
  return rows[0];
}

/** @throws AppError `not-found` */
export async function getIncident(pool: Pool, id: number): Promise<Incident> {
  const found = await findIncident(pool, id);
  if (found === undefined) throw new AppError({ code: 'not-found', publicText: { fr: `L’incident ${id} n’existe pas.`, en: `There is no incident ${id}.` } });
  return found;
}

/** What happened to it, oldest first. */
export async function readEvents(pool: Pool, incidentId: number): Promise<IncidentEvent[]> {
  const { rows } = await pool.query<IncidentEvent>('select id, at, kind, by_first as by, by_second as "and", detail, entry_id as entry from incidents.event where incident_id = $1 order by id', [incidentId]);
  return rows;
}

/** Every version of its scope, oldest first. */
export async function readScopes(pool: Pool, incidentId: number): Promise<ScopeVersion[]> {
  const { rows } = await pool.query<ScopeVersion>('select version, at, by_name as by, from_at as "from", to_at as "to", items, reason from incidents.scope where incident_id = $1 order by version', [incidentId]);
  return rows;
}

/** Its clocks, next due first, those met last. */
export async function readClocks(pool: Pool, incidentId: number): Promise<Clock[]> {
  const { rows } = await pool.query<Clock>(`select c.id, c.incident_id as "incidentId", c.kind, c.insurer_id as "insurerId", g.amc_number as "amcNumber", c.started_at as "startedAt", c.hours, c.due_at as "dueAt",
    c.met_at as "metAt", c.met_by as "metBy", c.document_id as "documentId", c.exposure_id as "exposureId", c.late_reason as "lateReason"
    from incidents.clock c left join registry.insurer g on g.id = c.insurer_id where c.incident_id = $1 order by c.met_at is not null, c.due_at, c.id`, [incidentId]);
  return rows;
}

/** Ends a duty done by other means. Late ones demand `lateReason`. @throws AppError */
export async function meetClock(pool: Pool, clockId: number, order: Order & { readonly at?: Date; readonly lateReason?: string }): Promise<void> {
  accept(await call(pool, 'gate.meet_clock($1, $2)', [clockId, JSON.stringify(order)]));
}

/** Sets a delay in hours; clocks that run keep theirs. @throws AppError */
export async function setDelay(pool: Pool, order: TwoPersons & { readonly kind: DutyKind; readonly insurerId?: number; readonly hours: number }): Promise<void> {
  const { kind, insurerId, hours, ...rest } = order;
  if ((await call(pool, 'gate.set_delay($1, $2::smallint, $3, $4)', [kind, insurerId ?? null, hours, JSON.stringify(rest)])) !== true) throw refusal('two-persons');
}

/** Records an insurer's written mandate to file with the authority in its name. @throws AppError */
export async function recordMandate(pool: Pool, order: TwoPersons & { readonly insurerId: number; readonly reference: string }): Promise<void> {
  const { insurerId, reference, ...rest } = order;
  if ((await call(pool, 'gate.record_mandate($1::smallint, $2, $3)', [insurerId, reference, JSON.stringify(rest)])) !== true) throw refusal('two-persons');
}

/** Each insurer of the last list: sent, acknowledged, told, next due. */
export async function readStandings(pool: Pool, incidentId: number): Promise<InsurerStanding[]> {
  const { rows } = await pool.query<InsurerStanding>(`select g.id as "insurerId", g.amc_number as "amcNumber", g.name, n.persons, d.sent_at as "sentAt", d.acknowledged_at as "acknowledgedAt", p.told, p.at as "reportedAt",
      (select max(r.at) from incidents.reminder r where r.incident_id = $1 and r.insurer_id = g.id) as "lastReminderAt",
      (select min(c.due_at) from incidents.clock c where c.incident_id = $1 and c.insurer_id = g.id and c.met_at is null) as "nextDueAt"
    from incidents.count n join registry.insurer g on g.id = n.insurer_id
    left join lateral (select x.sent_at, x.acknowledged_at from incidents.document x where x.incident_id = $1 and x.insurer_id = g.id and x.kind = 'insurer-pack' and x.sent_at is not null order by x.version desc limit 1) d on true
    left join lateral (select x.told, x.at from incidents.progress x where x.incident_id = $1 and x.insurer_id = g.id order by x.id desc limit 1) p on true
    where n.exposure_id = (select max(x.id) from incidents.exposure x where x.incident_id = $1 and x.state = 'listed') and n.persons > 0 order by g.amc_number`, [incidentId]);
  return rows;
}

/** Notes that an insurer was reminded; delivering it is the operator's own means. @throws AppError `not-found` when nothing was sent to it */
export async function noteReminder(pool: Pool, incidentId: number, order: Order & { readonly insurerId: number; readonly what: string }): Promise<void> {
  const { insurerId, what, ...rest } = order;
  if ((await call(pool, 'gate.note_reminder($1, $2::smallint, $3, $4)', [incidentId, insurerId, what, JSON.stringify(rest)])) !== true) throw refusal('unknown');
}

/** An account that a scope names: a professional, or a user of a software. */
export interface Account {
  readonly userId: number;
  readonly professionalId: number | null;
  readonly pseudonym: string;
  readonly establishment: string;
}

/** Accounts that the last scope, or `scopeVersion`, names: its users, or those who asked through its installations, one each. */
export async function readAccounts(pool: Pool, incidentId: number, of: { readonly scopeVersion?: number | undefined } = {}): Promise<Account[]> {
  const { rows } = await pool.query<Account>(`select distinct on (coalesce(u.professional_id, -u.id)) u.id as "userId", u.professional_id as "professionalId", u.pseudonym, coalesce(e.name, '') as establishment
    from access.app_user u join access.installation i on i.id = u.installation_id left join access.establishment e on e.id = i.establishment_id
    cross join lateral (select items from incidents.scope where incident_id = $1 and version = coalesce($2, version) order by version desc limit 1) s
    where exists (select from jsonb_array_elements(s.items) x where (x->>'kind' = 'user' and x->>'id' = u.id::text) or (x->>'kind' = 'professional' and x->>'id' = coalesce(u.professional_id, u.responsible_id)::text)
      or (x->>'kind' = 'installation' and x->>'id' = u.installation_id::text) or (x->>'kind' = 'establishment' and x->>'id' = i.establishment_id::text)) order by coalesce(u.professional_id, -u.id), u.id`, [incidentId, of.scopeVersion ?? null]);
  return rows;
}

/** What an officer names a credential by. */
export type Named = { readonly kind: 'user'; readonly client: string; readonly pseudonym: string } | { readonly kind: 'installation' | 'professional' | 'establishment' | 'session'; readonly name: string };

const FIND: Readonly<Record<Named['kind'], string>> = {
  user: 'select u.id::text from access.app_user u join access.installation i on i.id = u.installation_id where i.client_id::text = $1 and u.pseudonym = $2',
  installation: 'select id::text from access.installation where client_id::text = $1', professional: 'select id::text from access.professional where rpps = $1',
  establishment: 'select id::text from access.establishment where identifier = $1', session: "select $1 as id where $1 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'",
};

/** The scope item behind a name: client id and pseudonym, client id, RPPS, FINESS or SIRET, a session's hash. @throws AppError `not-found` */
export async function findScopeItem(pool: Pool, named: Named): Promise<ScopeItem> {
  const values = named.kind === 'user' ? [named.client, named.pseudonym] : [named.name];
  const { rows } = await pool.query<{ id: string }>(FIND[named.kind], values);
  if (rows[0] === undefined) throw new AppError({ code: 'not-found', publicText: { fr: `Inconnu : ${named.kind} ${values.join('/')}.`, en: `Unknown: ${named.kind} ${values.join('/')}.` } });
  return { kind: named.kind, id: named.kind === 'session' ? rows[0].id : Number(rows[0].id) };
}

/** A line of the register of article 33(5): facts, effects, measures, and why a breach was not notified. */
export interface RegisterLine {
  readonly incident: number;
  readonly title: string;
  readonly state: IncidentState;
  readonly openedAt: Date;
  readonly awareAt: Date | null;
  readonly containedAt: Date | null;
  readonly closedAt: Date | null;
  readonly facts: Facts;
  readonly persons: number | null;
  readonly records: number | null;
  readonly insurers: number | null;
  readonly notDeterminable: readonly object[];
  readonly severity: StoredAssessment | null;
  readonly notification: Incident['notification'];
  readonly notificationReason: string | null;
  readonly decidedBy: readonly string[];
  readonly documents: readonly { readonly kind: string; readonly version: number; readonly recipient: string; readonly sentAt: string | null; readonly sha256: string | null }[];
}

/** Every breach, notified or not, oldest first; drills are none. */
export async function readRegister(pool: Pool): Promise<RegisterLine[]> {
  const { rows } = await pool.query<RegisterLine>(`select i.id as incident, i.title, i.state, i.opened_at as "openedAt", i.aware_at as "awareAt", i.contained_at as "containedAt", i.closed_at as "closedAt", i.facts, n.persons, n.records, n.insurers,
      coalesce(x.not_determinable, '[]') as "notDeterminable", i.severity, i.notification, i.notification_reason as "notificationReason",
      coalesce((select array_remove(array[e.by_first, e.by_second], null) from incidents.event e where e.incident_id = i.id and e.kind in ('notification-notify', 'notification-none', 'dismissed') order by e.id desc limit 1), '{}') as "decidedBy",
      coalesce((select jsonb_agg(jsonb_build_object('kind', d.kind, 'version', d.version, 'recipient', d.recipient, 'sentAt', d.sent_at, 'sha256', encode(d.hash, 'hex')) order by d.id) from incidents.document d where d.incident_id = i.id), '[]') as documents
    from incidents.incident i
    left join lateral (select * from incidents.exposure y where y.incident_id = i.id and y.state = 'listed' order by y.id desc limit 1) x on true
    left join lateral (select sum(c.persons)::bigint as persons, sum(c.records)::bigint as records, count(*) filter (where c.persons > 0) as insurers from incidents.count c where c.exposure_id = x.id) n on x.id is not null
    where not i.drill and (i.aware_at is not null or i.state = 'dismissed') order by i.id`);
  return rows;
}

/** The row number of an insurer. */
export async function findInsurerByAmc(pool: Pool, amcNumber: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ id: number }>('select id from registry.insurer where amc_number = $1', [amcNumber]);
  return rows[0]?.id;
}
