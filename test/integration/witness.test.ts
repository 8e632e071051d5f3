// Witnesses over HTTP: a quorum cosigns, and a split view, a rollback, a stranger's checkpoint are refused.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stateFolder } from '../../src/ground/index.ts';
import { askWitnesses, consistencyProof, formatNote, noteKeyOf, openCheckpoint, publishedAt, readCheckpoint, readStanding, Sequencer, signNote, subtreesOf, Witness, type KnownWitness, type NoteKey } from '../../src/journal/index.ts';
import { createWitnessServer } from '../../src/servers/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { addEntries, newLog, ORIGIN, sequencerOf, type TestLog } from '../support/journal.ts';
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

function sequencerAsking(asked: readonly KnownWitness[], quorum: number): Sequencer {
  return new Sequencer({ url: database.urlFor('rempart_log'), origin: ORIGIN, key: log.key, folder: log.folder, witnesses: askWitnesses(asked, { quorum, folder: log.folder }) });
}

async function sequence(quorum = 2): Promise<void> {
  const sequencer = sequencerAsking(witnesses, quorum);
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
  await sequence();
  await addEntries(database.pool('owner'), 500);
  await sequence();
  const { checkpoint, fault } = await readCheckpoint(publishedAt(log.folder), trust(3));
  assert.equal(fault, undefined);
  assert.equal(checkpoint?.size, 800);
});

test('with a witness away the checkpoint counts by two of three, not by three; the last witnessed one stays', async () => {
  const away = witnesses[2] as Running;
  away.server.closeAllConnections();
  await new Promise((resolve) => away.server.close(resolve));
  await addEntries(database.pool('owner'), 10);
  await sequence(3);
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

/** A witness that refuses everything, with whatever it says. */
async function startLiar(says: { body: string }): Promise<{ readonly witness: KnownWitness; stop(): Promise<unknown> }> {
  const server = createServer((request, response) => { request.resume().on('end', () => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(says.body)); });
  return { witness: { url: await listen(server), key: noteKeyOf('liar.example', generateKeyPairSync('ed25519').privateKey, 4) },
    stop: () => { server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)); } };
}

const promoted = (): Promise<unknown> => database.pool('owner').query("update gate.standing set timeline = '00000000'");
const standing = (): ReturnType<typeof readStanding> => readStanding(database.pool('rempart_desk'));
const [HUGE, ENDLESS] = ['999999999\n', '1e999\n'];

test('after a promotion one witness that claims more is outweighed by a quorum, and no number of its own is a claim', async () => {
  const says = { body: '' };
  const liar = await startLiar(says);
  for (const [body, quorum] of [[HUGE, 2], [ENDLESS, 2], [ENDLESS, 3], ['-1\n', 3]] as const) {
    says.body = body;
    await promoted();
    await addEntries(database.pool('owner'), 5);
    const sequencer = sequencerAsking([...witnesses.slice(0, 2), liar.witness], quorum);
    await sequencer.open();
    while ((await sequencer.turn()) > 0) { /* on */ }
    await sequencer.close();
    const { stands, lostSize, claimedSize, size } = await standing();
    assert.deepEqual([stands, lostSize, claimedSize], [true, null, null], `${body} with a quorum of ${quorum}`);
    assert.equal(openCheckpoint(published(), log.noteKey)?.size, size);
  }
  await liar.stop();
});

test('a claim that no quorum outweighs keeps a promoted database’s gate closed and unpublished, and heals with the witness or without it', async () => {
  const says = { body: HUGE };
  const liar = await startLiar(says);
  const asked = [witnesses[0] as Running, liar.witness];
  const before = published();
  for (const heal of ['behaves', 'leaves'] as const) {
    await promoted();
    await addEntries(database.pool('owner'), 5);
    says.body = HUGE;
    let sequencer = sequencerAsking(asked, 2);
    await sequencer.open();
    for (let turn = 0; turn < 30; turn += 1) await sequencer.turn();
    const closed = await standing();
    assert.deepEqual([closed.stands, closed.lostSize, closed.claimedSize], [false, null, Number(HUGE)]);
    if (heal === 'behaves') {
      assert.equal(published(), before);
      says.body = ENDLESS;
    } else {
      await sequencer.close();
      sequencer = sequencerAsking(asked.slice(0, 1), 1);
      await sequencer.open();
    }
    for (let turn = 0; turn < 20; turn += 1) await sequencer.turn();
    await sequencer.close();
    const { stands, claimedSize } = await standing();
    assert.deepEqual([stands, claimedSize], [true, null], heal);
  }
  await liar.stop();
});

test('without witnesses a promoted database is vouched for by its published checkpoint', async () => {
  await promoted();
  const sequencer = sequencerOf(log, database.urlFor('rempart_log'));
  await sequencer.open();
  await sequencer.close();
  assert.equal((await standing()).stands, true);
});
