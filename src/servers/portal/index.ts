export { publishPortal } from './publish.ts';
export { createPortalServer } from './server.ts';
