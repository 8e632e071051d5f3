import { stateFolder } from '../../src/ground/index.ts';
import { addPeer, listPeers, newPairKey, type Peer, type PeerDescription } from '../../src/incidents/index.ts';
import { createSignals } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import { freeUrl, listen } from './world.ts';

type Signals = Awaited<ReturnType<typeof createSignals>>;

/** One operator's platform, as far as signals go: its own database, keys and signals server. */
export interface Operator {
  readonly database: TestDatabase;
  readonly url: string;
  readonly signals: Signals;
  /** Professionals by RPPS: row numbers of professional and user. */
  readonly users: ReadonlyMap<string, { professional: number; user: number }>;
  describe(change?: Partial<PeerDescription>): PeerDescription;
  /** States of the users by RPPS. */
  state(rpps: string): Promise<'free' | 'step-up' | 'frozen'>;
  close(): Promise<void>;
}

/** Ten and more made-up RPPS with their key. */
export const testRpps = (count: number): string[] => Array.from({ length: count }, (_, i) => {
  const body = `101${String(i + 1).padStart(7, '0')}`;
  return Array.from({ length: 10 }, (_, key) => `${body}${key}`).find((text) => luhn(text)) ?? body;
});

function luhn(text: string): boolean {
  const sum = Array.from(text).reverse().reduce((total, digit, i) => total + (i % 2 === 0 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)] ?? 0), 0);
  return sum % 10 === 0;
}

/** Starts one; each of its professionals has asked here before. */
export async function startOperator(rpps: readonly string[]): Promise<Operator> {
  const database = await freshDatabase();
  const owner = database.pool('owner');
  const place = (await owner.query("insert into access.establishment (identifier, name, peer_group, asks_as_establishment, valid_from) values ('750000001', 'Cabinet d’essai', 'doctor', false, '2020-01-01') returning id")).rows[0].id;
  const portal = (await owner.query("insert into access.installation (kind, establishment_id, vendor, software, state) values ('portal', $1, 't', 't', 'active') returning id", [place])).rows[0].id;
  await owner.query("insert into access.professional (rpps, peer_group, valid_from) select unnest($1::text[]), 'doctor', '2020-01-01'", [rpps]);
  const { rows } = await owner.query("insert into access.app_user (installation_id, pseudonym, professional_id) select $1, 'p' || id, id from access.professional order by id returning id::int as user, professional_id::int as professional", [portal]);
  const users = new Map(rpps.map((one, i) => [one, rows[i] as { professional: number; user: number }]));
  const { url, port } = await freeUrl();
  const signals = await createSignals({ pool: database.pool('rempart_signals'), issuer: url, keyFolder: stateFolder(`signals-${port}`) });
  await listen(signals.server, port);
  return { database, url, signals, users,
    describe: (change = {}) => ({ issuer: url, name: `Opérateur ${port}`, kind: 'operator', keys: signals.context.key.publicKeys, pushUrl: `${url}/signals/events`, ...change }),
    state: async (one) => {
      const user = (await owner.query('select frozen_at, step_up_from from access.app_user where id = $1', [users.get(one)?.user])).rows[0];
      return user.frozen_at !== null ? 'frozen' : user.step_up_from === null ? 'free' : 'step-up';
    },
    close: async () => { await signals.close(); await database.drop(); } };
}

/** The desk of `here` adds `there`, with a pair key that both keep. */
export async function addTo(here: Operator, there: PeerDescription, pair?: string): Promise<Peer> {
  if (pair !== undefined) here.signals.context.pairs.keep(there.issuer, pair);
  await addPeer(here.database.pool('rempart_desk'), there, { by: 'Mme Un', and: 'M. Deux' });
  await new Promise((resolve) => { setTimeout(resolve, 1100); });
  return (await listPeers(here.database.pool('rempart_desk'))).find((peer) => peer.issuer === there.issuer) as Peer;
}

/** Two operators that know and have verified each other. */
export async function connect(a: Operator, b: Operator, change: { a?: Partial<PeerDescription>; b?: Partial<PeerDescription> } = {}): Promise<void> {
  const pair = JSON.stringify(newPairKey());
  a.signals.context.pairs.keep(b.url, pair);
  await Promise.all([addTo(a, b.describe(change.b)), addTo(b, a.describe(change.a), pair)]);
}
