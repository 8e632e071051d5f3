import type { Server } from 'node:http';
import type { Pool } from '../../ground/index.ts';
import { ProofVerifier } from '../../access/index.ts';
import { Metrics } from '../api/metrics.ts';
import { problemReply } from '../api/routes.ts';
import { createApiServer, type Route } from '../api/server.ts';
import { servePages } from '../pages/files.ts';
import { Desk } from './desk.ts';
import { incidentRoutes } from './incident-routes.ts';
import { signalRoutes } from './signal-routes.ts';
import { deskRoutes, type DeskContext } from './routes.ts';

/** The desk's server, not yet listening: its pages and its routes, one origin, on the operator's internal network. */
export function createDesk(options: { readonly pool: Pool; readonly origin: string; readonly folder: string }): { readonly server: Server; readonly routes: readonly Route[] } {
  const { pool, origin, folder } = options;
  const context: DeskContext = { pool, origin, desk: new Desk({ pool, origin }), proofs: new ProofVerifier() };
  const routes = [...deskRoutes(context), ...incidentRoutes(context), ...signalRoutes(context)];
  return { server: createApiServer({ routes, metrics: new Metrics(), fail: problemReply, pages: servePages(folder) }), routes };
}
