import type { KeyObject } from 'node:crypto';
import { pageHeaders, publishPages, type Manifest } from '../pages/publish.ts';

/** Where the pages find the API and the authorization server. */
export interface PortalAddresses {
  readonly api: string;
  readonly auth: string;
}

/** Puts a built portal into `target` with its addresses, and signs the manifest of all its files. WebAssembly is the barcode reader's. */
export function publishPortal(options: { readonly built: string; readonly target: string; readonly addresses: PortalAddresses; readonly key: KeyObject }): Manifest {
  const { addresses, ...rest } = options;
  const headers = pageHeaders({ script: "'self' 'wasm-unsafe-eval'", connect: `'self' ${addresses.api} ${addresses.auth}`, media: 'blob:', permissions: 'camera=(self)' });
  return publishPages({ ...rest, config: addresses, headers });
}
