// Witnesses over HTTP: a quorum cosigns, and a split view, a rollback, a stranger's checkpoint are refused.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stateFolder } from '../../src/ground/index.ts';
import { askWitnesses, consistencyProof, formatNote, noteKeyOf, openCheckpoint, publishedAt, readCheckpoint, Sequencer, signNote, subtreesOf, Witness, type NoteKey } from '../../src/journal/index.ts';
import { createWitnessServer } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { addEntries, newLog, ORIGIN, type TestLog } from '../support/journal.ts';
import { listen } from '../support/world.ts';

interface Running { readonly key: NoteKey; readonly private: KeyObject; readonly url: string; readonly server: Server; readonly file: string }

let database: TestDatabase;
let log: TestLog;
let witnesses: Running[];

async function startWitness(name: string): Promise<Running> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const file = join(stateFolder('witness'), `${name}.state`);
  const server = createWitnessServer(new Witness({ log: log.noteKey, name, key: privateKey, file }));
  return { key: noteKeyOf(name, privateKey, 4), private: privateKey, url: await listen(server), server, file };
}

before(async () => {
  database = await freshDatabase();
  log = newLog();
  witnesses = await Promise.all(['w1.example', 'w2.example', 'w3.example'].map(startWitness));
});
after(async () => {
  for (const { server } of witnesses) server.closeAllConnections();
  await Promise.all(witnesses.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  await database.drop();
});

async function sequence(into: TestLog, quorum = 2): Promise<void> {
  const sequencer = new Sequencer({ url: database.urlFor('rempart_log'), origin: ORIGIN, key: log.key, folder: into.folder, witnesses: askWitnesses(witnesses, { quorum, folder: into.folder }) });
  await sequencer.open();
  while ((await sequencer.turn()) > 0) { /* on */ }
  await sequencer.close();
}

const trust = (quorum: number): { key: NoteKey; witnesses: NoteKey[]; quorum: number } => ({ key: log.noteKey, witnesses: witnesses.map(({ key }) => key), quorum });
const published = (): string => readFileSync(join(log.folder, 'checkpoint'), 'utf8');

async function submit(body: string, witness = witnesses[0] as Running): Promise<{ status: number; text: string; type: string | null }> {
  const reply = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  return { status: reply.status, text: await reply.text(), type: reply.headers.get('content-type') };
}

function checkpointOf(origin: string, head: { size: number; root: Buffer }, key: KeyObject): string {
  const text = `${origin}\n${head.size}\n${head.root.toString('base64')}\n`;
  return formatNote({ text, signatures: [signNote(text, origin, key)] });
}

test('a checkpoint gets the cosignatures of all, and counts with a quorum; it grows with proofs', async () => {
  await addEntries(database.pool('owner'), 300);
  await sequence(log);
  await addEntries(database.pool('owner'), 500);
  await sequence(log);
  const { checkpoint, fault } = await readCheckpoint(publishedAt(log.folder), trust(3));
  assert.equal(fault, undefined);
  assert.equal(checkpoint?.size, 800);
});

test('with a witness away the checkpoint counts by two of three, not by three; the last witnessed one stays', async () => {
  const away = witnesses[2] as Running;
  away.server.closeAllConnections();
  await new Promise((resolve) => away.server.close(resolve));
  await addEntries(database.pool('owner'), 10);
  await sequence(log, 3);
  const read = publishedAt(log.folder);
  assert.equal((await readCheckpoint(read, trust(2))).checkpoint?.size, 810);
  assert.equal((await readCheckpoint(read, trust(3))).checkpoint?.size, 800);
});

test('a split view is refused: another history of the same size, and one that grows from it', async () => {
  const head = openCheckpoint(published(), log.noteKey) as { size: number; root: Buffer };
  const other = Buffer.from(head.root);
  other[0] = (other[0] as number) ^ 1;
  const same = await submit(`old ${head.size}\n\n${checkpointOf(ORIGIN, { size: head.size, root: other }, log.key)}`);
  assert.deepEqual(same, { status: 409, text: `${head.size}\n`, type: 'text/x.tlog.size' });
  const proof = (await consistencyProof(subtreesOf(publishedAt(log.folder), head.size), 800, head.size)).map((hash) => hash.toString('base64'));
  assert.equal((await submit(`old ${head.size}\n${proof.join('\n')}\n\n${checkpointOf(ORIGIN, { size: head.size + 5, root: other }, log.key)}`)).status, 422);
  const rootless = await submit(`old ${head.size}\n\n${checkpointOf(ORIGIN, { size: head.size + 1, root: other }, log.key)}`);
  assert.equal(rootless.status, 422);
});

test('a rollback, an unknown log, a stranger’s signature, a malformed request are refused; nothing moved', async () => {
  const head = openCheckpoint(published(), log.noteKey) as { size: number; root: Buffer };
  const smaller = checkpointOf(ORIGIN, { size: 300, root: head.root }, log.key);
  assert.equal((await submit(`old 0\n\n${smaller}`)).status, 409);
  assert.equal((await submit(`old ${head.size}\n\n${smaller}`)).status, 400);
  assert.equal((await submit(`old ${head.size}\n\n${checkpointOf('other.example/log', head, log.key)}`)).status, 404);
  assert.equal((await submit(`old ${head.size}\n\n${checkpointOf(ORIGIN, head, generateKeyPairSync('ed25519').privateKey)}`)).status, 403);
  for (const body of ['', 'old\n\n', `old 01\n\n${published()}`, `old -1\n\n${published()}`, `old ${head.size}\nAAAA\n\n${published()}`]) assert.equal((await submit(body)).status, 400);
  assert.equal((await submit(`old ${head.size}\n\n${published()}`)).status, 200);
});

test('what a witness cosigned outlives it', () => {
  const { key, private: secret, file } = witnesses[0] as Running;
  assert.equal(new Witness({ log: log.noteKey, name: key.name, key: secret, file }).size, 810);
  assert.throws(() => new Witness({ log: { ...log.noteKey, name: 'other.example' }, name: key.name, key: secret, file }), /another log/);
});
