import type { KeyObject } from 'node:crypto';
import { pageHeaders, publishPages, type Manifest } from '../pages/publish.ts';

/** Puts the built desk into `target` and signs the manifest of all its files. It talks to its own server and to nobody else. */
export function publishDesk(options: { readonly built: string; readonly target: string; readonly key: KeyObject }): Manifest {
  return publishPages({ ...options, config: {}, headers: pageHeaders({ script: "'self'", connect: "'self'", permissions: 'camera=()' }) });
}
