import { Socket } from 'node:net';
import pg from 'pg';

/** One server of a cluster. */
interface Member {
  readonly host: string;
  readonly port: number;
}

const PROBE_MS = 1000;
/** A connection that is not there by then fails: the question is "not determined", not waiting. */
const CONNECT_MS = 4000;

/**
 * Every server that a connection string names: its own, and those of its parameter `members`
 * (`postgres://user@a:5432/rempart?members=b:5432,c:5432`). One of them takes writes; which one changes.
 */
export function membersOf(url: string): readonly Member[] {
  const { hostname, port, searchParams } = new URL(url);
  const others = (searchParams.get('members') ?? '').split(',').filter((member) => member !== '');
  return [`${hostname}:${port || '5432'}`, ...others].map((member) => ({ host: member.slice(0, member.lastIndexOf(':')), port: Number(member.slice(member.lastIndexOf(':') + 1)) }));
}

async function takesWrites(url: string, { host, port }: Member): Promise<Member> {
  const probe = new URL(url);
  probe.hostname = host;
  probe.port = String(port);
  probe.searchParams.delete('members');
  const client = new pg.Client({ connectionString: probe.toString(), connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
    if (rows[0]?.standby !== false) throw new Error('a standby');
    return { host, port };
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Connects to whichever member takes writes at that moment; none does: the connection fails, and the caller tries again. */
class PrimarySocket extends Socket {
  readonly #url: string;

  constructor(url: string) {
    super();
    this.#url = url;
  }

  override connect(): this {
    Promise.any(membersOf(this.#url).map((member) => takesWrites(this.#url, member))).then(
      ({ host, port }) => { if (!this.destroyed) super.connect(port, host); },
      () => this.destroy(new Error('no member of the cluster takes writes')));
    return this;
  }
}

/** What a pool needs to follow the primary; nothing where the connection string names one server. */
export function followPrimary(url: string): pg.PoolConfig {
  return membersOf(url).length === 1 ? {} : { connectionTimeoutMillis: CONNECT_MS, stream: () => new PrimarySocket(url) };
}
