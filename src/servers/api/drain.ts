import type { Server } from 'node:http';
import { Server as Listener } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A connection on which nothing comes is closed after this long. */
const QUIET_MS = 1000;

/**
 * Ends a server without losing a question: it takes no new connection, and goes on answering on those it has, each
 * answer telling its caller to close. Resolves when the last connection has gone.
 */
export async function drain(server: Server): Promise<void> {
  // Whoever had connected before this turn of the event loop is taken in, and will be answered.
  await nextTurn();
  // NOTE: the HTTP server's own close() cuts idle connections at once, though a question may be on its way on one.
  const closed = new Promise<void>((resolve) => { Listener.prototype.close.call(server, () => resolve()); });
  const quiet = setInterval(() => server.closeIdleConnections(), QUIET_MS);
  await closed;
  clearInterval(quiet);
}
