import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { uuidOfBytes, type Pool } from '../../ground/index.ts';
import { insertPortalSession } from './portal-store.ts';
import * as store from './store.ts';

const TOKENS = 'ClientCredentials';
const PORTAL_TOKENS = 'AccessToken';
const TOKEN_MAX_S = 600;

// A token's own value never enters the payload that is stored.
function withoutToken(payload: AdapterPayload): Record<string, unknown> {
  const { jti: _token, ...kept } = payload;
  return kept;
}

/** Storage of the authorization server: clients are installations, tokens are sessions that the gate reads. */
export function createAdapter(pool: Pool): (kind: string) => Adapter {
  return (kind) => ({
    async upsert(id, payload, expiresInS = TOKEN_MAX_S) {
      if (kind === TOKENS) {
        const jkt = uuidOfBytes(Buffer.from(String(payload.jkt), 'base64url'));
        await store.insertSession(pool, { token: id, clientId: String(payload.clientId), jkt, payload: withoutToken(payload), expiresInS });
      } else if (kind === PORTAL_TOKENS) {
        const jkt = uuidOfBytes(Buffer.from(String(payload.jkt), 'base64url'));
        await insertPortalSession(pool, { token: id, signIn: String(payload.accountId), jkt, payload: withoutToken(payload), expiresInS });
      } else if (kind === 'ReplayDetection') {
        // Two replays at once both pass the library's look-up; the unique row lets one through.
        if (!(await store.insertArtifactOnce(pool, { kind, id, expiresInS }))) throw new errors.InvalidClient('assertion tokens must only be used once');
      } else await store.upsertArtifact(pool, { kind, id, payload: withoutToken(payload), expiresInS });
    },
    async find(id) {
      if (kind === 'Client') return store.findClient(pool, id);
      if (kind === TOKENS || kind === PORTAL_TOKENS) return store.findSession(pool, id);
      const payload = await store.findArtifact(pool, { kind, id });
      return payload === undefined ? undefined : { ...payload, jti: id };
    },
    findByUserCode: () => Promise.resolve(undefined),
    async findByUid(uid) {
      const found = await store.findArtifactByUid(pool, { kind, uid });
      return found === undefined ? undefined : { ...found, jti: uid };
    },
    async consume(id) {
      await store.consumeArtifact(pool, { kind, id });
    },
    async destroy(id) {
      await (kind === TOKENS || kind === PORTAL_TOKENS ? store.deleteSession(pool, id) : store.deleteArtifact(pool, { kind, id }));
    },
    async revokeByGrantId(grantId) {
      await store.deleteByGrant(pool, grantId);
    },
  });
}
