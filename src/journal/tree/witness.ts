import type { KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { openCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT, isConsistent, type Head } from './merkle.ts';
import { cosign, formatSignature, type NoteKey } from './note.ts';

/** What a witness answers (C2SP tlog-witness): an HTTP status, a body, its type. */
export interface WitnessReply {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  readonly type: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
}

const PROOF_MAX = 63;
const plain = (status: WitnessReply['status'], body: string): WitnessReply => ({ status, body, type: 'text/plain; charset=utf-8' });

interface Submission {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: string;
}

function findSubmission(body: string): Submission | undefined {
  const at = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(0, at)).split('\n');
  const old = /^old (0|[1-9]\d{0,14})$/.exec(first);
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  if (old === null || lines.length > PROOF_MAX || proof.some((hash, i) => hash.length !== 32 || hash.toString('base64') !== lines[i])) return undefined;
  return { oldSize: Number(old[1]), proof, checkpoint: body.slice(at + 2) };
}

/**
 * A witness of one log: cosigns a checkpoint only if it goes on from the last one it cosigned, which it has written to disk
 * before it answers. Everything is done in one turn of the event loop, so that two requests cannot cross.
 */
export class Witness {
  readonly #log: NoteKey;
  readonly #name: string;
  readonly #key: KeyObject;
  readonly #file: string;
  #head: Head;

  /** @param options.file where the last cosigned head is kept. @throws when that file is there but cannot be read. */
  constructor(options: { readonly log: NoteKey; readonly name: string; readonly key: KeyObject; readonly file: string }) {
    this.#log = options.log;
    this.#name = options.name;
    this.#key = options.key;
    this.#file = options.file;
    this.#head = this.#load();
  }

  /** Size of the last cosigned checkpoint. */
  get size(): number {
    return this.#head.size;
  }

  #load(): Head {
    if (!existsSync(this.#file)) return { size: 0, root: EMPTY_ROOT };
    const { origin, size, root } = JSON.parse(readFileSync(this.#file, 'utf8')) as { origin: string; size: number; root: string };
    if (origin !== this.#log.name || !Number.isSafeInteger(size)) throw new Error(`${this.#file} is the state of another log`);
    return { size, root: Buffer.from(root, 'base64') };
  }

  #save(head: Head): void {
    const part = `${this.#file}.part`;
    const file = openSync(part, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify({ origin: this.#log.name, size: head.size, root: head.root.toString('base64') }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, this.#file);
    this.#head = head;
  }

  /** Answers `POST add-checkpoint`. */
  addCheckpoint(body: string): WitnessReply {
    const asked = findSubmission(body);
    if (asked === undefined) return plain(400, 'malformed request\n');
    if (!asked.checkpoint.startsWith(`${this.#log.name}\n`)) return plain(404, 'unknown log\n');
    const checkpoint = openCheckpoint(asked.checkpoint, this.#log);
    if (checkpoint === undefined) return plain(403, 'no signature of the log\n');
    if (asked.oldSize > checkpoint.size) return plain(400, 'the old size is larger than the checkpoint\n');
    if (asked.oldSize !== this.#head.size) return { status: 409, body: `${this.#head.size}\n`, type: 'text/x.tlog.size' };
    if (checkpoint.size === this.#head.size && !checkpoint.root.equals(this.#head.root)) return { status: 409, body: `${this.#head.size}\n`, type: 'text/x.tlog.size' };
    if (asked.oldSize === 0 ? asked.proof.length > 0 : !isConsistent(this.#head, checkpoint, asked.proof)) return plain(422, 'the checkpoint does not go on from the last one\n');
    this.#save({ size: checkpoint.size, root: checkpoint.root });
    return plain(200, formatSignature(cosign(checkpoint.note.text, { name: this.#name, key: this.#key, seconds: Math.floor(Date.now() / 1000) })));
  }
}
