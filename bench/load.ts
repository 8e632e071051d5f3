// A load generator of its own process: its processor time is measured and left out of every figure.
import { connect, type Socket } from 'node:net';
import { createProof, readClientKey, type ClientKey } from '../src/access/index.ts';

/** Who asks: a token and the key it is bound to. */
export interface LoadCaller {
  readonly token: string;
  readonly pem: string;
}

/** One run. Requests are written in advance, proofs signed. */
export interface LoadJob {
  readonly port: number;
  readonly path: string;
  /** Bodies to send, in turn; each with its caller's number. */
  readonly bodies: readonly { readonly body: string; readonly caller: number }[];
  readonly callers: readonly LoadCaller[];
  readonly connections: number;
  readonly seconds: number;
  /** Arrivals a second; without it each connection asks again as soon as it is answered. */
  readonly perSecond?: number;
}

/** What a run saw. */
export interface LoadResult {
  readonly answered: number;
  readonly failed: number;
  /** Why questions were not answered: status and title of the reply. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
  readonly generatorCpuSeconds: number;
  /** In milliseconds, from the moment a request was due. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Ready {
  readonly bytes: Buffer;
}

function writeRequests(job: LoadJob): Ready[] {
  const url = `http://127.0.0.1:${job.port}${job.path}`;
  const keys: ClientKey[] = job.callers.map((caller) => readClientKey(caller.pem));
  return job.bodies.map(({ body, caller }) => {
    const key = keys[caller] as ClientKey;
    const token = (job.callers[caller] as LoadCaller).token;
    const head = `POST ${job.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: DPoP ${token}\r\ndpop: ${createProof({ key, method: 'POST', url, accessToken: token })}\r\n`
      + `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return { bytes: Buffer.from(head + body) };
  });
}

class Run {
  readonly #job: LoadJob;
  readonly #requests: readonly Ready[];
  readonly #idle: Socket[] = [];
  readonly #due = new Map<Socket, number>();
  readonly #queue: number[] = [];
  readonly #latencies: number[] = [];
  readonly #verdicts: Record<string, number> = {};
  readonly #refusals: Record<string, number> = {};
  #sent = 0;
  #failed = 0;
  #ended = false;

  constructor(job: LoadJob, requests: readonly Ready[]) {
    this.#job = job;
    this.#requests = requests;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.#job.port, noDelay: true });
    await new Promise((resolve, reject) => { socket.once('connect', resolve); socket.once('error', reject); });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      this.#answered(socket, text);
      text = '';
    });
    socket.on('error', () => { this.#failed += 1; });
    return socket;
  }

  #answered(socket: Socket, text: string): void {
    const [now, due] = [performance.now(), this.#due.get(socket)];
    // Nothing was asked: the server closes a connection that was opened and never used.
    if (due === undefined) {
      if (this.#idle.includes(socket)) this.#idle.splice(this.#idle.indexOf(socket), 1);
      return;
    }
    this.#due.delete(socket);
    this.#latencies.push(now - due);
    if (text.startsWith('HTTP/1.1 200')) {
      const verdict = /"verdict":"(\w+)"/.exec(text)?.[1] ?? 'none';
      this.#verdicts[verdict] = (this.#verdicts[verdict] ?? 0) + 1;
    } else {
      this.#failed += 1;
      const why = `${text.slice(9, 12)} ${/"titleEn":"([^"]*)"/.exec(text)?.[1] ?? ''}`;
      this.#refusals[why] = (this.#refusals[why] ?? 0) + 1;
    }
    if (this.#ended) return;
    if (this.#job.perSecond === undefined) this.#send(socket, now);
    else {
      const waiting = this.#queue.shift();
      if (waiting === undefined) this.#idle.push(socket);
      else this.#send(socket, waiting);
    }
  }

  #send(socket: Socket, due: number): void {
    const request = this.#requests[this.#sent];
    if (request === undefined) { this.#ended = true; return; }
    this.#sent += 1;
    this.#due.set(socket, due);
    socket.write(request.bytes);
  }

  async run(): Promise<LoadResult> {
    const sockets = await Promise.all(Array.from({ length: this.#job.connections }, () => this.#open()));
    const cpu = process.cpuUsage();
    const start = performance.now();
    if (this.#job.perSecond === undefined) for (const socket of sockets) this.#send(socket, performance.now());
    else this.#idle.push(...sockets);
    let arrivals = 0;
    while (!this.#ended && performance.now() - start < this.#job.seconds * 1000) {
      if (this.#job.perSecond !== undefined) {
        const owed = Math.floor(((performance.now() - start) / 1000) * this.#job.perSecond);
        for (; arrivals < owed; arrivals += 1) {
          const due = start + (arrivals / this.#job.perSecond) * 1000;
          const socket = this.#idle.pop();
          if (socket === undefined) this.#queue.push(due);
          else this.#send(socket, due);
        }
      }
      await new Promise((resolve) => { setTimeout(resolve, this.#job.perSecond === undefined ? 50 : 1); });
    }
    this.#ended = true;
    const wallSeconds = (performance.now() - start) / 1000;
    const used = process.cpuUsage(cpu);
    const answered = this.#latencies.length;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    for (const socket of sockets) socket.destroy();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100;
    return { answered, failed: this.#failed, refusals: this.#refusals, verdicts: this.#verdicts, wallSeconds, generatorCpuSeconds: (used.user + used.system) / 1e6, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}

// Whoever asked for the run has ended: nobody waits for it.
process.once('disconnect', () => process.exit());
process.on('message', (message: LoadJob | 'go') => {
  if (message === 'go') return;
  const requests = writeRequests(message);
  process.once('message', () => {
    void new Run(message, requests).run().then((result) => { process.send?.(result, () => { process.disconnect(); }); });
  });
  process.send?.('signed');
});
