import { interactionPolicy, type Configuration } from 'oidc-provider';
import type { Pool } from '../../ground/index.ts';
import { PORTAL_CLIENT } from './portal.ts';
import { isOpenSignIn, SIGN_IN_LIFE_S } from './portal-store.ts';

/** An idle portal can go on this long, in seconds. */
export const IDLE_S = 30 * 60;

// Every authorization goes through Pro Santé Connect again: a cookie of ours opens nothing.
function alwaysSignIn(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.get('login')?.checks.add(new interactionPolicy.Check('always', 'Pro Santé Connect opens every session', (ctx) => (ctx.oidc.result?.login !== undefined ? interactionPolicy.Check.NO_NEED_TO_PROMPT : interactionPolicy.Check.REQUEST_PROMPT)), 0);
  return policy;
}

/** What the portal adds to the authorization server: code flow with PAR and PKCE, tokens and refresh tokens bound to the browser's key. */
export function portalConfiguration(options: { readonly pool: Pool; readonly origin: string }): Configuration {
  const { pool, origin } = options;
  return {
    clients: [{ client_id: PORTAL_CLIENT, redirect_uris: [`${origin}/`], response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: true, require_pushed_authorization_requests: true, application_type: 'web', id_token_signed_response_alg: 'ES256' }],
    responseTypes: ['code'],
    scopes: ['openid'],
    claims: { openid: ['sub'] },
    clientAuthMethods: ['private_key_jwt', 'none'],
    clientBasedCORS: (_ctx, asked, client) => client.clientId === PORTAL_CLIENT && asked === origin,
    interactions: { policy: alwaysSignIn(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(_ctx, id) {
      return (await isOpenSignIn(pool, id)) ? { accountId: id, claims: () => ({ sub: id }) } : undefined;
    },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: PORTAL_CLIENT, accountId: ctx.oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: { AccessToken: 600, RefreshToken: IDLE_S, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Session: 600, Grant: SIGN_IN_LIFE_S },
  };
}
