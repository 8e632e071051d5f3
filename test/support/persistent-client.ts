// Software at many counters: each keeps its connection open, and asks the next question as soon as it is answered.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProof } from '../../src/access/index.ts';
import type { Signed } from './world.ts';

/** One answer as the caller got it. */
export interface Answered {
  readonly reference: string;
  readonly status: number;
  readonly entry?: number;
  /** The answer told to close the connection. */
  readonly toldToClose: boolean;
  /** How often the connection broke before any answer, so that the question was asked again under its key. */
  readonly askedAgain: number;
}

interface Ask {
  readonly url: string;
  readonly signed: Signed;
  readonly agent: Agent;
  readonly body: Record<string, unknown>;
}

function send({ url, signed, agent, body }: Ask): Promise<Omit<Answered, 'askedAgain'>> {
  const text = JSON.stringify(body);
  const reference = String(body['reference']);
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent, headers: { authorization: `DPoP ${signed.token.value}`, dpop: createProof({ key: signed.enrolled.key, method: 'POST', url, accessToken: signed.token.value }),
      'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'idempotency-key': `question-${reference}` } }, (response) => {
      let got = '';
      response.setEncoding('utf8').on('data', (part: string) => { got += part; }).on('error', reject).on('end', () => {
        const { entry } = JSON.parse(got) as { entry?: number };
        resolve({ reference, status: response.statusCode ?? 0, toldToClose: response.headers.connection === 'close', ...(entry === undefined ? {} : { entry }) });
      });
    });
    asked.on('error', reject).end(text);
  });
}

/** Asks until `until` is over, from `counters` connections at once; every question has a key of its own. */
export async function askOn(options: { readonly url: string; readonly signed: readonly Signed[]; readonly counters: number; readonly body: (i: number) => Record<string, unknown>; readonly until: Promise<unknown> }): Promise<Answered[]> {
  const { url, signed, counters, body } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: counters });
  const answers: Answered[] = [];
  const over = new AbortController();
  void options.until.finally(() => over.abort());
  let asked = 0;
  const counter = async (number: number): Promise<void> => {
    while (!over.signal.aborted) {
      asked += 1;
      const question = { url, agent, signed: signed[number % signed.length] as Signed, body: { ...body(asked), reference: `Q${asked}` } };
      for (let askedAgain = 0, waited = 0; ;) {
        const got = await send(question).catch((cause: unknown) => { if (askedAgain >= 5) throw cause; });
        // "Could not be determined" for want of the processor is asked again under its key, as any software does.
        if (got?.status === 503 && waited < 5) {
          waited += 1;
          await sleep(500);
        } else if (got !== undefined) {
          answers.push({ ...got, askedAgain });
          break;
        } else askedAgain += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: counters }, (_, i) => counter(i)));
  agent.destroy();
  return answers;
}
