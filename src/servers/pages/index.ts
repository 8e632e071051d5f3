export { buildPages } from './build.ts';
export { comparePortal, type Difference } from './monitor.ts';
export { releaseKey, type Manifest } from './publish.ts';
