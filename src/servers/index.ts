export { createApi } from './api/start-api.ts';
export { createAuthServer } from './auth/server.ts';
export { generatedFiles } from './generated.ts';
export { PORTAL_CLIENT, type PortalSettings } from './auth/portal.ts';
