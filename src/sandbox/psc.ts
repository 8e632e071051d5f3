import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import { withoutCookies } from '../ground/index.ts';
import type { MadeUpEstablishment } from './directory.ts';

/** The level that the stand-in says a person signed in at. `none` leaves `acr` out of the answer. */
export type StandInLevel = 'eidas1' | 'eidas0' | 'none';

/** A person who may sign in at the stand-in. */
export interface StandInPerson {
  readonly nationalId: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly activities: readonly { readonly finess: string; readonly name: string }[];
}

interface StandInOptions {
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly persons: readonly StandInPerson[];
}

/** Addresses of the stand-in: as with the real one, the authorization page is on another host than the issuer. */
export interface StandInAddresses {
  readonly issuer: string;
  readonly discovery: string;
  readonly jwksUri: string;
}

const REALM = '/auth/realms/esante-wallet';
const PROTOCOL = `${REALM}/protocol/openid-connect`;
const SUB = 'f:00000000-9999-4999-8999-000000000000';
const GIVEN = ['Camille', 'Dominique', 'Sacha', 'Morgan', 'Alix', 'Noa', 'Charlie', 'Maxence'];
const FAMILY = ['Exemple', 'Fictif', 'Modèle', 'Imaginaire', 'Spécimen', 'Échantillon', 'Témoin'];

/** Where the stand-in of a port answers. */
export function standInAddresses(port: number): StandInAddresses {
  const host = `http://127.0.0.1:${port}`;
  return { issuer: `${host}${REALM}`, discovery: `${host}${REALM}/.well-known/wallet-openid-configuration`, jwksUri: `${host}${PROTOCOL}/certs` };
}

/** Everyone of a made-up directory, with every place they work at, and one assistant in no directory of professionals. */
export function standInPersons(establishments: readonly MadeUpEstablishment[]): StandInPerson[] {
  const byRpps = new Map<string, { finess: string; name: string }[]>();
  for (const { identifier, name, professionals } of establishments) {
    for (const rpps of professionals) byRpps.set(rpps, [...(byRpps.get(rpps) ?? []), { finess: identifier, name }]);
  }
  const professionals = [...byRpps].map(([rpps, activities], i) => ({ nationalId: `8${rpps}`, givenName: GIVEN[i % GIVEN.length] as string, familyName: FAMILY[i % FAMILY.length] as string, activities }));
  const first = establishments[0];
  const assistant = first === undefined ? [] : [{ nationalId: '899990000001', givenName: 'Ange', familyName: 'Assistant', activities: [{ finess: first.identifier, name: first.name }] }];
  return [...professionals, ...assistant];
}

function userInfoOf(person: StandInPerson): Record<string, unknown> {
  return { SubjectNameID: person.nationalId, preferred_username: person.nationalId, given_name: person.givenName, family_name: person.familyName, UITVersion: '1.0', Palier_Authentification: 'APPPRIP3^1.2.250.1.213.1.5.1.1.1',
    SubjectRefPro: { codeCivilite: 'M', exercices: [{ codeProfession: '21', codeCategorieProfessionnelle: 'C', nomDexercice: person.familyName,
      activities: person.activities.map(({ finess, name }) => ({ codeModeExercice: 'L', codeSecteurDactivite: 'SA07', numeroFinessSite: finess, numeroSiretSite: '', raisonSocialeSite: name })) }] } };
}

// What a sign-in needs to remember, for as long as this process runs.
function createMemory(): (kind: string) => Adapter {
  const kept = new Map<string, { payload: AdapterPayload; endsAt: number }>();
  return (kind) => {
    const find = (id: string): AdapterPayload | undefined => {
      const found = kept.get(`${kind}|${id}`);
      return found !== undefined && found.endsAt > Date.now() ? found.payload : undefined;
    };
    return {
      upsert: (id, payload, expiresInS = 600) => {
        kept.set(`${kind}|${id}`, { payload, endsAt: Date.now() + expiresInS * 1000 });
        for (const [key, { endsAt }] of kept) if (endsAt < Date.now()) kept.delete(key);
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(find(id)),
      findByUserCode: () => Promise.resolve(undefined),
      findByUid: (uid) => Promise.resolve([...kept.values()].find(({ payload }) => payload['uid'] === uid)?.payload),
      consume: (id) => {
        const payload = find(id);
        if (payload !== undefined) payload['consumed'] = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      destroy: (id) => Promise.resolve(kept.delete(`${kind}|${id}`)).then(() => undefined),
      revokeByGrantId: (grantId) => {
        for (const [key, { payload }] of kept) if (payload['grantId'] === grantId) kept.delete(key);
        return Promise.resolve();
      },
    };
  };
}

function createStandInProvider(options: StandInOptions): Provider {
  const { issuer } = standInAddresses(options.port);
  const byId = new Map(options.persons.map((person) => [person.nationalId, person]));
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return new Provider(issuer, {
    adapter: createMemory(),
    clients: [{ client_id: options.clientId, client_secret: options.clientSecret, redirect_uris: [options.redirectUri], grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'client_secret_basic' }],
    jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256', kid: 'stand-in' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'scope_all'],
    claims: { openid: ['sub'], scope_all: ['SubjectNameID', 'SubjectRefPro', 'preferred_username', 'given_name', 'family_name', 'UITVersion', 'Palier_Authentification'], acr: null },
    acrValues: ['eidas1', 'eidas0'],
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    routes: { authorization: '/auth', token: `${PROTOCOL}/token`, userinfo: `${PROTOCOL}/userinfo`, jwks: `${PROTOCOL}/certs` },
    interactions: { url: (_ctx, interaction) => `/choose/${interaction.uid}` },
    ttl: { AccessToken: 120, Interaction: 600, Session: 600, Grant: 600, AuthorizationCode: 60, IdToken: 300 },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: options.clientId, accountId: ctx.oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid scope_all');
      await grant.save();
      return grant;
    },
    findAccount: (_ctx, sub) => {
      const person = byId.get(sub.split(':').at(-1) ?? '');
      return person === undefined ? undefined : { accountId: sub, claims: (use) => (use === 'userinfo' ? { sub, ...userInfoOf(person) } : { sub, preferred_username: person.nationalId }) };
    },
  });
}

const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function choicePage(persons: readonly StandInPerson[], uid: string): string {
  const rows = persons.slice(0, 40).map((person) => {
    const link = (level: StandInLevel, text: string): string => `<a href="/choose/${uid}/as?id=${person.nationalId}&level=${level}">${text}</a>`;
    return `<li>${link('eidas1', `${escape(person.givenName)} ${escape(person.familyName)}, ${escape(person.activities.map((a) => a.name).join(' et '))}`)} <small>${link('eidas0', 'niveau trop bas')} · ${link('none', 'niveau absent')}</small></li>`;
  });
  return `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Doublure de Pro Santé Connect</title><main><h1>Doublure de Pro Santé Connect</h1><p>Personnes et lieux fictifs. Qui êtes-vous ?</p><ul>${rows.join('')}</ul></main></html>`;
}

async function answerChoice(provider: Provider, options: StandInOptions, exchange: { request: IncomingMessage; response: ServerResponse }): Promise<void> {
  const { request, response } = exchange;
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const { uid } = await provider.interactionDetails(request, response);
  if (!url.pathname.endsWith('/as')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(choicePage(options.persons, uid));
    return;
  }
  const level = url.searchParams.get('level') ?? 'eidas1';
  await provider.interactionFinished(request, response, { login: { accountId: `${SUB}:${url.searchParams.get('id') ?? ''}`, remember: false, ...(level === 'none' ? {} : { acr: level }) } });
}

/** A stand-in of Pro Santé Connect: same claims, other discovery path, the authorization page on a host of its own. For sandboxes and tests, on loopback. */
export function createStandIn(options: StandInOptions): Server {
  const { issuer, discovery, jwksUri } = standInAddresses(options.port);
  const provider = createStandInProvider(options);
  const callback = provider.callback();
  const metadata = JSON.stringify({ issuer, authorization_endpoint: `http://wallet.localhost:${options.port}/auth`, token_endpoint: `${issuer}/protocol/openid-connect/token`, userinfo_endpoint: `${issuer}/protocol/openid-connect/userinfo`,
    jwks_uri: jwksUri, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'], scopes_supported: ['openid', 'scope_all'], acr_values_supported: ['eidas1'], code_challenge_methods_supported: ['S256'] });
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (request.headers.cookie !== undefined) request.headers.cookie = withoutCookies(request.headers.cookie, '_session');
    if (path === new URL(discovery).pathname) response.writeHead(200, { 'content-type': 'application/json' }).end(metadata);
    else if (path.startsWith('/choose/')) answerChoice(provider, options, { request, response }).catch(() => response.writeHead(400).end('stand-in: this step has expired'));
    else void callback(request, response);
  });
}
