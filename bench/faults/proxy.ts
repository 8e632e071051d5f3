import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a line does: carries, refuses and cuts, swallows in silence, or carries late. */
export type Line = 'carries' | 'cut' | 'silent' | 'slow';

/** A line to a server that can be made to fail. */
export interface FaultProxy {
  readonly port: number;
  become(line: Line): void;
  close(): void;
}

const SLOW_MS = 150;

/** Puts a line before a loopback port: one that stays, or whichever it is at each new connection. */
export async function openProxy(target: number | (() => number)): Promise<FaultProxy> {
  let line: Line = 'carries';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    if (line === 'cut') {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: typeof target === 'number' ? target : target() });
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => { near.destroy(); far.destroy(); pairs.delete(pair); };
    // What comes while the line is silent is lost, as on a half-open connection.
    const carry = (to: Socket) => async (chunk: Buffer): Promise<void> => {
      if (line === 'slow') await sleep(SLOW_MS);
      if (line !== 'silent') to.write(chunk);
    };
    near.on('data', (chunk) => { void carry(far)(chunk); });
    far.on('data', (chunk) => { void carry(near)(chunk); });
    for (const socket of pair) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = (): void => { for (const [near, far] of pairs) { near.destroy(); far.destroy(); } };
  return {
    port: (server.address() as AddressInfo).port,
    become: (next) => {
      // A connection that lost bytes is of no use once the line carries again.
      if (next === 'cut' || line === 'silent') cutAll();
      line = next;
    },
    close: () => { cutAll(); server.close(); },
  };
}
