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

// A style that the accessible component library adds for touch screens (docs/decisions/portal.md).
const PRESSABLE_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

/** The headers of every page: nothing from elsewhere, no inline script, no string becomes code. */
export function pageHeaders(options: { readonly script: string; readonly connect: string; readonly media?: string; readonly permissions: string }): Record<string, string> {
  const policy = [
    "default-src 'none'", `script-src ${options.script}`, `style-src 'self' ${PRESSABLE_STYLE}`, `connect-src ${options.connect}`, `img-src 'self'${options.media === undefined ? '' : ` ${options.media}`}`,
    ...(options.media === undefined ? [] : [`media-src 'self' ${options.media}`]), "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
  return {
    'content-security-policy': policy, 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': `publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), microphone=(), clipboard-write=(self), ${options.permissions}`,
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  };
}

const integrity = (bytes: Buffer): string => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

// The entry's script and style carry their hash; the page its configuration.
function completePage(folder: string, config: object): void {
  const file = join(folder, 'index.html');
  const page = readFileSync(file, 'utf8')
    .replaceAll(/(?<=<(?:script|link)\b[^>]*?)\b(?:src|href)="(\/assets\/[^"]+)"/g, (attribute, path: string) => `integrity="${integrity(readFileSync(join(folder, path)))}" ${attribute}`)
    .replace(/(<meta name="rempart-config" content=")[^"]*/, (_, head: string) => head + JSON.stringify(config).replaceAll('&', '&amp;').replaceAll('"', '&quot;'));
  writeFileSync(file, page);
}

/** The key that signs releases of the pages; kept where releases are made, never on the server that serves them. */
export function releaseKey(): KeyObject {
  const file = join(stateFolder('release'), 'signing.pem');
  if (!existsSync(file)) writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return createPrivateKey(readFileSync(file));
}

/** Puts built pages into `target` with their configuration, and signs the manifest of all files. */
export function publishPages(options: { readonly built: string; readonly target: string; readonly config: object; readonly headers: Readonly<Record<string, string>>; readonly key: KeyObject }): Manifest {
  const { built, target, config, headers, key } = options;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(built, target, { recursive: true });
  completePage(target, config);
  const paths = globSync('**/*', { cwd: target, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(target, join(entry.parentPath, entry.name))).toSorted();
  const files = Object.fromEntries(paths.map((path) => [path, createHash('sha256').update(readFileSync(join(target, path))).digest('hex')]));
  const manifest: Manifest = { version: 1, publishedAt: new Date().toISOString(), files, headers };
  const text = JSON.stringify(manifest, null, 1);
  writeFileSync(join(target, 'manifest.json'), text);
  writeFileSync(join(target, 'manifest.sig'), sign(null, Buffer.from(text), key).toString('base64'));
  return manifest;
}

/** Reads a manifest; undefined when its signature is not this key's. */
export function findManifest(text: string, signature: string, key: KeyObject): Manifest | undefined {
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')) ? (JSON.parse(text) as Manifest) : undefined;
}
