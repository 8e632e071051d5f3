export { createApi } from './api/start-api.ts';
export { createAuthServer } from './auth/server.ts';
export { generatedFiles } from './generated.ts';
export { PORTAL_CLIENT, type PortalSettings } from './auth/portal.ts';
export { buildPortal } from './portal/build.ts';
export { comparePortal, type Difference } from './portal/monitor.ts';
export { publishPortal, releaseKey, type Manifest } from './portal/publish.ts';
export { createPortalServer } from './portal/server.ts';
export { createTileServer } from './log/tile-server.ts';
