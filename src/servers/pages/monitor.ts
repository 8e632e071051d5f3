import { createHash, type KeyObject } from 'node:crypto';
import { findManifest } from './publish.ts';

/** One difference between what is served and what was signed. */
export interface Difference {
  readonly path: string;
  readonly what: 'unreachable' | 'signature' | 'content' | 'header';
}

const TIMEOUT_MS = 8000;

async function differencesOf(url: string, path: string, expected: { readonly hash: string; readonly headers: Readonly<Record<string, string>> }): Promise<Difference[]> {
  try {
    const response = await fetch(new URL(path === 'index.html' ? '/' : `/${path}`, url), { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    const body = Buffer.from(await response.arrayBuffer());
    const headers = Object.entries(expected.headers).some(([name, value]) => response.headers.get(name) !== value);
    return [
      ...(response.ok && createHash('sha256').update(body).digest('hex') === expected.hash ? [] : [{ path, what: 'content' as const }]),
      ...(headers ? [{ path, what: 'header' as const }] : []),
    ];
  } catch {
    return [{ path, what: 'unreachable' }];
  }
}

/**
 * Fetches every file as a browser would and compares it, and the headers it came with, with the signed manifest. The
 * manifest and the key come from where releases are made, not from the server that is watched.
 */
export async function comparePortal(options: { readonly url: string; readonly manifest: string; readonly signature: string; readonly key: KeyObject }): Promise<Difference[]> {
  const manifest = findManifest(options.manifest, options.signature, options.key);
  if (manifest === undefined) return [{ path: 'manifest.json', what: 'signature' }];
  const found = await Promise.all(Object.entries(manifest.files).map(([path, hash]) => differencesOf(options.url, path, { hash, headers: manifest.headers })));
  return found.flat();
}
