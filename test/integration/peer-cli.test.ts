// `rempart peer`, `rempart notice-check`: what an operator types, on a real database.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { freshDatabase, shareRolePasswords, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const folder = stateFolder('cli');
before(async () => {
  database = await freshDatabase();
  shareRolePasswords();
});
after(() => database.drop());

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), ...args], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: database.ownerUrl } });
  return { status, out: stdout, err: stderr };
}
function done(...args: string[]): string {
  const { status, out, err } = run(...args);
  assert.equal(status, 0, err);
  return out;
}
function refused(...args: string[]): string {
  const { status, err } = run(...args);
  assert.equal(status, 2, err);
  return err;
}
const file = (name: string, content?: object): string => {
  const path = join(folder, name);
  if (content !== undefined) writeFileSync(path, JSON.stringify(content));
  return path;
};

test('a peer: described, added by two persons with its pair key, listed, removed', () => {
  const us = JSON.parse(done('peer', 'self', '--issuer', 'https://us.example', '--name', 'Nous')) as Record<string, unknown>;
  assert.deepEqual([us['issuer'], us['pushUrl'], us['kind']], ['https://us.example', 'https://us.example/signals/events', 'operator']);
  assert.ok(!JSON.stringify(us).includes('"d"'), 'no private key goes out');
  const pair = file('pair.json');
  done('peer', 'new-key', pair);
  assert.notEqual(run('peer', 'new-key', pair).status, 0, 'a key is never written over');
  const them = file('them.json', { ...us, issuer: 'https://them.example', name: 'Eux', pushUrl: 'https://them.example/signals/events' });
  assert.match(refused('peer', 'add', them, '--pair-key', pair, '--by', 'Mme Un', '--and', 'mme un'), /two different names/);
  assert.match(done('peer', 'add', them, '--pair-key', pair, '--by', 'Mme Un', '--and', 'M. Deux'), /pair n° 1/);
  assert.match(refused('peer', 'add', them, '--pair-key', pair, '--by', 'Mme Un', '--and', 'M. Deux'), /there already/);
  assert.match(done('peer', 'list'), /https:\/\/them\.example {2}Eux {2}operator {2}push {2}enabled {2}pas encore vérifié {2}au plus 20 gels par heure/);
  done('peer', 'remove', 'https://them.example', '--by', 'Mme Un');
  assert.equal(done('peer', 'list'), '');
});

test('what is wrong in a peer’s file is named', () => {
  const good = JSON.parse(done('peer', 'self', '--issuer', 'https://us.example')) as object;
  const privateKey = { keys: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'secret' }] } };
  for (const [change, said] of [[{ issuer: 'http://elsewhere.example' }, /issuer/], [{ pushUrl: 'http://10.0.0.1/' }, /pushUrl/], [privateKey, /keys/]] as const) {
    assert.match(refused('peer', 'add', file('bad.json', { ...good, ...change }), '--pair-key', join(folder, 'pair.json'), '--by', 'a', '--and', 'b'), said);
  }
});

test('the verification page is published before any notice was sent: buckets of decoys alone', () => {
  const to = join(folder, 'notice');
  mkdirSync(to, { recursive: true });
  assert.match(done('notice-check', 'publish', '--to', to), /16 lots de 64 entrées/);
  assert.equal(readFileSync(join(to, 'buckets.bin')).length, 16 * 64 * 60);
  assert.ok(existsSync(join(to, 'page', 'manifest.sig')));
});
