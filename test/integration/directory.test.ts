// The directory's daily files, and what they do to the next question.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callApi, DIRECTORY_MAGIC, loadDirectory, type DirectoryKind } from '../../src/access/index.ts';
import { readFileLines, stateFolder, writeSignedFile } from '../../src/ground/index.ts';
import { directoryKey, writeDirectoryFiles } from '../../src/sandbox/index.ts';
import { enrolIn, startWorld, today, type World } from '../support/world.ts';

let world: World;
let sequence = 1;
before(async () => { world = await startWorld({ persons: 200 }); });
after(() => world.close());

const own = () => world.sandbox.establishments.find((e) => e.peerGroup === 'pharmacy') as World['sandbox']['establishments'][number];

async function reload(change: (kind: DirectoryKind, line: string) => string | undefined): Promise<void> {
  sequence += 1;
  for (const { kind, path } of await writeDirectoryFiles(world.sandbox.establishments, { sequence, date: today(), from: '2020-01-01' })) {
    const lines: string[] = [];
    for await (const line of readFileLines(path)) if (line.startsWith('L;')) lines.push(change(kind, line) ?? '');
    await writeSignedFile(path, { magic: DIRECTORY_MAGIC, header: `H;1;${kind};${sequence};${today()}`, lines: lines.filter((line) => line !== ''), key: directoryKey().signing });
    await loadDirectory({ pool: world.database.pool('rempart_intake'), path, key: directoryKey().verifying });
  }
}

const asked = async (): Promise<{ status: number; verdict?: string; code?: string }> => {
  const reply = await world.ask();
  return { status: reply.status, ...(reply.body.verdict === undefined ? {} : { verdict: reply.body.verdict }), ...(reply.body.reason === undefined ? {} : { code: reply.body.reason.code }) };
};

test('a departure of the responsible professional, or of the establishment, is refused from the next question on; a return is answered', async () => {
  assert.equal((await asked()).verdict, 'yes');
  await reload((kind, line) => (kind === 'activities' && line.includes(own().identifier) ? undefined : line));
  assert.equal((await asked()).status, 403);
  await reload((_, line) => line);
  assert.equal((await asked()).verdict, 'yes');
  await reload((kind, line) => (kind === 'establishments' && line.includes(own().identifier) ? undefined : line));
  assert.equal((await asked()).status, 403);
  await reload((_, line) => line);
  assert.equal((await asked()).verdict, 'yes');
});

test('a yes that would not be paid is not a yes: no convention, said so, and nothing told about the patient', async () => {
  await reload((kind, line) => (kind === 'conventions' && line.includes(`${own().identifier};${world.amc}`) ? undefined : line));
  assert.deepEqual(await asked(), { status: 200, verdict: 'no', code: 'no-convention' });
  const unknown = await world.ask({ nir: '180029910900133', birthDate: '1980-02-11' });
  assert.equal(unknown.body.reason?.code ?? unknown.status, unknown.status === 422 ? 422 : 'no-convention', 'the same for a stranger');
  await reload((_, line) => line);
  assert.equal((await asked()).verdict, 'yes');
});

test('a departure, or the end of a convention, acts also when the day it began changed with it; a bad line ends nothing', async () => {
  const ended = { activities: { status: 403 }, conventions: { status: 200, verdict: 'no', code: 'no-convention' } };
  for (const [about, expected] of Object.entries(ended)) {
    const asWritten = (kind: DirectoryKind, line: string): boolean => kind !== about || !line.includes(about === 'activities' ? own().identifier : `${own().identifier};${world.amc}`);
    const send = (days: string): Promise<void> => reload((kind, line) => (asWritten(kind, line) ? line : line.replace(/\d{4}-\d\d-\d\d;$/, days)));
    await send('2021-01-01;');
    assert.equal((await asked()).verdict, 'yes', `${about}: another first day`);
    await send('2022-01-01;2024-12-31');
    assert.deepEqual(await asked(), expected, `${about}: ended, and begun on another day than was known`);
    await send('2021-01-01;');
    assert.equal((await asked()).verdict, 'yes', `${about}: back`);
    await send('2021-02-31;2024-12-31');
    assert.equal((await asked()).verdict, 'yes', `${about}: a bad line`);
    await send('2021-01-01;2024-12-31');
    assert.deepEqual(await asked(), expected, `${about}: ended`);
    await reload((_, line) => line);
  }
  assert.equal((await asked()).verdict, 'yes');
});

test('a hospital, a laboratory, a centre and a transporter ask as the establishment, with no user named', async () => {
  for (const peerGroup of ['hospital', 'laboratory', 'centre', 'transporter']) {
    const place = world.sandbox.establishments.find((e) => e.peerGroup === peerGroup);
    assert.ok(place !== undefined, peerGroup);
    const signed = await enrolIn(world.database, { issuer: world.issuer, establishment: place.identifier });
    const { user, ...question } = world.question();
    assert.equal(user, 'caisse-1');
    const reply = await callApi({ ...signed, url: `${world.apiUrl}/v1/checks`, body: question });
    assert.equal((reply.body as { verdict: string }).verdict, 'yes', `${peerGroup}: ${JSON.stringify(reply.body)}`);
  }
});

test('a daily file is refused whole when signed by another, replayed, or of an unknown kind; a bad line is named', async () => {
  const path = join(stateFolder('files'), 'directory.csv');
  const write = (header: string, lines: string[], key = directoryKey().signing): Promise<number> => writeSignedFile(path, { magic: DIRECTORY_MAGIC, header, lines, key });
  const take = (): Promise<{ rows: number; faults: { line: number; field: string; rule: string }[] }> => loadDirectory({ pool: world.database.pool('rempart_intake'), path, key: directoryKey().verifying });
  await write(`H;1;professionals;99;${today()}`, [], generateKeyPairSync('ed25519').privateKey);
  await assert.rejects(take(), { detail: 'signature' });
  await write(`H;1;professionals;${sequence};${today()}`, []);
  await assert.rejects(take(), { detail: 'replayed' });
  await write(`H;1;patients;99;${today()}`, []);
  await assert.rejects(take(), { detail: 'header' });
  await write(`H;1;professionals;99;${today()}`, ['L;123;doctor;2020-01-01;', `L;${own().professionals[0]};wizard;2020-01-01;`, 'L;x']);
  assert.deepEqual((await take()).faults.map((f) => [f.line, f.field]), [[1, 'rpps'], [2, 'peerGroup'], [3, 'line']]);
  sequence = 99;
  // A day that does not exist, an end before its start, a line twice, parties nobody knows: each named, the rest taken.
  await reload((_, line) => line);
  const [rpps, place] = [own().professionals[0], own().identifier];
  await write(`H;1;activities;101;${today()}`, [`L;${rpps};${place};2020-02-31;`, `L;${rpps};${place};2020-03-01;2019-01-01`, `L;${rpps};${place};2020-01-01;`, `L;${rpps};${place};2020-01-01;`, `L;10000000000;${place};2020-01-01;`]);
  const { rows, faults } = await take();
  assert.deepEqual(faults.map((f) => [f.line, f.field, f.rule]), [[1, 'validFrom', 'form'], [2, 'validTo', 'before-from'], [4, 'line', 'twice'], [5, 'rpps', 'unknown']]);
  assert.equal(rows, 1);
});

test('a line that cannot be read ends nobody: what it names stays as it was', async () => {
  sequence = 200;
  await reload((kind, line) => (kind === 'establishments' && line.includes(own().identifier) ? line.replace(/;\d{4}-\d\d-\d\d;/, ';2020-02-31;') : line));
  assert.equal((await asked()).verdict, 'yes');
});
