export { createAuthServer } from './server.ts';
export { PORTAL_CLIENT, type PortalSettings } from './portal.ts';
