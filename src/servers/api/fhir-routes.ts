import type { ApiContext } from './routes.ts';
import type { Route } from './server.ts';

/** The FHIR routes. */
export function fhirRoutes(_context: ApiContext): Route[] {
  return [];
}
