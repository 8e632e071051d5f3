import { createHash, createPrivateKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stateFolder } from '../../ground/index.ts';

/** What was published: every file's hash, the headers that all go out with, when. Signed apart from the server that serves it. */
export interface Manifest {
  readonly version: 1;
  readonly publishedAt: string;
  /** SHA-256 in hex, by path from the root. */
  readonly files: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the pages find the API and the authorization server. */
export interface PortalAddresses {
  readonly api: string;
  readonly auth: string;
}

// A style that the accessible component library adds for touch screens (docs/decisions/portal.md).
const PRESSABLE_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

/** The headers of every page: nothing from elsewhere, no inline script, no string becomes code; WebAssembly for the barcode reader. */
export function portalHeaders({ api, auth }: PortalAddresses): Record<string, string> {
  const policy = [
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", `style-src 'self' ${PRESSABLE_STYLE}`, `connect-src 'self' ${api} ${auth}`, "img-src 'self' blob:", "media-src 'self' blob:",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
  return {
    'content-security-policy': policy, 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), microphone=(), clipboard-write=(self)',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  };
}

const integrity = (bytes: Buffer): string => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

/** The entry's script and style carry their hash. */
export function withIntegrity(folder: string): string {
  return readFileSync(join(folder, 'index.html'), 'utf8')
    .replaceAll(/(?<=<(?:script|link)\b[^>]*?)\b(?:src|href)="(\/assets\/[^"]+)"/g, (attribute, path: string) => `integrity="${integrity(readFileSync(join(folder, path)))}" ${attribute}`);
}

// The page carries its addresses too.
function completePage(folder: string, addresses: PortalAddresses): void {
  const page = withIntegrity(folder).replace(/(<meta name="rempart-config" content=")[^"]*/, (_, head: string) => head + JSON.stringify(addresses).replaceAll('&', '&amp;').replaceAll('"', '&quot;'));
  writeFileSync(join(folder, 'index.html'), page);
}

/** The key that signs releases of the portal; kept where releases are made, never on the server that serves them. */
export function releaseKey(): KeyObject {
  const file = join(stateFolder('release'), 'signing.pem');
  if (!existsSync(file)) writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return createPrivateKey(readFileSync(file));
}

/** Puts a built portal into `target` with its addresses, and signs the manifest of all its files. */
export function publishPortal(options: { readonly built: string; readonly target: string; readonly addresses: PortalAddresses; readonly key: KeyObject }): Manifest {
  const { built, target, addresses, key } = options;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(built, target, { recursive: true });
  completePage(target, addresses);
  const paths = globSync('**/*', { cwd: target, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(target, join(entry.parentPath, entry.name))).toSorted();
  const files = Object.fromEntries(paths.map((path) => [path, createHash('sha256').update(readFileSync(join(target, path))).digest('hex')]));
  const manifest: Manifest = { version: 1, publishedAt: new Date().toISOString(), files, headers: portalHeaders(addresses) };
  const text = JSON.stringify(manifest, null, 1);
  writeFileSync(join(target, 'manifest.json'), text);
  writeFileSync(join(target, 'manifest.sig'), sign(null, Buffer.from(text), key).toString('base64'));
  return manifest;
}

/** Reads a manifest; undefined when its signature is not this key's. */
export function findManifest(text: string, signature: string, key: KeyObject): Manifest | undefined {
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')) ? (JSON.parse(text) as Manifest) : undefined;
}
