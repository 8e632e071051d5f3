import { hash128, type Pool } from '../../ground/index.ts';

type Payload = Readonly<Record<string, unknown>>;

/** A client as the authorization server sees it: an active installation and its public key. A frozen one gets tokens: the gate refuses its questions, tells it why, and hears its appeal. */
export async function findClient(pool: Pool, clientId: string): Promise<Payload | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(clientId)) return undefined;
  const { rows } = await pool.query<{ jwk: Payload }>("select jwk from access.installation where client_id = $1 and state = 'active'", [clientId]);
  const jwk = rows[0]?.jwk;
  if (jwk == null) return undefined;
  return { client_id: clientId, grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', id_token_signed_response_alg: 'ES256', dpop_bound_access_tokens: true, jwks: { keys: [jwk] } };
}

/** Stores a token by its hash; the token itself is nowhere. `jkt` in uuid form. */
export async function insertSession(pool: Pool, session: { readonly token: string; readonly clientId: string; readonly jkt: string; readonly payload: Payload; readonly expiresInS: number }): Promise<void> {
  await pool.query(`insert into access.session (secret_hash, installation_id, jkt, payload, expires_at)
    select $1, id, $3, $4, clock_timestamp() + make_interval(secs => $5) from access.installation where client_id = $2 and state = 'active'`,
  [hash128(session.token), session.clientId, session.jkt, session.payload, session.expiresInS]);
}

export async function findSession(pool: Pool, token: string): Promise<Payload | undefined> {
  const { rows } = await pool.query<{ payload: Payload }>('select payload from access.session where secret_hash = $1 and expires_at > clock_timestamp()', [hash128(token)]);
  return rows[0] === undefined ? undefined : { ...rows[0].payload, jti: token };
}

export async function deleteSession(pool: Pool, token: string): Promise<void> {
  await pool.query('delete from access.session where secret_hash = $1', [hash128(token)]);
}

interface Artifact {
  readonly kind: string;
  readonly id: string;
}

export async function upsertArtifact(pool: Pool, artifact: Artifact & { readonly payload: Payload; readonly expiresInS: number | undefined }): Promise<void> {
  await pool.query(`insert into access.artifact (kind, id_hash, payload, expires_at) values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
    on conflict (kind, id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
  [artifact.kind, hash128(artifact.id), artifact.payload, artifact.expiresInS ?? 600]);
}

/** Remembers an artifact once; false when it was known: a replay. */
export async function insertArtifactOnce(pool: Pool, artifact: Artifact & { readonly expiresInS: number }): Promise<boolean> {
  const { rowCount } = await pool.query(`insert into access.artifact (kind, id_hash, payload, expires_at) values ($1, $2, '{}', clock_timestamp() + make_interval(secs => $3)) on conflict do nothing`,
    [artifact.kind, hash128(artifact.id), artifact.expiresInS]);
  return rowCount === 1;
}

export async function findArtifact(pool: Pool, artifact: Artifact): Promise<Payload | undefined> {
  const { rows } = await pool.query<{ payload: Payload }>('select payload from access.artifact where kind = $1 and id_hash = $2 and expires_at > clock_timestamp()', [artifact.kind, hash128(artifact.id)]);
  return rows[0]?.payload;
}

/** A login of the authorization server by its public id. */
export async function findArtifactByUid(pool: Pool, artifact: { readonly kind: string; readonly uid: string }): Promise<Payload | undefined> {
  const { rows } = await pool.query<{ payload: Payload }>("select payload from access.artifact where kind = $1 and payload->>'uid' = $2 and expires_at > clock_timestamp()", [artifact.kind, artifact.uid]);
  return rows[0]?.payload;
}

/** Marks a code or refresh token as used: its second use is an error that ends the whole grant. */
export async function consumeArtifact(pool: Pool, artifact: Artifact): Promise<void> {
  await pool.query("update access.artifact set payload = payload || jsonb_build_object('consumed', floor(extract(epoch from clock_timestamp()))) where kind = $1 and id_hash = $2", [artifact.kind, hash128(artifact.id)]);
}

/** Ends everything of one grant: its refresh tokens, codes and tokens in force. */
export async function deleteByGrant(pool: Pool, grantId: string): Promise<void> {
  await pool.query("delete from access.artifact where payload ? 'grantId' and payload->>'grantId' = $1", [grantId]);
  await pool.query("delete from access.session where sign_in_id is not null and payload->>'grantId' = $1", [grantId]);
}

export async function deleteArtifact(pool: Pool, artifact: Artifact): Promise<void> {
  await pool.query('delete from access.artifact where kind = $1 and id_hash = $2', [artifact.kind, hash128(artifact.id)]);
}

/** Spends an enrolment code and sets the key; the client id, or undefined when the code is unknown, used or too old. */
export async function spendCode(pool: Pool, code: string, jwk: Payload): Promise<string | undefined> {
  const { rows } = await pool.query<{ client_id: string }>(`with spent as (
      update access.enrolment_code set used_at = clock_timestamp() where code_hash = $1 and used_at is null and expires_at > clock_timestamp() returning installation_id)
    update access.installation n set jwk = $2, state = 'active' from spent where n.id = spent.installation_id and n.state = 'pending' returning n.client_id`, [hash128(code), jwk]);
  return rows[0]?.client_id;
}

/** Removes what has expired. */
export async function sweepExpired(pool: Pool): Promise<void> {
  await pool.query("delete from access.session where expires_at < clock_timestamp() - interval '1 hour'");
  await pool.query('delete from access.artifact where expires_at < clock_timestamp()');
  await pool.query("update access.sign_in set evidence = null where evidence is not null and started_at < clock_timestamp() - interval '10 minutes'");
}
