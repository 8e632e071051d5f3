import { callDurably, callDurablyIn, type Pool } from '../ground/index.ts';

/** "Again" and "near", by keyed hashes of their own (uuid form): none of them finds a row of the register. */
export interface TraceHashes {
  /** The same identity, whatever the insurer. */
  readonly who: string;
  /** Same sex, birth month and commune of birth; or the same run of adhérent numbers. */
  readonly area: string;
  /** Same NIR, or same adhérent number: a family shares one. */
  readonly root: string;
  /** Same commune of birth. */
  readonly place?: string;
  /** The network it was asked from, where that is known. */
  readonly network?: string;
}

/** A question as the gate takes it: blind indexes and hashes, no identity, no word about who is calling. */
export interface GateQuestion {
  /** hash128 of the access token: the session row says who is calling. */
  readonly session: string;
  /** Thumbprint of the key that signed the proof (uuid form). */
  readonly jkt: string;
  /** One value for each proof and question: seen twice, it is a replay. */
  readonly proof: string;
  readonly user: string;
  readonly idempotencyKey?: string;
  /** hash128 of the question: the same key with another question is a conflict. */
  readonly digest: string;
  readonly insurerId: number;
  readonly byNir?: string;
  readonly byAdherent?: string;
  /** hash128 of a card code's id, its signature and dates verified: instead of the indexes. */
  readonly card?: string;
  /** What the guard may know of who was asked about: keyed hashes, never an identity. */
  readonly trace?: TraceHashes;
  /** Keyed tags of the blind indexes: whether they are a decoy's is for the gate to notice. */
  readonly tags?: { readonly byNir?: string; readonly byAdherent?: string };
  readonly domain: string;
  readonly careDate: string;
  readonly declared: boolean;
  /** Asked in a Bundle or an array: these have a ceiling of their own besides. */
  readonly bundled: boolean;
  /** Fields the answer may hold besides the verdict (docs/formats/journal-entry.md). */
  readonly fields: number;
  /** Invoice lines asked about, kept with the guarantee so that it can be reproduced. */
  readonly terms?: unknown;
}

/** What the gate tells for one committed entry. Columns of the right are there with a yes only. */
export interface Told {
  readonly entry: number;
  readonly outcome: 'yes' | 'no' | 'unknown' | 'not-in-force' | 'domain-closed' | 'no-convention' | 'undetermined';
  readonly at: string;
  readonly presence: 'none' | 'declared' | 'known' | 'card';
  readonly insurer: number;
  readonly domain: string;
  readonly careDate: string;
  readonly parameters: string;
  readonly fields: number;
  /** The entry's commitment, base64: what the receipt promises to the tree. */
  readonly leaf: string;
  readonly product?: number | null;
  readonly productCode?: string;
  readonly from?: string;
  readonly to?: string | null;
  readonly responsible?: boolean;
  readonly c2s?: boolean;
  readonly regime?: string;
  readonly order?: number;
  readonly expiresOn?: string;
  readonly terms?: unknown;
}

export type GateCode =
  | 'session' | 'binding' | 'replay' | 'forbidden' | 'suspended' | 'frozen' | 'frozen-unproven' | 'stopped' | 'departed' | 'user-missing'
  | 'insurer' | 'step-up' | 'card-unknown' | 'card-revoked' | 'ceiling' | 'reserve' | 'touch' | 'busy' | 'conflict' | 'isolation'
  /** The database was restored and it is not known yet what it lost (docs/decisions/restore.md). */
  | 'closed';

export interface Charged {
  readonly code: GateCode | null;
  readonly entry: number | null;
}

/** As the gate tells it: a column an array, an element an entry; nothing at all where nothing is told. */
type ToldColumns = { readonly [Column in keyof Told]-?: readonly Told[Column][] } | Readonly<Record<string, never>>;

function readTold(columns: ToldColumns): Told[] {
  return (columns.entry ?? []).map((_entry, i) => {
    const told: Told = { entry: columns.entry[i], outcome: columns.outcome[i], at: columns.at[i], presence: columns.presence[i], insurer: columns.insurer[i], domain: columns.domain[i],
      careDate: columns.careDate[i], parameters: columns.parameters[i], fields: columns.fields[i], leaf: columns.leaf[i] } as Told;
    return told.outcome !== 'yes' ? told : { ...told, product: columns.product[i], productCode: columns.productCode[i], from: columns.from[i], to: columns.to[i], responsible: columns.responsible[i],
      c2s: columns.c2s[i], regime: columns.regime[i], order: columns.order[i], expiresOn: columns.expiresOn[i], terms: columns.terms[i] } as Told;
  });
}

const ASK = `call gate.ask($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::smallint[], $8::uuid[], $9::uuid[],
  $10::text[], $11::date[], $12::boolean[], $13::boolean[], $14::int[], $15::jsonb[], $16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23, null, null)`;

/** Numbers, truths and our own uuids need no quotes; the driver would look for what to escape in each of them. */
function plainArray(values: readonly (string | number | boolean | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

function columns(batch: readonly GateQuestion[], parameters: string): unknown[] {
  const of = <T>(read: (question: GateQuestion) => T): T[] => batch.map(read);
  const plain = (read: (question: GateQuestion) => string | number | boolean | undefined): string => plainArray(batch.map(read));
  return [
    plain((q) => q.session), plain((q) => q.jkt), plain((q) => q.proof), of((q) => q.user), plain((q) => q.idempotencyKey), plain((q) => q.digest),
    plain((q) => q.insurerId), plain((q) => q.byNir), plain((q) => q.byAdherent), of((q) => q.domain), of((q) => q.careDate),
    plain((q) => q.declared), plain((q) => q.bundled), plain((q) => q.fields), of((q) => (q.terms === undefined ? null : JSON.stringify(q.terms))), plain((q) => q.card),
    plain((q) => q.trace?.who), plain((q) => q.trace?.area), plain((q) => q.trace?.root), plain((q) => q.trace?.place), plain((q) => q.trace?.network),
    plainArray([...of((q) => q.tags?.byNir), ...of((q) => q.tags?.byAdherent)]), parameters,
  ];
}

/**
 * Asks a batch in one round trip. The order of the result is the batch's.
 * A call that takes longer than `deadlineMs` gives its connection up; what it still commits is an entry without an answer.
 * @throws DoubtfulCommit when the commit raised a warning; the driver's error when the database failed or took too long.
 */
export async function askBatch(pool: Pool, batch: readonly GateQuestion[], options: { readonly parameters: string; readonly deadlineMs: number }): Promise<{ charged: Charged[]; told: Told[] }> {
  const client = await pool.connect();
  let held = true;
  const release = (cause?: Error): void => {
    if (held) client.release(cause);
    held = false;
  };
  const late = setTimeout(() => release(new Error('the call took too long')), options.deadlineMs);
  let failed: Error | undefined;
  try {
    const [row] = await callDurably<{ charged: { readonly code: readonly (GateCode | null)[]; readonly entry: readonly (number | null)[] }; told: ToldColumns }>(client, { name: 'ask', text: ASK, values: columns(batch, options.parameters) });
    if (row === undefined) throw new Error('the gate returned no row');
    return { charged: row.charged.code.map((code, i) => ({ code, entry: row.charged.entry[i] ?? null })), told: readTold(row.told) };
  } catch (cause) {
    failed = cause instanceof Error ? cause : new Error(String(cause));
    throw failed;
  } finally {
    clearTimeout(late);
    release(failed);
  }
}

/** Spends the proof of a request that holds several questions. @returns false when it was seen before. */
export async function spendProof(pool: Pool, proof: string): Promise<boolean> {
  const { rows } = await pool.query<{ first: boolean }>({ name: 'spend', text: 'select gate.spend_proof($1) as first', values: [proof] });
  return rows[0]?.first === true;
}

/** Counts refusals by session (null before a valid one) and reason. */
export async function noteRefusals(pool: Pool, refusals: readonly { session: string | null; reason: string; count: number }[]): Promise<void> {
  await pool.query({ name: 'refusals', text: 'select gate.note_refusals($1::uuid[], $2::text[], $3::bigint[])', values: [
    refusals.map((r) => r.session), refusals.map((r) => r.reason), refusals.map((r) => r.count)] });
}

/** A public fact about an insurer. */
export interface InsurerFacts {
  readonly id: number;
  readonly amcNumber: string;
  readonly name: string;
  readonly rule: { readonly fr: string; readonly en: string };
  readonly channel: { readonly fr: string; readonly en: string };
  readonly printedCardAccepted: boolean;
  /** Ed25519 public key of its card codes, 32 bytes; null when it issues none. */
  readonly cardKey: Buffer | null;
}

export async function readInsurers(pool: Pool): Promise<InsurerFacts[]> {
  const { rows } = await pool.query<{ id: number; amc_number: string; name: string; rule: InsurerFacts['rule']; channel: InsurerFacts['channel']; printed_card: boolean; card_key: Buffer | null }>('select * from gate.insurers()');
  return rows.map((row) => ({ id: row.id, amcNumber: row.amc_number, name: row.name, rule: row.rule, channel: row.channel, printedCardAccepted: row.printed_card, cardKey: row.card_key }));
}

/** The fingerprint of the index key that the register was made with; undefined where nothing was loaded yet. */
export async function findIndexFingerprint(pool: Pool, version: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ fingerprint: string | null }>('select gate.index_fingerprint($1::smallint) as fingerprint', [version]);
  return rows[0]?.fingerprint ?? undefined;
}

/** A product's definition (src/guarantees `parseProduct` reads it); undefined when there is none. */
export async function findProduct(pool: Pool, id: number): Promise<unknown> {
  const { rows } = await pool.query<{ product: unknown }>({ name: 'product', text: 'select gate.product($1) as product', values: [id] });
  return rows[0]?.product ?? undefined;
}

/** A guarantee as its holder or its insurer may read it. */
export interface GuaranteeRecord {
  readonly entry: number;
  readonly state: 'given' | 'used' | 'expired' | 'cancelled';
  readonly insurer: number;
  readonly domain: string;
  readonly careDate: string;
  readonly expiresOn: string;
  readonly givenAt: string;
  readonly usedOn: string | null;
  readonly usedAmountCents: number | null;
  readonly cancelledAt: string | null;
  readonly cancelReason: string | null;
  readonly terms: unknown;
  readonly parameters: string;
  readonly regime: string;
  readonly c2s: boolean;
  readonly product: number | null;
  /** The journal entry of this look-up. */
  readonly lookUp: number;
}

export async function showGuarantee(pool: Pool, asked: { session: string; jkt: string; proof: string; entry: number }): Promise<{ code: GateCode | 'not-found' | null; told: GuaranteeRecord | null }> {
  const [row] = await callDurablyIn<{ code: GateCode | 'not-found' | null; told: GuaranteeRecord | null }>(pool, { text: 'call gate.show_guarantee($1::uuid, $2::uuid, $3::uuid, $4, null, null)', values: [asked.session, asked.jkt, asked.proof, asked.entry] });
  return row ?? { code: 'not-found', told: null };
}

/** Whether the gate's clock was replaced: a database made for rehearsals, which no server may answer from. */
export async function hasRehearsalClock(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ source: string }>("select p.prosrc as source from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'gate' and p.proname = 'clock'");
  return rows.length !== 1 || rows[0]?.source.trim() !== 'select clock_timestamp()';
}

/** Removes what only the last minutes needed. */
export async function sweep(pool: Pool): Promise<void> {
  await pool.query('select gate.sweep()');
}
