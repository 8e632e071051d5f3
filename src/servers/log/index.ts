export { createTileServer } from './tile-server.ts';
export { createWitnessServer } from './witness-server.ts';
