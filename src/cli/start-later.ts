import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { log, openPool, stateFolder, withUser, type Pool } from '../ground/index.ts';
import { countSentPacks, readInsurerNames, readSentNotices } from '../incidents/index.ts';
import { decoyKey, publishNoticeCheck } from '../servers/notice-check/index.ts';
import { buildPages, releaseKey } from '../servers/pages/index.ts';
import { rolePasswords } from './context.ts';
import { startProcess, stopProcess } from './supervise.ts';

/** Where the two processes listen, and what they need. */
export interface LaterOptions {
  readonly databaseUrl: string;
  readonly signalsPort: number;
  readonly noticePort: number;
}

const PUBLISH_EVERY_MS = 60_000;

const addressOf = (port: number): string => `http://127.0.0.1:${port}`;

async function publish(pool: Pool): Promise<string> {
  const target = join(stateFolder('notice-check'), 'release');
  await publishNoticeCheck({ built: await buildPages('notice'), target, entries: () => readSentNotices(pool), insurers: await readInsurerNames(pool), decoyKey: decoyKey(), key: releaseKey() });
  return target;
}

// One publication a process: when more packs were sent, the next one takes its place.
function keepNoticeCheck({ databaseUrl, noticePort }: LaterOptions): () => Promise<void> {
  const pool = openPool({ url: withUser(databaseUrl, { user: 'rempart_desk', password: rolePasswords().rempart_desk }), max: 1, applicationName: 'rempart start notice-check' });
  let child: ChildProcess | undefined;
  let published = -1;
  let stopped = false;
  const turn = async (): Promise<void> => {
    const sent = await countSentPacks(pool);
    if (sent === published || stopped) return;
    const folder = await publish(pool);
    if (child !== undefined) await stopProcess(child);
    if (stopped) return;
    child = await startProcess({ what: 'notice-check', databaseUrl, publicUrl: addressOf(noticePort), port: noticePort, settings: { REMPART_NOTICE_FOLDER: folder } });
    published = sent;
  };
  let running = Promise.resolve();
  const next = (): void => { running = running.then(turn).catch(() => { if (!stopped) log('warn', 'notice-check-not-published'); }); };
  next();
  const timer = setInterval(next, PUBLISH_EVERY_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
    if (child !== undefined) await stopProcess(child);
    await pool.end();
  };
}

/**
 * Starts what the platform answers without: the process of signals, and the public page that confirms notices. Waits for
 * neither: questions are answered already.
 * @returns how both are stopped
 */
export function startLater(options: LaterOptions): () => Promise<void> {
  const { databaseUrl, signalsPort } = options;
  const signals = startProcess({ what: 'signals', role: 'rempart_signals', databaseUrl, publicUrl: addressOf(signalsPort), port: signalsPort }).catch(() => { log('error', 'signals-not-started'); });
  const stopNotices = keepNoticeCheck(options);
  return async () => {
    const child = await signals;
    await Promise.all([stopNotices(), child === undefined ? undefined : stopProcess(child)]);
  };
}
