// Debian packages, fetched and unpacked into .rempart/peers/ without installing anything: foreign tools to be checked against.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../../src/ground/index.ts';

/** Where the packages are unpacked, or why they could not be. */
export type Fetched = { readonly folder: string } | { readonly notRun: string };

const MINUTES_5 = 300_000;

function run(folder: string, command: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const [file = '', ...args] = command;
  const done = spawnSync(file, args, { cwd: folder, encoding: 'utf8', timeout: MINUTES_5 });
  return { ok: done.status === 0, said: `${done.stdout}${done.stderr}`.trim().split('\n').at(-1) ?? '' };
}

// The machine's own package lists may be absent or unreadable to us: a second attempt keeps lists of its own.
function download(folder: string, packages: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const plain = run(folder, ['apt-get', 'download', ...packages]);
  if (plain.ok) return plain;
  const state = join(folder, 'apt');
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(state, 'cache/archives/partial'), { recursive: true });
  const own = ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${join(state, 'cache')}`];
  const updated = run(folder, ['apt-get', ...own, 'update']);
  return updated.ok ? run(folder, ['apt-get', ...own, 'download', ...packages]) : updated;
}

/** Fetches and unpacks packages once into a folder of that name; a later call finds them there. */
export function fetchPackages(packages: readonly string[], name = 'root'): Fetched {
  const folder = join(stateFolder('peers'), name);
  const stamp = join(folder, '.packages');
  const wanted = packages.join(' ');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { folder };
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) return { notRun: 'foreign tools need apt and dpkg, which are not here' };
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const fetched = download(making, packages);
  if (!fetched.ok) return { notRun: `foreign tools could not be fetched: ${fetched.said}` };
  for (const file of globSync('*.deb', { cwd: making })) {
    const unpacked = run(making, ['dpkg', '-x', file, '.']);
    if (!unpacked.ok) return { notRun: `${file} could not be unpacked: ${unpacked.said}` };
    rmSync(join(making, file));
  }
  writeFileSync(join(making, '.packages'), wanted);
  renameSync(making, folder);
  return { folder };
}
