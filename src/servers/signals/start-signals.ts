import type { Server } from 'node:http';
import { log, type Pool } from '../../ground/index.ts';
import { openSigningKey, PairKeys, PeerBook, Receiver, repeat, Transmitter } from '../../incidents/index.ts';
import { join } from 'node:path';
import { createSignalsServer, type SignalsParts } from './server.ts';

const EVERY_MS = 1000;
const POLL_MS = 5000;
const SWEEP_MS = 3_600_000;
const REFUSALS_MS = 5000;

/** The signals process: its server, not yet listening, and its work in the background until closed. */
export async function createSignals(options: { readonly pool: Pool; readonly issuer: string; /** Where the signing key and the pair keys are. */ readonly keyFolder: string }): Promise<SignalsParts & { server: Server; start(): void; close(): Promise<void> }> {
  const { pool, issuer, keyFolder } = options;
  const context = { pool, issuer, key: await openSigningKey(keyFolder), pairs: new PairKeys(join(keyFolder, 'pairs')) };
  const peers = new PeerBook(pool);
  const parts: SignalsParts = { context, peers, receiver: new Receiver(context, peers), transmitter: new Transmitter(context, peers) };
  const { receiver, transmitter } = parts;
  const server = createSignalsServer(parts);
  let stops: (() => Promise<void>)[] = [];
  const failed = (what: string) => (cause: unknown): void => log('error', what, { code: (cause as { code?: string }).code ?? (cause as Error).name });
  return { ...parts, server,
    start: () => {
      stops = [repeat(EVERY_MS, () => transmitter.pushDue(), failed('signals-not-pushed')), repeat(EVERY_MS, () => receiver.applyOpen(), failed('signals-not-applied')),
        repeat(POLL_MS, () => transmitter.pollPeers(receiver), failed('peers-not-polled')), repeat(REFUSALS_MS, () => receiver.flushRefusals(), failed('refusals-not-noted')), repeat(SWEEP_MS, () => receiver.sweep(), failed('signals-not-swept'))];
    },
    close: async () => {
      await Promise.all(stops.map((stop) => stop()));
      await new Promise((resolve) => { server.close(resolve); server.closeIdleConnections(); });
    } };
}
