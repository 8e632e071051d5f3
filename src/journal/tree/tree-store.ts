import pg from 'pg';
import { followPrimary, type Pool } from '../../ground/index.ts';

/** The tree as the database has it. */
export interface TreeState {
  /** Leaves placed. */
  readonly size: number;
  /** Of the newest signed checkpoint; its root is null before the first. */
  readonly headSize: number;
  readonly headRoot: Buffer | null;
  /** Leaves below it are no longer published. */
  readonly minimumIndex: number;
}

/** One leaf by its place. */
export interface Leaf {
  readonly index: number;
  readonly commitment: Buffer;
}

/** The lock that makes the sequencer one of its kind in a database. */
const SEQUENCER_LOCK = 7_320_010;
/** A statement that takes longer is on a line that is dead: another connection is tried. */
const STATEMENT_MS = 60_000;

/**
 * The sequencer's one connection: its lock lives and dies with it, and everything that places entries goes through it.
 * Role `rempart_log`.
 */
export class TreeConnection {
  readonly #client: pg.Client;
  /** Why the connection ended, once it has. */
  lost: Error | undefined;

  private constructor(client: pg.Client) {
    this.#client = client;
    client.on('error', (cause) => { this.lost = cause; });
    client.on('end', () => { this.lost ??= new Error('the connection ended'); });
  }

  /** Opens it and takes the lock; undefined when another sequencer has it. @throws when the database does not answer. */
  static async open(url: string): Promise<TreeConnection | undefined> {
    const client = new pg.Client({ connectionString: url, application_name: 'rempart log', query_timeout: STATEMENT_MS, ...followPrimary(url) });
    const connection = new TreeConnection(client);
    await client.connect();
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [SEQUENCER_LOCK]);
    if (rows[0]?.got === true) return connection;
    await client.end();
    return undefined;
  }

  async readState(): Promise<TreeState> {
    const { rows } = await this.#client.query<{ size: number; head_size: number; head_root: Buffer | null; minimum_index: number }>('select * from gate.read_tree()');
    const [row] = rows;
    if (row === undefined) throw new Error('the tree has no state');
    return { size: row.size, headSize: row.head_size, headRoot: row.head_root, minimumIndex: row.minimum_index };
  }

  /** Places up to `limit` entries that have no place; their leaves in order. */
  async place(limit: number): Promise<Leaf[]> {
    const { rows } = await this.#client.query<Leaf>({ name: 'place', text: 'select index, commitment from gate.place_entries($1)', values: [limit] });
    return rows;
  }

  /** Leaves from an index on, in order, at most 100,000. */
  async readLeaves(from: number, limit: number): Promise<Leaf[]> {
    const { rows } = await this.#client.query<Leaf>({ name: 'leaves', text: 'select index, commitment from gate.read_leaves($1, $2)', values: [from, limit] });
    return rows;
  }

  /** Remembers a checkpoint before it is published; false when the database has a newer one. */
  async recordHead(head: { readonly size: number; readonly root: Buffer }, note: string): Promise<boolean> {
    const { rows } = await this.#client.query<{ done: boolean }>('select gate.record_head($1, $2, $3) as done', [head.size, head.root, note]);
    return rows[0]?.done === true;
  }

  /**
   * Vouches for the tree just published, so that the gate may answer (docs/decisions/restore.md).
   * @param published leaves of the checkpoint found published before, verified; 0 where none was ever signed; undefined where it could not be found.
   * @returns whether the gate stands.
   */
  async vouch(published: number | undefined, size: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ stands: boolean }>('select gate.vouch($1, $2) as stands', [published ?? null, size]);
    return rows[0]?.stands === true;
  }

  /** Closes the gate: a checkpoint of this log with so many leaves was signed, and they are not here. */
  async doubt(size: number): Promise<void> {
    await this.#client.query('select gate.doubt($1)', [size]);
  }

  /** Notes how many leaves a witness claims to have cosigned, so that whoever looks at a closed gate sees it; 0 when none claims more than are here. */
  async noteClaim(size: number): Promise<void> {
    await this.#client.query('select gate.note_claim($1)', [size === 0 ? null : size]);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** How the gate stands after a restoration. */
export interface Standing {
  readonly stands: boolean;
  readonly timeline: string;
  readonly stoodOn: string;
  /** Leaves that were signed and are not here. */
  readonly lostSize: number | null;
  /** Leaves that a witness claims to have cosigned, more than are here, while too few others cosign what is here. */
  readonly claimedSize: number | null;
  /** The entry that signs a gap, while the new log's checkpoint does not hold it. */
  readonly gapEntry: number | null;
  readonly since: string;
  readonly size: number;
}

/** Role `rempart_desk`. */
export async function readStanding(pool: Pool): Promise<Standing> {
  const { rows } = await pool.query<{ standing: Standing }>('select gate.read_standing() as standing');
  return (rows[0] as { standing: Standing }).standing;
}

/** Two persons give up what is missing; the number of the entry that says so, null when the order is not complete or the gate stands. Role `rempart_desk`. */
export async function beginLog(pool: Pool, order: { readonly by: string; readonly and: string; readonly reason: string }, lost: { readonly origin: string; readonly size: number; readonly root: string }): Promise<number | null> {
  const { rows } = await pool.query<{ entry: number | null }>('select gate.begin_log($1, $2) as entry', [JSON.stringify(order), JSON.stringify(lost)]);
  return rows[0]?.entry ?? null;
}

/** An entry's leaf as its caller may know it; `index` is null until it has its place. */
export type FoundLeaf = { readonly code: 'session' | 'replay' } | { readonly code?: undefined; readonly index: number | null; readonly leaf: string; readonly at: string };

/** The leaf of an entry, to the installation that got its answer; null to anybody else. Role `rempart_check`. */
export async function findLeaf(pool: Pool, asked: { readonly session: string; readonly jkt: string; readonly proofId: string; readonly entry: number }): Promise<FoundLeaf | null> {
  const { rows } = await pool.query<{ found: FoundLeaf | null }>('select gate.find_leaf($1, $2, $3, $4) as found', [asked.session, asked.jkt, asked.proofId, asked.entry]);
  return rows[0]?.found ?? null;
}
