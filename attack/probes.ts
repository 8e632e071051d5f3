import { randomUUID } from 'node:crypto';
import { createInstallation, createProof, enrol, generateClientKey, obtainToken } from '../src/access/index.ts';
import type { Mix } from '../src/guard/index.ts';
import { createBlindIndexer } from '../src/registry/index.ts';
import { askInProcess, askOverApi } from './asking.ts';
import type { Rehearsal, Victim } from './open.ts';
import { playRuns, type RunResult } from './rehearse.ts';
import type { AttackScript } from './script.ts';
import { listed, paced, shareOf } from './scripts/parts.ts';
import * as store from './store.ts';

/** What probes attack besides the database: the real servers on this machine. */
export interface Servers {
  readonly apiUrl: string;
  readonly issuer: string;
  readonly portalOrigin: string;
  /** A practice whose key is enrolled. */
  readonly victim: Victim;
}

/** An attack on a part of the platform rather than on one session; its figure is reported as it is found. */
export interface Probe {
  readonly name: string;
  readonly class: 'platform';
  /** Sessions that it asks with; one unless said. */
  readonly sessions?: number;
  readonly what: string;
  /** What bounds it. */
  readonly bound: string;
  readonly play: (rehearsal: Rehearsal, servers: Servers, mix: Mix) => Promise<Pick<RunResult, 'persons' | 'questions'> & Partial<RunResult>>;
}

const NOBODY = { questionsToFreeze: null, secondsToFreeze: null, answersAfterFreeze: 0, othersFrozen: 0, listedExactly: true, personsAtAlarm: null };
const exact = (sessions: number): AttackScript => ({ name: 'exact', class: 'collusion', sessions, what: 'the exact list, split', questions: (loot) => paced(listed(shareOf(loot)), 2) });
const [OF_ONE_PROCESS, MADE] = [20, 60];

/** Plays a probe. */
export async function playProbe(probe: Probe, context: { readonly rehearsal: Rehearsal; readonly servers: Servers; readonly mix: Mix; readonly seed: number }): Promise<RunResult> {
  const { rehearsal, servers, mix, seed } = context;
  return { ...NOBODY, api: true, ...(await probe.play(rehearsal, servers, mix)), script: probe.name, seed, mix };
}

function questionOf(rehearsal: Rehearsal, i = 0): Record<string, unknown> {
  const person = rehearsal.leaked[i] ?? assertPerson();
  return { reference: 'A', user: 'titulaire', insurer: { amcNumber: person.amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank, domain: 'MEDE', careDate: `${new Date().getUTCFullYear()}-03-02` };
}

function assertPerson(): never {
  throw new Error('the leak is empty');
}

/** How many of these requests were answered with a verdict. */
async function answered(requests: readonly (() => Promise<Response>)[]): Promise<{ persons: number; questions: number }> {
  let persons = 0;
  for (const request of requests) {
    const response = await request();
    const body = (await response.json().catch(() => ({}))) as { verdict?: string; access_token?: string };
    if (response.ok && (body.verdict !== undefined || body.access_token !== undefined)) persons += 1;
  }
  return { persons, questions: requests.length };
}

const post = (url: string, headers: Record<string, string>, body: string): Promise<Response> => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** A taken-over role must not be able to read persons past the gate. */
async function refusedTables(pool: Rehearsal['pools']['check']): Promise<void> {
  for (const table of ['registry.right_row', 'registry.card', 'gate.told', 'gate.guarantee', 'guard.trace']) {
    const read = await pool.query(`select * from ${table} limit 1`).then(() => true, () => false);
    if (read) throw new Error(`${table} can be read`);
  }
}

export const PROBES: readonly Probe[] = [
  { name: 'stolen-password', class: 'platform', what: 'a password, tried wherever one could be typed', bound: 'there is none', play: (rehearsal, { apiUrl, issuer, victim }) => {
    const body = JSON.stringify(questionOf(rehearsal));
    const form = (fields: Record<string, string>): Promise<Response> => fetch(`${issuer}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString() });
    return answered([
      () => post(`${apiUrl}/v1/checks`, { authorization: `Basic ${Buffer.from(`${victim.rpps}:motdepasse`).toString('base64')}` }, body), () => post(`${apiUrl}/v1/checks`, {}, body),
      () => form({ grant_type: 'password', username: victim.rpps, password: 'motdepasse' }), () => form({ grant_type: 'client_credentials', client_id: victim.clientId, client_secret: 'motdepasse' })]);
  } },
  { name: 'replayed-token', class: 'platform', what: 'a token and proofs that were listened to, without the key', bound: 'a token works with its key only, a proof once', play: async (rehearsal, { apiUrl, victim }) => {
    if (victim.enrolled === undefined) throw new Error('no enrolled victim');
    const { enrolled, token } = victim.enrolled;
    await store.beginRuns(rehearsal.owner, { installations: [victim.installation], habits: [{ name: 20, place: 20, alone: true }], at: new Date(), cared: false, known: false });
    const url = `${apiUrl}/v1/checks`;
    const honest = { authorization: `DPoP ${token.value}`, dpop: createProof({ key: enrolled.key, method: 'POST', url, accessToken: token.value }) };
    const first = await post(url, honest, JSON.stringify(questionOf(rehearsal)));
    if (first.status !== 200) throw new Error(`the honest question was refused: ${first.status}`);
    const own = createProof({ key: generateClientKey(), method: 'POST', url, accessToken: token.value });
    const body = JSON.stringify(questionOf(rehearsal, 1));
    return answered([() => post(url, honest, body), () => post(url, honest, JSON.stringify(questionOf(rehearsal))), () => post(url, { authorization: `Bearer ${token.value}` }, body), () => post(url, { authorization: `DPoP ${token.value}`, dpop: own }, body), () => post(url, { authorization: `DPoP ${token.value}` }, body)]);
  } },
  { name: 'portal-server', class: 'platform', what: 'the portal’s web server taken over: what it holds, and what it may ask', bound: 'it holds static files; altered pages act for those who load them, each within their ceilings', play: (rehearsal, { apiUrl, portalOrigin }) => {
    const body = JSON.stringify(questionOf(rehearsal));
    return answered([() => post(`${apiUrl}/v1/checks`, { origin: portalOrigin }, body), () => post(`${apiUrl}/v1/checks`, { origin: portalOrigin, cookie: 'session=1' }, body)]);
  } },
  { name: 'api-process', class: 'platform', sessions: OF_ONE_PROCESS, what: 'the api process taken over with its database role: it asks with 20 sessions that pass through it', bound: 'the ceilings of the sessions open on it; tables about persons cannot be read', play: async (rehearsal, _servers, mix) => {
    await refusedTables(rehearsal.pools.check);
    return (await playRuns(rehearsal, exact(OF_ONE_PROCESS), { seeds: [1], mix }))[0] as RunResult;
  } },
  { name: 'auth-with-key', class: 'platform', sessions: MADE, what: 'the authorization server taken over: it makes itself sessions of 60 practices', bound: 'the ceilings of every practice it names; the guard’s alarm over the platform', play: async (rehearsal, _servers, mix) => {
    const victims = await Promise.all(rehearsal.slots.doctor.slice(0, MADE).map(async (victim) => {
      const made = { session: randomUUID(), jkt: randomUUID() };
      await rehearsal.pools.auth.query("insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) values ($1, $2, $3, '{}', 'infinity')", [made.session, victim.installation, made.jkt]);
      return { ...victim, ...made };
    }));
    return (await playRuns(rehearsal, exact(victims.length), { seeds: [1], mix, api: { victims, ask: askInProcess(rehearsal.checks) } }))[0] as RunResult;
  } },
  { name: 'dump-and-key-ring', class: 'platform', what: 'a dump of the database with the key ring of the api: a leaked list is tried against it, offline', bound: 'nothing but the list: every insured it names is confirmed, none is found without it; names stay sealed', play: async (rehearsal) => {
    const indexes = rehearsal.leaked.map((person) => rehearsal.indexer.byNir(person.nir.slice(0, 13), { insurerId: rehearsal.insurerIds.get(person.amc) ?? 0, birthDate: person.birthDate, birthRank: person.birthRank }));
    return { persons: new Set((await store.personsOf(rehearsal.owner, indexes)).values()).size, questions: 0, listedExactly: false };
  } },
  { name: 'database-administrator', class: 'platform', what: 'a database administrator, without the key ring: the same list', bound: 'rows name nobody without the index key', play: async (rehearsal) => {
    const indexer = createBlindIndexer(Buffer.alloc(32, 7));
    const indexes = rehearsal.leaked.map((person) => indexer.byNir(person.nir.slice(0, 13), { insurerId: rehearsal.insurerIds.get(person.amc) ?? 0, birthDate: person.birthDate, birthRank: person.birthRank }));
    return { persons: new Set((await store.personsOf(rehearsal.owner, indexes)).values()).size, questions: 0 };
  } },
  { name: 'insider-at-the-desk', class: 'platform', what: 'an operator who makes an installation for a practice, enrols a key of their own and asks', bound: 'the ceilings of that practice; the installation and its maker are on record', play: async (rehearsal, { apiUrl, issuer }, mix) => {
    await refusedTables(rehearsal.pools.desk);
    const practice = rehearsal.slots.doctor.at(-1) as Victim;
    const { clientId, code } = await createInstallation(rehearsal.pools.desk, { establishment: practice.establishment, responsibleRpps: practice.rpps, vendor: 'rehearsal', software: 'rehearsal' });
    const enrolled = await enrol({ issuer, code, key: generateClientKey() });
    const victim = { ...practice, ...(await store.takeOver(rehearsal.owner, { clientId, victim: practice })), clientId, enrolled: { enrolled, token: await obtainToken(enrolled) } };
    return (await playRuns(rehearsal, { ...exact(1), class: 'no-card' }, { seeds: [1], mix, api: { victims: [victim], ask: askOverApi(apiUrl) } }))[0] as RunResult;
  } },
];
