import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, invariant, log, type KeyRing, type Pool } from '../../ground/index.ts';
import { ProofVerifier } from '../../access/index.ts';
import { Checks, Portal, type PortalTrust } from '../../checks/index.ts';
import { hasRehearsalClock, sweep } from '../../gate/index.ts';
import { publishedAt } from '../../journal/index.ts';
import { drain } from './drain.ts';
import { fhirRoutes } from './fhir-routes.ts';
import { incidentRoutes } from './incident-routes.ts';
import { Metrics } from './metrics.ts';
import { freezeRoutes } from './freeze-routes.ts';
import { createNetworkReader } from './network.ts';
import { portalRoutes } from './portal-routes.ts';
import { jsonRoutes, problemReply } from './routes.ts';
import { describedRoutes } from './openapi.ts';
import { createApiServer } from './server.ts';

/** Often, so that little is swept at a time: questions wait for the processor that a sweep takes. */
const SWEEP_MS = 1000;

interface ApiOptions {
  readonly pool: Pool;
  /** Connections of the gate's batches alone; those of `pool` by default. */
  readonly gatePool?: Pool;
  readonly keyRing: KeyRing;
  /** Public base URL, without a trailing slash. */
  readonly baseUrl: string;
  readonly connections?: number;
  /** How long it says that it stops before it stops listening: a balancer must have asked `/readyz` meanwhile. None by default. */
  readonly announceMs?: number;
  /** Folder or URL of the published journal: proofs are made from it. */
  readonly log?: string;
  /** Addresses and ranges of the balancers before it: `X-Forwarded-For` is believed from them alone. None by default. */
  readonly trustedProxies?: readonly string[];
  /** Left out where there is no portal. */
  readonly portal?: PortalTrust;
  /** Answers from a database whose clock is turned. No command of `rempart` sets it: attack/ alone does. */
  readonly rehearsal?: true;
}

/** The API's two servers, not yet listening: the public one, and the internal one with metrics. */
export async function createApi(options: ApiOptions): Promise<{ server: Server; internal: Server; checks: Checks; close(): Promise<void> }> {
  const { pool, keyRing, baseUrl, portal: trust } = options;
  if (options.rehearsal !== true && await hasRehearsalClock(pool)) {
    throw new AppError({ code: 'bad-input', publicText: { fr: 'Cette base a une horloge de répétition : aucun serveur ne répond avec elle.', en: 'This database has a rehearsal clock: no server answers from it.' } });
  }
  const checks = new Checks({ pool, ...(options.gatePool === undefined ? {} : { gatePool: options.gatePool }), keyRing, ...(options.connections === undefined ? {} : { connections: options.connections }), stepwise: options.rehearsal === true, ...(trust === undefined ? {} : { touchAddress: `${trust.origin}/` }) });
  await checks.open();
  const metrics = new Metrics();
  const context = { checks, proofs: new ProofVerifier(), metrics, baseUrl, networkOf: createNetworkReader(options.trustedProxies ?? []), ...(options.log === undefined ? {} : { published: publishedAt(options.log) }) };
  let stopping = false;
  // A gate without any connection gets one, or is not ready; one that has a connection is not asked for a second.
  const reached = (one: Pool): Promise<boolean> => one.query('select 1').then(() => true, () => false);
  const ready = async (): Promise<boolean> => !stopping && await reached(pool) && (options.gatePool === undefined || options.gatePool.totalCount > 0 || await reached(options.gatePool));
  const forPortal = trust === undefined ? [] : portalRoutes(context, new Portal({ pool, keyRing, trust }));
  const routes = [...jsonRoutes(context, ready), ...fhirRoutes(context), ...freezeRoutes(context), ...incidentRoutes(context, pool), ...forPortal];
  const described = new Set(describedRoutes());
  invariant(routes.every((route) => described.has(`${route.method} ${route.path}`)) && (trust === undefined || routes.length === described.size), 'every route is described in openapi.ts, and no other');
  const server = createApiServer({ routes, metrics, fail: problemReply, isStopping: () => stopping, ...(trust === undefined ? {} : { browserOrigin: trust.origin }) });
  const internal = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.write({ gate_batches_total: checks.gate.counts.batches, gate_questions_total: checks.gate.counts.questions, gate_busy_total: checks.gate.counts.busy, gate_failed_batches_total: checks.gate.counts.failed }));
  });
  let sweeps = false;
  // One at a time: sweeps that wait for each other would take the connections that questions need.
  const sweeping = setInterval(() => {
    if (sweeps) return;
    sweeps = true;
    sweep(pool).catch(() => log('warn', 'sweep-failed')).finally(() => { sweeps = false; });
  }, SWEEP_MS);
  return { server, internal, checks, close: async () => {
    stopping = true;
    await sleep(options.announceMs ?? 0);
    await Promise.all([drain(server), new Promise((resolve) => { internal.close(resolve); internal.closeAllConnections(); })]);
    clearInterval(sweeping);
    checks.close();
  } };
}
