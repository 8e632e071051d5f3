// Every kind of fault that one PostgreSQL can have, once, under load: what callers saw, and what the journal holds afterwards.
// Failover needs three servers: test/peers/failover.test.ts. Insurers' files: test/integration/big-file.test.ts.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asker } from '../../bench/faults/asker.ts';
import * as store from '../../bench/faults/store.ts';
import type { Line } from '../../bench/faults/proxy.ts';
import { processTree, signalAll } from '../../bench/processes.ts';
import { callApi } from '../../src/access/index.ts';
import { stateFolder } from '../../src/ground/index.ts';
import { OwnPlatform } from '../support/own-platform.ts';

const AGAIN_MS = 60_000;
const LIMIT = { timeout: 120_000 };

let platform: OwnPlatform;
let asker: Asker;
before(async () => { platform = await OwnPlatform.start(); }, LIMIT);
after(() => platform?.close(), LIMIT);
beforeEach(async () => {
  asker = platform.asker();
  asker.start();
  await asker.untilAnswered(AGAIN_MS);
});
afterEach(() => asker.stop(), LIMIT);

const undetermined = (): number => asker.seen.others['undetermined'] ?? 0;

async function until(seen: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !seen(); tries += 1) await sleep(25);
}

/** Waits for answers again, ends the load, and looks for every answer that a client holds. */
async function verify(): Promise<number> {
  await asker.untilAnswered(AGAIN_MS);
  await until(() => asker.seen.held.length > 10);
  await asker.stop();
  const { held, wrong } = asker.seen;
  assert.deepEqual(wrong, []);
  assert.ok(held.length > 10, `${held.length} answers show nothing`);
  assert.equal(await platform.withOwner((owner) => store.answersWithoutEntry(owner, held, platform.clientIds)), 0, 'each answer has its entry');
  assert.equal(await platform.withOwner((owner) => store.ceilingsExceeded(owner)), 0);
  return undetermined();
}

test('an answering process is killed: its connections end, the next process answers, nothing that was told is missing', LIMIT, async () => {
  await platform.killApi();
  await sleep(100);
  assert.ok((asker.seen.others['no-reply'] ?? 0) > 0, 'callers saw their connections end');
  await platform.startApi();
  await verify();
});

test('PostgreSQL is killed: "not determined" until it is back, and no entry of an answer is lost', LIMIT, async () => {
  await platform.killPostgres();
  assert.ok(await verify() > 0);
});

for (const [line, ms, isTold] of [['cut', 300, true], ['silent', 7000, true], ['slow', 1500, false]] as const satisfies readonly (readonly [Line, number, boolean])[]) {
  test(`connections to PostgreSQL are ${line}: an answer, or "not determined" within the deadline`, LIMIT, async () => {
    platform.line.become(line);
    await sleep(ms);
    if (isTold) await until(() => undetermined() > 0);
    platform.line.become('carries');
    assert.ok(await verify() > 0 || !isTold, 'callers were told that it could not be determined');
  });
}

test('a wait for a standby that somebody cancels leaves a commit in doubt: neither a check nor a guarantee is told', LIMIT, async () => {
  await asker.stop();
  const { signed: [first], subjects: [subject], url } = platform;
  const who = first ?? assert.fail();
  const ask = (): ReturnType<typeof callApi> => callApi({ ...who, url, body: subject?.body });
  const { guarantee: { number } } = (await ask()).body as { guarantee: { number: string } };
  const standbys = (names: string): Promise<unknown> => platform.withOwner(async (owner) => {
    await owner.query(`alter system set synchronous_standby_names = '${names}'`);
    await owner.query('select pg_reload_conf()');
  });
  await standbys('nobody');
  try {
    for (const call of [ask, () => callApi({ ...who, url: `${new URL(url).origin}/v1/guarantees/${number}` })]) {
      const reply = call();
      const cancelled = await platform.withOwner(async (owner) => {
        for (let tries = 0; tries < 150; tries += 1) {
          const { rowCount } = await owner.query("select pg_cancel_backend(pid) from pg_stat_activity where usename = 'rempart_check' and wait_event = 'SyncRep'");
          if ((rowCount ?? 0) > 0) return true;
          await sleep(20);
        }
        return false;
      });
      assert.ok(cancelled, 'it waited for a standby');
      assert.equal((await reply).status, 503);
    }
  } finally {
    await standbys('');
  }
});

test('the disk stalls for longer than the deadline: "not determined", then answers go on', LIMIT, async () => {
  const stopped = processTree(platform.server.pid);
  try {
    signalAll(stopped, 'SIGSTOP');
    await sleep(6500);
  } finally {
    signalAll(stopped, 'SIGCONT');
  }
  assert.ok(await verify() > 0);
});

// A limit on the size of files, set on PostgreSQL while it runs: from then on no write succeeds, as on a disk without room. It
// can be set on any machine, by root or not; a tmpfs could not be mounted on many.
const limitFiles = (bytes: string): void => {
  for (const pid of processTree(platform.server.pid)) {
    try {
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' });
    } catch {
      // Ended meanwhile.
    }
  }
};

test('the disk takes no more: "not determined", never an answer without its entry, and it heals with room', LIMIT, async () => {
  limitFiles('0');
  const before = undetermined();
  await until(() => undetermined() > before);
  const heldMeanwhile = asker.seen.held.length;
  await sleep(500);
  assert.equal(asker.seen.held.length, heldMeanwhile, 'nothing was answered while nothing could be written');
  try {
    limitFiles('unlimited');
  } finally {
    // A log that cannot be written is the end of a PostgreSQL; a supervisor starts it again.
    if (!(await platform.withOwner((owner) => owner.query('select 1')).then(() => true, () => false))) {
      await platform.server.stop().catch(() => undefined);
      await platform.restartPostgres();
    }
  }
  assert.ok(await verify() > 0);
});

test('the clock jumps forward and back: ceilings hold, and answers go on', LIMIT, async () => {
  for (const seconds of [90, -90, 0]) {
    await platform.withOwner((owner) => owner.query(`create or replace function gate.clock() returns timestamptz language sql volatile as $$ select clock_timestamp()${seconds === 0 ? '' : ` + interval '${seconds} seconds'`} $$`));
    await sleep(300);
    await asker.untilAnswered(AGAIN_MS);
  }
  await verify();
});

test('the key ring is out of reach: who runs goes on, nobody starts, and no other key is taken for it', LIMIT, async () => {
  const [folder, away] = [stateFolder('keys'), `${stateFolder('keys')}.away`];
  const roles = existsSync(join(folder, 'roles.json')) ? readFileSync(join(folder, 'roles.json')) : undefined;
  renameSync(folder, away);
  try {
    await asker.untilAnswered(AGAIN_MS);
    // The folder is not mounted: an empty one is found, and keys would be made in it.
    if (roles !== undefined) writeFileSync(join(stateFolder('keys'), 'roles.json'), roles);
    await platform.killApi();
    await assert.rejects(platform.startApi(), 'a process with other keys answers "no" to everybody: it must not start');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    renameSync(away, folder);
  }
  await platform.startApi();
  await verify();
});
